"""An analyst's question to what is published, and its answer for a person or a program."""

import shutil
import sys
from typing import Any

import duckdb

from flows.errors import UsageError

ROWS_SHOWN = 1000


def ask(db: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    """Return the answer as plain values: `columns`, and `rows` as one object a row.

    Raises:
        UsageError: DuckDB does not take the query; its own words.
    """
    try:
        cursor = db.execute(_one_statement(db, query))
        names = _distinct([column[0] for column in cursor.description or []])
        rows = cursor.fetchall()
    except duckdb.Error as error:
        raise UsageError(_words(error)) from error
    return {"columns": names, "rows": [dict(zip(names, row, strict=True)) for row in rows]}


def show(db: duckdb.DuckDBPyConnection, query: str) -> None:
    """Print the answer as a table, as wide as the terminal or, in a pipe, as wide as it is.

    Raises:
        UsageError: DuckDB does not take the query; its own words.
    """
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
    try:
        relation = db.sql(_one_statement(db, query))
        if relation is not None:
            relation.show(max_width=width, max_rows=ROWS_SHOWN)
    except duckdb.Error as error:
        raise UsageError(_words(error)) from error


def _one_statement(db: duckdb.DuckDBPyConnection, query: str) -> str:
    """Return *query* if it is one statement: of several, all but the last go unseen."""
    if len(db.extract_statements(query)) != 1:
        msg = "one statement is expected, no more and no less"
        raise UsageError(msg)
    return query


def _distinct(names: list[str]) -> list[str]:
    """Return column names of which none is there twice, by a number behind the second."""
    met: dict[str, int] = {}
    distinct = []
    for name in names:
        met[name] = count = met.get(name, -1) + 1
        distinct.append(f"{name}_{count}" if count else name)
    return distinct


def _words(error: duckdb.Error) -> str:
    """Return what DuckDB says is wrong with a query, on one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " · ".join(line for line in lines if set(line) != {"^"})
