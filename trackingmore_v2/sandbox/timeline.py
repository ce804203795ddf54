"""What happens to one parcel and when the API learns of it: instants only, no words."""

from bisect import bisect_right
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from trackingmore_v2.sandbox.carriers import LANES
from trackingmore_v2.sandbox.chance import chance
from trackingmore_v2.sandbox.growth import HOUR
from trackingmore_v2.sandbox.journey import Stop, journey
from trackingmore_v2.sandbox.milestones import REPORTS, Milestone
from trackingmore_v2.sandbox.outline import LABEL_ONLY, LOST, SILENT, Outline, next_look


class Scan(NamedTuple):
    """One scan of a carrier; instants are unix seconds."""

    at: int
    milestone: Milestone
    abroad: bool  # on the destination's side of the lane
    known: int  # the refresh that brought it
    gone: int = 0  # the refresh that found it taken back; 0 = it stays
    back: int = 0  # the refresh that found it again; 0 = it stays away

    def shows(self, stamp: int) -> bool:
        """Return whether the API has the scan as of its refresh *stamp*."""
        if stamp < self.known:
            return False
        return not self.gone <= stamp < (self.back or stamp + 1) if self.gone else True


class Timeline(NamedTuple):
    """A parcel's whole life; `stamps` are all refreshes that change what the API says."""

    outline: Outline
    scans: tuple[Scan, ...]  # oldest first
    stamps: tuple[int, ...]  # ascending; empty for a parcel that is never refreshed

    def version(self, moment: int) -> int:
        """Return the stamp that the parcel carries at *moment*; 0 = none."""
        place = bisect_right(self.stamps, moment)
        return self.stamps[place - 1] if place else self.outline.opening

    def newest(self, stamp: int) -> Scan | None:
        """Return the newest scan that the API has as of *stamp*."""
        for scan in reversed(self.scans):
            if scan.shows(stamp):
                return scan
        return None

    def status(self, stamp: int) -> str:
        """Return the parcel's status as of *stamp*, in the API's word."""
        outline = self.outline
        if outline.settled and stamp < outline.first_look:
            return "pending"
        if outline.expired and stamp >= outline.settled:
            return "expired"
        newest = self.newest(stamp or outline.created)
        if newest is None:
            return "notfound"
        if newest.milestone is Milestone.INFO_RECEIVED:
            return ("InfoReceived", "notfound", "transit")[outline.number % 3]
        return REPORTS[newest.milestone].status


def timeline(outline: Outline, *, seed: int) -> Timeline:
    """Return the timeline that *outline* sums up; it ends with the same refresh."""
    dice = chance(seed, outline.number, 1)
    stops = _instants(outline, dice)
    if not outline.settled:
        scans = tuple(Scan(at, *stop, outline.created) for at, stop in stops)
        return Timeline(outline, scans, ())

    def look(moment: int) -> int:
        if moment <= outline.first_look:
            return outline.first_look
        return next_look(moment, seed=seed, number=outline.number, period=outline.period)

    scans = tuple(
        Scan(at, *stop, look(at))
        for at, stop in stops
        if at <= outline.expires or at == stops[0][0]
    )
    scans = tuple(scan for scan in scans if scan.known <= outline.settled)
    scans = _taken_back(scans, dice, look=look, settled=outline.settled)
    stamps = {outline.first_look, outline.settled}
    stamps.update(scan.known for scan in scans)
    stamps.update(scan.gone for scan in scans if scan.gone)
    stamps.update(scan.back for scan in scans if scan.back)
    # without news, a parcel on its way is re-stamped about once a day all the same
    for moment in range(outline.first_look, outline.settled - 24 * HOUR, 24 * HOUR):
        stamps.add(look(moment + 24 * HOUR))
    return Timeline(outline, scans, tuple(sorted(s for s in stamps if s <= outline.settled)))


def _instants(outline: Outline, dice: Random) -> list[tuple[int, tuple[Milestone, bool]]]:
    """Return the stops of the journey, each with its instant, oldest first."""
    lane = LANES[outline.lane]
    if outline.fate == SILENT:
        return []
    if outline.fate == LABEL_ONLY:
        return [(outline.first, (Milestone.INFO_RECEIVED, False))]
    stops: list[Stop] = journey(lane, fate=outline.fate, dice=dice)
    seen = 2 + int(dice.random() * (len(stops) - 4))
    keep = seen if outline.fate == LOST else len(stops)
    waits = [stop.wait * (0.5 + dice.random()) for stop in stops[1:]]
    lasts = outline.arrives - outline.first
    # out for delivery is the same morning, however long the way was
    if stops[-1].milestone is Milestone.DELIVERED:
        waits[-1] = min(waits[-1], sum(waits[:-1]) * (1 + dice.random() * 4) * HOUR / lasts)
    share = lasts / sum(waits)
    moment = float(outline.first)
    instants = [outline.first]
    for wait in waits:
        moment += wait * share
        instants.append(int(moment))
    instants[-1] = outline.arrives
    return [
        (at, (stop.milestone, stop.abroad))
        for at, stop in zip(instants[:keep], stops[:keep], strict=True)
    ]


def _taken_back(
    scans: tuple[Scan, ...], dice: Random, *, look: Callable[[int], int], settled: int
) -> tuple[Scan, ...]:
    """Return *scans*, one of which a carrier may withdraw later, sometimes to repeat it."""
    if dice.random() > 0.05 or len(scans) < 5:
        return scans
    which = 1 + int(dice.random() * (len(scans) - 3))
    gone = look(scans[which].known + int((1 + dice.random() * 30) * HOUR))
    if gone >= settled:
        return scans
    back = look(gone + int((1 + dice.random() * 40) * HOUR)) if dice.random() < 0.4 else 0
    taken = scans[which]._replace(gone=gone, back=back if back < settled else 0)
    return (*scans[:which], taken, *scans[which + 1 :])
