"""Every view is documented, and a story tells what it returns."""

from typing import Any, NamedTuple

import duckdb
import pytest

from tests.factories import at, empty, rows, warehouse
from transforms.tables import TABLES
from warehouse.catalog import SQL, VIEW_SCHEMAS, header, views


class Story(NamedTuple):
    """Rows of some tables, and what the view returns then, in those of its columns named."""

    view: str
    tells: str
    given: dict[str, list[dict[str, Any]]]
    expected: list[dict[str, Any]]


def tracking(tracking_id: str, **columns: Any) -> dict[str, Any]:
    return {"account": "main", "tracking_id": tracking_id} | columns


def event(tracking_id: str, event_id: str, **columns: Any) -> dict[str, Any]:
    return {"account": "main", "tracking_id": tracking_id, "event_id": event_id} | columns


def window(low: float, high: float, *, proven: bool, read: float, **columns: Any) -> dict[str, Any]:
    return {
        "account": "main",
        "scope": "update_time",
        "low": at(low),
        "high": at(high),
        "proven": proven,
        "fetched_at": at(read),
    } | columns


def counted(api: int, held: int, *, asked: float, **columns: Any) -> dict[str, Any]:
    return {
        "account": "main",
        "status": "(total)",
        "low": at(0),
        "high": at(9),
        "api_count": api,
        "warehouse_count": held,
        "fetched_at": at(asked),
    } | columns


STORIES = [
    Story(
        "core.live_trackings",
        "the deleted are left out",
        {"core.trackings": [tracking("a"), tracking("gone", deleted_at=at(1))]},
        [{"tracking_id": "a", "deleted_at": None}],
    ),
    Story(
        "core.live_events",
        "what carriers took back is left out",
        {
            "core.tracking_events": [
                event("a", "stands", description="Delivered"),
                event("a", "taken back", withdrawn_at=at(1)),
            ]
        },
        [{"event_id": "stands", "description": "Delivered", "withdrawn_at": None}],
    ),
    Story(
        "checks.repeated_trackings",
        "a parcel that is there twice; the same id in another account is another parcel",
        {
            "core.trackings": [
                tracking("once"),
                tracking("twice"),
                tracking("twice", deleted_at=at(1)),
                tracking("once", account="theirs"),
            ]
        },
        [{"account": "main", "tracking_id": "twice", "row_count": 2}],
    ),
    Story(
        "checks.repeated_events",
        "a scan that is there twice, taken back or not",
        {
            "core.tracking_events": [
                event("a", "once"),
                event("b", "once"),
                event("a", "once", account="theirs"),
                event("a", "twice"),
                event("a", "twice", withdrawn_at=at(1)),
                event("a", "thrice"),
                event("a", "thrice"),
                event("a", "thrice"),
            ]
        },
        [
            {"account": "main", "tracking_id": "a", "event_id": "thrice", "row_count": 3},
            {"account": "main", "tracking_id": "a", "event_id": "twice", "row_count": 2},
        ],
    ),
    Story(
        "checks.miscounted_events",
        "parcels whose standing scans are more or fewer than their newest version has",
        {
            "core.trackings": [
                tracking("right", event_count=1),
                tracking("none", event_count=0),
                tracking("too few", event_count=2),
                tracking("all gone", event_count=1),
                tracking("too many", event_count=1),
                tracking("deleted", event_count=3, deleted_at=at(1)),
                tracking("right", account="theirs", event_count=2),
            ],
            "core.tracking_events": [
                event("right", "1"),
                event("right", "taken back", withdrawn_at=at(1)),
                event("too few", "1"),
                event("all gone", "1", withdrawn_at=at(1)),
                event("too many", "1"),
                event("too many", "2"),
            ],
        },
        [
            {"account": "main", "tracking_id": "all gone", "event_count": 1, "standing_count": 0},
            {"account": "main", "tracking_id": "deleted", "event_count": 3, "standing_count": 0},
            {"account": "main", "tracking_id": "too few", "event_count": 2, "standing_count": 1},
            {"account": "main", "tracking_id": "too many", "event_count": 1, "standing_count": 2},
            {"account": "theirs", "tracking_id": "right", "event_count": 2, "standing_count": 0},
        ],
    ),
    Story(
        "checks.quarantined_payloads",
        "what waits; what could be read after all does not",
        {
            "ops.quarantine": [
                {"account": "main", "quarantine_id": "waits", "reason": "id is no text but null"},
                {"account": "main", "quarantine_id": "read", "released_at": at(1)},
            ]
        },
        [{"quarantine_id": "waits", "tracking_id": None, "reason": "id is no text but null"}],
    ),
    Story(
        "checks.unproven_windows",
        "an uncertain window, until a later proven one covers the whole of it",
        {
            "ops.windows": [
                window(0, 9, proven=True, read=100),
                window(10, 19, proven=False, read=100, total=7),
                window(20, 29, proven=False, read=100),
                window(15, 40, proven=True, read=200),
                window(50, 59, proven=False, read=100),
                window(50, 59, proven=True, read=99),
                window(50, 59, proven=True, read=200, account="theirs"),
                window(50, 59, proven=True, read=200, scope="created_at"),
                window(50, 58, proven=True, read=200),
                window(50, 59, proven=False, read=200),
                window(60, 69, proven=False, read=100),
                window(60, 69, proven=True, read=200),
            ]
        },
        [
            {"scope": "update_time", "low": at(10), "total": 7, "fetched_at": at(100)},
            {"scope": "update_time", "low": at(50), "total": None, "fetched_at": at(100)},
            {"scope": "update_time", "low": at(50), "total": None, "fetched_at": at(200)},
        ],
    ),
    Story(
        "checks.count_differences",
        "only the last count of an account says whether it differs",
        {
            "ops.status_counts": [
                counted(5, 4, asked=1),
                counted(5, 5, asked=2),
                counted(7, 6, asked=1, account="theirs"),
                counted(2, 3, asked=2, account="others"),
                counted(1, 0, asked=2, account="others", status="transit"),
            ]
        },
        [
            {"account": "others", "api_count": 2, "warehouse_count": 3, "fetched_at": at(2)},
            {"account": "theirs", "api_count": 7, "warehouse_count": 6, "fetched_at": at(1)},
        ],
    ),
]


@pytest.fixture(scope="module")
def made() -> Any:
    with warehouse() as db:
        yield db


def insert(db: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    columns = ", ".join(f'${name} as "{name}"' for name in row)
    db.execute(f"insert into {table} by name select {columns}", row)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.view}: {story.tells}")
def test_a_view_returns_what_its_story_tells(made: duckdb.DuckDBPyConnection, story: Story) -> None:
    db = empty(made)
    for table, given in story.given.items():
        for row in given:
            insert(db, table, row)
    columns = ", ".join(story.expected[0])
    assert rows(db, f"select {columns} from {story.view} order by all") == story.expected


def test_a_view_returns_nothing_of_nothing(made: duckdb.DuckDBPyConnection) -> None:
    empty(made)
    assert {view.name: rows(made, f"select * from {view.name}") for view in views()} == {
        view.name: [] for view in views()
    }


def test_every_view_has_a_story() -> None:
    assert {story.view for story in STORIES} == {view.name for view in views()}


def test_every_file_is_a_view() -> None:
    files = {f"{path.parent.name}.{path.stem}" for path in SQL.rglob("*.sql")}
    assert files == {view.name for view in views()}
    assert {path.name for path in SQL.iterdir()} == set(VIEW_SCHEMAS)


@pytest.mark.parametrize("path", sorted(SQL.rglob("*.sql")), ids=lambda path: path.stem)
def test_every_file_opens_with_its_sentence(path: Any) -> None:
    sentence = header(path.read_text("utf-8"))
    assert sentence.removeprefix("fail: ").removeprefix("warn: ").startswith("One row per ")
    assert sentence.endswith(".")
    assert (path.parent.name == "checks") == sentence.startswith(("fail: ", "warn: "))


def test_no_view_has_the_name_of_a_table() -> None:
    assert {view.name for view in views()}.isdisjoint(table.name for table in TABLES)
