"""How far the warehouse is, read without waiting for a writer."""

from datetime import UTC, datetime
from typing import Any

import duckdb

from flows.settings import Settings
from flows.steps.checks import what_to_check
from flows.steps.findings import failed_checks
from flows.steps.gaps import open_newest
from warehouse.connection import FILE, open_read_only, seat_owner

LAST_RUNS = 5


def status(settings: Settings, *, with_checks: bool = False) -> dict[str, Any]:
    """Return watermarks and their lag in seconds, rows, the last runs, and who is writing.

    From the live warehouse while nobody writes to it: what failed is in there alone. Else from
    what is published.

    Args:
        settings: Whose account it is about.
        with_checks: Run the checks too, on what is published; walks through whole tables.

    Raises:
        NothingPublishedError: there is nothing to read yet.
    """
    home, account = settings.parcelhouse_home, settings.parcelhouse_account
    now = datetime.now(UTC)
    with open_newest(home) as db:
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
        last_states = dict(
            _rows(
                db,
                """
                select command, max_by(state, started_at) from ops.runs
                where account = ? and finished_at is not null group by command order by command
                """,
                account,
            )
        )
        synced = _rows(
            db,
            """
            select max(finished_at) from ops.runs
            where account = ? and command = 'sync' and state in ('done', 'attention')
            """,
            account,
        )[0][0]
        runway = _rows(
            db, "select credits_left, days_left from marts.quota_runway where account = ?", account
        )
    found = _checks(settings) if with_checks else []
    credits_left, days_left = runway[0] if runway else (None, None)
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
        "last_sync_at": synced.isoformat() if synced else None,
        "seconds_since_sync": round((now - synced).total_seconds()) if synced else None,
        "credits_left": credits_left,
        "days_left": None if days_left is None else round(days_left, 1),
        "last_states": last_states,
        **({"failed_checks": len(found), "checks": found} if with_checks else {}),
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
    if said["credits_left"] is not None:
        lasting = "" if said["days_left"] is None else f", which last {said['days_left']:,} days"
        lines.append(f"credits    {said['credits_left']:,} left{lasting}")
    for run in said["last_runs"]:
        error = f": {run['error']}" if run["error"] else ""
        lines.append(
            f"run        {run['command']} {run['started_at'][:19]} {run['state']},"
            f" {run['requests'] or 0} requests{error}"
        )
    return lines


def _checks(settings: Settings) -> list[dict[str, Any]]:
    with open_read_only(what_to_check(settings.parcelhouse_home)) as db:
        return [
            {"check": view.name.removeprefix("checks."), "level": view.level, "rows": count}
            for view, count in failed_checks(db, settings.parcelhouse_account)
        ]


def _rows(db: duckdb.DuckDBPyConnection, query: str, account: str) -> list[tuple[Any, ...]]:
    return db.execute(query, [account]).fetchall()
