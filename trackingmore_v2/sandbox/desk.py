"""What the endpoints ask of the account: pages of it, rendered items, order times."""

from collections.abc import Sequence

import orjson

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox.chance import chance
from trackingmore_v2.sandbox.changes import Changes
from trackingmore_v2.sandbox.credits import Credits
from trackingmore_v2.sandbox.envelope import render
from trackingmore_v2.sandbox.growth import HOUR
from trackingmore_v2.sandbox.register import Found, Query, Span
from trackingmore_v2.sandbox.switches import Switches
from trackingmore_v2.sandbox.world import World

LIVE_AGAIN_AFTER = 2 * HOUR
KEPT = 40_000  # rendered items in memory, about 3 kB each


class Desk:
    """Serves one request after the other; the caller serialises them.

    Who changes a parcel says so with `forget`.
    """

    def __init__(self, world: World, switches: Switches, left: int) -> None:
        """Open a desk for an account with so many credits *left*."""
        self.world = world
        self.changes = Changes(world)
        self.credits = Credits(left, world)
        self.switches = switches
        self._rendered: dict[int, tuple[int, bytes]] = {}
        self._order_times: dict[int, int] = {}
        self._asked_live: dict[int, int] = {}  # row -> when its carrier was last asked
        self._deals = 0  # how often a list was dealt anew

    def find(self, query: Query) -> Found:
        """Return the rows of one page."""
        self._deals += 1
        world = self.world
        return world.register.find(
            query,
            order=self.switches.order,
            id_of=world.tracking_id,
            dice=chance(world.laws.seed, self._deals, 6),
        )

    def items(self) -> list[Payload]:
        """Return every payload as it is now; the caller may keep and change them."""
        world = self.world
        # read back from the list's own bytes where it shows the newest version: 20 x as fast
        return [
            orjson.loads(self.rendered(row)) if world.is_listed_as_is(row) else world.item(row)
            for row in world.alive()
        ]

    def ask_carrier(self, row: int) -> Payload | None:
        """Return a parcel as its carrier has it now; None = asked less than two hours ago."""
        now = self.world.now
        if now - self._asked_live.get(row, -LIVE_AGAIN_AFTER) < LIVE_AGAIN_AFTER:
            return None
        self._asked_live[row] = now
        return self.world.live_item(row)

    def rendered(self, row: int) -> bytes:
        """Return an item as the list shows it, rendered once a version."""
        version = self.world.register.updated(row)
        known = self._rendered.get(row)
        if known and known[0] == version:
            return known[1]
        item = render(self.world.listed_item(row))
        self._rendered.pop(row, None)  # the newest version goes to the end
        if len(self._rendered) >= KEPT:
            self._rendered.pop(next(iter(self._rendered)))
        self._rendered[row] = (version, item)
        return item

    def forget(self, row: int) -> None:
        """Read a row anew next time: it changed, maybe within the second of its stamp."""
        self._rendered.pop(row, None)
        self._order_times.pop(row, None)

    def rows_ordered_within(self, span: Span, rows: Sequence[int] | None = None) -> list[int]:
        """Return those of *rows*, or of all, whose order time lies in *span*."""
        times = self._order_times
        chosen = []
        for row in self.world.register.rows() if rows is None else rows:
            if row not in times:
                times[row] = self.world.order_time(row)
            if max(span.low, 1) <= times[row] <= span.high:
                chosen.append(row)
        return chosen
