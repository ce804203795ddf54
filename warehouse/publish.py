"""A read-only copy of the warehouse for readers, replaced as a whole."""

import errno
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from warehouse import blockcopy
from warehouse.connection import FILE
from warehouse.errors import CannotOpenError, NothingPublishedError

FOLDER = "published"
SPARE = f".{FILE}.spare"
# Longer than anybody takes to copy the file without a lock.
SPARE_RESTS_SECONDS = 600


def publish(db: duckdb.DuckDBPyConnection, home: Path, *, forget_old: bool = False) -> Path:
    """Copy the warehouse to where readers look, and return that path.

    Readers keep the file they have open; the next one to open it gets the new one. It is
    never half written, and nobody who reads it locks the writer out. The version before the last
    is kept as a spare: once nobody has it open, only the blocks that differ are written to it,
    and it becomes the next version.

    Args:
        db: The open warehouse; the caller holds the writer's seat.
        home: Folder of the warehouse.
        forget_old: Keep nothing of any version before, not even as a spare: it holds what
            nobody is to read any more.

    Raises:
        CannotOpenError: the copy cannot be written; the old one stays.
    """
    target = snapshot_path(home)
    folder = target.parent
    db.execute("checkpoint")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        for unfinished in folder.glob(f".{FILE}.*"):
            if unfinished.name != SPARE or forget_old:
                unfinished.unlink()  # of a run that was killed: only the seat's owner publishes
        with _next_version(folder, reuse=_block_size(db) == blockcopy.BLOCK) as version:
            _copy(home / FILE, version)
            before = folder / f".{FILE}.before"
            if target.exists() and not forget_old:
                before.hardlink_to(target)
            version.replace(target)
            if before.exists():
                before.replace(folder / SPARE)
    except OSError as error:
        msg = f"cannot publish to {target}: {error.strerror or error}"
        raise CannotOpenError(msg) from error
    return target


@contextmanager
def _next_version(folder: Path, *, reuse: bool) -> Iterator[Path]:
    """Yield the file to write: the spare where nobody reads it, else a new one."""
    spare, new = folder / SPARE, folder / f".{FILE}.{os.getpid()}"
    with suppress(OSError):
        if not reuse:
            raise BlockingIOError
        lock = spare.open("r+b")
        with lock:
            # a reader holds DuckDB's shared lock; one that merely copies the file holds none
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - spare.stat().st_ctime < SPARE_RESTS_SECONDS:
                raise BlockingIOError
            spare.replace(new)
    try:
        yield new
    finally:
        with suppress(OSError):  # where the folder is none, there is no file in it either
            new.unlink()


def _block_size(db: duckdb.DuckDBPyConnection) -> int:
    """Return the size of a block in the warehouse's file, in bytes."""
    ((size,),) = db.execute(
        "select block_size from pragma_database_size() where database_name = current_database()"
    ).fetchall()
    return int(size)


def _copy(source: Path, target: Path) -> None:
    """Make *target* equal to *source*, from a process of its own: see blockcopy.

    Raises:
        OSError: it cannot be written.
    """
    program = [sys.executable, "-I", "-S", blockcopy.__file__, str(source), str(target)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise OSError((done.stderr.strip().splitlines() or ["the copy failed"])[-1])


def snapshot_path(home: Path) -> Path:
    """Return where readers find the published file of the warehouse in *home*."""
    return home / FOLDER / FILE


def published(home: Path) -> Path:
    """Return the published file.

    Raises:
        NothingPublishedError: there is none yet.
    """
    path = snapshot_path(home)
    if not path.exists():
        msg = f"nothing is published in {home / FOLDER} yet: run `parcelhouse sync` first"
        raise NothingPublishedError(msg)
    return path
