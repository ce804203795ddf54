"""Merge by key, newest version wins; a parcel's scans and states follow its row.

No primary-key index: on tables of this size it costs ten times the merge. That keys are unique
is this module's work, and two checks look after it.
"""

from typing import NamedTuple

import duckdb

from transforms.batch import Batch
from transforms.tables import STATUS_HISTORY, TRACKING_EVENTS, TRACKINGS, UNKNOWN_FIELDS
from warehouse import quarantine
from warehouse.adoption import adopt

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
# What may change about a scan that stays the same scan.
EVENT_REMARKS = (
    "position",
    "event_time_local",
    "checkpoint_status",
    "substatus",
    "item_node",
    "carrier_code",
    "extra",
)
STATE = ("status", "substatus", "archived", "event_count", "is_deleted")
_OF_FRESH = (
    *("account", "tracking_id", "updated_at", "fetched_at", "run_id"),
    *(name for name in STATE if name != "is_deleted"),
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
        db.register("staged_trackings", batch.trackings)
        db.register("staged_events", batch.events)
        try:
            merged = _merge_parcels(db, guard)
        finally:
            db.unregister("staged_trackings")
            db.unregister("staged_events")
    if batch.unknown_fields.num_rows:
        _insert_unknown(db, batch.unknown_fields)
    if batch.quarantine.num_rows:
        merged = merged._replace(quarantined=quarantine.admit(db, batch.quarantine))
    return merged


def _merge_parcels(db: duckdb.DuckDBPyConnection, guard: str) -> Merged:
    # of a staged row only what the steps below ask for: most of them are inserted as they are
    db.execute(
        f"""
        create or replace temp table fresh as
        select
            {", ".join(f'staged."{name}"' for name in _OF_FRESH)},
            least(kept.first_seen_at, staged.first_seen_at) as first_seen_at,
            -- read before it was found gone: newer words, but it is not back
            case when staged.fetched_at <= kept.deleted_at then kept.deleted_at end as deleted_at,
            kept.rowid as kept_rowid,
            coalesce({SAME_ANSWER}, false) as is_reparsed,
            coalesce(staged.fetched_at <= kept.deleted_at, false) as is_deleted
        from staged_trackings as staged
        left join {TRACKINGS.name} as kept
            on kept.account = staged.account and kept.tracking_id = staged.tracking_id
        where {guard}
        """
    )
    ((total, known, staged),) = db.execute(
        "select count(*), count(kept_rowid), (select count(*) from staged_trackings) from fresh"
    ).fetchall()
    if not total:
        return Merged()
    db.execute(f"delete from {TRACKINGS.name} where rowid in (select kept_rowid from fresh)")
    all_new = total == staged and not known
    rows = """
        select staged.* replace (
            fresh.first_seen_at as first_seen_at, fresh.deleted_at as deleted_at
        )
        from staged_trackings as staged
        join fresh using (account, tracking_id)
    """
    db.execute(
        f"insert into {TRACKINGS.name} by name"
        f" {'select * from staged_trackings' if all_new else rows}"
    )
    inserted, withdrawn = _replace_events(db, any_known=known > 0, all_new=all_new)
    _extend_history(db)
    return Merged(total - known, known, inserted, withdrawn)


def _replace_events(
    db: duckdb.DuckDBPyConnection, *, any_known: bool, all_new: bool
) -> tuple[int, int]:
    """Make the standing scans of the fresh parcels those of their payloads.

    Returns:
        Scans never seen before, and scans that the carrier took back.
    """
    columns = ", ".join(f'"{name}"' for name in TRACKING_EVENTS.column_names)
    if not any_known:
        ours = "" if all_new else "semi join fresh using (account, tracking_id)"
        return _inserted(
            db,
            f"insert into {TRACKING_EVENTS.name} by name select * from staged_events {ours}",
        ), 0
    changed = " or ".join(
        f'staged."{name}" is distinct from kept."{name}"' for name in EVENT_REMARKS
    )
    # By their row ids, found in one thin column: fetched in one go, every column of the table
    # would be read from end to end.
    db.execute(
        f"""
        create or replace temp table kept_rowids as
        select rowid as kept_rowid
        from {TRACKING_EVENTS.name}
        where tracking_id in (select tracking_id from fresh where kept_rowid is not null)
        """
    )
    # one row per scan that differs: new, changed or returned (staged), or gone (not staged)
    db.execute(
        f"""
        create or replace temp table touched as
        with kept as materialized (
            select events.*, events.rowid as kept_rowid
            from {TRACKING_EVENTS.name} as events
            semi join fresh using (account, tracking_id)
            where events.rowid in (select kept_rowid from kept_rowids)
        ),
        staged as materialized (
            select * from staged_events
            semi join fresh using (account, tracking_id)
        )
        select
            staged.* replace (
                least(kept.first_seen_at, staged.first_seen_at) as first_seen_at
            ),
            kept.kept_rowid,
            false as is_gone
        from staged
        left join kept using (account, tracking_id, event_id)
        where kept.kept_rowid is null or kept.withdrawn_at is not null or {changed}
        union all by name
        select
            kept.* replace (fresh.fetched_at as withdrawn_at, fresh.run_id as run_id),
            true as is_gone
        from kept
        join fresh using (account, tracking_id)
        anti join staged using (account, tracking_id, event_id)
        where kept.withdrawn_at is null
        """
    )
    adopt(db)
    db.execute(
        f"delete from {TRACKING_EVENTS.name} where rowid in (select kept_rowid from touched)"
    )
    db.execute(f"insert into {TRACKING_EVENTS.name} by name select {columns} from touched")
    return db.execute(
        """
        select count(*) filter (kept_rowid is null), count(*) filter (is_gone)
        from touched
        """
    ).fetchall()[0]


def _extend_history(db: duckdb.DuckDBPyConnection) -> None:
    """Close the open state of each fresh parcel whose state is another now; open the new one."""
    same = " and ".join(f"open.{name} is not distinct from fresh.{name}" for name in STATE)
    db.execute(
        f"""
        create or replace temp table opened as
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
        left join {STATUS_HISTORY.name} as open
            on
            open.account = fresh.account
            and open.tracking_id = fresh.tracking_id
            and open.valid_to is null
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


def _insert_unknown(db: duckdb.DuckDBPyConnection, rows: object) -> None:
    """Insert those unknown fields that are not known to be unknown yet."""
    db.register("staged_fields", rows)
    try:
        db.execute(
            f"""
            insert into {UNKNOWN_FIELDS.name} by name
            select staged_fields.* from staged_fields
            anti join {UNKNOWN_FIELDS.name} using ({", ".join(UNKNOWN_FIELDS.key)})
            """
        )
    finally:
        db.unregister("staged_fields")


def _inserted(db: duckdb.DuckDBPyConnection, statement: str) -> int:
    return int(db.execute(statement).fetchall()[0][0])
