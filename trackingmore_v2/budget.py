"""The request budget: what may be spent, and when; what has been spent."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from trackingmore_v2.endpoints import Rate

REALTIME_PER_SECOND = 3.0
PAUSE_SECONDS = 120.0  # what the documentation asks for after a 429
LONGEST_PAUSE_SECONDS = 3600.0  # what a Retry-After can ask for at most
BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0


class Budget:
    """A distance between requests, measured from start to start; one queue a rate.

    *per_second* is the rate of the list, and 0 lifts every distance (never a pause).
    Threads may share a budget.
    """

    def __init__(
        self,
        per_second: float,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        if not 0 <= per_second < float("inf"):
            raise ValueError(f"Requests a second must be 0 or more, not {per_second}.")
        self._distance = {Rate.LIST: 0.0, Rate.REALTIME: 0.0}
        if per_second:
            self._distance = {Rate.LIST: 1 / per_second, Rate.REALTIME: 1 / REALTIME_PER_SECOND}
        self._monotonic = monotonic
        self._sleep = sleep
        self._queues = {rate: threading.Lock() for rate in Rate}
        self._free_at = dict.fromkeys(Rate, float("-inf"))
        self._lock = threading.Lock()
        self._held_until = float("-inf")
        self._waited_seconds = 0.0

    @property
    def waited_seconds(self) -> float:
        """Seconds that callers slept in here, all threads added up."""
        return self._waited_seconds

    def wait(self, rate: Rate) -> None:
        """Return when the next request of *rate* may start."""
        # Held while sleeping: whoever comes next must count from when this one really started.
        with self._queues[rate]:
            due = float("-inf")
            while due < (later := max(self._free_at[rate], self._held_until)):
                due = later  # another thread's 429 may move it while we sleep
                self.rest(due - self._monotonic())
            self._free_at[rate] = max(due, self._monotonic()) + self._distance[rate]

    def pause(self, seconds: float) -> None:
        """Hold every rate back for *seconds* from now; a longer pause stays as it is."""
        with self._lock:
            self._held_until = max(self._held_until, self._monotonic() + seconds)

    def rest(self, seconds: float) -> None:
        """Sleep *seconds*, which concerns the calling thread only."""
        if seconds > 0:
            self._sleep(seconds)
            with self._lock:
                self._waited_seconds += seconds


@dataclass
class Usage:
    """What a transport has spent so far."""

    budget: Budget = field(repr=False)
    requests: int = 0  # every attempt
    retries: int = 0  # the attempts that repeated one
    bytes_received: int = 0  # bodies, after decompression

    @property
    def waited_seconds(self) -> float:
        """Seconds slept: for the rate, after a 429, between retries."""
        return self.budget.waited_seconds


def backoff(attempt: int, chance: float) -> float:
    """Return the seconds to rest after the *attempt*-th failure: doubling, less up to a half.

    *chance*, from 0 to 1, says how much of that half: drawn anew for every rest, it keeps
    several clients from coming back together.
    """
    longest = min(BACKOFF_SECONDS * 2.0 ** (attempt - 1), LONGEST_BACKOFF_SECONDS)
    return longest * (1 + chance) / 2


def pause_after_429(retry_after: str | None, *, now: datetime) -> float:
    """Return the seconds to pause; *retry_after* is the header: seconds, or a date after *now*."""
    said = (retry_after or "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said), LONGEST_PAUSE_SECONDS)
    until = http_date(said)
    if until is None:
        return PAUSE_SECONDS
    return min(max((until - now).total_seconds(), 0.0), LONGEST_PAUSE_SECONDS)


def http_date(text: str | None) -> datetime | None:
    """Return the instant that an HTTP header tells, in UTC; None where it tells none."""
    try:
        said = parsedate_to_datetime(text or "")
        return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
