"""The ledger: windows read, the gaps between them, watermarks, landings loaded."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import duckdb

from trackingmore_v2.models import Cursor, Window
from transforms.tables import LANDINGS, WATERMARKS, WINDOWS
from warehouse.entries import insert, instant

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
        {"account": account, "scope": scope, "at": instant(second), "run": run_id},
    )


def drop_watermark(db: duckdb.DuckDBPyConnection, account: str, scope: str) -> None:
    """Forget a ledger's watermark. The caller owns the transaction."""
    db.execute(f"delete from {WATERMARKS.name} where account = ? and scope = ?", [account, scope])


def record_window(
    db: duckdb.DuckDBPyConnection, account: str, read: WindowRead, *, run_id: str
) -> None:
    """Enter a window, and move its cursor's watermark if it continues the proven prefix.

    An unproven window, or one behind a gap, moves nothing. The caller owns the transaction:
    it is the one that holds the window's rows.
    """
    insert(
        db,
        WINDOWS,
        {
            "account": account,
            "scope": read.scope,
            "low": instant(read.window.low),
            "high": instant(read.window.high),
            "total": read.total,
            "rows": read.rows,
            "proven": read.proven,
            "answers": read.answers,
            "fetched_at": read.fetched_at,
            "run_id": run_id,
        },
    )
    if read.scope not in set(Cursor):
        return  # a backfill, say: chosen ranges have gaps, not a watermark
    reached = watermarks(db, account).get(read.scope, -1)
    if read.proven and read.window.low <= reached + 1 and read.window.high > reached:
        set_watermark(db, account, read.scope, read.window.high, run_id=run_id)


def gaps(
    db: duckdb.DuckDBPyConnection, account: str, scope: str, low: int, high: int
) -> list[tuple[int, int]]:
    """Return the parts of low..high that no proven window of *scope* covers, oldest first.

    Closed ranges of whole unix seconds, as long as they can be; none where all is proven.
    """
    proven = db.execute(
        f"""
        select epoch(low)::bigint, epoch(high)::bigint
        from {WINDOWS.name}
        where account = $account and scope = $scope and proven and high >= $low and low <= $high
        order by 1
        """,
        {"account": account, "scope": scope, "low": instant(low), "high": instant(high)},
    ).fetchall()
    return uncovered(low, high, proven)


def uncovered(low: int, high: int, covers: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the parts of low..high in none of *covers*, which come with their lows ascending."""
    found, reached = [], low
    for begins, ends in covers:
        if begins > reached:
            found.append((reached, min(begins - 1, high)))
        reached = max(reached, ends + 1)
        if reached > high:
            return found
    return [*found, (reached, high)] if reached <= high else found


def reach(db: duckdb.DuckDBPyConnection, account: str, scope: str) -> tuple[int, int] | None:
    """Return the first and the last second in any window of a ledger; None: it has none."""
    ((low, high),) = db.execute(
        f"""
        select epoch(min(low))::bigint, epoch(max(high))::bigint
        from {WINDOWS.name}
        where account = ? and scope = ?
        """,
        [account, scope],
    ).fetchall()
    return None if low is None else (low, high)


def unproven(
    db: duckdb.DuckDBPyConnection, account: str, scope: str
) -> list[tuple[int, int, int, int]]:
    """Return (low, high, total, rows) of each window once read whose completeness was not certain.

    Oldest first, by the last time it was read so; a proven one may have covered it since.
    """
    return db.execute(
        f"""
        select
            epoch(low)::bigint,
            epoch(high)::bigint,
            arg_max(total, fetched_at),
            arg_max(rows, fetched_at)
        from {WINDOWS.name}
        where account = ? and scope = ? and not proven
        group by low, high
        order by low, high
        """,
        [account, scope],
    ).fetchall()


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
    db.execute(
        f"""
        insert into {LANDINGS.name} by name
        select
            $account as account, coalesce(max(sequence), 0) + 1 as sequence, $path as path,
            $endpoint as endpoint, $at as fetched_at, $items as items, $run as run_id
        from {LANDINGS.name} where account = $account
        """,
        {
            "account": account,
            "path": path,
            "endpoint": endpoint,
            "at": fetched_at,
            "items": items,
            "run": run_id,
        },
    )
