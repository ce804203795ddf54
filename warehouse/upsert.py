"""Merge by key, newest version wins; a parcel's scans and states follow its row.

No primary-key index: on tables of this size it costs ten times the merge. That keys are unique
is this module's work, and two checks look after it.
"""

from typing import NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from transforms.batch import Batch
from transforms.columns import whole
from transforms.tables import STATUS_HISTORY, TRACKINGS, UNKNOWN_FIELDS
from warehouse import quarantine
from warehouse.entries import count, staged
from warehouse.scans import Replaced, insert_scans, replace_scans

# A row gives way only to a version at least as new; a null updated_at is older than any stamp.
# Who was deleted and is read again is back, whatever its stamp.
GUARD = """
    kept.tracking_id is null
    or (kept.deleted_at is not null and staged.fetched_at > kept.deleted_at)
    or (
        kept.payload_hash <> staged.payload_hash
        and (coalesce(staged.updated_at, '-infinity'), staged.fetched_at)
            >= (coalesce(kept.updated_at, '-infinity'), kept.fetched_at)
    )
"""
# The very answer that the row is from, read by a repaired parser: the same words say more now.
SAME_ANSWER = "(kept.fetched_at = staged.fetched_at and kept.run_id = staged.run_id)"
REPARSE_GUARD = f"{GUARD} or {SAME_ANSWER}"
STATE = ("status", "substatus", "archived", "event_count", "is_deleted")
_OF_FRESH = (
    *("account", "tracking_id", "updated_at", "fetched_at", "run_id"),
    *(name for name in STATE if name != "is_deleted"),
)
_OF_KEPT = (
    *("account", "tracking_id", "updated_at", "fetched_at", "run_id"),
    *("payload_hash", "first_seen_at", "deleted_at"),
    *("scans_hash", "scans_in_origin", "event_count"),
)


class Merged(NamedTuple):
    """What one merge did, in rows."""

    trackings_inserted: int = 0
    trackings_updated: int = 0
    events_inserted: int = 0
    events_withdrawn: int = 0
    quarantined: int = 0  # payloads that did not wait already


def merge(db: duckdb.DuckDBPyConnection, batch: Batch, *, guard: str = GUARD) -> Merged:
    """Merge one answer's rows.

    Safe to repeat, in any order of arrival: a version older than the stored one changes
    nothing, and so does the stored one word for word. Columns travel by name.

    The caller owns the transaction.

    Args:
        db: The open warehouse.
        batch: The rows.
        guard: SQL condition, over `staged` and `kept`, under which a row gives way.
    """
    merged = Merged()
    if batch.trackings.num_rows:
        with staged(db, staged_trackings=batch.trackings):
            merged = _merge_parcels(db, batch, guard)
    if batch.unknown_fields.num_rows:
        _insert_unknown(db, batch.unknown_fields)
    if batch.quarantine.num_rows:
        merged = merged._replace(quarantined=quarantine.admit(db, batch.quarantine))
    return merged


def _merge_parcels(db: duckdb.DuckDBPyConnection, batch: Batch, guard: str) -> Merged:
    # Whom a step asks for, it asks for by tracking_id alone, and with `in`: for that one thin
    # column DuckDB has a filter, and of all others it reads but the rows that pass.
    # Of a staged row only what the steps below ask for: most of them are inserted as they are.
    total = count(
        db,
        f"""
        create or replace temp table fresh as
        with kept as materialized (
            select rowid, {", ".join(_OF_KEPT)}
            from {TRACKINGS.name}
            where tracking_id in (select tracking_id from staged_trackings)
        )
        select
            {", ".join(f'staged."{name}"' for name in _OF_FRESH)},
            least(kept.first_seen_at, staged.first_seen_at) as first_seen_at,
            -- read before it was found gone: newer words, but it is not back
            case when staged.fetched_at <= kept.deleted_at then kept.deleted_at end as deleted_at,
            kept.rowid as kept_rowid,
            kept.scans_hash as kept_scans_hash,
            kept.scans_in_origin as kept_scans_in_origin,
            kept.event_count as kept_event_count,
            coalesce({SAME_ANSWER}, false) as is_reparsed,
            coalesce(staged.fetched_at <= kept.deleted_at, false) as is_deleted
        from staged_trackings as staged
        left join kept
            on kept.account = staged.account and kept.tracking_id = staged.tracking_id
        where {guard}
        """,
    )
    if not total:
        return Merged()
    known = count(db, f"delete from {TRACKINGS.name} where rowid in (select kept_rowid from fresh)")
    parcels, scans = batch.trackings, batch.events
    if known or total < parcels.num_rows:
        replaced = _replace(db, parcels, scans)
    else:
        replaced = insert_scans(db, scans)
        db.execute(f"insert into {TRACKINGS.name} by name select * from staged_trackings")
    _extend_history(db)
    return Merged(total - known, known, replaced.inserted, replaced.withdrawn)


def _replace(db: duckdb.DuckDBPyConnection, parcels: pa.Table, scans: pa.Table) -> Replaced:
    """Insert the fresh of *parcels*, as they were read but for what they keep of those before.

    Not by a join: for one DuckDB holds all their columns at once, 40 MB for four answers.
    """
    fresh = db.sql("from fresh").to_arrow_table()
    place = pc.index_in(whole(parcels["tracking_id"]), value_set=whole(fresh["tracking_id"]))
    fresh = fresh.take(place.drop_null())  # in the order in which they were read
    replaced = _replace_scans(db, scans, fresh, are_all=not place.null_count)
    rows = parcels.filter(place.is_valid()) if place.null_count else parcels
    has_gaps = pc.is_in(rows["tracking_id"], value_set=replaced.with_gaps)
    kept = {
        "first_seen_at": fresh["first_seen_at"],
        "deleted_at": fresh["deleted_at"],
        "scans_hash": pc.if_else(has_gaps, None, rows["scans_hash"]),
    }
    for name, column in kept.items():
        rows = rows.set_column(rows.column_names.index(name), name, column)
    with staged(db, staged_fresh=rows):
        db.execute(f"insert into {TRACKINGS.name} by name select * from staged_fresh")
    return replaced


def _replace_scans(
    db: duckdb.DuckDBPyConnection, scans: pa.Table, fresh: pa.Table, *, are_all: bool
) -> Replaced:
    """Store those of an answer's scans whose parcels are *fresh*."""
    if fresh["kept_rowid"].null_count == len(fresh):
        return insert_scans(db, scans, where="tracking_id in (select tracking_id from fresh)")
    if not are_all:
        scans = scans.filter(pc.is_in(scans["tracking_id"], value_set=whole(fresh["tracking_id"])))
    return replace_scans(db, scans, fresh)


def _extend_history(db: duckdb.DuckDBPyConnection) -> None:
    """Close the open state of each fresh parcel whose state is another now; open the new one."""
    same = " and ".join(f"open.{name} is not distinct from fresh.{name}" for name in STATE)
    db.execute(
        f"""
        create or replace temp table opened as
        with open as materialized (
            select rowid, account, tracking_id, valid_from, {", ".join(STATE)}
            from {STATUS_HISTORY.name}
            where valid_to is null and tracking_id in (select tracking_id from fresh)
        )
        select
            fresh.*,
            open.rowid as closed_rowid,
            -- what a repaired parser reads differently never was the state
            fresh.is_reparsed and open.valid_from >= fresh.fetched_at as is_correction,
            case
                when is_correction then open.valid_from
                -- a newer version may have been read before the one that it replaces
                else greatest(fresh.fetched_at, open.valid_from + interval 1 microsecond)
            end as valid_from
        from fresh
        left join open
            on open.account = fresh.account and open.tracking_id = fresh.tracking_id
        where open.tracking_id is null or not ({same})
        """
    )
    db.execute(
        f"""
        update {STATUS_HISTORY.name} set valid_to = opened.valid_from
        from opened
        where {STATUS_HISTORY.name}.rowid = opened.closed_rowid
        """
    )
    db.execute(
        f"""
        delete from {STATUS_HISTORY.name}
        where rowid in (select closed_rowid from opened where is_correction)
        """
    )
    columns = ", ".join(name for name in STATUS_HISTORY.column_names if name != "valid_to")
    db.execute(
        f"""
        insert into {STATUS_HISTORY.name} by name
        select {columns} from opened
        """
    )


def _insert_unknown(db: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    """Insert those unknown fields that are not known to be unknown yet."""
    with staged(db, staged_fields=rows):
        db.execute(
            f"""
            insert into {UNKNOWN_FIELDS.name} by name
            select staged_fields.* from staged_fields
            anti join {UNKNOWN_FIELDS.name} using ({", ".join(UNKNOWN_FIELDS.key)})
            """
        )
