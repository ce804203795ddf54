"""What the ledger says is unread is exactly what no proven window covers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackingmore_v2.models import Cursor, Window
from transforms.tables import WINDOWS
from warehouse import catalog, ledger

AT = datetime(2026, 6, 1, tzinfo=UTC)
SCOPE = "backfill:one"


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as db:
        db.execute("set TimeZone = 'UTC'")
        catalog.ensure(db)
        yield db


def enter(
    db: duckdb.DuckDBPyConnection,
    *windows: tuple[int, int],
    proven: bool = True,
    account: str = "main",
    scope: str = SCOPE,
) -> None:
    for low, high in windows:
        window = Window(Cursor.CREATED_AT, low, high)
        read = ledger.WindowRead(scope, window, 0, 0, 1, proven, AT)
        ledger.record_window(db, account, read, run_id="r")


def gaps(db: duckdb.DuckDBPyConnection, low: int, high: int) -> list[tuple[int, int]]:
    return ledger.gaps(db, "main", SCOPE, low, high)


@pytest.fixture(autouse=True)
def _empty(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(f"delete from {WINDOWS.name}")


def test_an_empty_ledger_is_one_gap(db: duckdb.DuckDBPyConnection) -> None:
    assert gaps(db, 100, 200) == [(100, 200)]


def test_a_range_of_one_second_may_be_a_gap(db: duckdb.DuckDBPyConnection) -> None:
    enter(db, (100, 149), (151, 200))
    assert gaps(db, 100, 200) == [(150, 150)]
    assert gaps(db, 150, 150) == [(150, 150)]
    assert gaps(db, 149, 149) == []


def test_a_range_that_ends_before_it_begins_has_no_gap(db: duckdb.DuckDBPyConnection) -> None:
    assert gaps(db, 200, 199) == []


def test_windows_that_touch_leave_no_gap(db: duckdb.DuckDBPyConnection) -> None:
    enter(db, (100, 149), (150, 200))
    assert gaps(db, 100, 200) == []


def test_a_window_within_another_does_not_shorten_it(db: duckdb.DuckDBPyConnection) -> None:
    enter(db, (100, 180), (110, 120))
    assert gaps(db, 100, 200) == [(181, 200)]


def test_the_same_window_twice_is_once_enough(db: duckdb.DuckDBPyConnection) -> None:
    enter(db, (120, 140), (120, 140))
    assert gaps(db, 100, 200) == [(100, 119), (141, 200)]


def test_an_unproven_window_covers_nothing(db: duckdb.DuckDBPyConnection) -> None:
    enter(db, (100, 200), proven=False)
    assert gaps(db, 100, 200) == [(100, 200)]


def test_another_account_or_ledger_covers_nothing(db: duckdb.DuckDBPyConnection) -> None:
    enter(db, (100, 200), account="other")
    enter(db, (100, 200), scope="created_at")
    assert gaps(db, 100, 200) == [(100, 200)]


SPANS = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda ends: (min(ends), max(ends)))


@settings(deadline=None, max_examples=150)
@given(proven=st.lists(SPANS, max_size=12), unproven=st.lists(SPANS, max_size=4), asked=SPANS)
def test_gaps_are_the_asked_seconds_less_the_proven_ones(
    db: duckdb.DuckDBPyConnection,
    proven: list[tuple[int, int]],
    unproven: list[tuple[int, int]],
    asked: tuple[int, int],
) -> None:
    db.execute(f"delete from {WINDOWS.name}")
    enter(db, *proven)
    enter(db, *unproven, proven=False)
    found = gaps(db, *asked)
    read = {second for low, high in proven for second in range(low, high + 1)}
    assert [second for low, high in found for second in range(low, high + 1)] == [
        second for second in range(asked[0], asked[1] + 1) if second not in read
    ]
    assert all(low > high + 1 for (_, high), (low, _) in pairwise(found))
