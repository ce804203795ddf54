"""Makes what tables.py and the .sql files say, and tells an existing file from a foreign one."""

import re
from collections.abc import Iterable
from hashlib import md5

import duckdb

from transforms.tables import CATALOG, TABLES, Column, Table
from warehouse.declarations import (
    DEFINITIONS,
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
    if not _is_made(db, tables):
        _make_all(db, tables, _columns(db))


def ensure_tables(db: duckdb.DuckDBPyConnection, tables: tuple[Table, ...] = TABLES) -> bool:
    """Make the tables of a new file; of any other file, all that `ensure` makes.

    In a new one, views and comments take a third of a second, in which a run may already ask the
    API. The caller owns the transaction.

    Returns:
        Whether that is all, or `ensure` is still to be called.

    Raises:
        IncompatibleError: as `ensure` does.
    """
    if _is_made(db, tables):
        return True
    existing = _columns(db)
    if existing.keys() > {CATALOG.name}:
        _make_all(db, tables, existing)
        return True
    _create_schemas(db, set(map(_schema, tables)))
    for table in tables:
        _create(db, table)
    return False


def is_current(db: duckdb.DuckDBPyConnection, tables: tuple[Table, ...] = TABLES) -> bool:
    """Return whether `ensure` would find nothing to do; looks, and changes nothing.

    Raises:
        IncompatibleError: what `ensure` would raise.
    """
    existing = _columns(db)
    for table in tables:
        _additions(table, existing.get(table.name, {}))
    return CATALOG.name in existing and _stamped(db) == _fingerprint(tables)


def is_whole(db: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a file was made to its end by this release or another; looks only."""
    try:
        return _stamped(db) is not None
    except duckdb.CatalogException:  # made by a release that did not stamp, or by nobody yet
        return any(name.startswith("core.") for name in _columns(db))


def _make_all(
    db: duckdb.DuckDBPyConnection, tables: tuple[Table, ...], existing: dict[str, dict[str, str]]
) -> None:
    """Make what is declared in a file that has the *existing* columns, and stamp it."""
    views_before = _views(db) if len(existing) > 1 else set()
    _create_schemas(db, {*map(_schema, tables), *VIEW_SCHEMAS, DEFINITIONS})
    for table in tables:
        if table.name in existing:
            _evolve(db, table, existing[table.name])
        else:
            _create(db, table)
        _comment(db, table)
    for each in declarations():
        _make(db, each, views_before)
    db.execute(f"delete from {CATALOG.name}")
    db.execute(f"insert into {CATALOG.name} values (?)", [_fingerprint(tables)])


def _fingerprint(tables: tuple[Table, ...]) -> str:
    # the files word for word: to find out what they declare takes ten times as long
    said = repr((tables, sources(), MATERIALISED)).encode()
    return md5(said, usedforsecurity=False).hexdigest()


def _is_made(db: duckdb.DuckDBPyConnection, tables: tuple[Table, ...]) -> bool:
    """Return whether the file was last made from these declarations; it can be asked, then."""
    _create_schemas(db, {_schema(CATALOG)})
    _create(db, CATALOG)  # that costs nothing; to look whether it is there does
    return _stamped(db) == _fingerprint(tables)


def _stamped(db: duckdb.DuckDBPyConnection) -> str | None:
    """Return the fingerprint of the declarations that the file was last made from."""
    found = db.execute(f"select fingerprint from {CATALOG.name}").fetchall()
    return found[0][0] if found else None


def _schema(table: Table) -> str:
    return table.name.partition(".")[0]


def _create_schemas(db: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    for name in sorted(names):
        db.execute(f"create schema if not exists {name}")


def _create(db: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Make a table, unless it is there."""
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


def _make(db: duckdb.DuckDBPyConnection, each: Macro | View, views_before: set[str]) -> None:
    """Make a macro or view with its comments; of a materialised view also its table, empty.

    Args:
        db: The open warehouse; the schemas are there.
        each: What to make.
        views_before: Which views the file had before.
    """
    if isinstance(each, Macro):
        db.execute(each.statement)
        db.execute(f"comment on {each.kind} {each.name} is {quoted(each.sentence)}")
        return
    db.execute(each.statement)
    if each.is_materialised:
        if each.name in views_before:  # of a version that asked it each time
            db.execute(f"drop view {each.name}")
        db.execute(f"create or replace table {each.name} as from {each.definition} with no data")
        db.execute(f"comment on table {each.name} is {quoted(each.sentence)}")
    db.execute(f"comment on view {each.definition} is {quoted(each.sentence)}")
    for column, sentence in each.columns:  # not of a definition: nobody asks that
        db.execute(f'comment on column {each.name}."{column}" is {quoted(sentence)}')


def _comment(db: duckdb.DuckDBPyConnection, table: Table) -> None:
    db.execute(f"comment on table {table.name} is {quoted(table.sentence)}")
    for column in table.columns:
        target = f'{table.name}."{column.name}"'
        db.execute(f"comment on column {target} is {quoted(column.sentence)}")
