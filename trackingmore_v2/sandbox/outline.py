"""The life of a parcel in a few numbers: all that an account of a million needs of each."""

from bisect import bisect
from random import Random
from typing import NamedTuple

from trackingmore_v2.sandbox.carriers import LANE_STEPS, LANES
from trackingmore_v2.sandbox.chance import dice_seed, scatter
from trackingmore_v2.sandbox.growth import DAY, HOUR
from trackingmore_v2.sandbox.places import COUNTRIES

DELIVERED, COLLECTED, RETURNED, REFUSED, DAMAGED, LOST, LABEL_ONLY, SILENT = range(8)
# what becomes of a parcel, in thousandths
FATES = (
    (COLLECTED, 90),
    (RETURNED, 20),
    (REFUSED, 10),
    (DAMAGED, 5),
    (LOST, 10),
    (LABEL_ONLY, 20),
    (SILENT, 8),
    (DELIVERED, 837),
)
FATE_OF_MILLE = tuple(fate for fate, mille in FATES for _ in range(mille))
UNFINISHED = frozenset({LOST, LABEL_ONLY, SILENT})  # the API gives up waiting
WAY_BACK = {RETURNED: 1.9, REFUSED: 1.7}  # how much longer it takes


class Outline(NamedTuple):
    """What is settled about a parcel before anybody tells its story; instants are unix seconds."""

    number: int  # of its creation in the account
    created: int
    lane: int
    fate: int
    first: int  # first scan
    arrives: int  # last scan of the journey as planned
    expires: int  # when the API stops asking, whatever is still to come
    first_look: int  # first refresh
    settled: int  # last refresh; 0 = never refreshed, known as delivered from the start
    archived: bool
    leaves: int  # when the merchant deletes it; 0 = never

    @property
    def period(self) -> int:
        """How often the carrier is asked: express every 3 hours, post every 6."""
        return period_of(self.lane)

    @property
    def opening(self) -> int:
        """The stamp before the first refresh: none, but for a few that precede their creation."""
        return self.created - 3 if self.settled and self.number % 97 == 5 else 0

    @property
    def ending(self) -> str:
        """The status that the parcel ends with."""
        if self.expired:
            return "expired"
        return "delivered" if self.fate in (DELIVERED, COLLECTED) else "exception"

    @property
    def expired(self) -> bool:
        """Whether the journey is not over when the API stops asking."""
        return self.fate in UNFINISHED or self.arrives > self.expires


def period_of(lane: int) -> int:
    """Return the seconds between two refreshes on that *lane*."""
    return 3 * HOUR if LANES[lane].expires_days == 30 else 6 * HOUR


def next_look(moment: int, *, seed: int, number: int, period: int) -> int:
    """Return the first refresh after *moment*: a grid of each parcel's own, up to 20 min late."""
    phase = scatter(seed, number, 1, period)
    turn = (moment - phase) // period + 1
    return phase + turn * period + scatter(seed, number, turn, 1200)


class Outlines:
    """Draws outlines; each follows from the seed, the number and the instant of creation."""

    def __init__(self, *, seed: int, start: int, imported_at: int) -> None:
        self._seed = seed
        self._start = start
        self._imported_at = imported_at
        self._dice = Random()

    def draw(
        self, number: int, created: int, *, lane: int | None = None, silent: bool = False
    ) -> Outline:
        """Return the outline of the parcel with that *number*, *created* when it says.

        The *lane* of a parcel that a merchant registers is given; a *silent* one is never seen
        by its carrier. Such a parcel stays until it is deleted.
        """
        dice = self._dice
        dice.seed(dice_seed(self._seed, number))
        roll = dice.random
        registered = lane is not None
        drawn = bisect(LANE_STEPS, roll() * LANE_STEPS[-1])
        lane_number = drawn if lane is None else lane
        way = LANES[lane_number]
        drawn = FATE_OF_MILLE[int(roll() * 1000)]
        fate = SILENT if silent else drawn
        lasts = int(dice.lognormvariate(0.0, way.sigma) * way.median_days * DAY)
        lasts = max(int(lasts * WAY_BACK.get(fate, 1.0)), 9 * HOUR)
        imported = created == self._imported_at
        unrefreshed = roll() < 0.02 and fate in (DELIVERED, COLLECTED) and not registered
        if unrefreshed:
            first = created - lasts - int((0.1 + roll() * 20) * DAY)
        elif imported:
            first = created - int(roll() * 60 * DAY)
        elif roll() < 0.2:  # registered when it was already on its way
            first = created - int(roll() * 2 * DAY)
        else:
            first = created + int((roll() * 30 - 3) * HOUR)
        arrives = first + lasts
        if not unrefreshed:
            arrives = by_daylight(arrives, roll(), COUNTRIES[way.destination].offset_hours)
        expires = max(first, created) + way.expires_days * DAY
        first_look = created + (17 if imported else 8 + int(roll() * 90))
        old = created < self._start - 120 * DAY
        archived = roll() < 0.4 and old
        leaves = 0
        if roll() < 0.12 and not registered:
            leaves = max(self._start, created) + int(roll() * 100 * DAY) + HOUR
        settled = 0
        if not unrefreshed:
            ends = expires if fate in UNFINISHED else min(arrives, expires)
            settled = first_look
            if ends > first_look:
                settled = next_look(
                    ends, seed=self._seed, number=number, period=period_of(lane_number)
                )
        return Outline(
            number,
            created,
            lane_number,
            fate,
            first,
            arrives,
            expires,
            first_look,
            settled,
            archived,
            leaves,
        )


def by_daylight(moment: int, draw: float, offset_hours: int) -> int:
    """Return *moment*, moved into the day of the people who are to open the door."""
    local = moment + offset_hours * HOUR
    if 8 * HOUR <= local % DAY < 20 * HOUR:
        return moment
    return local - local % DAY + int((9 + draw * 9) * HOUR) - offset_hours * HOUR
