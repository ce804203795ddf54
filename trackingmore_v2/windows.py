"""Reading a list that changes while it is read, in windows that each fit into one answer.

One answer is one snapshot; two answers are not. Over a window whose end is in the past,
trackings only leave: whoever changes is stamped later and belongs to a later window. So a
window that is whole in one answer is proven, whatever the order of the list, and the windows
tile the range without a gap. Everything here follows from that.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Self, TypeAlias

from trackingmore_v2.crowds import read_crowd
from trackingmore_v2.errors import WindowError
from trackingmore_v2.models import Cursor, ListQuery, Page, Window
from trackingmore_v2.pacing import Pace
from trackingmore_v2.stamps import beginning, crowded_second

Ask: TypeAlias = Callable[[ListQuery], Page]

LIMIT = ListQuery().limit
TRIES = 3  # for an answer that holds fewer items than it counts


class Frontier(NamedTuple):
    """Where reading stands: what is left of a range. Plain values, may be pickled."""

    left: Window
    pace: Pace = Pace(LIMIT)
    crowd: int | None = None  # a second to be read by itself: an answer was full of it
    inclusive: bool = False  # the server was seen to include both bounds: no slack is needed

    def question(self, base: ListQuery, window: Window) -> ListQuery:
        """Return what to ask so that every tracking in *window* is in the answer."""
        return base.within(window, slack=0 if self.inclusive else 1)

    def next_window(self) -> Window:
        """Return what to read next: up to a crowded second, then it alone, else by pace."""
        low, high = self.left.low, self.left.high
        if self.crowd == low:
            return self.left.part(low, low)
        last = low + self.pace.next_width(low, high) - 1
        return self.left.part(low, last if self.crowd is None else min(last, self.crowd - 1))

    def behind(self, window: Window, page: Page) -> Self:
        """Return the frontier once *window* is read."""
        chosen = self.crowd is None or window.high < self.crowd - 1
        limit = page.limit if page.total else self.pace.limit  # "nothing" may not tell the limit
        return self._replace(
            left=self.left.part(window.high + 1, self.left.high),
            pace=self.pace._replace(limit=limit).fitted(
                window.low, window.high, page.total, chosen=chosen
            ),
            crowd=None if window.high == self.crowd else self.crowd,
        )

    def narrowed(self, window: Window, page: Page) -> Self:
        """Return the frontier after *page* showed that *window* does not fit into one answer."""
        pace = self.pace._replace(limit=page.limit)
        begins = beginning(page, window) if pace.takes_hints else None
        pace = pace.overflowed(window.low, window.high, page.total, begins=begins)
        return self._replace(pace=pace)

    @property
    def unfinished(self) -> Self | None:
        """The frontier itself while there is anything left, then None."""
        return self if self.left.low <= self.left.high else None


class Step(NamedTuple):
    """One answer, and what it proves."""

    page: Page
    covers: Window | None = None
    """Complete with this page and those since the last covered window; None: not yet."""
    proven: bool = True  # covered, but only after the last resort failed: False
    total: int = 0  # trackings in the covered window
    rest: Frontier | None = None  # where to go on; None: the range is read


def read(
    ask: Ask, frontier: Frontier, *, lag: int = 0, base: ListQuery | None = None
) -> Iterator[Step]:
    """Cover what *frontier* has left with proven windows, oldest first.

    Every answer is yielded, also one that overflows: its trackings are true, it only proves
    nothing. May be broken off after any step and resumed from the last step's `rest`.

    Args:
        ask: Reads one page.
        frontier: What is left.
        lag: Seconds that must lie between a window's end and its answer, so that every change
            stamped inside has become visible. What is younger is not covered.
        base: Filters that every question carries besides the window; its limit is asked for.

    Raises:
        WindowError: an answer kept holding fewer items than it counts.
    """
    base = base or ListQuery()
    rest = frontier.unfinished
    while rest is not None:
        window = rest.next_window()
        page = _whole_answer(ask, rest.question(base, window), window)
        crowded = page.total > page.limit and window.seconds == 1
        # a crowd is proven by counting: whatever the slack brings in must have settled, too
        reach = 1 if crowded and not rest.inclusive else 0
        settled = int(page.answer.fetched_at.timestamp()) - lag - reach
        if window.high > settled:
            # the local clock runs ahead of the server's: what has not settled is the next run's
            high = min(rest.left.high, settled)
            rest = rest._replace(left=rest.left.part(rest.left.low, high)).unfinished
            yield Step(page, rest=rest)
        elif page.total <= page.limit:
            rest = rest.behind(window, page).unfinished
            yield Step(page, window, total=page.total, rest=rest)
        elif not crowded:
            yield Step(page, rest=rest)
            second = crowded_second(page, window)
            if second is None or second == rest.crowd:
                rest = rest.narrowed(window, page)
            else:
                probe = ask(base.within(window.part(second, second), slack=0))
                rest = _around_crowd(rest, window, page, second, probe)
                yield Step(probe, rest=rest)
        else:
            behind = rest.behind(window, page).unfinished
            for step in _read_crowded_second(ask, rest, page, window, base):
                yield step._replace(rest=rest if step.covers is None else behind)
            rest = behind
        del page  # thousands of parcels: gone before the next ones come


def _whole_answer(ask: Ask, query: ListQuery, window: Window) -> Page:
    """Ask until the answer holds as many items as it says; a full first page is enough."""
    for _ in range(TRIES):
        page = ask(query)
        if len(page.items) == min(page.total, page.limit):
            return page
    raise WindowError(
        window,
        f"{TRIES} answers in a row were short, the last one held {len(page.items)} items"
        f" of {page.total} with a limit of {page.limit}",
    )


def _around_crowd(
    frontier: Frontier, window: Window, page: Page, second: int, probe: Page
) -> Frontier:
    """Return the frontier after *probe* asked for exactly *second*.

    Any item in it shows that both bounds are inclusive: then the slack can go, which would
    drag the whole crowd into the windows on either side.
    """
    if 0 < probe.total <= probe.limit // 2:
        return frontier.narrowed(window, page)._replace(inclusive=True)
    return frontier._replace(
        pace=frontier.pace._replace(limit=page.limit).counts(window.high, page.total),
        crowd=second,
        inclusive=frontier.inclusive or probe.total > 0,
    )


def _read_crowded_second(
    ask: Ask, frontier: Frontier, page: Page, window: Window, base: ListQuery
) -> Iterator[Step]:
    """Read one second that holds more than a page; the last step covers it."""
    query = frontier.question(base, window)
    held, proven = page, True
    if window.cursor is Cursor.UPDATE_TIME:
        # by created_at: it never changes, so the halves are stable
        now = int(page.answer.fetched_at.timestamp())
        life = Frontier(Window(Cursor.CREATED_AT, 0, now))  # its bounds may be of another kind
        for step in read(ask, life, lag=-1, base=query):  # has settled by update_time
            yield Step(held)
            held, proven = step.page, proven and step.proven
    else:
        for part in read_crowd(ask, query, page):
            yield Step(held)
            held, proven = part.page, part.proven
    yield Step(held, window, proven, page.total)
