"""Makes what tables.py and the .sql files say, and tells an existing file from a foreign one."""

import re
from hashlib import md5

import duckdb

from transforms.tables import CATALOG, TABLES, Column, Table
from warehouse.declarations import (
    LEVELS,
    MACROS,
    MATERIALISED,
    SQL,
    VIEW_SCHEMAS,
    Macro,
    View,
    code,
    declarations,
    header,
    macros,
    quoted,
    sources,
    views,
)
from warehouse.errors import IncompatibleError

__all__ = [
    "LEVELS",
    "MACROS",
    "MATERIALISED",
    "SQL",
    "VIEW_SCHEMAS",
    "Macro",
    "View",
    "code",
    "declarations",
    "header",
    "macros",
    "quoted",
    "views",
]


def ensure(db: duckdb.DuckDBPyConnection, tables: tuple[Table, ...] = TABLES) -> None:
    """Make every table, macro, view and comment; an existing table may gain columns, nothing else.

    Safe to repeat. Where anything is new, the materialised views are empty afterwards, until
    they are refreshed. The caller owns the transaction.

    Raises:
        IncompatibleError: a table holds columns of another type, or ones nobody knows.
    """
    fingerprint = _fingerprint(tables)
    _create(db, CATALOG)  # that costs nothing; to look whether it is there does
    if _stamped(db) == fingerprint:
        return
    existing = _columns(db)
    for table in tables:
        if table.name in existing:
            _evolve(db, table, existing[table.name])
        else:
            _create(db, table)
        _comment(db, table)
    for each in declarations():
        _make(db, each)
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


def _fingerprint(tables: tuple[Table, ...]) -> str:
    # the files word for word: to find out what they declare takes ten times as long
    said = repr((tables, sources(), MATERIALISED)).encode()
    return md5(said, usedforsecurity=False).hexdigest()


def _stamped(db: duckdb.DuckDBPyConnection) -> str | None:
    """Return the fingerprint of the declarations that the file was last made from."""
    found = db.execute(f"select fingerprint from {CATALOG.name}").fetchall()
    return found[0][0] if found else None


def _create(db: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make a table and its schema, unless they are there."""
    db.execute(f"create schema if not exists {table.name.split('.')[0]}")
    columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
    db.execute(f"create table if not exists {table.name} ({columns})")


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


def _views(db: duckdb.DuckDBPyConnection) -> set[str]:
    rows = db.execute(
        """
        select schema_name || '.' || view_name from duckdb_views()
        where not internal and database_name = current_database()
        """
    ).fetchall()
    return {name for (name,) in rows}


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


def _make(db: duckdb.DuckDBPyConnection, each: Macro | View) -> None:
    """Make a macro or view with its comments; of a materialised view also its table, empty."""
    if isinstance(each, Macro):
        db.execute(each.statement)
        db.execute(f"comment on {each.kind} {each.name} is {quoted(each.sentence)}")
        return
    made = {each.definition: "view"}
    for name in (each.name, each.definition):
        db.execute(f"create schema if not exists {name.split('.')[0]}")
    db.execute(each.statement)
    if each.is_materialised:
        made[each.name] = "table"
        if each.name in _views(db):  # of a version that asked it each time
            db.execute(f"drop view {each.name}")
        db.execute(f"create or replace table {each.name} as from {each.definition} with no data")
    for name, kind in made.items():
        db.execute(f"comment on {kind} {name} is {quoted(each.sentence)}")
        for column, sentence in each.columns:
            db.execute(f'comment on column {name}."{column}" is {quoted(sentence)}')


def _comment(db: duckdb.DuckDBPyConnection, table: Table) -> None:
    db.execute(f"comment on table {table.name} is {quoted(table.sentence)}")
    for column in table.columns:
        target = f'{table.name}."{column.name}"'
        db.execute(f"comment on column {target} is {quoted(column.sentence)}")
