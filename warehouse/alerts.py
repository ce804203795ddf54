"""Alerts that were sent: which are open, and how far people know of them."""

from datetime import datetime
from typing import NamedTuple

import duckdb

from transforms.alert_tables import ALERTS
from warehouse import catalog, entries, materialised
from warehouse.connection import transaction


class OpenAlert(NamedTuple):
    """An alert that was told and is not over."""

    alert: str
    level: str
    sentence: str
    size: int
    began_at: datetime


def open_alerts(db: duckdb.DuckDBPyConnection, account: str) -> list[OpenAlert]:
    """Return what is open, oldest first; none where the file is older than this table."""
    if not _is_made(db):
        return []
    rows = db.execute(
        f"""
        select alert, level, sentence, size, began_at
        from {ALERTS.name}
        where account = ? and over_at is null
        order by began_at, alert
        """,
        [account],
    ).fetchall()
    return [OpenAlert(*row) for row in rows]


def prepare(db: duckdb.DuckDBPyConnection) -> None:
    """Make the table where the file is older than it."""
    if not _is_made(db):
        with transaction(db):
            catalog.ensure(db)
            materialised.refresh(db)  # `ensure` has emptied what a new version makes anew


def note_told(
    db: duckdb.DuckDBPyConnection,
    account: str,
    alert: str,
    *,
    level: str,
    sentence: str,
    size: int,
    at: datetime,
) -> None:
    """Enter that *alert* was told, for the first time or again. The caller owns the transaction."""
    row = {"level": level, "sentence": sentence, "size": size, "told_at": at}
    if any(each.alert == alert for each in open_alerts(db, account)):
        changes = ", ".join(f"{name} = ${name}" for name in row)
        db.execute(
            f"update {ALERTS.name} set {changes}"
            " where account = $account and alert = $alert and over_at is null",
            {**row, "account": account, "alert": alert},
        )
    else:
        entries.insert(db, ALERTS, {"account": account, "alert": alert, "began_at": at} | row)


def note_over(db: duckdb.DuckDBPyConnection, account: str, alert: str, *, at: datetime) -> None:
    """Enter that *alert* was told to be over. The caller owns the transaction."""
    db.execute(
        f"update {ALERTS.name} set over_at = $at"
        " where account = $account and alert = $alert and over_at is null",
        {"at": at, "account": account, "alert": alert},
    )


def _is_made(db: duckdb.DuckDBPyConnection) -> bool:
    return bool(
        db.execute(
            "select 1 from duckdb_tables() where schema_name || '.' || table_name = ?",
            [ALERTS.name],
        ).fetchall()
    )
