"""What the ledger says is unread is exactly what no proven window covers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.steps.gaps import find_gaps, open_newest
from trackingmore_v2.models import Cursor, Window
from transforms.tables import BACKFILLS, WINDOWS
from warehouse import backfills, catalog, ledger
from warehouse.connection import open_for_writing
from warehouse.errors import NothingPublishedError

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
        ledger.record_windows(db, account, [read], run_id="r")


def gaps(db: duckdb.DuckDBPyConnection, low: int, high: int) -> list[tuple[int, int]]:
    return ledger.gaps(db, "main", SCOPE, low, high)


@pytest.fixture(autouse=True)
def _empty(db: duckdb.DuckDBPyConnection) -> None:
    for table in (WINDOWS, BACKFILLS):
        db.execute(f"delete from {table.name}")


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


@settings(deadline=None, max_examples=100)
@given(covers=st.lists(SPANS, max_size=8).map(sorted), asked=SPANS)
def test_what_is_uncovered_lies_within_what_was_asked(
    covers: list[tuple[int, int]], asked: tuple[int, int]
) -> None:
    found = ledger.uncovered(*asked, covers)
    seconds = {second for low, high in found for second in range(low, high + 1)}
    covered = {second for low, high in covers for second in range(low, high + 1)}
    assert seconds == set(range(asked[0], asked[1] + 1)) - covered
    assert all(asked[0] <= low <= high <= asked[1] for low, high in found)


# --- what `gaps` makes of the ledger


def test_an_unproven_window_is_told_apart_from_an_unread_range(
    db: duckdb.DuckDBPyConnection,
) -> None:
    enter(db, (0, 99), (120, 149), (200, 300), scope="created_at")
    enter(db, (150, 179), proven=False, scope="created_at")
    (found,) = find_gaps(db, "main")
    assert (found.scope, found.low, found.high) == ("created_at", 0, 300)
    assert found.unread == [(100, 119), (180, 199)]
    assert [(window.low, window.high) for window in found.unproven] == [(150, 179)]
    assert not found.is_whole


def test_an_unproven_window_that_was_proven_later_is_no_gap(db: duckdb.DuckDBPyConnection) -> None:
    enter(db, (0, 99), scope="update_time")
    enter(db, (100, 120), proven=False, scope="update_time")
    enter(db, (100, 110), (111, 200), scope="update_time")
    (found,) = find_gaps(db, "main")
    assert found.is_whole


def test_a_window_that_is_read_in_vain_again_and_again_is_one_gap(
    db: duckdb.DuckDBPyConnection,
) -> None:
    enter(db, (0, 99), scope="created_at")
    enter(db, (100, 100), (100, 100), proven=False, scope="created_at")
    (found,) = find_gaps(db, "main")
    assert len(found.unproven) == 1
    assert found.unread == []


def test_an_unfinished_backfill_lacks_what_was_asked_for(db: duckdb.DuckDBPyConnection) -> None:
    for scope in ("backfill:a", "backfill:b"):
        job = backfills.Backfill(scope, 1000, 2000, is_open_ended=False, run_id="r")
        backfills.begin_backfill(db, "main", job, at=AT)
    enter(db, (1000, 1400), scope="backfill:a")
    enter(db, (1000, 1400), scope="backfill:b")
    backfills.finish_backfill(db, "main", "backfill:b", at=AT)
    (found,) = find_gaps(db, "main")
    assert (found.scope, found.low, found.high) == ("backfill:a", 1000, 2000)
    assert found.unread == [(1401, 2000)]


def test_nothing_read_is_no_ledger(db: duckdb.DuckDBPyConnection) -> None:
    enter(db, (0, 99), scope="created_at", account="other")
    assert find_gaps(db, "main") == []


@pytest.mark.parametrize("steps", ["opened", "has tables"])
def test_a_warehouse_whose_first_run_was_killed_as_it_began_is_nothing_to_read(
    tmp_path: Path, steps: str
) -> None:
    with open_for_writing(tmp_path, "the test") as begun:
        if steps == "has tables":
            catalog.ensure_tables(begun)
    with pytest.raises(NothingPublishedError), open_newest(tmp_path):
        pass
    with open_for_writing(tmp_path, "the test") as begun:
        catalog.ensure(begun)
    with open_newest(tmp_path) as read:
        assert find_gaps(read, "main") == []
