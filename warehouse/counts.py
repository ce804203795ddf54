"""How many parcels the warehouse holds, by when they were registered; instants in unix seconds."""

from typing import NamedTuple

import duckdb

from transforms.tables import TRACKINGS

_LIVE = f"from {TRACKINGS.name} where account = $account and deleted_at is null"
_WITHIN = f"{_LIVE} and epoch(created_at) between $low and $high"


class Held(NamedTuple):
    """A parcel that the warehouse holds as live."""

    tracking_id: str
    tracking_number: str


def live_trackings(db: duckdb.DuckDBPyConnection, account: str) -> int:
    """Return how many parcels are in the account, as far as is known."""
    return _number(db, f"select count(*) {_LIVE}", account=account)


def created_between(db: duckdb.DuckDBPyConnection, account: str, low: int, high: int) -> int:
    """Return how many live parcels were registered in low..high."""
    return _number(db, f"select count(*) {_WITHIN}", account=account, low=low, high=high)


def held_between(db: duckdb.DuckDBPyConnection, account: str, low: int, high: int) -> list[Held]:
    """Return the live parcels that were registered in low..high."""
    rows = db.execute(
        f"select tracking_id, tracking_number {_WITHIN}",
        {"account": account, "low": low, "high": high},
    ).fetchall()
    return [Held(*row) for row in rows]


def middle_second(db: duckdb.DuckDBPyConnection, account: str, low: int, high: int) -> int:
    """Return the second that parts low..high into halves of about as many live parcels.

    At least `low` and less than `high`, so that neither half is empty of seconds.
    """
    rows = db.execute(
        f"select quantile_disc(epoch(created_at)::bigint, 0.5) {_WITHIN}",
        {"account": account, "low": low, "high": high},
    ).fetchall()
    median = rows[0][0]
    # most of a range may lie in its last second: then the other seconds are the left half
    middle = (low + high) // 2 if median is None else median
    return int(min(max(middle, low), high - 1))


def lonely_second(db: duckdb.DuckDBPyConnection, account: str) -> int | None:
    """Return the newest second that holds a live parcel, with none in the seconds beside it."""
    rows = db.execute(
        f"""
        with seconds as (
            select distinct epoch(created_at)::bigint as second {_LIVE} and created_at is not null
        ),
        beside as (
            select
                second,
                lag(second) over (order by second) as before,
                lead(second) over (order by second) as behind
            from seconds
        )
        select max(second)
        from beside
        where
            coalesce(second - before > 1, true)
            and coalesce(behind - second > 1, true)
        """,
        {"account": account},
    ).fetchall()
    return None if rows[0][0] is None else int(rows[0][0])


def by_status(db: duckdb.DuckDBPyConnection, account: str, low: int, high: int) -> dict[str, int]:
    """Return how many live parcels registered in low..high have each status, in lower case."""
    rows = db.execute(
        f"select coalesce(lower(status), ''), count(*) {_WITHIN} group by all",
        {"account": account, "low": low, "high": high},
    ).fetchall()
    return dict(rows)


def _number(db: duckdb.DuckDBPyConnection, query: str, **bound: str | int) -> int:
    return int(db.execute(query, bound).fetchall()[0][0])
