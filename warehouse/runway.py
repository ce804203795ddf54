"""How long the credits last."""

from typing import NamedTuple

import duckdb


class Runway(NamedTuple):
    """A row of marts.quota_runway."""

    credits_left: int
    credits_per_day: float
    days_left: float | None  # None: nothing is being spent


def runway(db: duckdb.DuckDBPyConnection, account: str) -> Runway | None:
    """Return what marts.quota_runway says of *account*; None: too few readings for a pace."""
    rows = db.execute(
        "select credits_left, credits_per_day, days_left from marts.quota_runway"
        " where account = ? and credits_per_day is not null",
        [account],
    ).fetchall()
    return Runway(*rows[0]) if rows else None
