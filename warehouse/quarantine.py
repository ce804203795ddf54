"""Payloads that could not be read: which still wait, and when they stop waiting."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from transforms.tables import LANDINGS, QUARANTINE
from warehouse.entries import staged

if TYPE_CHECKING:  # who only asks what waits needs no Arrow
    import pyarrow as pa


class Waiting(NamedTuple):
    """A payload that nobody could read so far."""

    quarantine_id: str
    tracking_id: str | None
    reason: str
    payload: str  # JSON
    fetched_at: datetime
    run_id: str
    endpoint: str | None  # which answered; None: its answer is not known as loaded


def admit(db: duckdb.DuckDBPyConnection, rows: "pa.Table") -> int:
    """Enter payloads that could not be read, and return how many did not wait already.

    The rows are as `QUARANTINE` declares them. One that waits already keeps its place; one that
    came again after its release waits again. The caller owns the transaction.
    """
    with staged(db, staged_payloads=rows):
        again = db.execute(
            f"""
            update {QUARANTINE.name} as held set
                released_at = null,
                reason = staged_payloads.reason,
                fetched_at = staged_payloads.fetched_at,
                run_id = staged_payloads.run_id
            from staged_payloads
            where
                held.account = staged_payloads.account
                and held.quarantine_id = staged_payloads.quarantine_id
                and held.released_at < staged_payloads.fetched_at
            """
        ).fetchall()
        new = db.execute(
            f"""
            insert into {QUARANTINE.name} by name
            select staged_payloads.* from staged_payloads
            anti join {QUARANTINE.name} using ({", ".join(QUARANTINE.key)})
            """
        ).fetchall()
    return int(again[0][0]) + int(new[0][0])


def waiting(db: duckdb.DuckDBPyConnection, account: str) -> list[Waiting]:
    """Return what waits, oldest first."""
    rows = db.execute(
        f"""
        select
            {", ".join(f"held.{name}" for name in Waiting._fields if name != "endpoint")},
            any_value(landings.endpoint) as endpoint
        from {QUARANTINE.name} as held
        left join {LANDINGS.name} as landings
            on
            landings.account = held.account
            and landings.run_id = held.run_id
            and landings.fetched_at = held.fetched_at
        where held.account = ? and held.released_at is null
        group by all
        order by held.fetched_at, held.quarantine_id
        """,
        [account],
    ).fetchall()
    return [Waiting(*row) for row in rows]


def release(
    db: duckdb.DuckDBPyConnection, account: str, ids: Sequence[str], *, at: datetime
) -> None:
    """Enter quarantined payloads as read after all. The caller owns the transaction."""
    db.execute(
        f"""
        update {QUARANTINE.name} set released_at = $at
        where account = $account and quarantine_id in $ids
        """,
        {"account": account, "ids": list(ids), "at": at},
    )


def give_reason(
    db: duckdb.DuckDBPyConnection, account: str, quarantine_id: str, reason: str
) -> None:
    """Enter why a payload still cannot be read. The caller owns the transaction."""
    db.execute(
        f"""
        update {QUARANTINE.name} set reason = $reason
        where account = $account and quarantine_id = $id and reason <> $reason
        """,
        {"account": account, "id": quarantine_id, "reason": reason},
    )


def release_superseded(
    db: duckdb.DuckDBPyConnection, account: str, tracking_ids: Sequence[str], *, read_at: datetime
) -> None:
    """Release what waits of parcels that were read well, whole, at *read_at* or later than it.

    What the payload said is then known from an answer at least as new. The caller owns the
    transaction.
    """
    waits = f"select 1 from {QUARANTINE.name} where account = ? and released_at is null limit 1"
    if not db.execute(waits, [account]).fetchall():
        return  # thousands of ids are not handed over for nothing
    db.execute(
        f"""
        update {QUARANTINE.name} set released_at = $at
        where
            account = $account
            and released_at is null
            and fetched_at <= $at
            and tracking_id in $ids
        """,
        {"account": account, "ids": list(tracking_ids), "at": read_at},
    )
