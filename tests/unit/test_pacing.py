"""A first read may cost little more than the pages it fills, however the account has grown."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from itertools import accumulate
from random import Random
from typing import TypeAlias

import pytest

from trackingmore_v2.models import Answer, Cursor, ListQuery, Page, Window
from trackingmore_v2.pacing import Pace
from trackingmore_v2.windows import Frontier, Step, read

DAY = 86_400
NOW = 1_750_000_000
LIFE = 400 * DAY
STATUSES = ("delivered",) * 7 + ("transit", "transit", "exception")


class Order(Enum):
    """In what order the list is."""

    OLDEST = "oldest first"
    NEWEST = "newest first"  # as the real one was seen to be
    BY_CHANCE = "by chance"
    NEWEST_SHUFFLED = "newest first, and within a page by chance"


class Listing:
    """An account at rest; counts what it is asked."""

    def __init__(
        self,
        seconds: list[int],
        *,
        limit: int = 2000,
        exclusive: bool = False,
        order: Order = Order.OLDEST,
    ) -> None:
        self.seconds = sorted(seconds)
        self.limit = limit
        self.order = order
        self.slack = 1 if exclusive else 0
        self.requests = 0

    def ask(self, query: ListQuery) -> Page:
        self.requests += 1
        assert self.requests < 1000, "this reader does not come to an end"
        low, high = query.created_at_min or 0, query.created_at_max or 0
        first = bisect_left(self.seconds, low + self.slack)
        found = list(range(first, bisect_right(self.seconds, high - self.slack)))
        if query.status is not None:
            found = [number for number in found if STATUSES[number % 10] == query.status]
        if query.archived is not None:
            found = [number for number in found if (number % 4 == 0) == query.archived]
        limit = min(query.limit, self.limit)
        if self.order in {Order.NEWEST, Order.NEWEST_SHUFFLED}:
            found.reverse()
        elif self.order is Order.BY_CHANCE:
            Random(7).shuffle(found)
        page = found[(query.page - 1) * limit : query.page * limit]
        if self.order is Order.NEWEST_SHUFFLED:
            Random(7).shuffle(page)
        answer = Answer("list trackings", query.params(), datetime.fromtimestamp(NOW, UTC), b"")
        return Page(limit if found else query.limit, len(found), [*map(self._item, page)], answer)

    def read(self) -> Iterator[Step]:
        return read(self.ask, Frontier(Window(Cursor.CREATED_AT, 0, NOW - 60)), lag=60)

    def _item(self, number: int) -> dict[str, str]:
        created = datetime.fromtimestamp(self.seconds[number], UTC).isoformat()
        return {"id": str(number), "created_at": created, "status": STATUSES[number % 10]}


def uniform(count: int, dice: Random) -> list[int]:
    return [NOW - 61 - dice.randrange(LIFE) for _ in range(count)]


def weekly(count: int, dice: Random) -> list[int]:
    """Five times as many on a working day as on a Sunday, and twenty times as many by day."""
    days = [(1.1, 1.2, 1.1, 1.0, 1.0, 0.5, 0.2)[day % 7] for day in range(400)]
    hours = [0.1] * 7 + [1.0, 2.0, 2.0, 2.0, 1.0, 2.0, 2.0, 2.0, 1.5, 1.0, 0.5] + [0.1] * 6
    chosen = zip(
        dice.choices(range(400), days, k=count),
        dice.choices(range(24), hours, k=count),
        strict=True,
    )
    return [NOW - LIFE + day * DAY + hour * 3600 + dice.randrange(3500) for day, hour in chosen]


def growing(count: int, dice: Random) -> list[int]:
    """Ten times as many a day at the end as at the beginning."""
    volume = list(accumulate(1 + 9 * day / 400 for day in range(400)))
    days = dice.choices(range(400), cum_weights=volume, k=count)
    return [NOW - LIFE + day * DAY + dice.randrange(DAY - 60) for day in days]


def bulk(count: int, dice: Random) -> list[int]:
    """Growth, and one second that holds a twentieth of the account: an import."""
    imported = count // 20
    return [NOW - LIFE // 2] * imported + growing(count - imported, dice)


def young(count: int, dice: Random) -> list[int]:
    """All of them within the last month."""
    return [NOW - 61 - dice.randrange(30 * DAY) for _ in range(count)]


WORLDS = (uniform, weekly, growing, bulk, young)
World: TypeAlias = Callable[[int, Random], list[int]]


@pytest.mark.parametrize("order", [Order.OLDEST, Order.NEWEST, Order.BY_CHANCE])
@pytest.mark.parametrize("count", [500, 2000, 5000, 20_000, 100_000])
@pytest.mark.parametrize("world", WORLDS)
def test_a_first_read_takes_little_more_requests_than_it_fills_pages(
    world: World, count: int, order: Order
) -> None:
    listing = Listing(world(count, Random(1)), order=order)
    assert_whole(listing, count)
    # a crowd is read in parts
    assert listing.requests <= (1.5 if world is bulk else 1.33) * count / 2000 + 5


@pytest.mark.parametrize("world", WORLDS)
def test_bounds_that_do_not_belong_to_the_range_cost_no_more(world: World) -> None:
    listing = Listing(world(20_000, Random(1)), exclusive=True)
    assert_whole(listing, 20_000)
    assert listing.requests <= 1.5 * 20_000 / 2000 + 5


@pytest.mark.parametrize("world", WORLDS)
def test_a_server_that_clamps_the_page_costs_no_more_for_each_page(world: World) -> None:
    listing = Listing(world(5000, Random(2)), limit=100)
    assert_whole(listing, 5000)
    assert listing.requests <= 1.5 * 5000 / 100 + 5


@pytest.mark.parametrize("count", [5000, 20_000, 100_000])
@pytest.mark.parametrize("world", WORLDS)
def test_hints_that_mislead_cost_few_requests(world: World, count: int) -> None:
    listing = Listing(world(count, Random(1)), order=Order.NEWEST_SHUFFLED)
    assert_whole(listing, count)
    assert listing.requests <= 1.5 * count / 2000 + 20


def test_what_is_left_of_a_range_is_not_searched_again() -> None:
    """Where reading goes on behind what is proven, the trackings begin at once."""
    listing = Listing(uniform(100_000, Random(1)))
    proven = listing.seconds[50_000]
    left = Frontier(Window(Cursor.CREATED_AT, proven + 1, NOW - 60))
    count = sum(step.total for step in read(listing.ask, left, lag=60))
    assert count >= len(listing.seconds) - bisect_right(listing.seconds, proven)
    assert listing.requests <= 1.2 * count / 2000 + 1


def assert_whole(listing: Listing, count: int) -> None:
    met = set[str]()
    for step in listing.read():
        assert step.proven
        met.update(item["id"] for item in step.page.items)
    assert len(met) == count


def test_where_nothing_is_known_everything_is_asked_for() -> None:
    assert Pace(2000).next_width(0, NOW) == NOW + 1
    assert Pace(2000).next_width(NOW, NOW) == 1


@pytest.mark.parametrize("width", [2, 3, 7, 100, 10**9])
@pytest.mark.parametrize("total", [11, 19, 20, 21, 1000, 10**7])
def test_a_window_that_overflowed_is_asked_for_narrower(width: int, total: int) -> None:
    pace = Pace(10).overflowed(500, 499 + width, total)
    assert 1 <= pace.next_width(500, 499 + width) < width
    assert 1 <= pace.next_width(500, 10**12) < width


@pytest.mark.parametrize("begins", [501, 5000, 9_999])
def test_so_is_one_of_which_a_part_is_supposed_to_be_empty(begins: int) -> None:
    pace = Pace(100).overflowed(500, 9_999, 1900, begins=begins)
    width = pace.next_width(500, 9_999)
    assert begins - 500 <= width < 9_500
    assert width - (begins - 500) == (10_000 - begins) * 85 // 1900


def test_where_hints_mislead_the_beginning_is_searched_by_halves() -> None:
    pace, high = Pace(100), 10**6
    hints = 0
    while pace.takes_hints:
        pace, hints = pace.overflowed(0, high, 5000, begins=high - 10), hints + 1
        high -= 10
    assert hints == 3
    assert pace.overflowed(0, high, 5000).next_width(0, 10**6) < high // 2


def test_what_lies_behind_an_empty_beginning_is_as_dense_as_was_counted() -> None:
    pace = Pace(100).overflowed(0, 99_999, 5000, begins=50_000)
    assert pace.next_width(0, 99_999) == 50_850
    assert pace.fitted(0, 50_849, 0, chosen=True).next_width(50_850, 99_999) == 835


def test_a_crowd_before_the_beginning_leaves_the_hint_for_what_lies_behind_it() -> None:
    pace = Pace(100).overflowed(0, 99_999, 5000, begins=50_000)
    behind = pace.fitted(0, 999, 0, chosen=False)
    assert behind.next_width(1000, 99_999) == 49_850
    assert behind.fitted(1000, 60_000, 40, chosen=False).begins is None


def test_the_next_window_is_to_fill_most_of_a_page() -> None:
    pace = Pace(1000).fitted(0, 199, 200, chosen=True)
    assert pace.next_width(200, 10**6) == 850


def test_one_dense_window_does_not_outweigh_the_ones_before() -> None:
    pace = Pace(1000).fitted(0, 99, 100, chosen=True).fitted(100, 199, 300, chosen=True)
    assert pace.next_width(200, 10**6) == 425


def test_counts_of_wider_ranges_are_kept_for_what_lies_behind_the_narrower() -> None:
    pace = Pace(100).overflowed(0, 9999, 170).overflowed(0, 999, 110)
    assert pace.counted == ((9999, 170), (999, 110))
    behind = pace.fitted(0, 499, 50, chosen=True).fitted(500, 999, 60, chosen=True)
    assert behind.next_width(1000, 10**6) == 9000


def test_a_rest_that_was_counted_to_fit_is_asked_for_at_once() -> None:
    pace = Pace(100).overflowed(0, 999, 130).fitted(0, 199, 40, chosen=True)
    assert pace.next_width(200, 10**6) == 800
    assert pace.fitted(200, 999, 90, chosen=True).counted == ()


def test_a_rest_that_was_counted_too_large_is_not() -> None:
    pace = Pace(100).overflowed(0, 999, 200).fitted(0, 199, 40, chosen=True)
    assert pace.next_width(200, 10**6) < 800
    empty_so_far = Pace(100).overflowed(0, 999, 200).fitted(0, 199, 0, chosen=True)
    assert empty_so_far.next_width(200, 10**6) <= 400


def test_strides_over_empty_years_grow_eightfold_at_most() -> None:
    pace = Pace(100).fitted(0, 9, 0, chosen=True)
    assert pace.next_width(10, 10**6) == 80
    assert pace.fitted(10, 89, 0, chosen=True).next_width(90, 10**6) == 640


def test_a_window_cut_short_for_a_crowd_says_nothing_about_density() -> None:
    pace = Pace(1000).fitted(0, 199, 200, chosen=True)
    assert pace.fitted(200, 201, 0, chosen=False).next_width(202, 10**6) == 850
    assert pace.fitted(200, 200, 9000, chosen=False).next_width(201, 10**6) == 850
