"""The one way to open the warehouse: one writer's seat, and read-only for everybody else."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import duckdb

from warehouse.errors import CannotOpenError, SeatTakenError
from warehouse.memory import LITTLE, MEMORY, keep_no_more

FILE = "warehouse.duckdb"
# 2.0's own format cannot be read by the 1.x clients that analysts have
STORAGE = "v1.4.0"
PATIENCE_SECONDS = 60.0
# With DuckDB's own 16 MB a first sync writes the end of each table anew with every commit.
LOG = "48MB"
# Small row groups next to each other are put together when commits are written to their place: all
# of them at once, as DuckDB would, takes a sync seconds, and the file room for both.
PUT_TOGETHER = 1
# DuckDB's and the system's own words
FULL = "No space left on device"
DAMAGED = ("Corrupt", "not a valid DuckDB database", "Could not read enough bytes")


@contextmanager
def open_for_writing(
    home: Path, owner: str, *, patience: float = PATIENCE_SECONDS
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the warehouse in *home* for writing; one process at a time has this seat.

    Whoever finds it taken waits, and is told the owner's name if it does not become free. The
    kernel frees the seat of a process that dies.

    Args:
        home: Folder of the warehouse; made where it is missing.
        owner: Who sits here, for those who wait, e.g. "sync 20261122T…".
        patience: Seconds to wait for the seat.

    Raises:
        SeatTakenError: somebody else kept writing.
        CannotOpenError: the folder or file cannot be used, or turns out so inside the block:
            the disk is full, the file is damaged.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / f"{FILE}.lock").open("a+b", buffering=0)
    except OSError as error:
        raise _unusable(home, error) from error
    with lock:
        _take(lock, home, patience)
        try:
            _sign(lock, owner)
        except OSError as error:
            raise _unusable(home, error) from error
        db = _connect(home / FILE, patience=patience)
        try:
            yield db
        except duckdb.Error as error:
            if _concerns_the_disk(error):
                raise CannotOpenError(_what_to_do(home / FILE, error)) from error
            raise
        finally:
            with suppress(duckdb.Error):  # of a damaged file, or a full disk: it is said already
                keep_no_more(db, LITTLE)  # for what the log holds is written to its place now
            db.close()
            lock.truncate(0)


def seat_owner(home: Path) -> str | None:
    """Return who has the writer's seat of the warehouse in *home*; None: it is free."""
    try:
        with (home / f"{FILE}.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with (home / f"{FILE}.lock").open("rb") as lock:
            return _owner(lock)
    except OSError:
        return None
    return None


@contextmanager
def open_read_only(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a DuckDB file that nobody writes, such as a published snapshot.

    Queries reach nothing but it: `attach` or `copy … to` would write other files.
    """
    try:
        db = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        msg = f"cannot read {path}: {_first_line(error)}"
        raise CannotOpenError(msg) from error
    try:
        db.execute("set TimeZone = 'UTC'; set enable_external_access = false")
        db.execute("set lock_configuration = true")
        yield db
    finally:
        db.close()


@contextmanager
def transaction(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit all of what happens inside, or none of it."""
    db.execute("begin transaction")
    try:
        yield
    except BaseException:
        # a failed commit has already ended the transaction: its error is the one to see
        with suppress(duckdb.Error):
            db.execute("rollback")
        raise
    db.execute("commit")


def as_opened(db: duckdb.DuckDBPyConnection, *, put_together: int = PUT_TOGETHER) -> None:
    """Set what is to hold in every connection at its beginning.

    Args:
        db: The connection.
        put_together: How many times a table's small row groups are, at most, whenever commits
            are written to their place.
    """
    db.execute(
        f"""
        set TimeZone = 'UTC';
        set memory_limit = '{MEMORY}';
        set max_vacuum_tasks = {put_together}
        """
    )


@contextmanager
def beside(db: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield another connection to what *db* has open, for another thread.

    It sees what is committed, and has temporary tables of its own.
    """
    with db.cursor() as other:
        other.execute("set TimeZone = 'UTC'")
        yield other


def commit_so_far(db: duckdb.DuckDBPyConnection) -> None:
    """Commit what a transaction has done, and go on in another; for inside `transaction`."""
    db.execute("commit")
    db.execute("begin transaction")


def _unusable(home: Path, error: OSError) -> CannotOpenError:
    return CannotOpenError(f"cannot use {home} (PARCELHOUSE_HOME): {error.strerror or error}")


def _take(lock: IO[bytes], home: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                msg = f"{_owner(lock)} is writing to {home / FILE}; waited {patience:.0f} s for it"
                raise SeatTakenError(msg) from None
            time.sleep(0.05)
        else:
            return


def _sign(lock: IO[bytes], owner: str) -> None:
    lock.truncate(0)
    since = datetime.now(UTC).isoformat(timespec="seconds")
    lock.write(json.dumps({"owner": owner, "pid": os.getpid(), "since": since}).encode())


def _owner(lock: IO[bytes]) -> str:
    lock.seek(0)
    try:
        said = json.loads(lock.read())
        return f"{said['owner']} (process {said['pid']}, since {said['since']})"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _connect(path: Path, *, patience: float) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + patience
    while True:
        try:
            db = duckdb.connect(str(path), config={"storage_compatibility_version": STORAGE})
        except duckdb.IOException as error:
            # a stray reader of the live file; it must not be open in another process at all
            is_locked = "Could not set lock" in str(error)
            if is_locked and time.monotonic() < deadline:
                time.sleep(0.2)
                continue
            if is_locked:
                msg = f"cannot open {path}: {_first_line(error)}"
                raise SeatTakenError(msg) from error
            raise CannotOpenError(_what_to_do(path, error)) from error
        except duckdb.ConnectionException as error:
            # another thread of this process reads it, for an instant
            if time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            msg = f"cannot open {path}: {_first_line(error)}"
            raise SeatTakenError(msg) from error
        except duckdb.Error as error:
            raise CannotOpenError(_what_to_do(path, error)) from error
        db.execute(f"set checkpoint_threshold = '{LOG}'")
        as_opened(db)
        return db


def _concerns_the_disk(error: duckdb.Error) -> bool:
    """Return whether an error is about the file rather than about what was asked of it."""
    return isinstance(error, duckdb.IOException | duckdb.FatalException) or FULL in str(error)


def _what_to_do(path: Path, error: duckdb.Error) -> str:
    """Return a sentence that says what is wrong with the file at *path*, and what helps."""
    said = _first_line(error)
    if FULL in said:
        return f"cannot write {path}: {FULL}; what was committed stays, make room and run again"
    if "replaying WAL" in said:
        return (
            f"cannot open {path}: {said}; move {path.name}.wal away and run again:"
            " what only it held is read again"
        )
    if any(sign in said for sign in DAMAGED):
        return (
            f"cannot read {path}: {said}; move it and its .wal away, copy"
            f" {path.parent / 'published' / FILE} to its place if there is one, and run again"
        )
    return f"cannot use {path}: {said}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
