"""What the warehouse holds at one moment, as the promises look at it."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb

from tests.model.verdict import keep

KEYS = {
    "core.trackings": "account, tracking_id",
    "core.tracking_events": "account, tracking_id, event_id",
    "core.status_history": "account, tracking_id, valid_from",
    "ops.landings": "account, sequence",
    "ops.watermarks": "account, scope",
}
CORE = ("core.trackings", "core.tracking_events", "core.status_history")


class Row(NamedTuple):
    """A row of core.trackings."""

    hashed: str
    status: str
    substatus: str | None
    archived: bool
    event_count: int
    is_deleted: bool
    created: int
    stamp: int | None


class State(NamedTuple):
    """A row of core.status_history."""

    status: str
    substatus: str | None
    archived: bool
    event_count: int
    is_deleted: bool
    valid_from: Any
    valid_to: Any


class WindowRow(NamedTuple):
    """A row of ops.windows."""

    scope: str
    low: int
    high: int
    proven: bool
    total: int
    fetched_at: float


@dataclass
class Held:
    """What the warehouse holds at one moment."""

    rows: dict[str, Row]
    scans: dict[str, list[tuple[Any, ...]]]
    """Those that stand, in the order of the leg."""
    words: dict[str, Counter[tuple[Any, ...]]]
    """How often each scan is there word for word, taken back or not."""
    history: dict[str, list[State]]
    windows: list[WindowRow]
    backfills: list[tuple[str, int, int, bool]]  # scope, since, until, is it finished

    @classmethod
    def of(cls, db: duckdb.DuckDBPyConnection) -> "Held":
        for table, key in KEYS.items():
            ((rows, keys),) = db.execute(
                f"select count(*), count(distinct ({key})) from {table}"
            ).fetchall()
            keep(rows == keys, "unique", f"{table} has {rows} rows under {keys} keys")
        scans, words = defaultdict(list), defaultdict(Counter)
        for tracking_id, *scan, stands in db.execute(
            """
            select tracking_id, leg, position, event_time_raw, description, details,
                checkpoint_status, substatus, item_node, withdrawn_at is null
            from core.tracking_events
            order by tracking_id, leg desc, position
            """
        ).fetchall():
            words[tracking_id][scan[0], *scan[2:5]] += 1
            if stands:
                scans[tracking_id].append(tuple(scan))
        history = defaultdict(list)
        for tracking_id, *state in db.execute(
            """
            select tracking_id, status, substatus, archived, event_count, is_deleted,
                valid_from, valid_to
            from core.status_history
            order by tracking_id, valid_from
            """
        ).fetchall():
            history[tracking_id].append(State(*state))
        rows = db.execute(
            """
            select tracking_id, payload_hash, status, substatus, archived, event_count,
                deleted_at is not null, epoch(created_at)::bigint, epoch(updated_at)::bigint
            from core.trackings
            """
        ).fetchall()
        windows = db.execute(
            """
            select scope, epoch(low)::bigint, epoch(high)::bigint, proven, total, epoch(fetched_at)
            from ops.windows
            """
        ).fetchall()
        backfills = db.execute(
            """
            select scope, epoch(since)::bigint, epoch(until)::bigint, finished_at is not null
            from ops.backfills
            """
        ).fetchall()
        return cls(
            {row[0]: Row(*row[1:]) for row in rows},
            dict(scans),
            dict(words),
            dict(history),
            [WindowRow(*row) for row in windows],
            backfills,
        )


def core(db: duckdb.DuckDBPyConnection) -> list[list[tuple[Any, ...]]]:
    """Return core as it is, down to the place of each row."""
    return [db.execute(f"select rowid, * from {table} order by rowid").fetchall() for table in CORE]
