"""Makes what tables.py and the .sql files say, and tells an existing file from a foreign one."""

import re
from functools import cache
from graphlib import TopologicalSorter
from hashlib import md5
from pathlib import Path
from typing import NamedTuple

import duckdb

from transforms.tables import CATALOG, TABLES, Column, Table
from warehouse.errors import IncompatibleError

SQL = Path(__file__).parent / "sql"
VIEW_SCHEMAS = ("core", "checks")
LEVELS = ("fail", "warn")


class View(NamedTuple):
    """One .sql file: folder = schema, file = name, header comment = its documentation."""

    name: str
    sentence: str
    query: str

    @property
    def level(self) -> str:
        """How grave it is that a check returns rows: fail | warn; its header begins with it.

        Raises:
            ValueError: the header says neither.
        """
        level = self.sentence.partition(":")[0]
        if level not in LEVELS:
            raise ValueError(f"The header of {self.name} must begin with `fail:` or `warn:`.")
        return level


def ensure(db: duckdb.DuckDBPyConnection, tables: tuple[Table, ...] = TABLES) -> None:
    """Make every table, view and comment; an existing table may gain columns, nothing else.

    Safe to repeat. The caller owns the transaction.

    Raises:
        IncompatibleError: a table holds columns of another type, or ones nobody knows.
    """
    fingerprint = _fingerprint(tables)
    existing = _columns(db)
    if CATALOG.name in existing and _stamped(db) == fingerprint:
        return
    for table in tables:
        schema, _ = table.name.split(".")
        db.execute(f"create schema if not exists {schema}")
        if table.name in existing:
            _evolve(db, table, existing[table.name])
        else:
            columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            db.execute(f"create table {table.name} ({columns})")
        _comment(db, table)
    for view in views():
        db.execute(f"create schema if not exists {view.name.split('.')[0]}")
        db.execute(f"create or replace view {view.name} as {view.query}")
        db.execute(f"comment on view {view.name} is {quoted(view.sentence)}")
    db.execute(f"delete from {CATALOG.name}")
    db.execute(f"insert into {CATALOG.name} values (?)", [fingerprint])


def is_current(db: duckdb.DuckDBPyConnection, tables: tuple[Table, ...] = TABLES) -> bool:
    """Return whether `ensure` would find nothing to do; looks, and changes nothing.

    Raises:
        IncompatibleError: what `ensure` would raise.
    """
    existing = _columns(db)
    for table in tables:
        _additions(table, existing.get(table.name, {}))
    return CATALOG.name in existing and _stamped(db) == _fingerprint(tables)


@cache
def views() -> tuple[View, ...]:
    """Return the views of the .sql files, each behind those it reads."""
    found = {}
    for schema in VIEW_SCHEMAS:
        for path in sorted((SQL / schema).glob("*.sql")):
            text = path.read_text("utf-8")
            found[f"{schema}.{path.stem}"] = View(
                f"{schema}.{path.stem}", header(text), text.strip().rstrip(";")
            )
    reads = {name: _reads(view.query) & found.keys() for name, view in found.items()}
    return tuple(found[name] for name in TopologicalSorter(reads).static_order())


def header(sql: str) -> str:
    """Return the comment a .sql file opens with, as one line."""
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines).strip()


def quoted(text: str) -> str:
    """Return *text* as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _reads(query: str) -> set[str]:
    """Return the tables and views that *query* names, by DuckDB's own parser."""
    return set(duckdb.get_table_names(query, qualified=True))


def _fingerprint(tables: tuple[Table, ...]) -> str:
    return md5(repr((tables, views())).encode(), usedforsecurity=False).hexdigest()


def _stamped(db: duckdb.DuckDBPyConnection) -> str | None:
    """Return the fingerprint of the declarations that the file was last made from."""
    found = db.execute(f"select fingerprint from {CATALOG.name}").fetchall()
    return found[0][0] if found else None


def _columns(db: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in db.execute(
        """
        select schema_name || '.' || table_name, column_name, data_type
        from duckdb_columns()
        where not internal and database_name = current_database()
        """
    ).fetchall():
        spelt = re.sub(r"^TIMESTAMP WITH TIME ZONE$", "TIMESTAMPTZ", kind)
        found.setdefault(table, {})[column] = spelt
    return found


def _evolve(db: duckdb.DuckDBPyConnection, table: Table, existing: dict[str, str]) -> None:
    for column in _additions(table, existing):
        db.execute(f'alter table {table.name} add column "{column.name}" {column.type}')


def _additions(table: Table, existing: dict[str, str]) -> list[Column]:
    """Return the columns that *table* has and the file has not."""
    declared = {column.name: column.type for column in table.columns}
    for name, kind in existing.items():
        if declared.get(name) != kind:
            wanted = declared.get(name, "no such column")
            msg = f"{table.name}.{name} is {kind} in this warehouse, expected {wanted}"
            raise IncompatibleError(msg)
    return [column for column in table.columns if column.name not in existing]


def _comment(db: duckdb.DuckDBPyConnection, table: Table) -> None:
    db.execute(f"comment on table {table.name} is {quoted(table.sentence)}")
    for column in table.columns:
        target = f'{table.name}."{column.name}"'
        db.execute(f"comment on column {target} is {quoted(column.sentence)}")
