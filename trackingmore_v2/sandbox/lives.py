"""What has become of each parcel by an instant, and what of that the list shows."""

from bisect import bisect_left, bisect_right
from functools import cache, lru_cache
from typing import NamedTuple

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox.carriers import LANES
from trackingmore_v2.sandbox.chance import scatter
from trackingmore_v2.sandbox.growth import Growth
from trackingmore_v2.sandbox.identity import Identities
from trackingmore_v2.sandbox.outline import Outline, Outlines
from trackingmore_v2.sandbox.payload import payload
from trackingmore_v2.sandbox.timeline import Timeline, timeline

KEPT = 20_000  # timelines in memory: parcels on their way are looked at again and again


class Laws(NamedTuple):
    """What holds in a sandbox for as long as it lasts."""

    seed: int
    start: int  # unix seconds
    lively: bool  # else the stories stop at the start
    no_destination: str
    visibility_delay: int  # seconds


class Lives:
    """The parcels that follow a story, by the number of their creation.

    A *version* is the stamp that a parcel carries, in unix seconds, or 0 for none.
    """

    def __init__(self, laws: Laws, growth: Growth) -> None:
        self.identities = Identities(laws.seed)
        self._laws = laws
        self._growth = growth
        self._draw = Outlines(seed=laws.seed, start=laws.start, imported_at=growth.imported_at).draw
        self._touches: dict[int, list[int]] = {}
        self.timeline = lru_cache(KEPT)(self._timeline)
        self.tracking_id = cache(self.identities.tracking_id)

    def outline(self, number: int) -> Outline:
        """Return a parcel's life in short."""
        return self._draw(number, self._growth.created_at(number))

    def touch(self, number: int, now: int) -> None:
        """Stamp a parcel with *now*, and give it one more scan."""
        self._touches.setdefault(number, []).append(now)

    def version(self, number: int, now: int) -> int:
        """Return the version that holds *now*, shown or not."""
        told = self.timeline(number)
        touches = [touch for touch in self._touches.get(number, ()) if touch <= now]
        return max(told.version(self._lived(now)), *touches[-1:], 0)

    def listed_version(self, number: int, now: int) -> int:
        """Return the version that the list shows *now*."""
        if not self._laws.visibility_delay:
            return self.version(number, now)
        shown = [s for s in self._stamps(number, now) if s + self.delay(number, s) <= now]
        return max(shown, default=self.timeline(number).outline.opening)

    def next_change(self, number: int, now: int) -> int:
        """Return when the list next shows another version; 0 = never, as it looks *now*."""
        told = self.timeline(number)
        coming = [s + self.delay(number, s) for s in self._stamps(number, now)]
        if self._laws.lively:
            future = told.stamps[bisect_right(told.stamps, now) :]
            coming += [stamp + self.delay(number, stamp) for stamp in future]
        return min((seen for seen in coming if seen > now), default=0)

    def status(self, number: int, version: int) -> str:
        """Return the status of a version, in the API's word."""
        status = self.timeline(number).status(version)
        touched = any(touch <= version for touch in self._touches.get(number, ()))
        return "transit" if touched and status in ("pending", "notfound") else status

    def payload(self, number: int, version: int) -> Payload:
        """Return the item of a version; the caller may keep and change it."""
        touches = self._touches.get(number, ())
        return payload(
            self.timeline(number),
            version=version,
            status=self.status(number, version),
            touches=tuple(touch for touch in touches if touch <= version),
            seed=self._laws.seed,
            identities=self.identities,
            no_destination=self._laws.no_destination,
        )

    def live_payload(self, number: int, now: int) -> Payload:
        """Return the item as if the carrier were asked *now*: with scans still to be learned.

        The caller may keep and change it.
        """
        told, moment = self.timeline(number), self._lived(now)
        touches = tuple(touch for touch in self._touches.get(number, ()) if touch <= now)
        asked = told._replace(
            outline=told.outline._replace(first_look=min(told.outline.first_look, moment)),
            scans=tuple(scan._replace(known=scan.at) for scan in told.scans),
        )
        status = asked.status(moment)
        item = payload(
            asked,
            version=max((moment, *touches)),
            status="transit" if touches and status == "notfound" else status,
            touches=touches,
            seed=self._laws.seed,
            identities=self.identities,
            no_destination=self._laws.no_destination,
        )
        item["destination_code"] = LANES[told.outline.lane].destination if number % 3 else ""
        return item

    def delay(self, number: int, stamp: int) -> int:
        """Return how many seconds after its *stamp* a version shows in the list."""
        if not self._laws.visibility_delay:
            return 0
        return scatter(self._laws.seed, number, stamp, self._laws.visibility_delay + 1)

    def _stamps(self, number: int, now: int) -> list[int]:
        """Return the stamps so far, but for those that are surely outdated."""
        told = self.timeline(number)
        stamps = told.stamps[: bisect_right(told.stamps, self._lived(now))]
        surely_seen = bisect_left(stamps, now - self._laws.visibility_delay)
        return [*stamps[max(surely_seen - 1, 0) :], *self._touches.get(number, ())]

    def _lived(self, now: int) -> int:
        """Return up to when the stories have come."""
        return now if self._laws.lively else self._laws.start

    def _timeline(self, number: int) -> Timeline:
        return timeline(self.outline(number), seed=self._laws.seed)
