"""Merge answers that lack fields: what they say replaces what is stored, what they omit stays."""

import duckdb

from transforms.batch import Batch
from transforms.tables import TRACKING_EVENTS, TRACKINGS
from warehouse.entries import staged
from warehouse.upsert import Merged, merge

# Only a parcel that the account holds, and only news: an answer older than the row says nothing.
GUARD = """
    kept.tracking_id is not null
    and kept.deleted_at is null
    and staged.fetched_at >= kept.fetched_at
"""
# The stored payload's hash stays: read again from the list, that payload is still no news.
_OF_THE_ROW = ("payload_hash", "first_seen_at", "deleted_at")
_OF_THE_ANSWER = ("account", "tracking_id", "fetched_at", "run_id")


def overlay(db: duckdb.DuckDBPyConnection, batch: Batch) -> Merged:
    """Merge rows of a partial answer, such as realtime's, into parcels that are stored.

    A null says nothing, and neither does a leg without scans: its stored scans stand. Parcels
    that are not stored are left out, for the answer is no whole row.

    The caller owns the transaction.
    """
    with staged(db, partial_trackings=batch.trackings, partial_events=batch.events):
        db.execute(
            f"""
            create or replace temp table completed_events as
            select partial_events.*
            from partial_events
            semi join {TRACKINGS.name} using (account, tracking_id)
            union all by name
            select standing.*
            from {TRACKING_EVENTS.name} as standing
            semi join partial_trackings using (account, tracking_id)
            semi join {TRACKINGS.name} using (account, tracking_id)
            anti join partial_events using (account, tracking_id, leg)
            where standing.withdrawn_at is null
            """
        )
        completed = batch._replace(
            trackings=db.sql(_completed_trackings()).to_arrow_table(),
            events=db.sql("select * from completed_events").to_arrow_table(),
        )
        return merge(db, completed, guard=GUARD)


def _completed_trackings() -> str:
    """Return the query of the partial rows with their blanks filled from the stored ones."""
    columns = ",\n".join(f"{_source(name)} as {name}" for name in TRACKINGS.column_names)
    return f"""
        with counted as (
            select account, tracking_id, count(*)::integer as event_count
            from completed_events
            group by all
        )
        select {columns}
        from partial_trackings as partial
        join {TRACKINGS.name} as kept
            on kept.account = partial.account and kept.tracking_id = partial.tracking_id
        left join counted
            on counted.account = partial.account and counted.tracking_id = partial.tracking_id
    """


def _source(name: str) -> str:
    if name == "event_count":
        return "coalesce(counted.event_count, 0)"
    if name in TRACKINGS.aside:
        return "null"  # of scans from two answers; the next one from the list tells it
    if name in _OF_THE_ROW:
        return f"kept.{name}"
    if name in _OF_THE_ANSWER:
        return f"partial.{name}"
    return f"coalesce(partial.{name}, kept.{name})"
