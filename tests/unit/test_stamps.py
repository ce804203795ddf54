"""What the times in an answer hint at, whatever order and shape they come in."""

from datetime import UTC, datetime

import pytest

from trackingmore_v2.models import Answer, Cursor, Page, Window
from trackingmore_v2.stamps import beginning, crowded_second

LIFE = Window(Cursor.CREATED_AT, 0, 1_000_000)


def page_of(stamps: list[object], *, total: int | None = None, limit: int = 10) -> Page:
    items: list[object] = [{"created_at": stamp, "updated_at": None} for stamp in stamps]
    answer = Answer("list trackings", {}, datetime(2026, 1, 1, tzinfo=UTC), b"")
    return Page(limit, len(items) if total is None else total, items, answer)


def stamps(*seconds: int) -> list[object]:
    return [datetime.fromtimestamp(second, UTC).isoformat() for second in seconds]


@pytest.mark.parametrize(
    "seconds", [(500_000, 600_000, 700_000), (600_000, 500_000, 700_000), (500_000,)]
)
def test_in_most_orders_one_of_the_oldest_is_in_any_page(seconds: tuple[int, ...]) -> None:
    assert beginning(page_of(stamps(*seconds), total=100), LIFE) == 500_000


def test_where_the_newest_come_first_they_tell_for_how_long_there_have_been_some() -> None:
    newest = page_of(stamps(900_000, 895_000, 891_000, 890_000), total=40)
    assert beginning(newest, LIFE) == 900_000 - 110_000  # ten pages, and a tenth more


def test_where_that_is_before_the_window_it_tells_nothing() -> None:
    assert beginning(page_of(stamps(900_000, 500_000), total=2000), LIFE) is None
    assert beginning(page_of(stamps(0, 5, 9), total=2000), LIFE) is None
    assert beginning(page_of(stamps(1_000_001), total=2000), LIFE) is None


def test_all_of_one_second_are_no_order() -> None:
    assert beginning(page_of(stamps(7, 7, 7), total=2000), LIFE) == 7


@pytest.mark.parametrize("stamp", [None, 12, "", "yesterday", "0001-01-01T00:00:00+23:59"])
def test_what_cannot_be_read_tells_nothing(stamp: object) -> None:
    assert beginning(page_of([stamp] * 9), LIFE) is None
    assert crowded_second(page_of([stamp] * 9), LIFE) is None
    assert beginning(page_of([stamp, *stamps(77)]), LIFE) == 77


def test_the_times_are_those_by_which_the_window_chooses() -> None:
    updated = Window(Cursor.UPDATE_TIME, *LIFE[1:])
    assert beginning(page_of(stamps(50, 60)), updated) is None


def test_a_second_that_fills_more_than_a_quarter_of_a_page_is_a_crowd() -> None:
    assert crowded_second(page_of(stamps(1, 5, 5, 5, 9)), LIFE) == 5
    assert crowded_second(page_of(stamps(1, 5, 5, 9)), LIFE) is None
    assert crowded_second(page_of(stamps(*[2_000_000] * 9)), LIFE) is None
