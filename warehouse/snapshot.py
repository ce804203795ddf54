"""The published DuckDB file: a copy beside what readers have, put in its place as a whole."""

import errno
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from warehouse import blockcopy
from warehouse.connection import FILE
from warehouse.errors import NothingPublishedError
from warehouse.links import link_or_copy
from warehouse.manifest import FOLDER, nothing_in

SPARE = f".{FILE}.spare"
# Longer than anybody takes to copy the file without a lock.
SPARE_RESTS_SECONDS = 600
BY_VERSION = "snapshots"  # the folder where the newest has its version's name too


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
        raise NothingPublishedError(nothing_in(path.parent))
    return path


@contextmanager
def next_copy(
    db: duckdb.DuckDBPyConnection, source: Path, folder: Path
) -> Iterator[Callable[[], Path]]:
    """Begin a hidden copy of *source* in *folder*, and yield what waits for it and returns it.

    It is removed unless it is put in place. The version before the last is kept as a spare: once
    nobody has it open, only the blocks that differ are written to it, and it becomes the copy.

    Args:
        db: The open warehouse, checkpointed; the caller holds the writer's seat, and changes
            nothing until the copy is there.
        source: Its file.
        folder: Where it is published.

    Raises:
        OSError: it cannot be written; also from what is yielded.
    """
    if (folder / FILE).is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    for unfinished in folder.glob(f".{FILE}.*"):
        if unfinished.name != SPARE:
            unfinished.unlink()  # of a run that was killed: only the seat's owner publishes
    with (
        _next_version(folder, reuse=_block_size(db) == blockcopy.BLOCK) as copy,
        _copying(source, copy) as process,
    ):

        def copied() -> Path:
            _finish(process)
            return copy

        yield copied


def name_version(copy: Path, named: Path) -> None:
    """Give a hidden copy its version's name as well, under which manifests know it.

    Raises:
        OSError: it cannot be written.
    """
    named.parent.mkdir(exist_ok=True)
    named.unlink(missing_ok=True)
    link_or_copy(copy, named)


def put_in_place(copy: Path, target: Path) -> None:
    """Let *copy* be *target* from one moment to the next; what was there is the spare.

    Raises:
        OSError: the file system does not let it.
    """
    before = target.with_name(f".{FILE}.before")
    if target.exists():
        link_or_copy(target, before)
    copy.replace(target)
    if before.exists():
        before.replace(target.with_name(SPARE))


def versioned(folder: Path, name: str) -> Path:
    """Return where the file of a version lies in the published *folder*."""
    return folder / BY_VERSION / f"{name}.duckdb"


def remove_others(folder: Path, kept: Path | None) -> None:
    """Remove the versions' names but for *kept*; the newest and the spare stay what they are."""
    for path in (folder / BY_VERSION).glob("*.duckdb"):
        if path != kept:
            path.unlink()


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
            state = spare.stat()
            # after a run that was killed the manifest may still name it
            is_named = state.st_nlink > 1
            if is_named or time.time() - state.st_ctime < SPARE_RESTS_SECONDS:
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


@contextmanager
def _copying(source: Path, target: Path) -> Iterator[subprocess.Popen[str]]:
    """Make *target* equal to *source* in a process of its own: see blockcopy."""
    program = [sys.executable, "-I", "-S", blockcopy.__file__, str(source), str(target)]
    with subprocess.Popen(  # noqa: S603
        program, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _finish(process: subprocess.Popen[str]) -> None:
    """Wait for a copy.

    Raises:
        OSError: it could not be written.
    """
    _, said = process.communicate()
    if process.returncode:
        raise OSError((said.strip().splitlines() or ["the copy failed"])[-1])
