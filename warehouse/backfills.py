"""The backfills that were asked for, and whether they have read all of it."""

from datetime import datetime
from typing import NamedTuple

import duckdb

from transforms.tables import BACKFILLS
from warehouse.entries import insert, instant


class Backfill(NamedTuple):
    """One backfill asked for; instants in unix seconds."""

    scope: str
    since: int
    until: int
    is_open_ended: bool
    run_id: str


def begin_backfill(
    db: duckdb.DuckDBPyConnection, account: str, job: Backfill, *, at: datetime
) -> None:
    """Enter a backfill as asked for. The caller owns the transaction."""
    insert(
        db,
        BACKFILLS,
        {
            "account": account,
            "scope": job.scope,
            "since": instant(job.since),
            "until": instant(job.until),
            "is_open_ended": job.is_open_ended,
            "started_at": at,
            "run_id": job.run_id,
        },
    )


def unfinished_backfills(db: duckdb.DuckDBPyConnection, account: str) -> list[Backfill]:
    """Return the backfills that have not read all they were asked for, newest first."""
    rows = db.execute(
        f"""
        select scope, epoch(since)::bigint, epoch(until)::bigint, is_open_ended, run_id
        from {BACKFILLS.name}
        where account = ? and finished_at is null
        order by started_at desc
        """,
        [account],
    ).fetchall()
    return [Backfill(*row) for row in rows]


def finish_backfill(
    db: duckdb.DuckDBPyConnection, account: str, scope: str, *, at: datetime
) -> None:
    """Enter a backfill as read to its end. The caller owns the transaction."""
    db.execute(
        f"update {BACKFILLS.name} set finished_at = $at"
        " where account = $account and scope = $scope",
        {"at": at, "account": account, "scope": scope},
    )
