"""How far the warehouse is, read from what is published: it never waits for a writer."""

from datetime import UTC, datetime
from typing import Any

import duckdb

from flows.settings import Settings
from warehouse.connection import FILE, open_read_only, seat_owner
from warehouse.publish import published

LAST_RUNS = 5


def status(settings: Settings) -> dict[str, Any]:
    """Return watermarks and their lag in seconds, rows, the last runs, and who is writing.

    Raises:
        NothingPublishedError: no sync has ended yet.
    """
    home, account = settings.parcelhouse_home, settings.parcelhouse_account
    now = datetime.now(UTC)
    with open_read_only(published(home)) as db:
        watermarks = {
            scope: {"at": at.isoformat(), "lag_seconds": round((now - at).total_seconds())}
            for scope, at in _rows(
                db, "select scope, watermark_at from ops.watermarks where account = ?", account
            )
        }
        trackings, deleted = _rows(
            db,
            "select count(*), count(deleted_at) from core.trackings where account = ?",
            account,
        )[0]
        events, withdrawn = _rows(
            db,
            "select count(*), count(withdrawn_at) from core.tracking_events where account = ?",
            account,
        )[0]
        waiting = _rows(
            db, "select count(*) from checks.quarantined_payloads where account = ?", account
        )[0][0]
        unproven = _rows(
            db, "select count(*) from checks.unproven_windows where account = ?", account
        )[0][0]
        names = ("run_id", "command", "state", "started_at", "finished_at", "requests", "error")
        runs = _rows(
            db,
            f"""
            select {", ".join(names)} from ops.runs
            where account = ? order by started_at desc limit {LAST_RUNS}
            """,
            account,
        )
    return {
        "account": account,
        "warehouse": str(home / FILE),
        "writing_now": seat_owner(home),
        "watermarks": watermarks,
        "trackings": trackings,
        "trackings_deleted": deleted,
        "events": events,
        "events_withdrawn": withdrawn,
        "quarantined": waiting,
        "unproven_windows": unproven,
        "last_runs": [
            {
                name: value.isoformat() if isinstance(value, datetime) else value
                for name, value in zip(names, run, strict=True)
            }
            for run in runs
        ],
    }


def status_lines(said: dict[str, Any]) -> list[str]:
    """Return the status as lines for a person."""
    lines = [f"account    {said['account']} in {said['warehouse']}"]
    if said["writing_now"]:
        lines.append(f"writing    {said['writing_now']}")
    lines += [
        f"watermark  {scope} {mark['at']}, {mark['lag_seconds']:,} s ago"
        for scope, mark in said["watermarks"].items()
    ]
    lines += [
        f"parcels    {said['trackings']:,}, {said['trackings_deleted']:,} of them deleted",
        f"scans      {said['events']:,}, {said['events_withdrawn']:,} of them withdrawn",
        f"open       {said['quarantined']:,} payloads in quarantine,"
        f" {said['unproven_windows']:,} windows unproven",
    ]
    for run in said["last_runs"]:
        error = f": {run['error']}" if run["error"] else ""
        lines.append(
            f"run        {run['command']} {run['started_at'][:19]} {run['state']},"
            f" {run['requests'] or 0} requests{error}"
        )
    return lines


def _rows(db: duckdb.DuckDBPyConnection, query: str, account: str) -> list[tuple[Any, ...]]:
    return db.execute(query, [account]).fetchall()
