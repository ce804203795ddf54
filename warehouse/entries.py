"""Single rows, and the instants in them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb

from transforms.table import Table


def insert(db: duckdb.DuckDBPyConnection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert one row by name. The caller owns the transaction."""
    columns = ", ".join(f'${name} as "{name}"' for name in row)
    db.execute(f"insert into {table.name} by name select {columns}", dict(row))


def instant(second: int) -> datetime:
    """Return a unix second as an instant."""
    return datetime.fromtimestamp(second, UTC)
