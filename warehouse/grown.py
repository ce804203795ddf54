"""Tells parcels that have only got more scans from those whose stored scans must be looked at."""

from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.contents import scans_named

LEGS = pa.array(["origin", "destination"])


class Apart(NamedTuple):
    """Scans that nobody knows and that stand behind what is stored; and all else.

    `asked` are the parcels of the others, also those that have no scans any more.
    """

    more: pa.Table
    others: pa.Table
    asked: pa.Array


def apart(db: duckdb.DuckDBPyConnection, scans: pa.Table, tracking_ids: pa.Array) -> Apart:
    """Part an answer's scans by whether those stored of their parcel are their beginning.

    They are where the stored hash is that of the oldest of them, as many in each leg as are
    stored: then none of these differs, and none was taken back. Where it is null nobody knows.

    Args:
        db: The open warehouse, with `fresh`; see `replace_scans`.
        scans: Those of a parcel together, the origin's first, each leg's from the oldest. Of
            parcels that lie in any other order all scans are others.
        tracking_ids: Of the answer's parcels, in the order of their scans.
    """
    found = db.sql(
        """
        select
            tracking_id, kept_rowid is null as is_new, kept_scans_hash, kept_scans_in_origin,
            kept_event_count
        from fresh
        """
    ).to_arrow_table()
    place = pc.index_in(tracking_ids, value_set=found["tracking_id"].combine_chunks())
    found = found.take(place)
    is_new = pc.fill_null(found["is_new"], fill_value=False).to_numpy()
    row = pc.index_in(scans["tracking_id"], value_set=tracking_ids).to_numpy()
    leg = pc.index_in(scans["leg"], value_set=LEGS).to_numpy()
    is_stored = scans["position"].to_numpy() <= _stored(found)[leg, row]
    beginnings = scans_named(scans.filter(pa.array(is_stored)), row[is_stored], len(found))
    has_grown = pc.fill_null(
        pc.equal(beginnings.scans_hash, found["kept_scans_hash"]), fill_value=False
    )
    is_clear = is_new | has_grown.to_numpy()
    is_asked = place.is_valid().to_numpy(zero_copy_only=False) & ~is_clear
    return Apart(
        scans.filter(pa.array(is_clear[row] & ~is_stored)),
        scans.filter(pa.array(~is_clear[row])),
        tracking_ids.filter(pa.array(is_asked)),
    )


def _stored(parcels: pa.Table) -> Any:
    """Return by leg and parcel how many scans are stored; 0 where nobody knows."""
    origin, both = (
        pc.fill_null(parcels[name], 0).to_numpy()
        for name in ("kept_scans_in_origin", "kept_event_count")
    )
    return np.array([origin, both - origin])
