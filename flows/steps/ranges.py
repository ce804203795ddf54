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

    class AtOnce(NamedTuple):
        run: Run
        note: Note

        def put(self, window: LandedWindow) -> None:
            self.note(load(self.run, window), [window])

        def settle(self) -> None:
            """Nothing waits."""

    @contextmanager
    def storing(run: Run, note: Note) -> Iterator[Store]:
        yield AtOnce(run, note)

    return storing


@contextmanager
def stored_as_read(
    run: Run, *, steps: Steps = PLAIN, watch: Watch | None = None
) -> Iterator[Store]:
    """Yield what takes windows of any ranges, and store them in the order of their reading.

    When the block ends, however it ends, what was taken is stored.

    Args:
        run: Whose tally grows.
        steps: How windows are stored.
        watch: Told whenever some are.

    Raises:
        WarehouseError: as the steps do; also by the next window that is handed over.
    """
    done: dict[str, Progress] = {}

    def note(tally: Tally, windows: Sequence[LandedWindow]) -> None:
        run.tally.add(tally)
        for window in windows:
            before = done.get(window.scope, Progress(window.scope, 0, None, 0, None))
            done[window.scope] = _behind(before, window)
        if watch is not None:
            for scope in dict.fromkeys(window.scope for window in windows):
                watch(done[scope])

    with steps.storing(run, note) as store:
        yield store


def read_range(
    run: Run,
    scope: str,
    window: Window,
    store: Store,
    *,
    steps: Steps = PLAIN,
    before_load: Callable[[LandedWindow], None] | None = None,
) -> None:
    """Cover *window* under the ledger *scope*; hand its windows over in the order of their reading.

    What ends it early leaves everything handed over that was read so far; the ledger knows what
    is missing.

    Args:
        run: Who reads.
        scope: The ledger in which the windows are entered.
        window: What to cover; its end must have settled, or the rest is left out.
        store: Takes each window, as `stored_as_read` yields it.
        steps: How windows are read.
        before_load: Called with the first window once it is landed, before any is stored.

    Raises:
        TrackingMoreError, WarehouseError: as the steps do.
    """
    frontier: Frontier | None = Frontier(window).unfinished
    while frontier is not None:
        landed = steps.read(run, scope, frontier)
        if before_load is not None:
            before_load(landed)
            before_load = None
        store.put(landed)
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


def _behind(before: Progress, window: LandedWindow) -> Progress:
    """Return how far a range is once *window* of it is stored, too."""
    windows = before.windows_done + (window.covers is not None)
    rows = before.rows_done + window.rows
    if window.rest is None:
        return Progress(window.scope, windows, 0, rows, 0)
    if not window.rest.pace.counted:
        return Progress(window.scope, windows, None, rows, None)
    left = window.rest.pace.counted[0][1]
    return Progress(window.scope, windows, -(-left // window.rest.pace.limit), rows, left)
