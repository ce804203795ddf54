"""A warehouse is what the declarations say, gains what they gain, and refuses to be another."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.factories import at, contents, load, parcel, rows, warehouse
from transforms.tables import ACCOUNT, CATALOG, TABLES, TRACKINGS, Column, Table
from warehouse import catalog
from warehouse.catalog import code, declarations, header, macros, quoted, views
from warehouse.connection import FILE, STORAGE, open_for_writing, open_read_only, transaction
from warehouse.errors import IncompatibleError


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as db:
        db.execute("set TimeZone = 'UTC'")
        yield db


@pytest.fixture
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of views and macros that are not the application's."""
    monkeypatch.setattr("warehouse.declarations.SQL", tmp_path)
    for folder in (catalog.MACROS, *catalog.VIEW_SCHEMAS):
        (tmp_path / folder).mkdir()
    declarations.cache_clear()
    yield tmp_path
    declarations.cache_clear()


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


def comments(db: duckdb.DuckDBPyConnection) -> list[tuple[str, str | None]]:
    """What is said of every table, view, column and macro."""
    return db.execute(
        """
        select schema_name || '.' || table_name, comment from duckdb_tables()
        union all
        select schema_name || '.' || view_name, comment from duckdb_views() where not internal
        union all
        select schema_name || '.' || table_name || '.' || column_name, comment
        from duckdb_columns() where not internal and database_name = current_database()
        union all
        select function_name, comment from duckdb_functions()
        where not internal and schema_name = 'main' and database_name = current_database()
        """
    ).fetchall()


def macros_of(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The macros of the file's schema main, and what is said of them."""
    return dict(
        db.execute(
            """
            select function_name, comment from duckdb_functions()
            where not internal and schema_name = 'main' and database_name = current_database()
            """
        ).fetchall()
    )


# A new file


def test_a_new_file_has_every_table_and_view(db: duckdb.DuckDBPyConnection) -> None:
    with transaction(db):
        catalog.ensure(db)
    tables = db.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    assert sorted(name for (name,) in tables) == sorted(
        [*(table.name for table in TABLES), *catalog.MATERIALISED]
    )
    made_views = db.execute(
        "select schema_name || '.' || view_name from duckdb_views() where not internal"
    ).fetchall()
    assert sorted(name for (name,) in made_views) == sorted(view.definition for view in views())
    for view in views():
        assert rows(db, f"select * from {view.name}") == []
    assert macros_of(db) == {macro.name: macro.sentence for macro in macros()}
    assert "km_percentiles" in macros_of(db)


def test_the_tables_of_a_new_file_may_come_first(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert not catalog.ensure_tables(db)
    tables = db.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    assert sorted(name for (name,) in tables) == sorted(table.name for table in TABLES)
    db.execute("insert into core.trackings (account, tracking_id) values ('main', 'early')")
    assert not catalog.is_current(db)
    catalog.ensure(db)
    assert rows(db, "select tracking_id from core.live_trackings") == [{"tracking_id": "early"}]
    with duckdb.connect(str(tmp_path / "at once.duckdb")) as other:
        catalog.ensure(other)
        assert sorted(comments(db)) == sorted(comments(other))
        assert catalog.is_current(db)
        assert catalog.is_current(other)


def test_a_file_is_whole_once_all_is_made(db: duckdb.DuckDBPyConnection) -> None:
    assert not catalog.is_whole(db)
    catalog.ensure_tables(db)
    assert not catalog.is_whole(db)
    catalog.ensure(db)
    assert catalog.is_whole(db)
    db.execute("drop table ops.catalog")  # as a release had it that did not stamp
    assert catalog.is_whole(db)


def test_of_a_file_that_is_not_new_all_is_made(db: duckdb.DuckDBPyConnection) -> None:
    assert not catalog.ensure_tables(db)  # and dies before the rest is made
    assert catalog.ensure_tables(db)
    assert catalog.is_current(db)
    before = made(db)
    assert catalog.ensure_tables(db)
    assert made(db) == before
    assert catalog.ensure_tables(db, without(TRACKINGS)[:-1])  # another release's
    assert not catalog.is_current(db)


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
            where
                not internal
                and (schema_name, table_name) in (
                    select (schema_name, table_name) from duckdb_tables()
                )
            """
        ).fetchall()
    )
    assert said == {
        **{table.name: table.sentence for table in TABLES},
        **{name: view.sentence for view in views() for name in {view.name, view.definition}},
        **{
            f"{view.name}.{column}": sentence
            for view in views()
            if view.is_materialised
            for column, sentence in view.columns
        },
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
    db: duckdb.DuckDBPyConnection, own_files: Path
) -> None:
    (own_files / "core/live_trackings.sql").write_text(
        "-- One row.\nselect trackings.* from core.trackings"
    )
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


def test_views_are_made_behind_those_that_they_read(own_files: Path) -> None:
    (own_files / "core/a.sql").write_text("-- One row.\nselect n from core.m")
    (own_files / "core/m.sql").write_text("-- One row.\nselect n from core.z")
    (own_files / "core/z.sql").write_text("-- One row.\nselect 1 as n from ops.catalog")
    (own_files / "checks/b.sql").write_text(
        "-- fail: One.\nwith a as (from core.a) select * from a"
    )
    assert [view.name for view in views()] == ["core.z", "core.m", "core.a", "checks.b"]
    with duckdb.connect() as db:
        catalog.ensure(db, (CATALOG,))
        assert db.execute("from checks.b").fetchall() == [(1,)]


def test_a_view_that_changed_is_changed_in_an_existing_file(own_files: Path) -> None:
    path = own_files / "core/one.sql"
    with duckdb.connect() as db:
        for number in (1, 2):
            path.write_text(f"-- The {number}.\nselect {number} as n;\n")
            declarations.cache_clear()
            catalog.ensure(db, (CATALOG,))
            assert db.execute("from core.one").fetchall() == [(number,)]
            assert db.execute(
                "select comment from duckdb_views() where view_name = 'one'"
            ).fetchall() == [(f"The {number}.",)]


def test_the_list_in_a_header_is_of_columns(own_files: Path) -> None:
    (own_files / "core/one.sql").write_text(
        "-- One row.\n-- Of one.\n--\n-- Source: none.\n--\n-- - n: The number,\n--   one."
        "\n-- - m: Another.\nselect 1 as n, 2 as m, 3 as o"
    )
    (view,) = views()
    assert view.sentence == "One row. Of one.\nSource: none."
    assert view.columns == (("n", "The number, one."), ("m", "Another."))
    with duckdb.connect() as db:
        catalog.ensure(db, (CATALOG,))
        assert rows(
            db, "select column_name, comment from duckdb_columns() where table_name = 'one'"
        ) == [
            {"column_name": "n", "comment": "The number, one."},
            {"column_name": "m", "comment": "Another."},
            {"column_name": "o", "comment": None},
        ]


def test_a_materialised_view_is_an_empty_table_beside_its_definition(own_files: Path) -> None:
    path = own_files / "marts/gaps.sql"
    (own_files / "marts/above.sql").write_text("-- One row.\nfrom marts.gaps")
    with duckdb.connect() as db:
        for column in ("n", "m"):
            path.write_text(f"-- The {column}.\n--\n-- - {column}: One.\nselect 1 as {column}")
            declarations.cache_clear()
            catalog.ensure(db, (CATALOG,))
            assert rows(db, "from build.gaps") == [{column: 1}]
            assert rows(db, "from marts.gaps") == []
            assert columns_of(db, "marts.gaps") == [column]
            db.execute("insert into marts.gaps from build.gaps")
            assert rows(db, "from marts.above") == [{column: 1}]
            catalog.ensure(db, (CATALOG,))
            assert rows(db, "from marts.gaps") == [{column: 1}]
            assert rows(
                db,
                "select schema_name as s, comment from duckdb_columns() where table_name = 'gaps'",
            ) == [{"s": "build", "comment": None}, {"s": "marts", "comment": "One."}]
            assert rows(db, "select comment from duckdb_tables() where table_name = 'gaps'") == [
                {"comment": f"The {column}."}
            ]


def test_a_view_may_become_materialised(own_files: Path) -> None:
    (own_files / "marts/gaps.sql").write_text("-- One row.\nselect 1 as n")
    with duckdb.connect() as db:
        db.execute("create schema marts; create view marts.gaps as select 2 as m")
        catalog.ensure(db, (CATALOG,))
        assert columns_of(db, "marts.gaps") == ["n"]
        assert rows(db, "from marts.gaps") == []


def test_a_folder_that_is_missing_holds_nothing(own_files: Path) -> None:
    for folder in own_files.iterdir():
        folder.rmdir()
    assert declarations() == ()
    with duckdb.connect() as db:
        catalog.ensure(db, (CATALOG,))
        assert catalog.is_current(db, (CATALOG,))


def test_every_folder_of_views_is_a_schema(own_files: Path) -> None:
    for schema in ("core", "marts", "queues", "checks"):
        (own_files / schema / "one.sql").write_text("-- warn: One row.\nselect 1 as n")
    with duckdb.connect() as db:
        catalog.ensure(db, (CATALOG,))
        for schema in ("core", "marts", "queues", "checks"):
            assert rows(db, f"from {schema}.one") == [{"n": 1}]


# Macros


def test_macros_and_views_are_made_behind_those_that_they_use(own_files: Path) -> None:
    (own_files / "macros/a.sql").write_text(
        "-- One row, unlike z.\ncreate or replace macro a(n) as table from m(n) -- not z(n)"
    )
    (own_files / "macros/m.sql").write_text(
        "-- One row.\ncreate or replace macro m(n) as table select z(n) as z from core.above"
    )
    (own_files / "macros/z.sql").write_text("-- Next.\ncreate or replace macro z(n) as n + 1;\n")
    (own_files / "marts/told.sql").write_text("-- One row.\nselect 5 as n from ops.catalog")
    (own_files / "marts/asked.sql").write_text("-- One row.\nfrom named('marts.told')")
    (own_files / "macros/named.sql").write_text(
        "-- Rows.\ncreate or replace macro named(relation) as table from query_table(relation)"
    )
    (own_files / "core/above.sql").write_text("-- One row.\nselect 1 as n")
    (own_files / "core/below.sql").write_text("-- One row.\nfrom a(1) join marts.asked on true")
    places = {each.name: place for place, each in enumerate(declarations())}
    assert places["z"] < places["m"] < places["a"] < places["core.below"]
    assert places["core.above"] < places["m"]
    assert max(places["marts.told"], places["named"]) < places["marts.asked"]
    with duckdb.connect() as db:
        catalog.ensure(db, (CATALOG,))
        db.execute("insert into ops.catalog select fingerprint from ops.catalog")
        assert rows(db, "from core.below") == [{"z": 2, "n": 5}] * 2


def test_the_order_is_the_same_in_every_process(own_files: Path) -> None:
    for name in "abcdefgh":
        (own_files / f"core/{name}.sql").write_text("-- One row.\nselect 1 as n")
    (own_files / "core/a.sql").write_text(
        f"-- One row.\nselect 1 as n from {', '.join(f'core.{name}' for name in 'hgfedcb')}"
    )
    script = (
        "import pathlib, sys; from warehouse import declarations;"
        "declarations.SQL = pathlib.Path(sys.argv[1]);"
        "print(*(each.name for each in declarations.declarations()))"
    )
    orders = [
        subprocess.run(
            [sys.executable, "-c", script, str(own_files)],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert orders == ["core.b core.c core.d core.e core.f core.g core.h core.a\n"] * 2


def test_a_macro_that_changed_is_changed_in_an_existing_file(own_files: Path) -> None:
    path = own_files / "macros/one.sql"
    (own_files / "marts/reader.sql").write_text("-- One row.\nselect n from one()")
    with duckdb.connect() as db:
        for number in (1, 2):
            path.write_text(
                f"-- The {number}.\ncreate or replace macro one() as table select {number} as n;\n"
            )
            declarations.cache_clear()
            assert not is_current(db)
            catalog.ensure(db, (CATALOG,))
            assert is_current(db)
            assert rows(db, "from marts.reader") == rows(db, "from one()") == [{"n": number}]
            assert macros_of(db) == {"one": f"The {number}."}


def is_current(db: duckdb.DuckDBPyConnection) -> bool:
    return catalog.is_current(db, (CATALOG,))


def test_macros_are_in_a_copy_of_the_file_and_in_one_opened_again(tmp_path: Path) -> None:
    with open_for_writing(tmp_path, "the test") as db:
        catalog.ensure(db)
        db.execute("create view marts_like as select 'a' as grp, 1.5 as t, 1 as event")
        db.execute(f"attach '{tmp_path / 'copy.duckdb'}' as copy (storage_version '{STORAGE}')")
        ((name,),) = db.execute("select current_database()").fetchall()
        db.execute(f'copy from database "{name}" to copy')
    asked = "select p, t, at_least from km_percentiles('marts_like', percentiles := [0.5])"
    for file in (FILE, "copy.duckdb"):
        with open_read_only(tmp_path / file) as db:
            assert macros_of(db) == {macro.name: macro.sentence for macro in macros()}
            assert rows(db, asked) == [{"p": 0.5, "t": 1.5, "at_least": 1.5}]
            assert rows(db, "from tracking_as_of(now())") == []


@pytest.mark.parametrize("path", sorted((catalog.SQL / catalog.MACROS).glob("*.sql")), ids=str)
def test_every_macro_has_the_name_of_its_file_and_says_where_it_is_from(path: Path) -> None:
    (macro,) = [each for each in macros() if each.name == path.stem]
    assert f"\ncreate or replace macro {path.stem}(" in path.read_text("utf-8")
    assert macro.sentence.endswith(".")
    assert macro.is_table == macro.sentence.startswith("One row per ")
    for argument in macro.arguments.split(", "):
        name = argument.partition(" ")[0]
        assert not name.isidentifier() or f"`{name}`" in macro.sentence


def test_a_macro_tells_its_arguments(own_files: Path) -> None:
    (own_files / "macros/f.sql").write_text(
        "-- It.\ncreate or replace macro f(\n    a, b := [1, (2)]  -- more\n) as\na + b[1]\n"
    )
    (own_files / "macros/g.sql").write_text(
        "-- It.\n--\n-- And more\n-- of it.\ncreate or replace macro g() as table select 1 as n"
    )
    f, g = macros()
    assert (f.arguments, f.is_table, f.kind) == ("a, b := [1, (2)]", False, "macro")
    assert (g.arguments, g.is_table, g.kind) == ("", True, "macro table")
    assert g.sentence == "It.\nAnd more of it."


@pytest.mark.parametrize(
    ("sql", "left"),
    [
        ("select 1", "select 1"),
        ("-- a\nselect '--b' /* c */ as d -- e\nfrom f", "select '--b' as d from f"),
        ("", ""),
        ("-- only", ""),
    ],
)
def test_code_is_without_comments(sql: str, left: str) -> None:
    assert " ".join(code(sql).split()) == left


# Headers


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("-- One row.\nselect 1", "One row."),
        ("-- One row\n--   a parcel.\n\n-- not this\nselect 1", "One row a parcel."),
        ("-- One row.\n--\n-- Told\n-- further.\n--\n\nselect 1", "One row.\nTold further."),
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
