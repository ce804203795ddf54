"""Every view is documented, and a story tells what it returns."""

from typing import Any

import duckdb
import pytest

from tests.factories import empty, rows
from tests.stories import Story, all_stories
from transforms.tables import TABLES
from warehouse.catalog import MACROS, SQL, VIEW_SCHEMAS, header, views
from warehouse.materialised import materialised

STORIES = all_stories()
FILES = sorted(path for schema in VIEW_SCHEMAS for path in (SQL / schema).glob("*.sql"))


def insert(db: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    columns = ", ".join(f'${name} as "{name}"' for name in row)
    db.execute(f"insert into {table} by name select {columns}", row)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.view}: {story.tells}")
def test_a_view_returns_what_its_story_tells(made: duckdb.DuckDBPyConnection, story: Story) -> None:
    db = empty(made)
    for table, given in story.given.items():
        for row in given:
            insert(db, table, row)
    for view in materialised():
        if view.name not in story.given:
            db.execute(f"insert into {view.name} from {view.definition}")
    columns = ", ".join(story.expected[0])
    found = rows(db, f"select {columns} from {story.view} where {_told(story)} order by all")
    assert found == story.expected


def _told(story: Story) -> str:
    """Which rows a story is about: figures over several accounts are a story of their own."""
    is_over_all = any("(all)" in (row.get("account"), row.get("scope")) for row in story.expected)
    return "true" if is_over_all else "account <> '(all)'"


def test_a_view_returns_nothing_of_nothing(made: duckdb.DuckDBPyConnection) -> None:
    empty(made)
    names = {name for view in views() for name in (view.name, view.definition)}
    assert {name: rows(made, f"select * from {name}") for name in names} == {
        name: [] for name in names
    }


def test_every_view_has_a_story() -> None:
    assert {story.view for story in STORIES} == {view.name for view in views()}


def test_every_file_is_a_view() -> None:
    files = {f"{path.parent.name}.{path.stem}" for path in FILES}
    assert files == {view.name for view in views()}
    assert {path.name for path in SQL.iterdir()} <= {MACROS, *VIEW_SCHEMAS}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_opens_with_its_sentence(path: Any) -> None:
    sentence = header(path.read_text("utf-8"))
    assert "One row per " in sentence
    assert sentence.endswith(".")
    assert (path.parent.name == "checks") == sentence.startswith(("fail: ", "warn: "))


def test_no_view_has_the_name_of_a_table() -> None:
    assert {view.name for view in views()}.isdisjoint(table.name for table in TABLES)
