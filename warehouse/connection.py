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

FILE = "warehouse.duckdb"
# 2.0's own format cannot be read by the 1.x clients that analysts have
STORAGE = "v1.4.0"
PATIENCE_SECONDS = 60.0


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
        CannotOpenError: the folder or file cannot be used.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / f"{FILE}.lock").open("a+")
    except OSError as error:
        msg = f"cannot use {home} (PARCELHOUSE_HOME): {error.strerror or error}"
        raise CannotOpenError(msg) from error
    with lock:
        _take(lock, home, patience)
        _sign(lock, owner)
        db = _connect(home / FILE, patience=patience)
        try:
            yield db
        finally:
            db.close()
            lock.truncate(0)


def seat_owner(home: Path) -> str | None:
    """Return who has the writer's seat of the warehouse in *home*; None: it is free."""
    try:
        with (home / f"{FILE}.lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with (home / f"{FILE}.lock").open() as lock:
            return _owner(lock)
    except OSError:
        return None
    return None


@contextmanager
def open_read_only(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a DuckDB file that nobody writes, such as a published snapshot."""
    try:
        db = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        msg = f"cannot read {path}: {_first_line(error)}"
        raise CannotOpenError(msg) from error
    try:
        db.execute("set TimeZone = 'UTC'")
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


def _take(lock: IO[str], home: Path, patience: float) -> None:
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


def _sign(lock: IO[str], owner: str) -> None:
    lock.truncate(0)
    since = datetime.now(UTC).isoformat(timespec="seconds")
    lock.write(json.dumps({"owner": owner, "pid": os.getpid(), "since": since}))
    lock.flush()


def _owner(lock: IO[str]) -> str:
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
            msg = f"cannot open {path}: {_first_line(error)}"
            failure = SeatTakenError if is_locked else CannotOpenError
            raise failure(msg) from error
        except duckdb.Error as error:
            msg = f"cannot open {path}: {_first_line(error)}"
            raise CannotOpenError(msg) from error
        db.execute("set TimeZone = 'UTC'")
        return db


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
