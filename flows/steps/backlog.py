"""Windows that are read and wait to be stored, while the next ones are read."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Event, Thread
from typing import Protocol, TypeAlias

import duckdb

from flows.steps.load import COMMITTED_AT_ONCE, load_windows
from flows.steps.read import LandedWindow
from flows.steps.run import Run
from flows.steps.tally import Tally
from warehouse import materialised
from warehouse.connection import transaction
from warehouse.memory import LITTLE, frugal

AHEAD = 2  # windows that wait: memory is bounded by them
TOGETHER = 3  # windows in one merge
LINGER_SECONDS = 0.25  # for the next window, before those that are there are stored

ENOUGH = 7_000  # parcels that changed: with fewer the marts wait, for more or for the end

Note: TypeAlias = Callable[[Tally, Sequence[LandedWindow]], None]


class Store(Protocol):
    """Takes windows in the order of their reading."""

    def put(self, window: LandedWindow) -> None:
        """Store a window, now or in a moment."""

    def settle(self) -> None:
        """Return once all that was handed over is stored."""


@contextmanager
def stored_behind(run: Run, note: Note) -> Iterator[Store]:
    """Yield what takes windows, and have another thread store them in their order.

    Several that come close upon each other are stored in one transaction; where they come slowly,
    as at one request a second, the marts are brought up to date meanwhile, and files of the lake
    are written that will hardly change. When the block ends, however it ends, what was taken is
    stored, or the error that kept it from that is raised.

    Args:
        run: Whose warehouse.
        note: Told, in that thread, what was stored.

    Raises:
        WarehouseError: as `load_windows` does; also by the next window that is handed over, and
            by `settle`.
    """
    backlog = _Backlog(run, note)
    backlog.thread.start()
    try:
        yield backlog
    finally:
        backlog.end()
    backlog.check()


class _Backlog:
    """A queue, and the thread that empties it."""

    def __init__(self, run: Run, note: Note) -> None:
        self.thread = Thread(target=self._work, name="store", daemon=True)
        self._run = run
        self._note = note
        self._waiting: Queue[LandedWindow | Event | None] = Queue(AHEAD)
        self._error: BaseException | None = None
        self._is_over = False
        self._is_awaited = False  # somebody has asked that all of it be stored, and waits
        self._settled: Event | None = None  # who waits until all that came before is stored
        self._taken_over = time.monotonic()  # when who reads could begin with the next window
        self._comes_slowly = False  # the last window took longer than is lingered for the next
        self._changed = 0  # parcels that the marts do not know of
        self._is_long = False  # so much has changed that something of it may stay as it is

    def put(self, window: LandedWindow) -> None:
        """Hand a window over; waits while too many are waiting."""
        self.check()
        self._comes_slowly = time.monotonic() - self._taken_over > LINGER_SECONDS
        self._waiting.put(window)
        self._taken_over = time.monotonic()

    def settle(self) -> None:
        """Return once all that was handed over is stored, or raise why it is not."""
        settled = Event()
        self._is_awaited = True
        self._waiting.put(settled)
        settled.wait()
        self.check()

    def end(self) -> None:
        """Return once all that was handed over is stored, or cannot be."""
        self._is_awaited = True
        self._waiting.put(None)
        self.thread.join()

    def check(self) -> None:
        """Raise what ended the storing, once."""
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _work(self) -> None:
        try:
            window = self._next()
            while not self._is_over:
                if window is not None:
                    # the rest is for who reads and flattens meanwhile
                    with self._run.warehouse() as db, frugal(db, LITTLE):
                        self._store_from(db, window)
                enough = ENOUGH
                if self._tell_who_waited():  # who now has the warehouse first, to enter that
                    window, enough = self._next(LINGER_SECONDS), 1
                    if window is not None:
                        continue
                if self._is_pause():
                    self._work_ahead(enough)
                window = self._next()  # the seat is free while there is nothing to store
        except BaseException as error:
            self._error = error
            while not self._is_over:  # nobody is to wait for ever
                self._tell_who_waited()
                self._next()

    def _store_from(self, db: duckdb.DuckDBPyConnection, window: LandedWindow | None) -> None:
        """Store windows as long as they keep coming."""
        while window is not None:
            tally, stored = Tally(), list[LandedWindow]()
            with transaction(db):
                while window is not None and tally.rows_read < COMMITTED_AT_ONCE:
                    group = [window]
                    while len(group) < TOGETHER and (more := self._soon()):
                        group.append(more)
                    if self._is_over or self._settled:  # nobody else needs a processor
                        db.execute("set threads = 2")
                    tally.add(load_windows(db, self._run, group))
                    stored.extend(group)
                    window = self._soon()
            self._changed += tally.trackings_inserted + tally.trackings_updated
            self._note(tally, stored)

    def _work_ahead(self, enough: int) -> None:
        """Do of the run's last work what can be done before there is something to store again."""
        ahead, is_enough = self._run.lake_ahead, self._changed >= enough
        self._is_long = self._is_long or is_enough
        looks = self._is_long and ahead is not None and ahead.is_due
        if not (is_enough or looks):
            return
        with self._run.warehouse() as db:
            if is_enough:
                if not materialised.refresh_in_portions(db, has_time=self._has_time):
                    return
                self._changed = 0
            if ahead is not None and looks and self._has_time():
                ahead.write(db, has_time=self._has_time)

    def _tell_who_waited(self) -> bool:
        """Let go on who waited until all was stored; return whether somebody did."""
        settled, self._settled = self._settled, None
        if settled is not None:
            self._is_awaited = False
            settled.set()
        return settled is not None

    def _is_pause(self) -> bool:
        return not (self._is_over or self._settled) and self._waiting.empty()

    def _has_time(self) -> bool:
        """Return whether what has begun may go on: nobody waits for it yet.

        What is done in one go is committed once, and so are the windows that come meanwhile.
        """
        return not (self._is_awaited or self._waiting.full())

    def _soon(self) -> LandedWindow | None:
        """Return the next window, if it is there or will be in a moment."""
        return self._next(0 if self._comes_slowly else LINGER_SECONDS)

    def _next(self, timeout: float | None = None) -> LandedWindow | None:
        """Return the next window; None: all is to be stored first, or none came for so long."""
        if self._is_over or self._settled:
            return None
        try:
            window = self._waiting.get(timeout=timeout)
        except Empty:
            return None
        if isinstance(window, Event):
            self._settled = window
            return None
        self._is_over = window is None
        return window
