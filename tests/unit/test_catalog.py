"""A warehouse is what the declarations say, gains what they gain, and refuses to be another."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.factories import at, contents, load, parcel, rows, warehouse
from transforms.tables import ACCOUNT, CATALOG, TABLES, TRACKINGS, Column, Table
from warehouse import catalog
from warehouse.catalog import header, quoted, views
from warehouse.connection import FILE, STORAGE, open_for_writing, transaction
from warehouse.errors import IncompatibleError


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as db:
        db.execute("set TimeZone = 'UTC'")
        yield db


@pytest.fixture
def own_views(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of views that are not the application's."""
    monkeypatch.setattr(catalog, "SQL", tmp_path)
    for schema in catalog.VIEW_SCHEMAS:
        (tmp_path / schema).mkdir()
    views.cache_clear()
    yield tmp_path
    views.cache_clear()


def declared(table: Table, *columns: Column) -> tuple[Table, ...]:
    """The tables with *table*'s columns replaced."""
    return tuple(each._replace(columns=columns) if each == table else each for each in TABLES)


def without(table: Table, *names: str) -> tuple[Table, ...]:
    return declared(table, *(column for column in table.columns if column.name not in names))


def made(db: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    """Everything about the file but its rows and its fingerprint."""
    return {
        kind: db.execute(f"select * exclude ({besides}) from {kind} where not internal").fetchall()
        for kind, besides in (
            ("duckdb_tables()", "estimated_size"),
            ("duckdb_columns()", "comment"),
            ("duckdb_views()", "comment"),
        )
    }


def columns_of(db: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [
        name for (name,) in db.execute(f"select column_name from (describe {table})").fetchall()
    ]


# A new file


def test_a_new_file_has_every_table_and_view(db: duckdb.DuckDBPyConnection) -> None:
    with transaction(db):
        catalog.ensure(db)
    tables = db.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    assert sorted(name for (name,) in tables) == sorted(table.name for table in TABLES)
    made_views = db.execute(
        "select schema_name || '.' || view_name from duckdb_views() where not internal"
    ).fetchall()
    assert sorted(name for (name,) in made_views) == sorted(view.name for view in views())
    for view in views():
        assert rows(db, f"select * from {view.name}") == []


def test_an_analyst_can_read_what_everything_is(db: duckdb.DuckDBPyConnection) -> None:
    catalog.ensure(db)
    said = dict(
        db.execute(
            """
            select schema_name || '.' || table_name, comment from duckdb_tables()
            union all
            select schema_name || '.' || view_name, comment from duckdb_views() where not internal
            union all
            select schema_name || '.' || table_name || '.' || column_name, comment
            from duckdb_columns()
            where not internal and table_name in (select table_name from duckdb_tables())
            """
        ).fetchall()
    )
    assert said == {
        **{table.name: table.sentence for table in TABLES},
        **{view.name: view.sentence for view in views()},
        **{
            f"{table.name}.{column.name}": column.sentence
            for table in TABLES
            for column in table.columns
        },
    }
    assert all(said.values())


def test_a_file_can_be_read_by_clients_of_storage_1_4(tmp_path: Path) -> None:
    for _ in range(2):  # made, and opened again
        with open_for_writing(tmp_path, "the test") as db:
            catalog.ensure(db)
            ((tags,),) = db.execute(
                "select tags from duckdb_databases() where not internal"
            ).fetchall()
            assert tags["storage_version"].startswith("v1.4")
    assert STORAGE.startswith("v1.4")


# The same file again


def test_the_second_time_nothing_is_written(tmp_path: Path) -> None:
    def ensured() -> bytes:
        with open_for_writing(tmp_path, "the test") as db, transaction(db):
            catalog.ensure(db)
        return (tmp_path / FILE).read_bytes()

    ensured()
    assert ensured() == ensured()


def test_the_second_time_every_table_and_view_is_the_same_one(
    db: duckdb.DuckDBPyConnection,
) -> None:
    catalog.ensure(db)
    load(db, parcel())
    before = (made(db), contents(db))
    catalog.ensure(db)
    assert (made(db), contents(db)) == before
    assert catalog.is_current(db)


def test_a_column_that_is_missing_is_added_and_null_in_old_rows(
    db: duckdb.DuckDBPyConnection,
) -> None:
    names = ("title", "archived", "extra")
    catalog.ensure(db, without(TRACKINGS, *names))
    db.execute("insert into core.trackings (account, tracking_id) values ('main', 'old')")
    assert set(names).isdisjoint(columns_of(db, "core.live_trackings"))
    assert not catalog.is_current(db)
    with transaction(db):
        catalog.ensure(db)
    (old,) = rows(db, "select * from core.trackings")
    assert [old[name] for name in names] == [None] * 3
    assert old["tracking_id"] == "old"
    assert set(names) <= set(columns_of(db, "core.live_trackings"))
    load(db, parcel())
    assert rows(db, "select title, archived from core.trackings where title is not null") == [
        {"title": "", "archived": False}
    ]
    assert rows(db, "select tracking_id from core.live_trackings where title is null") == [
        {"tracking_id": "old"}
    ]


def test_an_added_column_has_its_sentence(db: duckdb.DuckDBPyConnection) -> None:
    catalog.ensure(db, without(TRACKINGS, "title"))
    catalog.ensure(db)
    assert db.execute(
        "select comment from duckdb_columns()"
        " where table_name = 'trackings' and column_name = 'title'"
    ).fetchall() == [("The merchant's title of the parcel.",)]


def test_a_table_that_is_missing_is_added(db: duckdb.DuckDBPyConnection) -> None:
    catalog.ensure(db)
    coming = Table("later.guests", "One row per guest.", (ACCOUNT,), key=("account",))
    catalog.ensure(db, (*TABLES, coming))
    assert columns_of(db, "later.guests") == ["account"]


def test_a_sentence_that_was_reworded_reaches_an_existing_file(
    db: duckdb.DuckDBPyConnection,
) -> None:
    catalog.ensure(db)
    reworded = TRACKINGS._replace(
        sentence="It isn't what it was.",
        columns=tuple(column._replace(sentence="New.") for column in TRACKINGS.columns),
    )
    catalog.ensure(db, tuple(reworded if table == TRACKINGS else table for table in TABLES))
    assert db.execute(
        "select comment from duckdb_tables() where table_name = 'trackings'"
    ).fetchall() == [("It isn't what it was.",)]
    assert db.execute(
        "select distinct comment from duckdb_columns() where table_name = 'trackings'"
    ).fetchall() == [("New.",)]


# Another file


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        (
            declared(TRACKINGS, *TRACKINGS.columns, Column("mine", "DOUBLE", "A column of mine.")),
            "core.trackings.mine is DOUBLE in this warehouse, expected no such column",
        ),
        (
            declared(
                TRACKINGS,
                *(
                    column._replace(type="TIMESTAMP") if column.name == "updated_at" else column
                    for column in TRACKINGS.columns
                ),
            ),
            "core.trackings.updated_at is TIMESTAMP in this warehouse, expected TIMESTAMPTZ",
        ),
        (
            declared(
                TRACKINGS,
                *(
                    column._replace(type="VARCHAR") if column.name == "extra" else column
                    for column in TRACKINGS.columns
                ),
            ),
            "core.trackings.extra is VARCHAR in this warehouse, expected JSON",
        ),
    ],
    ids=["a column of somebody's", "another type", "text for JSON"],
)
def test_a_foreign_file_is_refused_by_the_name_of_what_is_foreign(
    db: duckdb.DuckDBPyConnection, file: tuple[Table, ...], complaint: str
) -> None:
    catalog.ensure(db, file)
    before = (made(db), contents(db))
    with pytest.raises(IncompatibleError) as error, transaction(db):
        catalog.ensure(db)
    assert str(error.value) == complaint
    assert (made(db), contents(db)) == before
    with pytest.raises(IncompatibleError, match=r"core\.trackings"):
        catalog.is_current(db)


def test_tables_of_others_beside_ours_are_left_alone(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("create schema core; create table core.mine as select 1 as n")
    db.execute("create table trackings as select 'mine' as whose")
    catalog.ensure(db)
    assert db.execute("from core.mine").fetchall() == [(1,)]
    assert db.execute("from main.trackings").fetchall() == [("mine",)]


def test_an_attached_file_is_not_taken_for_the_warehouse(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    db.execute(f"attach '{tmp_path / 'other.duckdb'}' as other")
    db.execute("create schema other.core; create table other.core.trackings as select 1 as n")
    catalog.ensure(db)
    assert columns_of(db, "core.trackings") == list(TRACKINGS.column_names)


# Views


def test_views_are_made_behind_those_that_they_read(own_views: Path) -> None:
    (own_views / "core/a.sql").write_text("-- One row.\nselect n from core.m")
    (own_views / "core/m.sql").write_text("-- One row.\nselect n from core.z")
    (own_views / "core/z.sql").write_text("-- One row.\nselect 1 as n from ops.catalog")
    (own_views / "checks/b.sql").write_text(
        "-- fail: One.\nwith a as (from core.a) select * from a"
    )
    assert [view.name for view in views()] == ["core.z", "core.m", "core.a", "checks.b"]
    with duckdb.connect() as db:
        catalog.ensure(db, (CATALOG,))
        assert db.execute("from checks.b").fetchall() == [(1,)]


def test_a_view_that_changed_is_changed_in_an_existing_file(own_views: Path) -> None:
    path = own_views / "core/one.sql"
    with duckdb.connect() as db:
        for number in (1, 2):
            path.write_text(f"-- The {number}.\nselect {number} as n;\n")
            views.cache_clear()
            catalog.ensure(db, (CATALOG,))
            assert db.execute("from core.one").fetchall() == [(number,)]
            assert db.execute(
                "select comment from duckdb_views() where view_name = 'one'"
            ).fetchall() == [(f"The {number}.",)]


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("-- One row.\nselect 1", "One row."),
        ("-- One row\n--   a parcel.\n\n-- not this\nselect 1", "One row a parcel."),
        ("select 1 -- nothing", ""),
        ("", ""),
    ],
)
def test_the_header_of_a_file_is_its_sentence(sql: str, sentence: str) -> None:
    assert header(sql) == sentence


@pytest.mark.parametrize("text", ["", "it's", "''", "a\\'b", "包 -- x; drop"])
def test_a_quoted_text_is_that_text(db: duckdb.DuckDBPyConnection, text: str) -> None:
    assert db.execute(f"select {quoted(text)}").fetchall() == [(text,)]


def test_a_warehouse_of_the_tests_is_a_current_one() -> None:
    with warehouse() as db:
        assert catalog.is_current(db)
        load(db, parcel(), second=1)
        assert rows(db, "select fetched_at from core.trackings") == [{"fetched_at": at(1)}]
