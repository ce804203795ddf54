"""What statements are handed and hand back: single rows, instants, tables of Arrow, counts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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


def insert_all(
    db: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows by name, in their order; all have the same columns. As `insert` otherwise."""
    if not rows:
        return
    columns = ", ".join(f'unnest(${name}) as "{name}"' for name in rows[0])
    db.execute(
        f"insert into {table.name} by name select {columns}",
        {name: [row[name] for row in rows] for name in rows[0]},
    )


def instant(second: int) -> datetime:
    """Return a unix second as an instant."""
    return datetime.fromtimestamp(second, UTC)


@contextmanager
def staged(db: duckdb.DuckDBPyConnection, **tables: "pa.Table") -> Iterator[None]:
    """Let statements inside the block read *tables* by their names."""
    handed = {name: _Staged(table) for name, table in tables.items()}
    try:
        for name, each in handed.items():
            db.register(name, each)
        yield
    finally:
        for name, each in handed.items():
            each.table = None
            with suppress(duckdb.TransactionException):  # what has ended it is the error to see
                db.unregister(name)


class _Staged:
    """A table that is let go: DuckDB keeps what was registered to the transaction's end."""

    def __init__(self, table: "pa.Table") -> None:
        self.table: pa.Table | None = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the rows over; https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html."""
        if self.table is None:
            msg = "the block is over in which the table can be read"
            raise ValueError(msg)
        return self.table.__arrow_c_stream__(requested_schema)


def count(db: duckdb.DuckDBPyConnection, statement: str) -> int:
    """Return the one number that a statement is answered with: how many rows it was about."""
    ((rows,),) = db.execute(statement).fetchall()
    return int(rows)
