"""A read-only copy of the warehouse for readers, replaced as a whole."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import duckdb

from warehouse.connection import FILE
from warehouse.errors import CannotOpenError, NothingPublishedError

FOLDER = "published"


def publish(db: duckdb.DuckDBPyConnection, home: Path) -> Path:
    """Copy the warehouse to where readers look, and return that path.

    Readers keep the file they have open; the next one to open it gets the new one. It is
    never half written, and nobody who reads it locks the writer out.

    Args:
        db: The open warehouse; the caller holds the writer's seat.
        home: Folder of the warehouse.

    Raises:
        CannotOpenError: the copy cannot be written; the old one stays.
    """
    target = snapshot_path(home)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    db.execute("checkpoint")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for unfinished in target.parent.glob(f".{target.name}.*"):
            unfinished.unlink()  # of a run that was killed: only the seat's owner publishes
        with (home / FILE).open("rb") as source, temporary.open("wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        temporary.replace(target)
    except OSError as error:
        with suppress(OSError):  # where the folder is none, there is no file in it either
            temporary.unlink()
        msg = f"cannot publish to {target}: {error.strerror or error}"
        raise CannotOpenError(msg) from error
    return target


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
