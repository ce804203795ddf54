"""Reading windows must not lose what stays in them, whatever happens between two requests."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import Any, NamedTuple, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackingmore_v2.errors import WindowError, refusal
from trackingmore_v2.models import Answer, Cursor, ListQuery, Page, Window
from trackingmore_v2.windows import Frontier, Step, read

unhurried = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
thoroughly = settings(unhurried, max_examples=300)
DAWN = 1_700_000_000  # the first second of every world here
STATUSES = ("delivered", "transit", "exception", "pickup")
ORDERS = ("created_asc", "created_desc", "updated_asc", "updated_desc", "id", "random")
CLOSED, OPEN = (True, True), (False, False)
BOUNDS = (CLOSED, OPEN, (True, False), (False, True))
MANY_REQUESTS = 5000  # no world here needs as many


# --- the account: a list with a clock of its own, and no mercy between two requests


Group: TypeAlias = tuple[int, int | None, str, bool, int]
"""Seconds of created_at and update_time, status, archived, how many."""


class Look(NamedTuple):
    """How a parcel looks from an instant on."""

    seen_from: int
    stamp: int | None
    status: str
    archived: bool


class Parcel(NamedTuple):
    """One parcel in all its versions, oldest first."""

    name: str
    created: int
    looks: list[Look]

    def within(self, window: Window) -> bool:
        """Whether it truly is in *window*, shown already or not."""
        by_update = window.cursor is Cursor.UPDATE_TIME
        second = self.looks[-1].stamp if by_update else self.created
        return second is not None and window.low <= second <= window.high


class Manners(NamedTuple):
    """What nobody documents about the list."""

    limit: int = 3  # clamps whatever is asked
    order: str = "created_desc"
    update_bounds: tuple[bool, bool] = CLOSED  # whether min and max belong to the range
    created_bounds: tuple[bool, bool] = CLOSED
    clamps_when_empty: bool = False  # what the 4031 shape of "empty" does not tell
    delay: int = 0  # seconds until the list shows a change, at most


class Event(NamedTuple):
    """Something that happens between two requests to *count* parcels, from the *place*-th on."""

    kind: str  # update | delete | insert | tick
    place: int = 0
    count: int = 1


@dataclass
class Account:
    """Answers like the list of TrackingMore; *storm* says what happens after which request."""

    now: int
    manners: Manners = field(default_factory=Manners)
    storm: dict[int, Sequence[Event]] = field(default_factory=dict)
    parcels: list[Parcel] = field(default_factory=list)
    asked: list[ListQuery] = field(default_factory=list)
    answered: list[Page] = field(default_factory=list)
    stinginess: dict[int, int] = field(default_factory=dict)  # request -> items it withholds
    dice: Random = field(default_factory=lambda: Random(5))
    refused: str = ""  # a status that is none
    born: int = 0
    after_each: Callable[["Account"], None] = lambda _: None

    def add(
        self, created: int, stamp: int | None = None, status: str = "delivered", *, archived=False
    ) -> None:
        self.born += 1
        shown = min(created, stamp or created)
        looks = [Look(shown + self._delay(), None, status, archived)]
        if stamp is not None:
            looks[0] = looks[0]._replace(stamp=stamp if stamp <= created else created)
        if stamp is not None and stamp > created:
            looks.append(Look(stamp + self._delay(), stamp, status, archived))
        self.parcels.append(Parcel(f"{self.born * 7919 % 10007:05}-{self.born}", created, looks))

    def ask(self, query: ListQuery) -> Page:
        self.asked.append(query)
        assert len(self.asked) < MANY_REQUESTS, "this reader does not come to an end"
        if query.status and query.status == self.refused:
            raise refusal(4033, "No Content", message="package status", call="the list")
        page = self._answer(query)
        self.answered.append(page)
        for event in self.storm.get(len(self.asked), ()):
            self.befall(event)
        self.after_each(self)
        return page

    def befall(self, event: Event) -> None:
        if event.kind == "tick":
            self.now += event.count
            return
        if event.kind == "insert":
            for number in range(event.count):
                self.add(self.now, None if (event.place + number) % 4 == 0 else self.now)
            return
        for _ in range(min(event.count, len(self.parcels))):
            place = event.place % len(self.parcels)
            if event.kind == "delete":
                del self.parcels[place]
            else:
                self.update(self.parcels[place], STATUSES[(event.place + self.now) % 4])

    def update(self, parcel: Parcel, status: str | None = None) -> None:
        """Stamp *parcel* with the present; as everywhere, it then is the list's newest."""
        look = parcel.looks[-1]
        parcel.looks.append(
            Look(self.now + self._delay(), self.now, status or look.status, look.archived)
        )
        self.parcels.remove(parcel)
        self.parcels.append(parcel)

    def _delay(self) -> int:
        return self.dice.randint(0, self.manners.delay)

    def _answer(self, query: ListQuery) -> Page:
        manners = self.manners
        found = []
        for parcel in self.parcels:
            shown = [look for look in parcel.looks if look.seen_from <= self.now]
            if shown and self._matches(query, parcel, shown[-1]):
                found.append((parcel, shown[-1]))
        self._sort(found)
        limit = min(query.limit, manners.limit)
        part = found[(query.page - 1) * limit : query.page * limit]
        part = part[: max(len(part) - self.stinginess.get(len(self.asked), 0), 0)]
        moment = datetime.fromtimestamp(self.now, UTC)
        answer = Answer("list trackings", query.params(), moment, b"")
        if not part and not self.stinginess:
            limit = limit if manners.clamps_when_empty else query.limit
            return Page(limit, 0, [], answer)  # also of a page past the end
        return Page(limit, len(found), [_item(*each) for each in part], answer)

    def _matches(self, query: ListQuery, parcel: Parcel, look: Look) -> bool:
        if query.status is not None and look.status != query.status:
            return False
        if query.archived is not None and look.archived != query.archived:
            return False
        stamps = query.update_time_min, query.update_time_max
        created = query.created_at_min, query.created_at_max
        return _inside(look.stamp, *stamps, self.manners.update_bounds) and _inside(
            parcel.created, *created, self.manners.created_bounds
        )

    def _sort(self, found: list[tuple[Parcel, Look]]) -> None:
        order = self.manners.order
        if order == "random":
            self.dice.shuffle(found)
        elif order == "id":
            found.sort(key=lambda each: each[0].name)
        else:
            by_creation = order.startswith("created")
            found.sort(
                key=lambda each: each[0].created if by_creation else each[1].stamp or 0,
                reverse=order.endswith("desc"),
            )


def _inside(second: int | None, low: int | None, high: int | None, closed: tuple[bool, bool]):
    if low is None or high is None:
        return True
    if second is None:
        return False
    return (low < second or (closed[0] and low == second)) and (
        second < high or (closed[1] and second == high)
    )


def _item(parcel: Parcel, look: Look) -> dict[str, Any]:
    return {
        "id": parcel.name,
        "created_at": _iso(parcel.created),
        "updated_at": None if look.stamp is None else _iso(look.stamp),
        "status": look.status,
        "archived": look.archived,
    }


def _iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()


# --- the witness: reads, and holds every promise against the account as it is at that moment


def witness(account: Account, frontier: Frontier, *, lag: int) -> Iterator[Step]:
    """Yield the steps of reading *frontier*, each after its promises were checked."""
    left, began, earlier = frontier.left, account.now, len(account.answered)
    edge, seen, pages = left.low, dict[str, Any](), list[Page]()
    for step in read(account.ask, frontier, lag=lag):
        pages.append(step.page)
        for item in step.page.items:
            seen[item["id"]] = item
        window = step.covers
        if window is not None:
            assert window.low == edge, "covered windows follow each other without a gap"
            assert window.high <= step.page.answer.fetched_at.timestamp() - lag
            if step.proven:
                for parcel in account.parcels:
                    assert not parcel.within(window) or _holds(seen, parcel, window.cursor)
            edge = window.high + 1
            seen.clear()
        yield step
        assert step.covers is None or step.rest is None or step.rest.left.low == edge
    assert pages == account.answered[earlier:] or account.stinginess, "every answer is yielded"
    # the present moves on meanwhile; a crowd is not read in the very second that has just settled
    full = 1 if step.page.total > step.page.limit else 0
    settled = range(began - lag - full, account.now - lag + 1)
    assert edge - 1 == left.high or edge - 1 in settled or (edge == left.low > settled[0])


def _holds(seen: dict[str, Any], parcel: Parcel, cursor: Cursor) -> bool:
    """Return whether *parcel* was seen, by update_time in the version that it still has."""
    if parcel.name not in seen:
        return False
    if cursor is Cursor.CREATED_AT:
        return True
    return seen[parcel.name] == _item(parcel, parcel.looks[-1])


def populated(account: Account, groups: Iterable[Group]) -> Account:
    for created, updated, status, archived, count in groups:
        stamp = None if updated is None else DAWN + updated
        for _ in range(count):
            account.add(DAWN + created, stamp, status, archived=archived)
    return account


def life(cursor: Cursor) -> Window:
    return Window(cursor, DAWN, DAWN + 12)


def names(steps: Iterable[Step]) -> set[str]:
    return {item["id"] for step in steps for item in step.page.items}


def covers(steps: Iterable[Step]) -> list[Window]:
    return [step.covers for step in steps if step.covers]


events = st.lists(
    st.one_of(
        st.builds(
            Event,
            st.sampled_from(["update", "delete", "insert"]),
            st.integers(0, 30),
            st.integers(1, 8),
        ),
        st.builds(Event, st.just("tick"), count=st.integers(1, 3)),
    ),
    max_size=3,
)
storms = st.dictionaries(st.integers(1, 60), events, max_size=12)
manners = st.builds(
    Manners,
    limit=st.integers(1, 7),
    order=st.sampled_from(ORDERS),
    update_bounds=st.sampled_from(BOUNDS),
    created_bounds=st.sampled_from(BOUNDS),
    clamps_when_empty=st.booleans(),
    delay=st.just(0),
)
groups = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.one_of(st.none(), st.integers(0, 12)),
        st.sampled_from(STATUSES),
        st.booleans(),
        st.integers(1, 12),
    ),
    max_size=6,
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Account, int]:
    """Return an account twelve seconds old, or a little more, and a lag that its list keeps."""
    lag = draw(st.integers(1, 4))
    behaviour = draw(manners)._replace(delay=draw(st.integers(0, lag)))
    account = Account(
        DAWN + 12 + draw(st.integers(0, lag + 2)),
        behaviour,
        draw(storms),
        dice=Random(draw(st.integers(0, 99))),
    )
    return populated(account, draw(groups)), lag


@thoroughly
@given(
    world=worlds(),
    cursor=st.sampled_from(Cursor),
    low=st.one_of(st.just(-DAWN), st.integers(-3, 12)),
    seconds=st.integers(1, 20),
)
def test_a_tracking_that_stays_in_the_window_is_always_seen(
    world: tuple[Account, int], cursor: Cursor, low: int, seconds: int
) -> None:
    """Between any two requests anything may happen; whoever leaves is a later window's business.

    Also: windows tile the range, in order, and none ends later than `lag` before its answer.
    """
    account, lag = world
    high = DAWN + max(low, 0) + seconds - 1
    window = Window(cursor, DAWN + low, high)
    for _ in witness(account, Frontier(window), lag=lag):
        pass


@unhurried
@given(world=worlds(), cursor=st.sampled_from(Cursor), breaks=st.lists(st.integers(1, 30)))
def test_reading_may_be_broken_off_after_any_step_and_gone_on_with(
    world: tuple[Account, int], cursor: Cursor, breaks: list[int]
) -> None:
    """What was read of a window that is not covered yet is forgotten, as a killed process does."""
    account, lag = world
    rest: Frontier | None = Frontier(Window(cursor, DAWN - 1, DAWN + 20))
    edge = DAWN - 1
    for steps_taken in (*breaks, MANY_REQUESTS):
        if rest is None:
            break
        assert rest.left.low == edge
        steps = list(
            islice(witness(account, pickle.loads(pickle.dumps(rest)), lag=lag), steps_taken)
        )
        edge = covers(steps)[-1].high + 1 if covers(steps) else edge
        rest = steps[-1].rest
    assert rest is None


@unhurried
@given(groups=groups, manners=manners)
def test_both_cursors_together_see_every_tracking(groups: list[Group], manners: Manners) -> None:
    """No question by update_time finds a tracking whose updated_at is null."""
    account = populated(Account(DAWN + 60, manners), groups)
    by_creation = list(witness(account, Frontier(life(Cursor.CREATED_AT)), lag=1))
    by_update = list(witness(account, Frontier(life(Cursor.UPDATE_TIME)), lag=1))
    stamped = {parcel.name for parcel in account.parcels if parcel.looks[-1].stamp}
    assert names(by_update) <= stamped
    if all(step.proven for step in by_creation):
        assert names(by_creation) == {parcel.name for parcel in account.parcels}
    if all(step.proven for step in by_update):
        assert names(by_update) == stamped


# --- one answer


@pytest.mark.parametrize("cursor", Cursor)
@pytest.mark.parametrize("count", [0, 1, 7])
def test_what_fits_into_one_answer_is_one_request(cursor: Cursor, count: int) -> None:
    account = populated(Account(DAWN + 60, Manners(limit=7)), [(3, 4, "transit", False, count)])
    (step,) = witness(account, Frontier(life(cursor)), lag=10)
    assert (step.covers, step.proven, step.total) == (life(cursor), True, count)
    assert len(names([step])) == count


@pytest.mark.parametrize("cursor", Cursor)
def test_what_is_younger_than_the_lag_is_left_to_the_next_run(cursor: Cursor) -> None:
    account = Account(DAWN + 100)
    frontier = Frontier(Window(cursor, DAWN, DAWN + 500))
    steps = list(witness(account, frontier, lag=60))
    assert covers(steps) == [Window(cursor, DAWN, DAWN + 40)]
    still_young = Frontier(Window(cursor, DAWN + 41, DAWN + 500))
    assert covers(witness(account, still_young, lag=60)) == []
    account.now += 1
    assert covers(witness(account, still_young, lag=60)) == [Window(cursor, DAWN + 41, DAWN + 41)]


@pytest.mark.parametrize("short", [1, 2])
def test_an_answer_that_holds_fewer_than_it_counts_is_asked_for_again(short: int) -> None:
    account = populated(Account(DAWN + 60, Manners(limit=9)), [(3, 4, "transit", False, 8)])
    account.stinginess = dict.fromkeys(range(1, short + 1), 1)
    (step,) = witness(account, Frontier(life(Cursor.UPDATE_TIME)), lag=1)
    assert step.proven
    assert len(names([step])) == 8


@pytest.mark.parametrize(("count", "limit"), [(1, 9), (8, 9), (9, 9), (20, 9)])
def test_answers_that_stay_short_are_an_error_that_names_the_window(count: int, limit: int) -> None:
    account = populated(Account(DAWN + 60, Manners(limit=limit)), [(3, 4, "pickup", False, count)])
    account.stinginess = dict.fromkeys(range(1, MANY_REQUESTS), 1)
    with pytest.raises(WindowError, match=f"update_time {DAWN}..{DAWN + 12}") as caught:
        list(witness(account, Frontier(life(Cursor.UPDATE_TIME)), lag=1))
    assert caught.value.window == life(Cursor.UPDATE_TIME)
    assert caught.value.retryable
    assert len(account.asked) == 3


# --- seconds that hold more than a page


@pytest.mark.parametrize("created_bounds", BOUNDS)
@pytest.mark.parametrize("update_bounds", BOUNDS)
@pytest.mark.parametrize("order", ["created_desc", "random"])
def test_a_crowded_second_of_update_time_is_proven_by_its_created_at(
    order: str, update_bounds: tuple[bool, bool], created_bounds: tuple[bool, bool]
) -> None:
    account = Account(DAWN + 60, Manners(20, order, update_bounds, created_bounds))
    for number in range(130):
        account.add(DAWN - 40 * number, DAWN + 5)
    account.after_each = lambda it: it.update(it.parcels[0])  # one leaves after every request
    steps = list(witness(account, Frontier(life(Cursor.UPDATE_TIME)), lag=30))
    assert all(step.proven for step in steps)
    assert len(account.asked) < 100


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("order", ORDERS)
def test_a_crowded_second_of_created_at_is_proven_by_status_and_archived(
    order: str, bounds: tuple[bool, bool]
) -> None:
    account = Account(DAWN + 60, Manners(20, order, bounds, bounds))
    for number in range(60):
        account.add(DAWN + 5, DAWN + 5, STATUSES[number % 3 % 2], archived=number % 2 == 0)
    steps = list(witness(account, Frontier(life(Cursor.CREATED_AT)), lag=30))
    assert all(step.proven for step in steps)
    assert len(account.asked) < 25


@pytest.mark.parametrize("cursor", Cursor)
@pytest.mark.parametrize("order", ["created_desc", "updated_asc", "id"])
def test_thousands_of_one_second_and_status_are_proven_though_some_leave_meanwhile(
    cursor: Cursor, order: str
) -> None:
    """Whoever leaves pulls its followers forward, onto pages still ahead of the reader."""
    account = Account(DAWN + 60, Manners(2000, order))
    for _ in range(5500):
        account.add(DAWN + 5, DAWN + 5)
    met = set[str]()

    def one_that_was_met_leaves(_: Account) -> None:
        gone = next((parcel for parcel in account.parcels if parcel.name in met), None)
        if gone is not None:
            account.parcels.remove(gone)

    account.after_each = one_that_was_met_leaves
    for step in witness(account, Frontier(life(cursor)), lag=30):
        met |= names([step])
        assert step.proven
    assert len(account.asked) < 20


@pytest.mark.parametrize("cursor", Cursor)
def test_a_crowd_that_cannot_be_proven_is_said_to_be_unproven(cursor: Cursor) -> None:
    account = populated(Account(DAWN + 60, Manners(7, "random")), [(5, 5, "delivered", False, 60)])
    steps = list(witness(account, Frontier(life(cursor)), lag=30))
    (doubtful,) = [step for step in steps if not step.proven]
    assert doubtful.covers == Window(cursor, DAWN + 5, DAWN + 5)
    assert doubtful.total == 60
    assert len(account.asked) < 160
    assert covers(steps)[-1].high == DAWN + 12, "the rest is read nevertheless"


@pytest.mark.parametrize("word", ["inforeceived", "delivered"])
def test_a_status_that_is_no_filter_does_not_end_the_reading(word: str) -> None:
    """The API refuses a word it does not know with 4033; v2 documents eight."""
    account = Account(DAWN + 60, Manners(20, "random"), refused=word)
    populated(account, [(5, 5, "delivered", False, 150)])
    steps = list(witness(account, Frontier(life(Cursor.CREATED_AT)), lag=1))
    assert word in {query.status for query in account.asked}
    assert covers(steps)[-1].high == DAWN + 12


@pytest.mark.parametrize(("limit", "count"), [(2, 10), (2, 16), (4, 12)])
@pytest.mark.parametrize("order", ["random", "id"])
def test_a_crowd_that_nothing_splits_is_proven_only_if_all_who_stay_were_met(
    order: str, limit: int, count: int
) -> None:
    """One second, one status: pages are turned while trackings leave it."""
    for seed in range(60):
        leave = dict.fromkeys(range(20, 160, 3), (Event("delete", seed, 2),))
        account = Account(DAWN + 60, Manners(limit, order), leave, dice=Random(seed))
        populated(account, [(5, 5, "delivered", False, count)])
        list(witness(account, Frontier(life(Cursor.CREATED_AT)), lag=1))


@pytest.mark.parametrize("seed", range(30))
def test_pages_are_turned_again_until_one_pass_is_whole(seed: int) -> None:
    """Where the order is dealt anew for each request, one pass rarely is."""
    account = Account(DAWN + 60, Manners(9, "random"), dice=Random(seed))
    populated(account, [(5, 5, "delivered", False, 15)])
    assert all(step.proven for step in witness(account, Frontier(life(Cursor.CREATED_AT)), lag=1))


@pytest.mark.parametrize("cursor", Cursor)
def test_a_crowd_in_the_last_second_of_the_range_is_covered_before_the_range_ends(
    cursor: Cursor,
) -> None:
    account = populated(Account(DAWN + 60, Manners(7)), [(12, 12, "delivered", False, 30)])
    steps = list(witness(account, Frontier(life(cursor)), lag=1))
    assert [step.rest is None for step in steps] == [False] * (len(steps) - 1) + [True]
    assert covers(steps)[-1].high == DAWN + 12


@pytest.mark.parametrize("cursor", Cursor)
def test_a_crowd_beside_a_second_that_still_fills_is_left_to_the_next_run(cursor: Cursor) -> None:
    """A crowd is proven by counting, and the slack would count whoever arrives beside it."""
    account = populated(Account(DAWN + 61, Manners(7)), [(12, 12, "delivered", False, 30)])
    second = Frontier(Window(cursor, DAWN + 12, DAWN + 12))
    assert covers(witness(account, second, lag=49)) == []
    assert covers(witness(account, second, lag=48)) == [second.left]
