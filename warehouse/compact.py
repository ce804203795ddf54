"""Gives the disk back what the warehouse's file no longer needs."""

from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.connection import FILE
from warehouse.errors import CannotOpenError
from warehouse.rebuild import REBUILT, replacing

WORTHWHILE_SHARE = 0.3  # DuckDB itself fills free blocks again; less is room to breathe


class Compaction(NamedTuple):
    """How large the file was, how much of it was free, and how large it is."""

    bytes_before: int
    bytes_after: int
    free_share: float
    is_done: bool


def compact(db: duckdb.DuckDBPyConnection, home: Path, *, force: bool = False) -> Compaction:
    """Write the warehouse anew where enough of its file is free blocks, or anyway with *force*.

    Tables, views, macros and comments stay. The new file takes the old one's place as
    `replacing` says, and *db* is closed then; where nothing is done it stays open.

    Args:
        db: The open warehouse; the caller holds the writer's seat.
        home: Folder of the warehouse.
        force: Whatever the share.

    Raises:
        CannotOpenError: the new file cannot be written, or lacks rows; the old one stays.
    """
    file = home / FILE
    share = free_share(db)
    size = file.stat().st_size
    if share < WORTHWHILE_SHARE and not force:
        return Compaction(size, size, share, is_done=False)
    with replacing(db, home) as live:
        db.execute(f'copy from database "{live}" to {REBUILT}')
        if _rows(db, live) != _rows(db, REBUILT):
            msg = f"the new copy of {file} lacks rows; the old file stays"
            raise CannotOpenError(msg)
    return Compaction(size, file.stat().st_size, share, is_done=True)


def free_share(db: duckdb.DuckDBPyConnection) -> float:
    """Return which share of the file's blocks is free."""
    db.execute("checkpoint")
    rows = db.execute(
        """
        select free_blocks, total_blocks from pragma_database_size()
        where database_name = current_database()
        """
    ).fetchall()
    free, total = rows[0]
    return float(free / total) if total else 0.0


def _rows(db: duckdb.DuckDBPyConnection, database: str) -> dict[str, int]:
    """Return how many rows each table of *database* has."""
    tables = db.execute(
        """
        select format('"{}"."{}"', schema_name, table_name)
        from duckdb_tables()
        where database_name = ?
        """,
        [database],
    ).fetchall()
    return {
        name: int(db.execute(f'select count(*) from "{database}".{name}').fetchall()[0][0])
        for (name,) in tables
    }
