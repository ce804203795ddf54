"""What is published, for Python: the DuckDB file, and the paths of the lake's files."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse import manifest
from warehouse.connection import open_read_only
from warehouse.errors import CannotOpenError, NothingPublishedError

ATTEMPTS = 20  # each of them means that another version was published in the meantime


class Lake(NamedTuple):
    """The Parquet files of one version; they stay for a while when the next is published."""

    version: int
    as_of: datetime
    folder: Path
    tables: dict[str, list[Path]]

    def place(self, table: str) -> Path:
        """Return the folder of a table such as `core.tracking_events`, its months in folders.

        Raises:
            NothingPublishedError: the lake has no such table.
        """
        self.files(table)
        return self.folder.joinpath(*table.split("."))

    def files(self, table: str) -> list[Path]:
        """Return the files of a table.

        Raises:
            NothingPublishedError: the lake has no such table.
        """
        if table not in self.tables:
            msg = f"{self.folder} has no table {table}; it has {', '.join(self.tables)}"
            raise NothingPublishedError(msg)
        return self.tables[table]


@contextmanager
def open_published(home: str | os.PathLike[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the published warehouse, read-only, in the version that the manifest names.

    Args:
        home: Folder of the warehouse, PARCELHOUSE_HOME.

    Raises:
        NothingPublishedError: there is nothing yet.
        CannotOpenError: the file cannot be read.
    """
    with ExitStack() as stack:
        for left in reversed(range(ATTEMPTS)):
            path = _snapshot(Path(home))
            try:
                db = stack.enter_context(open_read_only(path))
                break
            except CannotOpenError:
                # it may have given way between the manifest and here
                if not left or path == _snapshot(Path(home)):
                    raise
        yield db


def published_lake(home: str | os.PathLike[str]) -> Lake:
    """Return the lake as it is published now; ask once for all tables that are to fit together.

    Args:
        home: Folder of the warehouse, PARCELHOUSE_HOME.

    Raises:
        NothingPublishedError: there is nothing yet, or the lake is turned off.
        CannotOpenError: the manifest cannot be read.
    """
    folder = Path(home) / manifest.FOLDER
    now = manifest.read(Path(home))
    if now.lake is None:
        msg = f"no lake is published in {folder}: PARCELHOUSE_LAKE turns it off"
        raise NothingPublishedError(msg)
    tables = {
        name: [folder / file.path for file in table.files] for name, table in now.tables.items()
    }
    return Lake(now.version, now.as_of, folder / now.lake, tables)


def lake_files(home: str | os.PathLike[str], table: str) -> list[Path]:
    """Return the Parquet files of one table as it is published now.

    Raises:
        NothingPublishedError: there is nothing yet, no lake, or no such table in it.
        CannotOpenError: the manifest cannot be read.
    """
    return published_lake(home).files(table)


def _snapshot(home: Path) -> Path:
    """Return the DuckDB file that the manifest names."""
    return home / manifest.FOLDER / manifest.read(home).snapshot.file
