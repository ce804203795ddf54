"""Read one range window by window, and store them in their order."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, TypeAlias

from flows.steps import read as reading
from flows.steps.backlog import Note, Store, stored_behind
from flows.steps.read import LandedWindow
from flows.steps.run import Run
from flows.steps.tally import Tally
from flows.steps.verdicts import NOTABLE_SKEW
from trackingmore_v2.models import Window
from trackingmore_v2.windows import Frontier

Storing: TypeAlias = Callable[[Run, Note], AbstractContextManager[Store]]


class Progress(NamedTuple):
    """How far one range is, after each window."""

    scope: str
    windows_done: int
    windows_left: int | None  # None: not known
    rows_done: int
    rows_left: int | None  # None: not known


class Watch(Protocol):
    """Whoever wants to see progress."""

    def __call__(self, progress: Progress) -> None:
        """Take note."""


class Steps(NamedTuple):
    """The two pieces of reading a window, plain or dressed as tasks."""

    read: Callable[[Run, str, Frontier], LandedWindow] = reading.read_window
    storing: Storing = stored_behind


PLAIN = Steps()


def stored_at_once(load: Callable[[Run, LandedWindow], Tally]) -> Storing:
    """Return a way of storing each window with *load* before the next one is read."""

    @contextmanager
    def storing(run: Run, note: Note) -> Iterator[Store]:
        yield lambda window: note(load(run, window), [window])

    return storing


def read_range(
    run: Run,
    scope: str,
    window: Window,
    *,
    steps: Steps = PLAIN,
    watch: Watch | None = None,
    before_load: Callable[[LandedWindow], None] | None = None,
) -> None:
    """Cover *window* under the ledger *scope*; windows are stored in the order of their reading.

    What ends it early leaves everything stored that was read so far; the ledger knows what is
    missing.

    Args:
        run: Whose tally grows.
        scope: The ledger in which the windows are entered.
        window: What to cover; its end must have settled, or the rest is left out.
        steps: How windows are read and stored.
        watch: Told whenever windows are stored.
        before_load: Called with the first window once it is landed, before any is stored.

    Raises:
        TrackingMoreError, WarehouseError: as the steps do.
    """
    done = Tally()

    def note(tally: Tally, windows: Sequence[LandedWindow]) -> None:
        run.tally.add(tally)
        done.add(tally)
        if watch is not None:
            watch(_progress(scope, done, windows[-1].rest))

    frontier: Frontier | None = Frontier(window).unfinished
    with steps.storing(run, note) as store:
        while frontier is not None:
            landed = steps.read(run, scope, frontier)
            if before_load is not None:
                before_load(landed)
                before_load = None
            store(landed)
            frontier = landed.rest
    _notice_skew(run)


def settled_second(run: Run) -> int:
    """Return the last second whose changes are all visible, by the server's clock if known."""
    now = run.client.server_now() or datetime.now(UTC)
    return int(now.timestamp()) - run.settings.parcelhouse_lag_seconds


def _notice_skew(run: Run) -> None:
    skew = run.client.clock_skew
    if skew is not None and abs(skew) > NOTABLE_SKEW:
        way = "ahead of" if skew > timedelta() else "behind"
        by = timedelta(seconds=round(abs(skew).total_seconds()))
        run.notices["clock"] = (
            f"the server's clock is {by} {way} this machine's; the server's is used"
        )


def _progress(scope: str, done: Tally, rest: Frontier | None) -> Progress:
    if rest is None:
        return Progress(scope, done.windows, 0, done.rows_read, 0)
    if not rest.pace.counted:
        return Progress(scope, done.windows, None, done.rows_read, None)
    left = rest.pace.counted[0][1]
    return Progress(scope, done.windows, -(-left // rest.pace.limit), done.rows_read, left)
