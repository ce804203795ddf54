"""Two files of the lake are written at a time, and neither's failure is lost behind the other."""

import errno
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.factories import load, parcel
from tests.lakes import contents_anew, in_warehouse
from warehouse import catalog, lake_parquet
from warehouse.connection import open_for_writing, transaction
from warehouse.lake_tables import cuts
from warehouse.lake_writer import NextLake, next_lake

TRACKINGS = "core.trackings"
MONTHS = 8
PATIENCE = 20.0  # seconds until who waits in vain fails

Secured = Callable[[Path], tuple[int, str]]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with parcels of eight months: as many files of each table by month."""
    with open_for_writing(tmp_path / "home", "the test") as db:
        with transaction(db):
            catalog.ensure(db)
        load(
            db,
            *(
                parcel(f"p{n}", created_at=f"2026-{1 + n % MONTHS:02}-10T08:00:00+08:00")
                for n in range(5 * MONTHS)
            ),
        )
        yield db


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """What tells both threads to come to an end."""
    is_over = threading.Event()
    monkeypatch.setattr(lake_parquet, "Event", lambda: is_over)
    return is_over


def whenever_secured(monkeypatch: pytest.MonkeyPatch, then: Callable[[Path], Any]) -> None:
    """Have *then* done with each file of core.trackings that is written."""
    secured: Secured = lake_parquet._secured

    def noted(path: Path) -> tuple[int, str]:
        if TRACKINGS.replace(".", "/") + "/" in path.as_posix():
            then(path)
        return secured(path)

    monkeypatch.setattr(lake_parquet, "_secured", noted)


def lake(db: duckdb.DuckDBPyConnection, folder: Path, *, by_two: bool) -> NextLake:
    with next_lake(db, folder, 1, {}, by_two=by_two) as made:
        return made


def test_the_files_are_the_same_as_one_after_the_other(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    one, two = (lake(db, tmp_path / str(by_two), by_two=by_two) for by_two in (False, True))
    assert (one.tables, one.written) == (two.tables, two.written)
    assert len(two.tables[TRACKINGS].files) == MONTHS


def test_they_hold_what_the_warehouse_does(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert contents_anew(db, tmp_path, by_two=True) == in_warehouse(db)


def test_two_are_written_at_a_time(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=PATIENCE)  # breaks where one is written after the other
    whenever_secured(monkeypatch, lambda _: both.wait())
    assert len(lake(db, tmp_path, by_two=True).tables) == len(cuts())


def test_by_one_no_other_thread_writes(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = set()
    whenever_secured(monkeypatch, lambda _: threads.add(threading.get_ident()))
    lake(db, tmp_path, by_two=False)
    assert threads == {threading.get_ident()}


def test_where_one_fails_the_other_writes_no_more_and_the_error_is_seen(
    db: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    over: threading.Event,
) -> None:
    both = threading.Barrier(2, timeout=PATIENCE)
    seen: list[Path] = []

    def fail_or_wait(path: Path) -> None:
        seen.append(path)
        if both.wait():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        assert over.wait(PATIENCE)

    whenever_secured(monkeypatch, fail_or_wait)
    with pytest.raises(OSError, match="No space left"):
        lake(db, tmp_path, by_two=True)
    assert len(seen) == 2
    assert not list(tmp_path.rglob("*.parquet"))
    monkeypatch.undo()
    assert lake(db, tmp_path, by_two=True).tables


def test_where_one_is_out_of_memory_all_is_written_once_more_with_all_there_is(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = lake(db, tmp_path / "plain", by_two=False)
    seen: list[Path] = []

    def fail_at_first(path: Path) -> None:
        seen.append(path)
        if len(seen) == 1:
            raise duckdb.OutOfMemoryException(path.name)

    whenever_secured(monkeypatch, fail_at_first)
    again = lake(db, tmp_path / "again", by_two=True)
    assert again.tables == plain.tables
    assert MONTHS < len(seen) < 2 * MONTHS


def test_ctrl_c_ends_both(
    db: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    over: threading.Event,
) -> None:
    main = threading.main_thread().ident
    assert main
    both = threading.Barrier(2, timeout=PATIENCE)
    seen: list[Path] = []

    def interrupt(path: Path) -> None:
        seen.append(path)
        if both.wait():
            signal.pthread_kill(main, signal.SIGINT)
        assert over.wait(PATIENCE)

    whenever_secured(monkeypatch, interrupt)
    with pytest.raises(KeyboardInterrupt):
        lake(db, tmp_path, by_two=True)
    assert len(seen) == 2
    assert not list(tmp_path.rglob("*.parquet"))
    assert db.execute("select count(*) from core.trackings").fetchall() == [(5 * MONTHS,)]
