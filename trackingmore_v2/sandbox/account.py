"""The sandbox itself: an account that can be asked over HTTP and changed from a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import RLock
from time import monotonic
from typing import TYPE_CHECKING, Any

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox.chance import chance
from trackingmore_v2.sandbox.desk import Desk
from trackingmore_v2.sandbox.faults import Fault, Script
from trackingmore_v2.sandbox.lives import Laws
from trackingmore_v2.sandbox.switches import Switches
from trackingmore_v2.sandbox.world import World

if TYPE_CHECKING:
    from starlette.applications import Starlette

BOUGHT = 2_000_000  # credits so far; each parcel took one


class Sandbox:
    """A whole TrackingMore account in one process.

    The same seed, `now` and sequence of calls give the same answers, byte for byte. Every method
    may be called from any thread, also while the server answers; one answer is one snapshot.
    """

    def __init__(
        self,
        trackings: int = 2000,
        *,
        seed: int = 7,
        now: datetime | None = None,
        switches: Switches = Switches(),  # noqa: B008 - frozen
        api_key: str = "sandbox-key",
        credits: int | None = None,
        lively: bool = True,
        clock_rate: float = 0.0,
    ) -> None:
        """Set up an account.

        Args:
            trackings: How many parcels it holds at the start.
            seed: What everything follows from.
            now: The start of its clock, with a zone; the last full hour if not given.
            switches: How it settles what the documentation leaves open.
            api_key: The key it accepts.
            credits: How many are left of what was bought, two million less *trackings* if not
                given; each new tracking takes one.
            lively: Whether parcels live on when the clock moves; if not, they change only by
                `put`, `touch` and `delete`.
            clock_rate: Simulated seconds per real second; 0 = the clock moves by `advance` only.

        """
        start = now or datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        self.switches = switches
        self.api_key = api_key
        self.lock = RLock()  # whoever reads or changes the account holds it
        self.faults = Script()
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self._clock_rate = clock_rate
        self._clock = start.astimezone(UTC)
        self._started = monotonic()
        self._draws = 0
        laws = Laws(
            seed=seed,
            start=int(start.timestamp()),
            lively=lively,
            no_destination=switches.no_destination,
            visibility_delay=switches.visibility_delay_seconds,
        )
        self._world = World(trackings, laws)
        left = max(BOUGHT - trackings, 0) if credits is None else credits
        self._desk = Desk(self._world, switches, left)

    @property
    def now(self) -> datetime:
        """The sandbox's own clock, in UTC."""
        if not self._clock_rate:
            return self._clock
        return self._clock + timedelta(seconds=(monotonic() - self._started) * self._clock_rate)

    @property
    def credits(self) -> int:
        """How many credits are left."""
        with self.lock:
            return self.desk().credits.left

    @property
    def request_count(self) -> int:
        """How many requests came in, refused ones included."""
        return len(self.requests)

    def advance(self, by: timedelta) -> None:
        """Move the clock; parcels travel, arrive and vanish, and new ones are created.

        Raises ValueError for a step back: what has happened cannot be undone.
        """
        if by < timedelta():
            raise ValueError(f"the clock moves forward only, not by {by}")
        with self.lock:
            self._clock += by
            self.desk()

    def items(self) -> list[Payload]:
        """Return the account as it is now, in no promised order, each item as the list has it.

        A visibility delay does not apply: this is the truth. The caller owns the items.
        """
        with self.lock:
            return self.desk().items()

    def put(self, item: Payload) -> None:
        """Put a payload into the account as it is, in place of one with the same `id`.

        The list filters it by created_at, updated_at, status and archived where it can read them.
        """
        with self.lock:
            self.desk().world.put(item)

    def touch(self, tracking_id: str) -> None:
        """Stamp a tracking with the present and add a scan; KeyError if there is none."""
        with self.lock:
            row = self._row(tracking_id)
            self._world.touch(row)
            self._desk.forget(row)

    def touch_any(self, count: int) -> list[str]:
        """Touch up to *count* trackings, drawn by lot; return their ids."""
        with self.lock:
            world = self.desk().world
            rows = world.register.rows()
            self._draws += 1
            dice = chance(world.laws.seed, self._draws, 5)
            drawn = dice.sample(rows, min(count, len(rows)))
            touched = [world.tracking_id(row) for row in drawn]
            for tracking_id in touched:
                self.touch(tracking_id)
            return touched

    def delete(self, tracking_id: str) -> None:
        """Delete a tracking; KeyError if there is none."""
        with self.lock:
            self._world.delete(self._row(tracking_id))

    def script(self, *faults: Fault) -> None:
        """Queue misbehaviour for the requests to come."""
        with self.lock:
            for fault in faults:
                self.faults.add(fault)

    def desk(self) -> Desk:
        """Return the account for reading, brought up to its clock; the caller holds the lock."""
        self._world.settle(int(self.now.timestamp()))
        return self._desk

    @cached_property
    def app(self) -> "Starlette":
        """The account as an ASGI application: the API below /v2, controls below /sandbox."""
        from trackingmore_v2.sandbox.server import application

        return application(self)

    @contextmanager
    def serving(self, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
        """Serve the account from a thread; yields the base URL, which ends in /v2.

        Port 0 takes a free one. Raises OSError if the port is taken.
        """
        from trackingmore_v2.sandbox.serving import serve

        with serve(self.app, host=host, port=port) as bound:
            yield f"http://{host}:{bound}/v2"

    def _row(self, tracking_id: str) -> int:
        row = self.desk().world.row_of_id(tracking_id)
        if row is None:
            raise KeyError(tracking_id)
        return row
