"""What has become of each parcel by an instant, and what of that the list shows."""

from bisect import bisect_left, bisect_right
from functools import cache, lru_cache
from typing import NamedTuple

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox.carriers import LANES
from trackingmore_v2.sandbox.chance import chance, scatter
from trackingmore_v2.sandbox.growth import Growth
from trackingmore_v2.sandbox.identity import Identities
from trackingmore_v2.sandbox.numbering import knows
from trackingmore_v2.sandbox.outline import Outline, Outlines
from trackingmore_v2.sandbox.payload import payload, restamped
from trackingmore_v2.sandbox.quirks import order_create_time
from trackingmore_v2.sandbox.remarks import Remarks
from trackingmore_v2.sandbox.timeline import Timeline, timeline

KEPT = 20_000  # timelines in memory: parcels on their way are looked at again and again


class Laws(NamedTuple):
    """What holds in a sandbox for as long as it lasts."""

    seed: int
    start: int  # unix seconds
    lively: bool  # else the stories stop at the start
    no_destination: str
    visibility_delay: int  # seconds


class Enrolled(NamedTuple):
    """A parcel that a merchant registered."""

    carrier_code: str
    tracking_number: str
    outline: Outline


class Lives:
    """The parcels that follow a story, by the number of their creation.

    A *version* is the stamp that a parcel carries, in unix seconds, or 0 for none.
    """

    def __init__(self, laws: Laws, growth: Growth) -> None:
        self.identities = Identities(laws.seed)
        self.remarks = Remarks()
        self._laws = laws
        self._growth = growth
        self._draw = Outlines(seed=laws.seed, start=laws.start, imported_at=growth.imported_at).draw
        self._touches: dict[int, list[int]] = {}
        self._enrolled: dict[int, Enrolled] = {}
        self.timeline = lru_cache(KEPT)(self._timeline)
        self.tracking_id = cache(self.identities.tracking_id)

    def outline(self, number: int) -> Outline:
        """Return a parcel's life in short."""
        enrolled = self._enrolled.get(number)
        return enrolled.outline if enrolled else self._draw(number, self._growth.created_at(number))

    def enrol(
        self, carrier_code: str, tracking_number: str, *, destination_code: str, now: int
    ) -> int:
        """Begin the life of a parcel that is registered *now*; return its number.

        A number that cannot be the carrier's is never seen by it.
        """
        number = self.identities.registered_number(carrier_code, tracking_number)
        lanes = [at for at, lane in enumerate(LANES) if lane.carrier == carrier_code]
        bound = [at for at in lanes if LANES[at].destination == destination_code.lower()]
        lane = chance(self._laws.seed, number, 7).choice(bound or lanes)
        silent = not knows(carrier_code, tracking_number)
        outline = self._draw(number, now, lane=lane, silent=silent)
        self._enrolled[number] = Enrolled(carrier_code, tracking_number, outline)
        return number

    def enrolled_number(self, outline: Outline) -> int:
        """Return the number that a parcel of the account's own life has if it is registered."""
        number = self.identities.tracking_number(outline)
        return self.identities.registered_number(LANES[outline.lane].carrier, number)

    def tracking_number(self, number: int) -> str:
        """Return what the carrier printed on the label."""
        enrolled = self._enrolled.get(number)
        if enrolled:
            return enrolled.tracking_number
        return self.identities.tracking_number(self.outline(number))

    def carrier_code(self, number: int) -> str:
        """Return the code of the carrier."""
        return LANES[self.outline(number).lane].carrier

    def order_id(self, number: int) -> object:
        """Return the shop's order, as it was last said."""
        order: object = self.identities.order_id(self.outline(number))
        return self._newest(number, "order_id", order)

    def order_create_time(self, number: int) -> object:
        """Return when the shop took the order, as the merchant typed it."""
        typed = order_create_time(self.outline(number), seed=self._laws.seed)
        return self._newest(number, "order_create_time", typed)

    def archived(self, outline: Outline, version: int) -> bool:
        """Return whether a version is in the archive."""
        said = self.remarks.fields(outline.number, version)
        return bool(said.get("archived", outline.archived))

    def touch(self, number: int, now: int) -> None:
        """Stamp a parcel with *now*, and give it one more scan."""
        self._touches.setdefault(number, []).append(now)

    def version(self, number: int, now: int) -> int:
        """Return the version that holds *now*, shown or not."""
        told = self.timeline(number)
        extras = [stamp for stamp in self._extras(number) if stamp <= now]
        return max(told.version(self._lived(number, now)), *extras, 0)

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
        if self._laws.lively and self.remarks.stopped(number) is None:
            future = told.stamps[bisect_right(told.stamps, now) :]
            coming += [stamp + self.delay(number, stamp) for stamp in future]
        return min((seen for seen in coming if seen > now), default=0)

    def status(self, number: int, version: int) -> str:
        """Return the status of a version, in the API's word."""
        said = self.remarks.fields(number, version).get("status")
        if said:
            return str(said)
        status = self.timeline(number).status(self._followed(number, version))
        touched = any(touch <= version for touch in self._touches.get(number, ()))
        return "transit" if touched and status in ("pending", "notfound") else status

    def payload(self, number: int, version: int) -> Payload:
        """Return the item of a version; the caller may keep and change it."""
        touches = self._touches.get(number, ())
        followed = self._followed(number, version)
        item = payload(
            self.timeline(number),
            version=followed,
            status=self.status(number, version),
            touches=tuple(touch for touch in touches if touch <= version),
            seed=self._laws.seed,
            identities=self.identities,
            no_destination=self._laws.no_destination,
        )
        item |= self._said(number, version)
        return item if followed == version else restamped(item, version)

    def live_payload(self, number: int, now: int) -> Payload:
        """Return the item as if the carrier were asked *now*: with scans still to be learned.

        The caller may keep and change it.
        """
        told, moment = self.timeline(number), self._lived(None, now)
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
        return item | self._said(number, now)

    def delay(self, number: int, stamp: int) -> int:
        """Return how many seconds after its *stamp* a version shows in the list."""
        if not self._laws.visibility_delay:
            return 0
        return scatter(self._laws.seed, number, stamp, self._laws.visibility_delay + 1)

    def _stamps(self, number: int, now: int) -> list[int]:
        """Return the stamps so far, but for those that are surely outdated."""
        told = self.timeline(number)
        stamps = told.stamps[: bisect_right(told.stamps, self._lived(number, now))]
        surely_seen = bisect_left(stamps, now - self._laws.visibility_delay)
        return [*stamps[max(surely_seen - 1, 0) :], *self._extras(number)]

    def _followed(self, number: int, version: int) -> int:
        """Return up to when a version knows the carrier's scans; a stopped parcel learns none."""
        touches = [touch for touch in self._touches.get(number, ()) if touch <= version]
        return max(self._lived(number, version), *touches, 0)

    def _extras(self, number: int) -> list[int]:
        """Return the stamps that are not the carrier's doing."""
        return [*self._touches.get(number, ()), *self.remarks.stamps(number)]

    def _said(self, number: int, version: int) -> Payload:
        """Return the fields of an item that a merchant has settled, but for its status."""
        said = self.remarks.fields(number, version)
        said.pop("status", None)
        enrolled = self._enrolled.get(number)
        if enrolled:
            said |= {field: getattr(enrolled, field) for field in Enrolled._fields[:2]}
        return said

    def _newest(self, number: int, field: str, otherwise: object) -> object:
        """Return what was last said of a field, or else what stands there by itself."""
        stamps = self.remarks.stamps(number)
        return (
            self.remarks.fields(number, stamps[-1]).get(field, otherwise) if stamps else otherwise
        )

    def _lived(self, number: int | None, now: int) -> int:
        """Return up to when a story has come; that of None is never stopped."""
        lived = now if self._laws.lively else min(now, self._laws.start)
        stopped = None if number is None else self.remarks.stopped(number)
        return lived if stopped is None else min(lived, stopped)

    def _timeline(self, number: int) -> Timeline:
        return timeline(self.outline(number), seed=self._laws.seed)
