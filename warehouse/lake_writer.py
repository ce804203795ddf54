"""Writes a version of the Parquet lake: what changed anew, everything else as a link."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.lake_parquet import LakeFiles
from warehouse.lake_tables import cuts
from warehouse.lake_versions import final_place, hidden_place
from warehouse.manifest import LakeFile, LakeTable
from warehouse.memory import FOR_LAKE, FOR_LAKE_BY_TWO, MEMORY, frugal


class NextLake(NamedTuple):
    """A version's files, whole and still hidden."""

    folder: Path
    tables: dict[str, LakeTable]
    written: frozenset[str]  # paths of the files that are new; the others are those of before


@contextmanager
def next_lake(
    db: duckdb.DuckDBPyConnection,
    folder: Path,
    version: int,
    held: Mapping[str, Sequence[LakeFile]],
    *,
    by_two: bool = False,
) -> Iterator[NextLake]:
    """Yield a hidden folder with all files of a version; removed unless it is put in its place.

    A file that is there already, of the version before or written ahead, is taken over where
    nothing changed that its rows hang on, and where it still has its size. All else is written
    from the warehouse, one file at a time or two, so that no more than a part or two of a month
    of one table are on their way.

    Args:
        db: The open warehouse; the caller holds the writer's seat.
        folder: Where it is published.
        version: Its number.
        held: The files that are there, by table.
        by_two: Two files are written at a time, by two threads and in twice the memory.

    Raises:
        OSError: it cannot be written.
        duckdb.Error: the same, in DuckDB's words.
    """
    hidden = hidden_place(folder, version)
    try:
        try:
            memory = FOR_LAKE_BY_TWO if by_two else FOR_LAKE
            lake = _written(db, folder, version, held, memory=memory, by_two=by_two)
        except duckdb.OutOfMemoryException:
            # longer rows than anybody has thought of: once more, with all that there is
            shutil.rmtree(hidden)
            lake = _written(db, folder, version, held, memory=MEMORY)
        yield lake
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _written(
    db: duckdb.DuckDBPyConnection,
    folder: Path,
    version: int,
    held: Mapping[str, Sequence[LakeFile]],
    *,
    memory: str,
    by_two: bool = False,
) -> NextLake:
    hidden = hidden_place(folder, version)
    hidden.mkdir(parents=True)
    with frugal(db, memory):
        files = LakeFiles(db, folder, hidden, final_place(folder, version), by_two=by_two)
    tables = {}
    for cut in cuts():
        with frugal(db, memory):  # each begins with what those before it have left behind let go
            tables[cut.name] = files.table(cut, held.get(cut.name, ()))
    return NextLake(hidden, tables, frozenset(files.written))
