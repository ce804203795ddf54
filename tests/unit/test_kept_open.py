"""A warehouse that is used again at once has stayed open; one that is not, is left."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from threading import Event, Lock
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from tests.openings import note_openings
from warehouse import kept_open
from warehouse.connection import open_for_writing, open_read_only, seat_owner
from warehouse.errors import CannotOpenError
from warehouse.kept_open import KeptOpen


class Turn:
    """A turn that can be waited for."""

    def __init__(self) -> None:
        self.is_over = Event()
        self.taken = 0

    def __enter__(self) -> None:
        self.taken += 1
        self.is_over.clear()

    def __exit__(self, *_: object) -> None:
        self.is_over.set()


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The owner of each opening from now on; what is open stays so until it is closed."""
    return note_openings(monkeypatch)


def ask(kept: KeptOpen, sql: str) -> list[Any]:
    with kept.warehouse() as db:
        return db.execute(sql).fetchall()


def test_uses_close_upon_each_other_open_the_file_once(tmp_path: Path, openings: list[str]) -> None:
    kept = KeptOpen(tmp_path, "sync 1", turn=nullcontext())
    assert openings == []
    ask(kept, "create table told as select 1 as n")
    assert ask(kept, "select n from told") == [(1,)]
    assert (seat_owner(tmp_path) or "").startswith("sync 1 (")
    assert openings == ["sync 1"]
    kept.close()
    kept.close()
    assert seat_owner(tmp_path) is None
    assert ask(kept, "select n from told") == [(1,)]
    assert openings == ["sync 1"] * 2
    kept.close()


def test_whoever_sits_long_gives_way_between_two_uses(
    tmp_path: Path, openings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_open, "SITTING_SECONDS", 0.0)
    monkeypatch.setattr(kept_open, "GIVING_WAY_SECONDS", 30.0)
    naps: list[float] = []
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=naps.append)
    monkeypatch.setattr(kept_open, "time", clock)  # other threads sleep as ever
    kept = KeptOpen(tmp_path, "sync 1", turn=nullcontext())
    with kept.warehouse() as db:
        db.execute("create table told as select 1 as n")
        assert (seat_owner(tmp_path) or "").startswith("sync 1 (")
    assert seat_owner(tmp_path) is None
    assert ask(kept, "select n from told") == [(1,)]
    assert openings == ["sync 1"] * 2
    assert naps[0] == 0.0
    assert 25.0 < naps[1] <= 30.0
    kept.close()


def test_nothing_of_a_use_is_there_in_the_next(tmp_path: Path, openings: list[str]) -> None:
    settings = "select current_setting('memory_limit'), current_setting('TimeZone')"
    kept = KeptOpen(tmp_path, "sync 1", turn=nullcontext())
    before = ask(kept, settings)
    ask(kept, "create temp table staged as select 1 as n")
    ask(kept, "set memory_limit = '50MB'; set TimeZone = 'Asia/Tokyo'")
    ask(kept, "begin transaction; create table half_done as select 1 as n")
    assert ask(kept, settings) == before
    assert ask(kept, "select table_name from duckdb_tables()") == []
    assert len(openings) == 1
    kept.close()


def row_groups(kept: KeptOpen) -> int:
    ((count,),) = ask(kept, "select count(distinct row_group_id) from pragma_storage_info('told')")
    return int(count)


def test_while_it_is_filled_row_groups_stay_as_they_come_and_are_put_together_little_by_little(
    tmp_path: Path,
) -> None:
    kept = KeptOpen(tmp_path, "sync 1", turn=nullcontext())
    ask(kept, "create table told (n integer)")
    for _ in range(40):
        with kept.warehouse(is_filling=True) as db:
            db.execute("insert into told from range(30_000)")
            db.execute("checkpoint")
    assert row_groups(kept) == 40
    left = [40]
    while left[-1] > 12:  # of 122,880 rows at most, and 1.2 million
        assert len(left) < 20
        ask(kept, "insert into told values (0)")
        ask(kept, "checkpoint")
        left.append(row_groups(kept))
    assert left[0] > left[1] > 30  # not all of them at once
    assert ask(kept, "select sum(n) from told") == [(40 * sum(range(30_000)),)]
    kept.close()


def test_who_is_not_asked_again_leaves_the_seat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_open, "LINGER_SECONDS", 0.01)
    turn = Turn()
    kept = KeptOpen(tmp_path, "sync 1", turn=turn)
    for use in (1, 2):
        ask(kept, f"create table told_{use} as select 1 as n")
        assert turn.is_over.wait(30)
        assert seat_owner(tmp_path) is None
        assert turn.taken == use
    with open_for_writing(tmp_path, "somebody else", patience=0) as db:
        assert db.execute("select count(*) from duckdb_tables()").fetchall() == [(2,)]


def test_nobody_closes_what_is_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_open, "LINGER_SECONDS", 0.0)
    kept = KeptOpen(tmp_path, "sync 1", turn=nullcontext())
    for use in range(100):
        with kept.warehouse() as db:
            db.execute("create table if not exists told (n integer)")
            db.execute("insert into told values (?)", [use])
    kept.close()
    assert ask(kept, "select count(*), count(distinct n) from told") == [(100, 100)]
    kept.close()


def test_an_error_closes_at_once_and_undoes_what_was_not_committed(
    tmp_path: Path, openings: list[str]
) -> None:
    turn = Turn()
    kept = KeptOpen(tmp_path, "sync 1", turn=turn)
    ask(kept, "create table told as select 1 as n")
    with pytest.raises(duckdb.CatalogException):
        ask(kept, "begin transaction; insert into told values (2); from nowhere")
    assert turn.is_over.is_set()
    assert seat_owner(tmp_path) is None
    assert ask(kept, "select n from told") == [(1,)]
    assert len(openings) == 2
    kept.close()


def test_who_cannot_open_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "no folder").touch()
    turn = Turn()
    kept = KeptOpen(tmp_path / "no folder", "sync 1", turn=turn)
    for _ in range(2):
        with pytest.raises(CannotOpenError, match="cannot use"):
            ask(kept, "select 1")
        assert turn.is_over.is_set()
    kept.close()


def test_threads_take_turns(tmp_path: Path, openings: list[str]) -> None:
    kept = KeptOpen(tmp_path, "sync 1", turn=nullcontext())
    ask(kept, "create table told (n integer)")
    alone = Lock()

    def tell(number: int) -> None:
        with kept.warehouse() as db:
            assert alone.acquire(blocking=False)
            db.execute("insert into told values (?)", [number])
            alone.release()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tell, range(40)))
    kept.close()
    assert len(openings) == 1
    with open_read_only(tmp_path / "warehouse.duckdb") as db:
        assert db.execute("select count(*), sum(n) from told").fetchall() == [(40, 780)]


def test_two_runs_of_a_process_take_turns_for_as_long_as_it_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_open, "LINGER_SECONDS", 0.01)
    turn = Lock()
    one, other = (KeptOpen(tmp_path, owner, turn=turn) for owner in ("one", "other"))
    ask(one, "create table told (n integer)")
    for use in range(5):
        ask(other if use % 2 else one, f"insert into told values ({use})")
    one.close()
    other.close()
    assert turn.acquire(blocking=False)
    assert ask(KeptOpen(tmp_path, "last", turn=nullcontext()), "select sum(n) from told") == [(10,)]
