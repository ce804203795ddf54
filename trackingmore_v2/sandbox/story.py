"""A parcel's life in the words of its carriers: every line that its two legs will ever hold."""

from datetime import datetime
from functools import lru_cache
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from trackingmore_v2.sandbox.carriers import CARRIERS, LANES, Carrier
from trackingmore_v2.sandbox.chance import chance, one_of
from trackingmore_v2.sandbox.milestones import Milestone
from trackingmore_v2.sandbox.places import COUNTRIES, City
from trackingmore_v2.sandbox.timeline import Scan, Timeline
from trackingmore_v2.sandbox.wording import COURIERS, LANGUAGES

MINUTES, SECONDS = "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"
# which scans each of the two arrays holds: the origin's, the destination's, or both
SPLIT, ORIGIN_HAS_ALL, DESTINATION_HAS_ALL, BOTH_HAVE_ALL = range(4)
SHARING = (SPLIT,) * 9 + (ORIGIN_HAS_ALL,) * 3 + (DESTINATION_HAS_ALL,) * 5 + (BOTH_HAVE_ALL,) * 3


class Line(NamedTuple):
    """One element of a trackinfo array."""

    date: str
    description: str
    details: str
    milestone: Milestone
    scan: Scan  # which says when the line shows


class Leg(NamedTuple):
    """One of the two info objects; `lines` newest first."""

    carrier: Carrier
    lines: tuple[Line, ...]


class Story(NamedTuple):
    """Everything a payload says about a parcel's way; `destination` None = no such leg."""

    origin: Leg
    destination: Leg | None


class Scribe:
    """Writes the lines of one leg, as one carrier does."""

    def __init__(self, carrier: Carrier, dice: Random) -> None:
        self._dice = dice
        language = carrier.language
        if language == "zh" and dice.random() < 0.3:
            language = "en"  # the carrier's site in its other language
        self._language = language
        self._phrases = LANGUAGES[language]
        self._layout = (
            SECONDS if dice.random() < (0.6 if carrier.kind == "express" else 0.2) else MINUTES
        )
        self._careless = dice.random() < 0.06
        self._mixed = dice.random() < 0.05

    def write(self, scan: Scan, *, city: City, onward: City, country: str) -> list[Line]:
        """Return the line for a scan, now and then with an echo."""
        dice = self._dice
        layout = self._layout
        if self._mixed and dice.random() < 0.4:
            layout = MINUTES if layout is SECONDS else SECONDS
        date = datetime.fromtimestamp(scan.at, clock(city.zone)).strftime(layout)
        if scan.milestone is Milestone.IN_TRANSIT and dice.random() < 0.35:
            date = date[:11] + ("00:00" if layout is MINUTES else "00:00:00")
        description = one_of(dice, self._phrases[scan.milestone]).format(
            city=city.spelled(self._language),
            next=onward.spelled(self._language),
            courier=one_of(dice, COURIERS),
            phone=13800000000 + int(dice.random() * 10000),
        )
        details = self._details(city, country)
        if self._careless:
            description = self._carelessly(description)
            details = details.replace(", ", ",  ")
        line = Line(date, description, details, scan.milestone, scan)
        echo = dice.random()
        if echo < 0.012:
            return [line, line]  # the carrier's feed says it twice, word for word
        if echo < 0.03:
            other = one_of(dice, self._phrases[Milestone.IN_TRANSIT])
            return [line, line._replace(description=other, milestone=Milestone.IN_TRANSIT)]
        return [line]

    def _details(self, city: City, country: str) -> str:
        draw = self._dice.random()
        if draw < 0.15:
            return ""
        if draw < 0.25:
            return country.upper()
        return city.spelled(self._language)

    def _carelessly(self, text: str) -> str:
        draw = self._dice.random()
        if draw < 0.25:
            return f"-{text}"
        if draw < 0.5:
            return f"{text} "
        return text.replace(" ", "  ", 1) if draw < 0.75 else text


@lru_cache(maxsize=64)
def clock(zone: str) -> ZoneInfo:
    """Return the clock of a city."""
    return ZoneInfo(zone)


def story(told: Timeline, *, seed: int) -> Story:
    """Return the words for a timeline; the same words at every call."""
    dice = chance(seed, told.outline.number, 2)
    lane = LANES[told.outline.lane]
    here, there = CARRIERS[lane.carrier], CARRIERS.get(lane.last_mile)
    sharing = one_of(dice, SHARING) if there else ORIGIN_HAS_ALL
    stops = _stops(told, dice)
    origin = _leg(
        here,
        dice,
        [
            stop
            for stop in stops
            if not stop.scan.abroad or sharing in (ORIGIN_HAS_ALL, BOTH_HAVE_ALL)
        ],
    )
    if there is None or sharing == ORIGIN_HAS_ALL:
        return Story(origin, None)
    destination = _leg(
        there,
        dice,
        [
            stop
            for stop in stops
            if stop.scan.abroad or sharing in (DESTINATION_HAS_ALL, BOTH_HAVE_ALL)
        ],
    )
    return Story(origin, destination)


class Stop(NamedTuple):
    """A scan and where it happened."""

    scan: Scan
    city: City
    onward: City
    country: str


def _stops(told: Timeline, dice: Random) -> list[Stop]:
    """Return the scans with their places: a parcel stays in a city until it departs."""
    lane = LANES[told.outline.lane]
    country = COUNTRIES[lane.origin]
    city = one_of(dice, country.cities)
    stops = []
    for scan in told.scans:
        end = COUNTRIES[lane.destination if scan.abroad else lane.origin]
        if end is not country:
            country, city = end, one_of(dice, end.cities)
        place = country.cities.index(city) + 1 + int(dice.random() * (len(country.cities) - 1))
        onward = country.cities[place % len(country.cities)]
        stops.append(Stop(scan, city, onward, country.name))
        if scan.milestone is Milestone.DEPARTED_HUB:
            city = onward
    return stops


def _leg(carrier: Carrier, dice: Random, stops: list[Stop]) -> Leg:
    scribe = Scribe(carrier, dice)
    lines = [
        line
        for stop in stops
        for line in scribe.write(
            stop.scan, city=stop.city, onward=stop.onward, country=stop.country
        )
    ]
    lines.reverse()
    lines.sort(key=by_date, reverse=True)  # stable, so of equal dates the later scan leads
    return Leg(carrier, tuple(lines))


def by_date(line: Line) -> str:
    """Return what lines are ordered by; a date without seconds is one at 0 seconds."""
    return f"{line.date}:00" if len(line.date) == 16 else line.date


def naive(date: str) -> datetime:
    """Return a carrier's wall clock, read."""
    return datetime.fromisoformat(date)
