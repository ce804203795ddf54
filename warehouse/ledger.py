"""The ledger: windows read, watermarks, landings loaded, runs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import duckdb

from trackingmore_v2.models import Window
from transforms.tables import LANDINGS, RUNS, WATERMARKS, WINDOWS

FIRST_SYNC = "first_sync"


class WindowRead(NamedTuple):
    """One window as it was read."""

    scope: str
    window: Window
    total: int
    rows: int
    answers: int
    proven: bool
    fetched_at: datetime


def watermarks(db: duckdb.DuckDBPyConnection, account: str) -> dict[str, int]:
    """Return each ledger's end of proven reading by scope, in unix seconds."""
    rows = db.execute(
        f"select scope, epoch(watermark_at)::bigint from {WATERMARKS.name} where account = ?",
        [account],
    ).fetchall()
    return dict(rows)


def set_watermark(
    db: duckdb.DuckDBPyConnection, account: str, scope: str, second: int, *, run_id: str
) -> None:
    """Put a ledger's watermark to *second*. The caller owns the transaction."""
    drop_watermark(db, account, scope)
    db.execute(
        f"insert into {WATERMARKS.name} by name"
        " select $account as account, $scope as scope, $at as watermark_at, $run as run_id",
        {"account": account, "scope": scope, "at": _instant(second), "run": run_id},
    )


def drop_watermark(db: duckdb.DuckDBPyConnection, account: str, scope: str) -> None:
    """Forget a ledger's watermark. The caller owns the transaction."""
    db.execute(f"delete from {WATERMARKS.name} where account = ? and scope = ?", [account, scope])


def record_window(
    db: duckdb.DuckDBPyConnection, account: str, read: WindowRead, *, run_id: str
) -> None:
    """Enter a window, and move its ledger's watermark if it continues the proven prefix.

    An unproven window, or one behind a gap, moves nothing. The caller owns the transaction:
    it is the one that holds the window's rows.
    """
    _insert(
        db,
        WINDOWS.name,
        {
            "account": account,
            "scope": read.scope,
            "low": _instant(read.window.low),
            "high": _instant(read.window.high),
            "total": read.total,
            "rows": read.rows,
            "proven": read.proven,
            "answers": read.answers,
            "fetched_at": read.fetched_at,
            "run_id": run_id,
        },
    )
    reached = watermarks(db, account).get(read.scope, -1)
    if read.proven and read.window.low <= reached + 1 and read.window.high > reached:
        set_watermark(db, account, read.scope, read.window.high, run_id=run_id)


def record_landing(
    db: duckdb.DuckDBPyConnection,
    account: str,
    *,
    path: str,
    endpoint: str,
    fetched_at: datetime,
    items: int,
    run_id: str,
) -> None:
    """Enter a landed answer as loaded. The caller owns the transaction of its rows."""
    last = db.execute(
        f"select coalesce(max(sequence), 0) from {LANDINGS.name} where account = ?", [account]
    ).fetchall()[0][0]
    _insert(
        db,
        LANDINGS.name,
        {
            "account": account,
            "sequence": last + 1,
            "path": path,
            "endpoint": endpoint,
            "fetched_at": fetched_at,
            "items": items,
            "run_id": run_id,
        },
    )


def begin_run(
    db: duckdb.DuckDBPyConnection, account: str, run_id: str, *, command: str, at: datetime
) -> None:
    """Enter a run as running. The caller owns the transaction."""
    _insert(
        db,
        RUNS.name,
        {
            "account": account,
            "run_id": run_id,
            "command": command,
            "state": "running",
            "started_at": at,
        },
    )


def close_dead_runs(
    db: duckdb.DuckDBPyConnection, account: str, command: str, *, at: datetime
) -> None:
    """Enter as failed the runs of *command* that were killed. The caller owns the transaction.

    Only a killed run leaves its row open for so long that the next one of its kind finds it;
    two of a kind at once are possible by hand, and the one still alive enters its own end.
    """
    db.execute(
        f"""
        update {RUNS.name} set state = 'failed', finished_at = $at,
            error = 'the process ended without a word'
        where account = $account and command = $command and state = 'running'
        """,
        {"account": account, "command": command, "at": at},
    )


def update_run(
    db: duckdb.DuckDBPyConnection, account: str, run_id: str, values: Mapping[str, Any]
) -> None:
    """Enter what a run has done so far, or how it ended. The caller owns the transaction."""
    changes = ", ".join(f"{name} = ${name}" for name in values)
    db.execute(
        f"update {RUNS.name} set {changes} where account = $account and run_id = $run_id",
        {**values, "account": account, "run_id": run_id},
    )


def _insert(db: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, Any]) -> None:
    columns = ", ".join(f'${name} as "{name}"' for name in row)
    db.execute(f"insert into {table} by name select {columns}", dict(row))


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
