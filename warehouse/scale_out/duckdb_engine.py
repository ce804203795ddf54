"""Folds the versions with DuckDB, some months at a time: for tests, and while one machine does."""

from collections.abc import Iterator, Mapping, Sequence
from tempfile import TemporaryDirectory

import duckdb
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from transforms.table import Table
from warehouse.declarations import quoted
from warehouse.scale_out.compact import bare, schema
from warehouse.scale_out.current import TABLES, statements
from warehouse.scale_out.dialects import DUCKDB
from warehouse.scale_out.store import VERSIONS, DataFile, Store, filesystem
from warehouse.scale_out.versions import MONTH, SCHEMA

AT_ONCE = 100_000  # versions, but for a month that has more
MEMORY = "1GB"
_IN_FILES = SCHEMA.remove(SCHEMA.get_field_index(MONTH))


def fold(
    store: Store, files: Mapping[str, Sequence[str]], folder: str
) -> dict[str, list[DataFile]]:
    """Make the files of the current tables, as `compact.Engine` says; needs memory for a month."""
    written: dict[str, list[DataFile]] = {table.name: [] for table in TABLES}
    with TemporaryDirectory() as spill, duckdb.connect() as db:
        db.execute(f"set TimeZone = 'UTC'; set memory_limit = '{MEMORY}'")
        db.execute(f"set temp_directory = {quoted(spill)}")
        for portion in _portions(store, files):
            for number, (month, rows) in enumerate(portion.items()):
                db.register("in_files", rows)
                told = f"select *, {quoted(month)} as {MONTH} from in_files"
                db.execute(
                    f"insert into versions {told}"
                    if number
                    else f"create or replace temp table versions as {told}"
                )
                db.unregister("in_files")
            for name, query in statements(DUCKDB).items():
                db.execute(f"create or replace temp table {name} as {query}")
            for table in TABLES:
                written[table.name] += _write(db, store, table, list(portion), folder)
    return written


def _portions(
    store: Store, files: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, pads.Dataset]]:
    """Yield the versions of so many months at once by month."""
    source = filesystem(store, VERSIONS)
    portion: dict[str, pads.Dataset] = {}
    count = 0
    for month, paths in files.items():
        rows = pads.dataset(list(paths), _IN_FILES, "parquet", source)
        more = rows.count_rows()
        if portion and count + more > AT_ONCE:
            yield portion
            portion, count = {}, 0
        portion[month] = rows
        count += more
    yield portion


def _write(
    db: duckdb.DuckDBPyConnection, store: Store, table: Table, months: Sequence[str], folder: str
) -> Iterator[DataFile]:
    """Write a table's months, a file each; yield the files."""
    rows = db.sql(f"from {bare(table)} order by {MONTH}, tracking_id").to_arrow_table()
    rows = rows.select(schema(table).names).cast(schema(table))
    target = filesystem(store, bare(table))
    for month in months:
        part = rows.filter(pc.equal(rows.column(MONTH), month)).drop_columns(MONTH)
        path = f"{folder}/{MONTH}={month}/part-0.parquet"
        with target.open_output_stream(path) as file:
            pq.write_table(part, file, compression="zstd")
        yield DataFile(path, month, target.get_file_info(path).size, part.num_rows)
