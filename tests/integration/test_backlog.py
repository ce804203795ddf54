"""Windows are stored while the next are read: in their order, and none behind a fault."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, repeat
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeAlias, cast

import duckdb
import pytest

from flows.steps import backlog
from flows.steps import load as loading
from flows.steps.backlog import TOGETHER, Note, Store
from flows.steps.load import Flat, load_window, load_windows, merge_flat
from flows.steps.ranges import Steps, stored_at_once
from flows.steps.read import LandedWindow
from flows.steps.run import Run
from flows.steps.tally import Tally
from tests.truth import Mirror
from trackingmore_v2.errors import ServerError
from trackingmore_v2.models import Cursor
from trackingmore_v2.sandbox import Fault, Sandbox, Switches
from warehouse import lake_ahead, materialised
from warehouse.errors import CannotOpenError
from warehouse.lake_ahead import LakeAhead
from warehouse.lake_versions import ahead_place
from warehouse.ledger import FIRST_SYNC
from warehouse.manifest import FOLDER
from warehouse.materialised import Refreshed

MirrorOf: TypeAlias = Callable[..., Mirror]
NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)
WINDOWS = "select low, high, total, rows, proven from ops.windows order by scope, low"


def account() -> Sandbox:
    """Some thirty windows."""
    return Sandbox(200, now=NOW, switches=Switches(max_limit=15))


def test_stored_behind_is_stored_the_same_as_at_once(mirror: MirrorOf, tmp_path: Path) -> None:
    behind = mirror(account())
    at_once = mirror(account(), parcelhouse_home=tmp_path / "at once")
    ran = behind.sync()
    other = at_once.sync(Steps(storing=stored_at_once(load_window)))
    behind.assert_true()
    assert behind.query(WINDOWS) == at_once.query(WINDOWS)
    assert behind.watermarks() == at_once.watermarks()
    assert (ran.tally, ran.costs()["requests"]) == (other.tally, other.costs()["requests"])
    assert not ran.flattened


def test_windows_that_wait_are_stored_together_and_in_their_order(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[list[LandedWindow]] = []

    def noted(db: duckdb.DuckDBPyConnection, run: Run, windows: Sequence[LandedWindow]) -> Tally:
        stored.append(list(windows))
        return load_windows(db, run, windows)

    monkeypatch.setattr(backlog, "load_windows", noted)
    ours = mirror(account())
    ours.sync()
    ours.assert_true()
    covered = [each.covers for group in stored for each in group if each.scope == "created_at"]
    assert covered == sorted(covered)
    assert all(len(group) <= TOGETHER for group in stored)


def test_as_long_as_windows_keep_coming_they_are_committed_together(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, committed = mirror(account()), list[int]()

    @contextmanager
    def noted(run: Run, note: Note) -> Iterator[Store]:
        def counted(tally: Tally, windows: Sequence[LandedWindow]) -> None:
            committed.append(tally.rows_read)
            assert tally.rows_read == sum(window.rows for window in windows)
            note(tally, windows)

        with backlog.stored_behind(run, counted) as store:
            yield store

    monkeypatch.setattr(backlog, "COMMITTED_AT_ONCE", 100)
    monkeypatch.setattr(backlog, "LINGER_SECONDS", 30.0)
    ours.sync(Steps(storing=noted))
    ours.assert_true()
    *full, _settled, _ended = committed
    assert full
    assert all(100 <= rows < 200 for rows in full)


@pytest.mark.parametrize("at_once", [1, 10_000])
@pytest.mark.parametrize("good", [0, 1, 5])
def test_what_cannot_be_stored_ends_the_reading_and_what_was_committed_stays(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch, good: int, at_once: int
) -> None:
    stored: list[LandedWindow] = []

    def full(db: duckdb.DuckDBPyConnection, run: Run, windows: Sequence[LandedWindow]) -> Tally:
        if len(stored) >= good:
            raise CannotOpenError("the disk is full")
        tally = load_windows(db, run, windows)
        stored.extend(windows)
        return tally

    ours = mirror(account())
    with monkeypatch.context() as patch:
        patch.setattr(backlog, "load_windows", full)
        patch.setattr(backlog, "COMMITTED_AT_ONCE", at_once)
        patch.setattr(backlog, "LINGER_SECONDS", 30.0)
        with pytest.raises(CannotOpenError, match="the disk is full"):
            ours.sync()
    covered = [each.covers.high for each in stored if each.covers is not None and at_once == 1]
    assert ours.watermarks().get("created_at") == (max(covered) if covered else None)
    assert ours.query("select count(*) > 0 from core.trackings") == [(bool(covered),)]
    ours.sync()
    ours.assert_true()


def test_what_was_read_before_the_reading_failed_is_stored(mirror: MirrorOf, naps: Any) -> None:
    ours = mirror(account())
    ours.account.script(Fault("http_500", after=5, times=5))
    with pytest.raises(ServerError):
        ours.sync()
    assert ours.query("select count(*) > 2 from ops.windows where proven") == [(True,)]
    assert ours.query("select max(high) from ops.windows") == ours.query(
        "select watermark_at from ops.watermarks where scope = 'created_at'"
    )
    ours.sync()
    ours.assert_true()


def test_an_interrupted_reading_stores_what_was_read(mirror: MirrorOf) -> None:
    ours = mirror(account())
    read = Steps().read
    seen: list[LandedWindow] = []

    def interrupted(run: Run, scope: str, frontier: Any) -> LandedWindow:
        if len(seen) == 7:
            raise KeyboardInterrupt
        seen.append(read(run, scope, frontier))
        return seen[-1]

    with pytest.raises(KeyboardInterrupt):
        ours.sync(Steps(read=interrupted))
    assert ours.query("select count(*) from ops.windows") == [(7,)]
    ours.sync()
    ours.assert_true()


def test_what_is_stored_last_has_both_processors(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def noted(db: duckdb.DuckDBPyConnection, run: Run, windows: Sequence[LandedWindow]) -> Tally:
        threads.extend(*db.execute("select current_setting('threads')").fetchall())
        return load_windows(db, run, windows)

    ours = mirror(account())
    ours.sync()
    ours.live_on(touched=3)
    monkeypatch.setattr(backlog, "LINGER_SECONDS", 30)  # so that it surely sees the end
    monkeypatch.setattr(backlog, "TOGETHER", 100)
    monkeypatch.setattr(backlog, "load_windows", noted)
    ours.sync()
    assert threads == [2]
    ours.assert_true()


@pytest.mark.parametrize(("bound", "value"), [("AT_ONCE", 30), ("SCANS_AT_ONCE", 300)])
def test_what_is_merged_at_once_is_bounded_in_parcels_and_in_scans(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    merged: list[list[int]] = []

    def noted(
        db: duckdb.DuckDBPyConnection, account: str, group: Sequence[Flat], *, guard: str
    ) -> Tally:
        batches = [each.batch for each in group if each.batch is not None]
        merged.append(
            [each.payloads if bound == "AT_ONCE" else len(each.events) for each in batches]
        )
        return merge_flat(db, account, group, guard=guard)

    monkeypatch.setattr(loading, "merge_flat", noted)
    monkeypatch.setattr(loading, bound, value)
    monkeypatch.setattr(backlog, "TOGETHER", 100)
    monkeypatch.setattr(backlog, "LINGER_SECONDS", 30)
    ours = mirror(account())
    ours.sync()
    ours.assert_true()
    assert max(len(sizes) for sizes in merged) > 1
    assert all(sum(sizes[:-1]) < value for sizes in merged)


def test_who_settles_finds_all_stored_that_was_handed_over(mirror: MirrorOf) -> None:
    ours, settled = mirror(account()), list[int]()

    class Watched(NamedTuple):
        run: Run
        store: Store

        def put(self, window: LandedWindow) -> None:
            self.store.put(window)

        def settle(self) -> None:
            self.store.settle()
            settled.append(self.run.tally.trackings_inserted)

    @contextmanager
    def noted(run: Run, note: Note) -> Iterator[Store]:
        with backlog.stored_behind(run, note) as store:
            yield Watched(run, store)

    ours.sync(Steps(storing=noted))
    ours.assert_true()
    assert settled == [200]


def test_who_settles_is_told_why_something_cannot_be_stored(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(db: duckdb.DuckDBPyConnection, run: Run, windows: Sequence[LandedWindow]) -> Tally:
        raise CannotOpenError("the disk is full")

    monkeypatch.setattr(backlog, "load_windows", full)
    ours = mirror(Sandbox(5, now=NOW))  # one window: none is handed over after it
    with pytest.raises(CannotOpenError, match="the disk is full"):
        ours.sync()
    assert list(ours.watermarks()) == [FIRST_SYNC]


UNMADE = """
    select count(*) from core.trackings
    anti join marts.shipments using (account, tracking_id)
"""


@pytest.fixture
def refreshes(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each refresh of the marts was done with all of them."""
    done: list[bool] = []
    refresh = materialised.refresh_in_portions

    def noted(db: duckdb.DuckDBPyConnection, **how: Any) -> bool:
        done.append(refresh(db, **how))
        return done[-1]

    monkeypatch.setattr(materialised, "refresh_in_portions", noted)
    return done


def test_marts_are_made_while_the_next_answer_is_waited_for(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch, refreshes: list[bool]
) -> None:
    made: list[int] = []
    had_a_pause = Event()
    refresh = materialised.refresh

    def noted(db: duckdb.DuckDBPyConnection, **how: Any) -> Refreshed:
        done = refresh(db, **how)
        ((count,),) = db.execute("select count(*) from marts.shipments").fetchall()
        made.append(count)
        had_a_pause.set()
        return done

    def slow(run: Run, scope: str, frontier: Any) -> LandedWindow:
        if run.tally.trackings_inserted > 100:
            assert had_a_pause.wait(30)
        return Steps().read(run, scope, frontier)

    monkeypatch.setattr(materialised, "refresh", noted)
    monkeypatch.setattr(backlog, "ENOUGH", 100)
    monkeypatch.setattr(backlog, "COMMITTED_AT_ONCE", 1)
    ours = mirror(account())
    ours.sync(Steps(read=slow))
    ours.assert_true()
    assert len(refreshes) > 1
    assert all(refreshes)
    assert 100 <= made[0] < 200 == made[-1]
    assert ours.query(UNMADE) == [(0,)]


def test_the_lake_is_written_while_the_next_answer_is_waited_for(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_looked, look, written = Event(), LakeAhead.write, list[int]()

    def noted(ahead: LakeAhead, db: duckdb.DuckDBPyConnection, **how: Any) -> None:
        look(ahead, db, **how)
        written.append(sum(map(len, ahead.files.values())))
        has_looked.set()

    def slow(run: Run, scope: str, frontier: Any) -> LandedWindow:
        if run.tally.trackings_inserted and scope == Cursor.CREATED_AT:
            assert has_looked.wait(30)
            has_looked.clear()
        return Steps().read(run, scope, frontier)

    monkeypatch.setattr(LakeAhead, "write", noted)
    monkeypatch.setattr(lake_ahead, "LOOKING", 0)
    monkeypatch.setattr(backlog, "ENOUGH", 1)
    monkeypatch.setattr(backlog, "COMMITTED_AT_ONCE", 1)
    ours = mirror(account(), parcelhouse_lake=True)
    ran = ours.sync(Steps(read=slow))
    ours.assert_true()
    assert ran.published is not None
    assert ran.published.files_written > written[-1] > 0
    assert ours.query(UNMADE) == [(0,)]
    assert not ahead_place(ours.settings.parcelhouse_home / FOLDER).exists()


def test_when_a_first_sync_has_settled_the_marts_of_the_rest_are_made_as_well(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch, refreshes: list[bool]
) -> None:
    had_a_pause, refresh, made = Event(), materialised.refresh, list[int]()

    def noted(db: duckdb.DuckDBPyConnection, **how: Any) -> Refreshed:
        done = refresh(db, **how)
        had_a_pause.set()
        return done

    def slow(run: Run, scope: str, frontier: Any) -> LandedWindow:
        if scope == Cursor.UPDATE_TIME:
            assert had_a_pause.wait(30)
            with run.warehouse() as db:
                made.extend(*db.execute("select count(*) from marts.shipments").fetchall())
        return Steps().read(run, scope, frontier)

    monkeypatch.setattr(materialised, "refresh", noted)
    ours = mirror(account())
    ours.sync(Steps(read=slow))
    ours.assert_true()
    assert made == [200]
    assert refreshes == [True, True]


def test_a_pause_that_is_over_leaves_the_rest_of_the_marts_for_later(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch, refreshes: list[bool]
) -> None:
    monkeypatch.setattr(materialised, "AT_ONCE", 100)
    monkeypatch.setattr(backlog, "ENOUGH", 20)
    # whoever has begun is told at once that there is something to store
    answers = chain([True, False], repeat(False))
    monkeypatch.setattr(backlog._Backlog, "_is_pause", lambda self: next(answers))
    monkeypatch.setattr(backlog._Backlog, "_has_time", lambda self: next(answers))
    ours = mirror(account())
    ours.sync()
    ours.assert_true()
    assert refreshes == [False, True]
    assert ours.query(UNMADE) == [(0,)]


def test_what_has_begun_goes_on_until_somebody_waits_for_it() -> None:
    def behind() -> Any:
        return backlog._Backlog(cast("Run", None), lambda tally, stored: None)

    reads_on = behind()
    has_time = [reads_on._has_time()]
    for _ in range(backlog.AHEAD):
        reads_on.put(cast("LandedWindow", None))
        has_time.append(reads_on._has_time())
    assert has_time == [*[True] * backlog.AHEAD, False]

    settles = behind()
    with ThreadPoolExecutor(1) as another:
        settling = another.submit(settles.settle)
        settles._settled = settles._waiting.get(timeout=30)
        has_time = [settles._has_time()]
        assert settles._tell_who_waited()
        has_time.append(settles._has_time())
        settling.result(30)
    assert has_time == [False, True]


def test_who_reads_slowly_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float | None] = []
    now = chain([0.0], (0.1, 1.0), (1.1, 2.0), (2.5, 3.0), (3.1, 4.0))
    # its own clock: other threads of the process go by the real one
    monkeypatch.setattr(backlog, "time", SimpleNamespace(monotonic=lambda: next(now)))
    monkeypatch.setattr(backlog._Backlog, "_next", lambda self, timeout: waited.append(timeout))
    monkeypatch.setattr(backlog, "AHEAD", 10)
    behind: Any = backlog._Backlog(cast("Run", None), lambda tally, stored: None)
    for _ in range(4):  # the last but one was half a second in coming, whoever waited for whom
        behind.put(cast("LandedWindow", None))
        behind._soon()
    linger = backlog.LINGER_SECONDS
    assert waited == [linger, linger, 0, linger]
