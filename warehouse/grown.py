"""Tells parcels that have only got more scans from those whose stored scans must be looked at."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.columns import whole
from transforms.contents import scans_named

LEGS = pa.array(["origin", "destination"])


class Apart(NamedTuple):
    """Scans that nobody knows and that stand behind what is stored; and all else.

    `asked` tells by parcel whether they are others, also of one that has no scans any more.
    """

    more: pa.Table
    others: pa.Table
    asked: pa.Array


def apart(scans: pa.Table, parcels: pa.Table) -> Apart:
    """Part the scans of parcels by whether those stored of their parcel are their beginning.

    They are where the stored hash is that of the oldest of them, as many in each leg as are
    stored: then none of these differs, and none was taken back. Where it is null nobody knows.

    Args:
        scans: Those of a parcel together, the origin's first, each leg's from the oldest. Of
            parcels that lie in any other order all scans are others.
        parcels: In the order of their scans, with tracking_id, and of the stored one kept_rowid,
            kept_scans_hash, kept_scans_in_origin and kept_event_count, null where there is none.
    """
    tracking_ids = whole(parcels["tracking_id"])
    is_new = parcels["kept_rowid"].is_null().to_numpy()
    row = pc.index_in(scans["tracking_id"], value_set=tracking_ids).to_numpy()
    leg = pc.index_in(scans["leg"], value_set=LEGS).to_numpy()
    is_stored = scans["position"].to_numpy() <= _stored(parcels)[leg, row]
    beginnings = scans_named(scans.filter(pa.array(is_stored)), row[is_stored], len(parcels))
    has_grown = pc.fill_null(
        pc.equal(beginnings.scans_hash, parcels["kept_scans_hash"]), fill_value=False
    )
    is_clear = is_new | has_grown.to_numpy()
    return Apart(
        scans.filter(pa.array(is_clear[row] & ~is_stored)),
        scans.filter(pa.array(~is_clear[row])),
        pa.array(~is_clear),
    )


def _stored(parcels: pa.Table) -> Any:
    """Return by leg and parcel how many scans are stored; 0 where nobody knows."""
    origin, both = (
        pc.fill_null(parcels[name], 0).to_numpy()
        for name in ("kept_scans_in_origin", "kept_event_count")
    )
    return np.array([origin, both - origin])
