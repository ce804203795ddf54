"""The watermark is never ahead of what is proven, and a run always has an end."""

from itertools import count
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import at, contents, flat, parcel, rows
from trackingmore_v2.models import Cursor, Window
from warehouse import ledger, runs
from warehouse.connection import transaction
from warehouse.ledger import FIRST_SYNC, WindowRead
from warehouse.upsert import merge

ACCOUNTS = (f"account {number}" for number in count())
UPDATES = Cursor.UPDATE_TIME.value


def window_read(low: int, high: int, *, proven: bool = True, scope: str = UPDATES) -> WindowRead:
    window = Window(Cursor.UPDATE_TIME, low, high)
    return WindowRead(scope, window, total=3, rows=4, answers=2, proven=proven, fetched_at=at(0))


def record(
    db: duckdb.DuckDBPyConnection, *reads: WindowRead, account: str = "main"
) -> dict[str, int]:
    ledger.record_windows(db, account, reads, run_id="r")
    return ledger.watermarks(db, account)


def loaded(path: str) -> ledger.Landing:
    return ledger.Landing(path, "list", at(1), 2)


def test_an_empty_ledger_has_no_watermark(db: duckdb.DuckDBPyConnection) -> None:
    assert ledger.watermarks(db, "main") == {}


def test_a_window_is_entered_as_it_was_read(db: duckdb.DuckDBPyConnection) -> None:
    record(db, window_read(10, 19, proven=False))
    (row,) = rows(db, "select * replace (epoch(low) as low, epoch(high) as high) from ops.windows")
    assert row == {
        "account": "main",
        "scope": "update_time",
        "low": 10,
        "high": 19,
        "total": 3,
        "rows": 4,
        "proven": False,
        "answers": 2,
        "fetched_at": at(0),
        "run_id": "r",
    }


def test_windows_that_follow_one_another_move_the_watermark(db: duckdb.DuckDBPyConnection) -> None:
    assert record(db, window_read(0, 9)) == {UPDATES: 9}
    assert record(db, window_read(10, 19)) == {UPDATES: 19}
    assert record(db, window_read(15, 29)) == {UPDATES: 29}
    assert record(db, window_read(30, 30)) == {UPDATES: 30}


@pytest.mark.parametrize(
    "moves_nothing",
    [
        window_read(10, 19, proven=False),
        window_read(0, 19, proven=False),
        window_read(11, 19),
        window_read(5, 9),
        window_read(0, 3),
    ],
    ids=["unproven", "unproven and wide", "behind a gap", "read again", "read again, old"],
)
def test_what_is_not_the_next_proven_window_moves_nothing(
    db: duckdb.DuckDBPyConnection, moves_nothing: WindowRead
) -> None:
    assert record(db, window_read(0, 9), moves_nothing) == {UPDATES: 9}


def test_a_watermark_is_counted_from_the_beginning_of_time(db: duckdb.DuckDBPyConnection) -> None:
    assert record(db, window_read(1, 9)) == {}
    assert record(db, window_read(0, 0)) == {UPDATES: 0}


def test_a_window_goes_on_from_a_watermark_that_was_set(db: duckdb.DuckDBPyConnection) -> None:
    ledger.set_watermark(db, "main", UPDATES, 1_772_000_000, run_id="r")
    assert record(db, window_read(1_771_999_000, 1_772_000_900)) == {UPDATES: 1_772_000_900}


def test_ledgers_and_accounts_do_not_move_one_another(db: duckdb.DuckDBPyConnection) -> None:
    created = Cursor.CREATED_AT.value
    record(db, window_read(0, 9), window_read(0, 5, scope=created))
    record(db, window_read(0, 7), account="theirs")
    assert ledger.watermarks(db, "main") == {UPDATES: 9, created: 5}
    assert ledger.watermarks(db, "theirs") == {UPDATES: 7}


def test_a_chosen_range_has_no_watermark(db: duckdb.DuckDBPyConnection) -> None:
    assert record(db, window_read(0, 9, scope="backfill:r")) == {}


def test_a_watermark_can_be_set_and_dropped(db: duckdb.DuckDBPyConnection) -> None:
    ledger.set_watermark(db, "main", FIRST_SYNC, 10, run_id="r")
    ledger.set_watermark(db, "theirs", FIRST_SYNC, 30, run_id="r")
    ledger.set_watermark(db, "main", FIRST_SYNC, 20, run_id="r")
    assert ledger.watermarks(db, "main") == {FIRST_SYNC: 20}
    ledger.drop_watermark(db, "main", FIRST_SYNC)
    ledger.drop_watermark(db, "main", "never set")
    assert ledger.watermarks(db, "main") == {}
    assert ledger.watermarks(db, "theirs") == {FIRST_SYNC: 30}


WINDOWS = st.lists(
    st.builds(
        lambda low, width, proven: window_read(low, low + width, proven=proven),
        st.integers(0, 12),
        st.integers(0, 5),
        st.sampled_from([True, True, False]),
    ),
    max_size=7,
)


@settings(deadline=None, max_examples=40)
@given(WINDOWS)
def test_the_watermark_is_never_ahead_of_what_is_proven(
    made: duckdb.DuckDBPyConnection, reads: list[WindowRead]
) -> None:
    """Second by second: all seconds up to the watermark are in a proven window."""
    account = next(ACCOUNTS)
    proven: set[int] = set()
    before = -1
    for read in reads:
        reached = record(made, read, account=account).get(UPDATES, -1)
        if read.proven:
            proven |= set(range(read.window.low, read.window.high + 1))
        assert set(range(reached + 1)) <= proven
        assert reached >= before
        if not read.proven or read.window.low > before + 1:
            assert reached == before
        elif set(range(before + 1)) <= proven:
            assert reached == max(before, read.window.high)
        before = reached


@settings(deadline=None, max_examples=20)
@given(WINDOWS)
def test_windows_in_their_order_reach_the_end_of_the_proven_prefix(
    made: duckdb.DuckDBPyConnection, reads: list[WindowRead]
) -> None:
    proven = {
        second
        for read in reads
        if read.proven
        for second in range(read.window.low, read.window.high + 1)
    }
    end = next(second for second in count() if second not in proven) - 1
    in_order = sorted(reads, key=lambda read: read.window.low)
    assert record(made, *in_order, account=next(ACCOUNTS)).get(UPDATES, -1) == end


@settings(deadline=None, max_examples=40)
@given(WINDOWS)
def test_entered_together_is_entered_one_after_the_other(
    made: duckdb.DuckDBPyConnection, reads: list[WindowRead]
) -> None:
    together, singly = next(ACCOUNTS), next(ACCOUNTS)
    record(made, *reads, account=together)
    for read in reads:
        record(made, read, account=singly)
    for table in ("ops.windows", "ops.watermarks"):
        query = f"select * exclude account from {table} where account = ? order by rowid"
        assert rows(made, query, [together]) == rows(made, query, [singly])


def test_a_window_that_fails_leaves_neither_rows_nor_watermark(
    db: duckdb.DuckDBPyConnection,
) -> None:
    record(db, window_read(0, 9))
    before = contents(db)

    def interrupted() -> None:
        with transaction(db):
            merge(db, flat(parcel(), None))
            record(db, window_read(10, 19))
            ledger.record_landings(db, "main", [loaded("a.parquet")], run_id="r")
            assert ledger.watermarks(db, "main") == {UPDATES: 19}
            raise SystemExit

    with pytest.raises(SystemExit):
        interrupted()
    assert contents(db) == before


def test_a_transaction_that_fails_at_its_end_says_why(db: duckdb.DuckDBPyConnection) -> None:
    """The rollback of what is no transaction any more does not hide the reason."""

    def aborted() -> None:
        with transaction(db):
            db.execute("rollback")
            raise KeyError("the reason")

    with pytest.raises(KeyError, match="the reason"):
        aborted()
    with transaction(db):
        record(db, window_read(0, 9))
    assert ledger.watermarks(db, "main") == {UPDATES: 9}


def test_landings_are_numbered_in_the_order_of_loading(db: duckdb.DuckDBPyConnection) -> None:
    for account, path in (("main", "b"), ("theirs", "x"), ("main", "a"), ("main", "b")):
        ledger.record_landings(db, account, [loaded(path)], run_id="r")
    ledger.record_landings(db, "main", [loaded("c"), loaded("d")], run_id="r")
    ledger.record_landings(db, "main", [], run_id="r")
    found = rows(db, "select account, sequence, path from ops.landings order by account, sequence")
    assert [tuple(row.values()) for row in found] == [
        ("main", 1, "b"),
        ("main", 2, "a"),
        ("main", 3, "b"),
        ("main", 4, "c"),
        ("main", 5, "d"),
        ("theirs", 1, "x"),
    ]


def begin(db: duckdb.DuckDBPyConnection, run_id: str, **differing: Any) -> None:
    told = {"account": "main", "command": "sync"} | differing
    runs.begin_run(db, told["account"], run_id, command=told["command"], at=at(0))


def test_a_run_is_entered_from_its_beginning_to_its_end(db: duckdb.DuckDBPyConnection) -> None:
    begin(db, "one")
    begin(db, "other")
    runs.update_run(db, "main", "one", {"state": "done", "finished_at": at(9), "rows_read": 7})
    ended, other = rows(db, "select * from ops.runs order by run_id")
    assert {name: value for name, value in ended.items() if value is not None} == {
        "account": "main",
        "run_id": "one",
        "command": "sync",
        "state": "done",
        "started_at": at(0),
        "finished_at": at(9),
        "rows_read": 7,
    }
    assert (other["state"], other["finished_at"]) == ("running", None)


def test_the_next_run_of_its_kind_closes_a_killed_one(db: duckdb.DuckDBPyConnection) -> None:
    begin(db, "killed")
    begin(db, "killed too")
    begin(db, "of another command", command="backfill")
    begin(db, "of another account", account="theirs")
    begin(db, "ended")
    runs.update_run(db, "main", "ended", {"state": "done", "finished_at": at(5)})
    runs.close_dead_runs(db, "main", "sync", at=at(60))
    found = rows(db, "select run_id, state, finished_at, error from ops.runs order by run_id")
    assert [tuple(row.values()) for row in found] == [
        ("ended", "done", at(5), None),
        ("killed", "failed", at(60), "the process ended without a word"),
        ("killed too", "failed", at(60), "the process ended without a word"),
        ("of another account", "running", None, None),
        ("of another command", "running", None, None),
    ]
