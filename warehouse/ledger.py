"""The ledger: windows read, the gaps between them, watermarks, landings loaded."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import duckdb

from trackingmore_v2.models import Cursor, Window
from transforms.tables import LANDINGS, WATERMARKS, WINDOWS
from warehouse.entries import insert_all, instant

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


class Landing(NamedTuple):
    """One landed answer whose rows are stored."""

    path: str
    endpoint: str
    fetched_at: datetime
    items: int  # payloads


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


def record_windows(
    db: duckdb.DuckDBPyConnection, account: str, reads: Sequence[WindowRead], *, run_id: str
) -> None:
    """Enter windows in their order; each moves its cursor's watermark if it continues the prefix.

    That is what is proven from the beginning: an unproven window, or one behind a gap, moves
    nothing. The caller owns the transaction: it is the one that holds the windows' rows.
    """
    entries = [
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
        }
        for read in reads
    ]
    insert_all(db, WINDOWS, entries)
    # of a backfill, say, there is none: chosen ranges have gaps
    proven = [read for read in reads if read.proven and read.scope in set(Cursor)]
    if not proven:
        return
    before = watermarks(db, account)
    reached = dict(before)
    for read in proven:
        until = reached.get(read.scope, -1)
        if read.window.low <= until + 1 and read.window.high > until:
            reached[read.scope] = read.window.high
    for scope, second in reached.items():
        if second != before.get(scope):
            set_watermark(db, account, scope, second, run_id=run_id)


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


def record_landings(
    db: duckdb.DuckDBPyConnection, account: str, loaded: Sequence[Landing], *, run_id: str
) -> None:
    """Enter landed answers as loaded, in their order. The caller owns the transaction of the rows.

    Their sequence goes on from the account's last one.
    """
    ((last,),) = db.execute(
        f"select coalesce(max(sequence), 0) from {LANDINGS.name} where account = ?", [account]
    ).fetchall()
    same = {"account": account, "run_id": run_id}
    rows = [
        {**same, "sequence": sequence, **each._asdict()}
        for sequence, each in enumerate(loaded, last + 1)
    ]
    insert_all(db, LANDINGS, rows)
