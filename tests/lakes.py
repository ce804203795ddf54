"""What a lake holds, and what the warehouse that it was published from does."""

from pathlib import Path
from typing import Any

import duckdb

from warehouse import manifest
from warehouse.lake_tables import cuts
from warehouse.lake_writer import next_lake
from warehouse.manifest import FOLDER, LakeTable, Manifest

Contents = dict[str, list[tuple[Any, ...]]]


def in_warehouse(db: duckdb.DuckDBPyConnection) -> Contents:
    """The rows of every table that a lake has, in a fixed order, JSON as text."""
    return {
        cut.name: db.execute(f"select columns(*)::varchar from {cut.name} order by all").fetchall()
        for cut in cuts()
    }


def in_lake(folder: Path, tables: dict[str, LakeTable]) -> Contents:
    """The same of Parquet files."""
    found = {}
    with duckdb.connect() as db:
        db.execute("set TimeZone = 'UTC'")
        for name, table in tables.items():
            paths = [str(folder / file.path) for file in table.files]
            found[name] = db.execute(
                f"select columns(*)::varchar from read_parquet({paths}, hive_partitioning = false)"
                " order by all"
            ).fetchall()
            assert len(found[name]) == table.rows == sum(file.rows for file in table.files)
    return found


def current(home: Path) -> Manifest:
    """The manifest, every file of which must be there in its size."""
    now = manifest.read(home)
    for table in now.tables.values():
        for file in table.files:
            assert (home / FOLDER / file.path).stat().st_size == file.bytes
    assert (home / FOLDER / now.snapshot.file).stat().st_size == now.snapshot.bytes
    return now


def published_contents(home: Path) -> Contents:
    """What the lake holds that is published now."""
    return in_lake(home / FOLDER, current(home).tables)


def contents_anew(db: duckdb.DuckDBPyConnection, folder: Path, *, by_two: bool = False) -> Contents:
    """What a lake holds that takes nothing over from a version before."""
    with next_lake(db, folder, 1, {}, by_two=by_two) as lake:
        hidden = {
            name: LakeTable(
                table.rows,
                tuple(
                    file._replace(path=file.path.replace("/v", "/.v", 1)) for file in table.files
                ),
            )
            for name, table in lake.tables.items()
        }
        return in_lake(folder, hidden)
