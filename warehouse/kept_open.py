"""The writer's seat for who sits down often: what is used again at once, has stayed open.

Opening a DuckDB file and closing it cost more than storing a window does, and the more, the more
is stored.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from threading import Lock, Timer

import duckdb

from warehouse.connection import PUT_TOGETHER, as_opened, open_for_writing

SITTING_SECONDS = 3.0  # who waits for the seat gets it between two uses, however close they come
GIVING_WAY_SECONDS = 0.1  # those who wait look every twentieth of a second
LINGER_SECONDS = 0.25  # less than one answer of the API takes, more than what is between two uses


class KeptOpen:
    """A warehouse that is closed, and its seat left, soon after nobody has used it any more.

    Threads take turns. Whatever error ends a use also closes it at once, and `close` does in the
    end; a process that is killed meanwhile loses nothing that was committed.
    """

    def __init__(self, home: Path, owner: str, *, turn: AbstractContextManager[object]) -> None:
        """Sit at the warehouse in *home* as *owner* when asked to; *turn* is held as long."""
        self._home = home
        self._owner = owner
        self._turn = turn
        self._in_use = Lock()
        self._held = ExitStack()
        self._db: duckdb.DuckDBPyConnection | None = None  # None: it is closed
        self._closing: Timer | None = None
        self._since = 0.0  # on the monotonic clock: when it was opened
        self._gives_way_until = 0.0

    @contextmanager
    def warehouse(self, *, is_filling: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the warehouse as `open_for_writing` does, on a connection of its own.

        Nothing of a use, such as temporary tables and settings, is there in the next one.

        Args:
            is_filling: What is stored will be most of it: row groups stay as they come, for runs
                that have less to do to put together.

        Raises:
            SeatTakenError, CannotOpenError: as there.
        """
        with self._in_use:
            if self._closing is not None:
                self._closing.cancel()
            with self._held:  # left open below; by an error, closed
                if self._db is None:
                    time.sleep(max(0.0, self._gives_way_until - time.monotonic()))
                    self._held.callback(self._is_closed)
                    self._held.enter_context(self._turn)
                    self._db = self._held.enter_context(open_for_writing(self._home, self._owner))
                    self._since = time.monotonic()
                with self._db.cursor() as db:
                    as_opened(db, put_together=0 if is_filling else PUT_TOGETHER)
                    yield db
                stays = time.monotonic() - self._since < SITTING_SECONDS
                if stays:
                    self._held = self._held.pop_all()
            if not stays:
                self._gives_way_until = time.monotonic() + GIVING_WAY_SECONDS
                return
            self._closing = Timer(LINGER_SECONDS, self._close_unless_used)
            self._closing.daemon = True
            self._closing.start()

    def close(self) -> None:
        """Close it, and leave the seat, if that is still to be done."""
        with self._in_use:
            if self._closing is not None:
                self._closing.cancel()
            self._held.close()

    def _close_unless_used(self) -> None:
        if self._in_use.acquire(blocking=False):
            try:
                self._held.close()
            finally:
                self._in_use.release()

    def _is_closed(self) -> None:
        self._db = None
