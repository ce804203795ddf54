"""What DuckDB has of a file's blocks in memory, and a table that would fill it."""

import duckdb

LITTLE_CACHED = 6_000_000  # bytes; `much` has half as much again, and more


def store_much(db: duckdb.DuckDBPyConnection) -> None:
    """Write the table `much`, of texts that no compression makes smaller, to the file."""
    db.execute("create table much as select md5(range::varchar) as words from range(500_000)")
    db.execute("checkpoint")


def cached(db: duckdb.DuckDBPyConnection) -> int:
    """Return how many bytes of the file's blocks are in memory."""
    ((held_bytes,),) = db.execute(
        "select memory_usage_bytes from duckdb_memory() where tag = 'BASE_TABLE'"
    ).fetchall()
    return int(held_bytes)
