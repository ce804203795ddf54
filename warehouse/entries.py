"""What statements are handed and hand back: single rows, instants, tables of Arrow, counts."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from transforms.table import Table

if TYPE_CHECKING:
    import pyarrow as pa


def insert(db: duckdb.DuckDBPyConnection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert one row by name. The caller owns the transaction."""
    columns = ", ".join(f'${name} as "{name}"' for name in row)
    db.execute(f"insert into {table.name} by name select {columns}", dict(row))


def instant(second: int) -> datetime:
    """Return a unix second as an instant."""
    return datetime.fromtimestamp(second, UTC)


@contextmanager
def registered(db: duckdb.DuckDBPyConnection, **tables: "pa.Table") -> Iterator[None]:
    """Let statements inside the block read *tables* by their names."""
    try:
        for name, table in tables.items():
            db.register(name, table)
        yield
    finally:
        for name in tables:
            db.unregister(name)


def count(db: duckdb.DuckDBPyConnection, statement: str) -> int:
    """Return the one number that a statement is answered with: how many rows it was about."""
    ((rows,),) = db.execute(statement).fetchall()
    return int(rows)
