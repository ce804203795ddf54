"""The declarations are complete, and DuckDB, Arrow and they agree."""

import duckdb
import pytest

from transforms.tables import ACCOUNT, ARROW_TYPES, CATALOG, PUBLICATIONS, TABLES, Table
from transforms.vocabulary_tables import REFERENCE_TABLES

BY_NAME = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


def is_sentence(text: str) -> bool:
    return text[:1].strip() != "" and text.endswith((".", "…")) and "\n" not in text


def test_a_name_is_declared_once() -> None:
    names = [table.name for table in TABLES]
    assert len(set(names)) == len(names)


@BY_NAME
def test_a_table_and_each_of_its_columns_have_a_sentence(table: Table) -> None:
    assert is_sentence(table.sentence)
    assert table.sentence.startswith("One row")
    assert [column.name for column in table.columns if not is_sentence(column.sentence)] == []


@BY_NAME
def test_a_column_is_declared_once_and_of_a_known_type(table: Table) -> None:
    assert len(set(table.column_names)) == len(table.column_names)
    assert {column.type for column in table.columns} <= ARROW_TYPES.keys()


@BY_NAME
def test_a_key_is_made_of_columns_and_leads_with_the_account(table: Table) -> None:
    assert set(table.key + table.version) <= set(table.column_names)
    # about the file, or true of every account
    if table not in (CATALOG, PUBLICATIONS, *REFERENCE_TABLES):
        assert table.key[0] == "account"
        assert table.columns[0] == ACCOUNT


@BY_NAME
def test_instants_and_wall_clocks_are_told_apart_by_their_names(table: Table) -> None:
    for column in table.columns:
        if column.name.endswith("_at"):
            assert column.type == "TIMESTAMPTZ", column.name
        if column.name.endswith("_local"):
            assert column.type == "TIMESTAMP", column.name
        if column.name.endswith("_raw"):
            assert column.type == "VARCHAR", column.name
        if column.name.startswith(("is_", "has_")):
            assert column.type == "BOOLEAN", column.name


@BY_NAME
def test_duckdb_makes_of_a_declaration_what_it_says(
    db: duckdb.DuckDBPyConnection, table: Table
) -> None:
    made = db.execute(f"select column_name, column_type from (describe {table.name})").fetchall()
    spelt = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
    assert [(name, spelt.get(kind, kind)) for name, kind in made] == [
        (column.name, column.type) for column in table.columns
    ]


@BY_NAME
def test_arrow_makes_of_a_declaration_what_duckdb_does(
    db: duckdb.DuckDBPyConnection, table: Table
) -> None:
    db.register("staged", table.schema.empty_table())
    db.execute(f"insert into {table.name} by name select * from staged")
    db.unregister("staged")
    read = db.sql(f"select * from {table.name} limit 0").to_arrow_table()
    json = {column.name for column in table.columns if column.type == "JSON"}
    for field in read.schema:
        if field.name not in json:  # a JSON column travels as an extension of text
            assert field.type == table.schema.field(field.name).type, field.name


def test_only_parcels_have_versions() -> None:
    assert [table.name for table in TABLES if table.version] == ["core.trackings"]
