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
_OF_KEPT = (
    *("account", "tracking_id", "updated_at", "fetched_at", "run_id"),
    *("payload_hash", "first_seen_at", "deleted_at"),
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
            merged = _merge_parcels(db, batch.trackings.num_rows, guard)
        finally:
            db.unregister("staged_trackings")
            db.unregister("staged_events")
    if batch.unknown_fields.num_rows:
        _insert_unknown(db, batch.unknown_fields)
    if batch.quarantine.num_rows:
        merged = merged._replace(quarantined=quarantine.admit(db, batch.quarantine))
    return merged


def _merge_parcels(db: duckdb.DuckDBPyConnection, staged: int, guard: str) -> Merged:
    # Whom a step asks for, it asks for by tracking_id alone, and with `in`: for that one thin
    # column DuckDB has a filter, and of all others it reads but the rows that pass.
    # Of a staged row only what the steps below ask for: most of them are inserted as they are.
    total = _count(
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
    known = _count(
        db, f"delete from {TRACKINGS.name} where rowid in (select kept_rowid from fresh)"
    )
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
        return _count(
            db,
            f"insert into {TRACKING_EVENTS.name} by name select * from staged_events {ours}",
        ), 0
    changed = " or ".join(
        f'staged."{name}" is distinct from kept."{name}"' for name in EVENT_REMARKS
    )
    # not their words: event_id tells whether they are the same
    db.execute(
        f"""
        create or replace temp table kept_events as
        select
            rowid as kept_rowid, account, tracking_id, event_id, first_seen_at, withdrawn_at,
            {", ".join(f'"{name}"' for name in EVENT_REMARKS)}
        from {TRACKING_EVENTS.name}
        where tracking_id in (select tracking_id from fresh where kept_rowid is not null)
        """
    )
    # one row per scan that differs: new, changed or returned (staged), or gone (not staged)
    db.execute(
        f"""
        create or replace temp table touched as
        select
            staged.* replace (
                least(kept.first_seen_at, staged.first_seen_at) as first_seen_at
            ),
            kept.kept_rowid,
            false as is_gone
        from staged_events as staged
        semi join fresh using (account, tracking_id)
        left join kept_events as kept using (account, tracking_id, event_id)
        where kept.kept_rowid is null or kept.withdrawn_at is not null or {changed}
        """
    )
    is_any_gone = _touch_gone(db)
    if is_any_gone:
        adopt(db)
    replaced = _count(
        db, f"delete from {TRACKING_EVENTS.name} where rowid in (select kept_rowid from touched)"
    )
    written = _count(
        db, f"insert into {TRACKING_EVENTS.name} by name select {columns} from touched"
    )
    withdrawn = _count(db, "select count(*) from touched where is_gone") if is_any_gone else 0
    return written - replaced, withdrawn


def _touch_gone(db: duckdb.DuckDBPyConnection) -> bool:
    """Add to `touched` the scans that the payloads hold no more; return whether there are any."""
    is_any = _count(
        db,
        """
        create or replace temp table gone as
        select kept.kept_rowid, fresh.fetched_at as withdrawn_at, fresh.run_id
        from kept_events as kept
        join fresh using (account, tracking_id)
        anti join staged_events using (account, tracking_id, event_id)
        where kept.withdrawn_at is null
        """,
    )
    if is_any:
        db.execute(
            f"""
            insert into touched by name
            with kept as materialized (
                select *, rowid as kept_rowid
                from {TRACKING_EVENTS.name}
                where rowid in (select kept_rowid from gone)
            )
            select
                kept.* replace (gone.withdrawn_at as withdrawn_at, gone.run_id as run_id),
                true as is_gone
            from kept
            join gone using (kept_rowid)
            """
        )
    return is_any > 0


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


def _count(db: duckdb.DuckDBPyConnection, statement: str) -> int:
    """Return the one number that DuckDB answers a statement with: of rows, mostly."""
    return int(db.execute(statement).fetchall()[0][0])
