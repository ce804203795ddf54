"""Runs of commands, as ops.runs keeps them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import duckdb

from transforms.tables import RUNS
from warehouse.entries import insert


def begin_run(
    db: duckdb.DuckDBPyConnection, account: str, run_id: str, *, command: str, at: datetime
) -> None:
    """Enter a run as running. The caller owns the transaction."""
    insert(
        db,
        RUNS,
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
