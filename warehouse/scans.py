"""Makes the stored scans of parcels those of their payloads, writing no more than what differs."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.columns import whole
from transforms.contents import SCAN_CONTENT
from transforms.tables import TRACKING_EVENTS
from warehouse.adoption import adopt
from warehouse.entries import count, staged
from warehouse.grown import apart

# Scans, stored ones and those of the answer, that are compared at once.
AT_ONCE = 50_000
# What may change about a scan that stays the same scan.
EVENT_REMARKS = ("position", *(name for name in SCAN_CONTENT if name != "event_id"))


class Replaced(NamedTuple):
    """Scans never seen before, scans that the carrier took back, and parcels that have such."""

    inserted: int
    withdrawn: int = 0
    with_gaps: pa.Array = pa.array([], pa.string())


def insert_scans(
    db: duckdb.DuckDBPyConnection, scans: pa.Table, *, where: str = "true"
) -> Replaced:
    """Insert scans that nobody knew; *where*, in SQL, those of *scans* that are meant.

    The caller owns the transaction.
    """
    with staged(db, staged_events=scans):
        return Replaced(
            count(
                db,
                f"""
                insert into {TRACKING_EVENTS.name} by name
                select * from staged_events where {where}
                """,
            )
        )


def replace_scans(db: duckdb.DuckDBPyConnection, scans: pa.Table, fresh: pa.Table) -> Replaced:
    """Make the standing scans of the parcels in *fresh* be *scans*.

    What the carrier took back keeps its row. Of a parcel that has only got more of them, none
    that is stored is looked at. The caller owns the transaction.

    Args:
        db: The open warehouse, with the rows of *fresh* in `fresh`.
        scans: In the order in which `flatten` has them.
        fresh: One row a parcel of one account, in the same order, with account, tracking_id,
            fetched_at, run_id, and what `apart` asks for of the stored one.
    """
    more, others, asked = apart(scans, fresh)
    done = [insert_scans(db, more)] if more.num_rows else []
    for some, ids in _portions(others, fresh.filter(asked)):
        done.append(_compare(db, some, ids, fresh["account"][0].as_py()))
    return Replaced(
        inserted=sum(each.inserted for each in done),
        withdrawn=sum(each.withdrawn for each in done),
        with_gaps=pa.concat_arrays([Replaced(0).with_gaps, *(each.with_gaps for each in done)]),
    )


def _portions(scans: pa.Table, parcels: pa.Table) -> Iterator[tuple[pa.Table, pa.Array]]:
    """Yield *scans*, and the ids of their *parcels*, in portions that DuckDB has memory for.

    A parcel counts by what it has and what is stored of it; its scans are never parted.
    """
    ids = whole(parcels["tracking_id"])
    row = pc.index_in(whole(scans["tracking_id"]), value_set=ids).to_numpy()
    stored = pc.fill_null(whole(parcels["kept_event_count"]), 0).to_numpy()
    ends = np.cumsum(np.bincount(row, minlength=len(ids)) + stored)
    portion = ends // AT_ONCE
    for number in np.unique(portion):
        are_in = portion == number
        yield scans.filter(pa.array(are_in[row])), ids.filter(pa.array(are_in))


def _compare(
    db: duckdb.DuckDBPyConnection, scans: pa.Table, asked: pa.Array, account: str
) -> Replaced:
    """Replace the scans of the parcels *asked* for by *scans*, one by one."""
    kept = _kept(db, asked, account)
    place = pc.index_in(whole(scans["event_id"]), value_set=whole(kept["event_id"]))
    touched = _differing(scans, kept.take(place))
    absent = kept.filter(
        pc.invert(pc.is_in(whole(kept["event_id"]), value_set=whole(scans["event_id"])))
    )
    gone = absent.filter(pc.is_null(whole(absent["withdrawn_at"])))
    with staged(db, staged_touched=touched, staged_gone=gone.select(["kept_rowid"])):
        # one row per scan that differs: new, changed or returned, or gone
        db.execute(
            """
            create or replace temp table touched as
            select
                * exclude (kept_first_seen_at)
                replace (least(kept_first_seen_at, first_seen_at) as first_seen_at),
                false as is_gone
            from staged_touched
            """
        )
        if gone.num_rows:
            _touch_gone(db)
            adopt(db)
    columns = ", ".join(f'"{name}"' for name in TRACKING_EVENTS.column_names)
    replaced = count(
        db, f"delete from {TRACKING_EVENTS.name} where rowid in (select kept_rowid from touched)"
    )
    written = count(db, f"insert into {TRACKING_EVENTS.name} by name select {columns} from touched")
    withdrawn = count(db, "select count(*) from touched where is_gone") if gone.num_rows else 0
    return Replaced(written - replaced, withdrawn, whole(absent["tracking_id"]).unique())


def _kept(db: duckdb.DuckDBPyConnection, asked: pa.Array, account: str) -> pa.Table:
    """Return what is stored of the scans of the parcels *asked* for, but their words.

    Whether it is the same scan, event_id tells; and the words are most of what would be read.
    The parcels are asked for with `in`, by one column: DuckDB has a filter for that, and reads
    of the others only the rows that pass.
    """
    remarks = ", ".join(f'"{name}"' for name in EVENT_REMARKS)
    with staged(db, staged_asked=pa.table({"tracking_id": asked})):
        return db.sql(
            f"""
            select
                rowid as kept_rowid, first_seen_at as kept_first_seen_at, tracking_id, event_id,
                withdrawn_at, {remarks}
            from {TRACKING_EVENTS.name}
            where
                account = $account
                and tracking_id in (select tracking_id from staged_asked)
            """,
            params={"account": account},
        ).to_arrow_table()


def _differing(scans: pa.Table, kept: pa.Table) -> pa.Table:
    """Return those of *scans* that are not stored as they are, with what is kept of them.

    Args:
        scans: As they are sent.
        kept: The same scans as they are stored, row by row; null where there is none.
    """
    differs = pc.or_(pc.is_null(kept["kept_rowid"]), pc.is_valid(kept["withdrawn_at"]))
    for name in EVENT_REMARKS:
        differs = pc.or_(differs, _is_distinct(scans[name], kept[name].cast(scans[name].type)))
    for name in ("kept_rowid", "kept_first_seen_at"):
        scans = scans.append_column(name, kept[name])
    return scans.filter(differs)


def _is_distinct(left: Any, right: Any) -> Any:
    """Return `left is distinct from right`, row by row."""
    one_is_null = pc.xor(pc.is_null(left), pc.is_null(right))
    return pc.fill_null(pc.not_equal(left, right), one_is_null)


def _touch_gone(db: duckdb.DuckDBPyConnection) -> None:
    """Add to `touched` the stored scans that the payloads hold no more, as taken back."""
    db.execute(
        f"""
        insert into touched by name
        with kept as materialized (
            select *, rowid as kept_rowid
            from {TRACKING_EVENTS.name}
            where rowid in (select kept_rowid from staged_gone)
        )
        select
            kept.* replace (fresh.fetched_at as withdrawn_at, fresh.run_id as run_id),
            true as is_gone
        from kept
        join fresh using (account, tracking_id)
        """
    )
