"""One process writes at a time, whoever waits knows for whom, and no damage is a traceback."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from tests.factories import load, parcel
from warehouse import catalog
from warehouse.connection import FILE, open_for_writing, open_read_only, seat_owner, transaction
from warehouse.errors import CannotOpenError, SeatTakenError

ROOT = Path(__file__).parents[2]
SIT = """
import sys
from pathlib import Path
from warehouse.connection import open_for_writing, transaction

with open_for_writing(Path(sys.argv[1]), sys.argv[2]) as db:
    with transaction(db):
        db.execute("create table told as select 1 as n")
    db.execute("begin transaction")
    db.execute("insert into told values (2)")
    print("seated", flush=True)
    sys.stdin.read()
    db.execute("commit")
"""
Seat = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def seat(home: Path) -> Iterator[Seat]:
    """Seats another process; it gets up when its standard input is closed."""
    seated = []

    def sit(owner: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", SIT, str(home), owner],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        seated.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "seated\n"
        return process

    yield sit
    for process in seated:
        process.kill()
        process.communicate()


def refusal(home: Path, *, patience: float = 0) -> str:
    """The one line with which *home* refuses to be written to."""

    def use() -> None:
        with open_for_writing(home, "me", patience=patience) as db:
            db.execute("select sum(n) from filler")

    with pytest.raises(CannotOpenError) as error:
        use()
    assert "\n" not in str(error.value)
    return str(error.value)


# The seat


def test_whoever_finds_the_seat_taken_waits_and_is_told_by_whom(home: Path, seat: Seat) -> None:
    other = seat("sync of Sunday")
    begin = time.monotonic()
    with (
        pytest.raises(SeatTakenError) as error,
        open_for_writing(home, "me", patience=0.3),
    ):
        pass
    assert time.monotonic() - begin >= 0.3
    assert str(error.value).startswith(f"sync of Sunday (process {other.pid}, since 20")
    assert f"is writing to {home / FILE}" in str(error.value)
    assert error.value.retryable


def test_the_seat_says_who_has_it(home: Path, seat: Seat) -> None:
    assert seat_owner(home) is None  # not even a folder
    other = seat("sync of Sunday")
    owner = seat_owner(home)
    assert owner is not None
    assert owner.startswith(f"sync of Sunday (process {other.pid}, since 20")
    other.communicate()
    assert seat_owner(home) is None


def test_whoever_waits_is_seated_as_soon_as_the_other_gets_up(home: Path, seat: Seat) -> None:
    other = seat("sync of Sunday")
    getting_up = threading.Timer(0.3, other.communicate)
    getting_up.start()
    with open_for_writing(home, "me", patience=30) as db:
        assert db.execute("select n from told order by n").fetchall() == [(1,), (2,)]
    getting_up.join()


def test_a_killed_owner_frees_the_seat_and_leaves_what_it_committed(home: Path, seat: Seat) -> None:
    other = seat("sync of Sunday")
    other.send_signal(signal.SIGKILL)
    with open_for_writing(home, "me", patience=5) as db:
        assert db.execute("select n from told").fetchall() == [(1,)]


def test_a_seat_is_free_again_however_its_block_ends(home: Path) -> None:
    with pytest.raises(KeyError), open_for_writing(home, "first"):
        raise KeyError
    assert seat_owner(home) is None
    with open_for_writing(home, "second", patience=0) as db:
        assert (seat_owner(home) or "").startswith("second (")
        assert db.execute("select 1").fetchall() == [(1,)]
    assert seat_owner(home) is None


def test_a_second_connection_of_one_process_does_not_get_past_the_seat(home: Path) -> None:
    with (
        open_for_writing(home, "first"),
        pytest.raises(SeatTakenError, match=r"^first \("),
        open_for_writing(home, "second", patience=0),
    ):
        pass


def test_a_thread_that_reads_the_file_is_waited_for_too(home: Path) -> None:
    with open_for_writing(home, "sync 1"):
        pass
    with (
        open_read_only(home / FILE),
        pytest.raises(SeatTakenError, match="different configuration"),
        open_for_writing(home, "sync 2", patience=0),
    ):
        pass
    reader = duckdb.connect(str(home / FILE), read_only=True)
    leaving = threading.Timer(0.1, reader.close)
    leaving.start()
    with open_for_writing(home, "sync 2", patience=30) as db:
        assert db.execute("select 1").fetchall() == [(1,)]
    leaving.join()


def test_a_stranger_who_has_the_file_open_is_waited_for_too(home: Path) -> None:
    with open_for_writing(home, "me"):
        pass
    code = (
        "import duckdb, sys; db = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(home / FILE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as stranger:
        assert stranger.stdout is not None
        stranger.stdout.readline()
        with (
            pytest.raises(SeatTakenError, match="Could not set lock"),
            open_for_writing(home, "me", patience=0),
        ):
            pass
        getting_up = threading.Timer(0.3, stranger.communicate, ["\n"])
        getting_up.start()
        with open_for_writing(home, "me", patience=30) as db:
            assert db.execute("select 1").fetchall() == [(1,)]
        getting_up.join()


@pytest.mark.parametrize("scribble", ["", "scribble", "[]", '{"owner": "x"}'])
def test_a_seat_whose_owner_cannot_be_read_is_taken_all_the_same(home: Path, scribble: str) -> None:
    with open_for_writing(home, "first"):
        (home / f"{FILE}.lock").write_text(scribble)
        assert seat_owner(home) == "another process"
        with (
            pytest.raises(SeatTakenError, match="another process is writing"),
            open_for_writing(home, "second", patience=0),
        ):
            pass


# The file


def test_the_folder_is_made_where_it_is_missing(home: Path) -> None:
    with open_for_writing(home / "a" / "b", "me") as db:
        assert db.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]
    assert (home / "a" / "b" / FILE).exists()


def test_a_folder_that_is_a_file_is_a_sentence(home: Path) -> None:
    home.write_text("in the way")
    assert refusal(home) == f"cannot use {home} (PARCELHOUSE_HOME): File exists"
    below = home / "below"
    assert refusal(below) == f"cannot use {below} (PARCELHOUSE_HOME): Not a directory"


def test_a_file_that_is_a_folder_is_a_sentence(home: Path) -> None:
    (home / FILE).mkdir(parents=True)
    assert str(home / FILE) in refusal(home)


def damaged(home: Path, way: str) -> None:
    with open_for_writing(home, "me") as db, transaction(db):
        catalog.ensure(db)
        db.execute("create table filler as select range as n from range(100000)")
    file = home / FILE
    whole = file.read_bytes()
    match way:
        case "no database":
            file.write_bytes(b"an essay " * 1000)
        case "empty":
            file.write_bytes(b"")
        case "torn in the header":
            file.write_bytes(whole[:5000])
        case "torn in the middle":
            file.write_bytes(whole[: len(whole) // 2])
        case "a flipped bit":
            file.write_bytes(whole[:4100] + bytes([whole[4100] ^ 1]) + whole[4101:])


@pytest.mark.parametrize(
    "way",
    ["no database", "empty", "torn in the header", "torn in the middle", "a flipped bit"],
)
def test_a_damaged_file_is_a_sentence_and_no_reason_to_wait(home: Path, way: str) -> None:
    damaged(home, way)
    begin = time.monotonic()
    assert str(home / FILE) in refusal(home, patience=120)
    assert time.monotonic() - begin < 60
    assert seat_owner(home) is None


def test_a_damaged_file_is_not_taken_for_a_locked_one_by_its_path(tmp_path: Path) -> None:
    home = tmp_path / "locked-blocks"
    damaged(home, "no database")
    begin = time.monotonic()
    assert "not a valid DuckDB database file" in refusal(home, patience=120)
    assert time.monotonic() - begin < 60


# Reading


@pytest.mark.parametrize("name", ["missing.duckdb", "junk.duckdb", "."])
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "junk.duckdb").write_bytes(b"an essay " * 1000)
    with pytest.raises(CannotOpenError) as error, open_read_only(tmp_path / name):
        pass
    assert str(error.value).startswith(f"cannot read {tmp_path / name}: ")
    assert "\n" not in str(error.value)


def test_a_reader_sees_instants_in_utc_and_changes_nothing(home: Path) -> None:
    with open_for_writing(home, "me") as db:
        catalog.ensure(db)
        load(db, parcel())
    with open_read_only(home / FILE) as reader:
        assert reader.execute("select updated_at::varchar from core.trackings").fetchall() == [
            ("2026-03-01 08:00:00+00",)
        ]
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            reader.execute("delete from core.trackings")


# All or nothing


def test_a_transaction_commits_all_of_it(home: Path) -> None:
    with open_for_writing(home, "me") as db:
        with transaction(db):
            db.execute("create table told as select 1 as n")
            db.execute("insert into told values (2)")
        with pytest.raises(duckdb.Error), transaction(db):
            db.execute("insert into told values (3); insert into nowhere values (3)")
    with open_read_only(home / FILE) as reader:
        assert reader.execute("select n from told").fetchall() == [(1,), (2,)]


def test_a_transaction_that_is_interrupted_does_nothing(home: Path) -> None:
    def interrupted(db: duckdb.DuckDBPyConnection) -> None:
        with transaction(db):
            db.execute("create table told as select 1 as n")
            raise KeyboardInterrupt

    with open_for_writing(home, "me") as db:
        with pytest.raises(KeyboardInterrupt):
            interrupted(db)
        assert db.execute("show tables").fetchall() == []
