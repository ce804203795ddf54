"""What the account may ask before it ships: remote areas, and how long a lane takes."""

import re
from collections.abc import Mapping
from math import erf, log, sqrt
from typing import Any

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox import wishes
from trackingmore_v2.sandbox.asking import Call
from trackingmore_v2.sandbox.carriers import LANES, Lane
from trackingmore_v2.sandbox.chance import chance, scatter
from trackingmore_v2.sandbox.desk import Desk
from trackingmore_v2.sandbox.envelope import META, RefusedError, Reply, render
from trackingmore_v2.sandbox.places import COUNTRIES

COMPANIES = ("ups", "tnt", "fedex", "dhl")
# code -> name, beside the countries that the account ships between
ELSEWHERE = {"nz": "New Zealand", "ca": "Canada", "mx": "Mexico", "no": "Norway", "il": "Israel"}
NAMES = {code: country.name for code, country in COUNTRIES.items()} | ELSEWHERE
CODES = {name.lower(): code for code, name in NAMES.items()} | {code: code for code in NAMES}
# which range holds which days; the documentation names no range2
RANGES = {"range1": (0, 7), "range3": (7, 15), "range4": (15, 30), "range5": (30, 60)}
DELIVERED = 0.93  # the share of the outlines that end at the addressee's


def remote_areas(desk: Desk, call: Call) -> Reply:
    """Which couriers call an address remote: a row for each, `other` where none does.

    What is remote follows from the seed, the country and the postcode.
    """
    asked = wishes.listed(call)
    desk.credits.take_lookup()
    remote: list[Payload] = []
    other: list[Any] = []
    errors: list[Any] = []
    for address in asked:
        try:
            rows = _remote(address, desk.world.laws.seed)
        except RefusedError as refusal:
            held = address if isinstance(address, dict) else {}
            said = {field: held.get(field) for field in ("country", "postcode")}
            errors.append(said | {"code": refusal.code, "message": META[refusal.code][1]})
            continue
        remote += rows
        if not rows:
            other.append(address)
    counts = {"submitted": len(asked), "other": other}
    return Reply(data=render(counts | {"remote": remote, "errors": errors}))


def transit_times(desk: Desk, call: Call) -> Reply:
    """How many parcels went that way, how many arrived, and after how many days.

    The ranges are shares of those that arrived: of the log-normal law after which parcels on
    the lane take their time. A lane on which nobody ships has zeros.
    """
    rows = []
    for said in wishes.listed(call):
        if not isinstance(said, Mapping):
            raise RefusedError(4012)
        carrier = wishes.carrier_code(said)
        ends = {end: wishes.text(said.get(end)) for end in ("original", "destination")}
        if not all(ends.values()):
            raise RefusedError(4012)
        way = (carrier, *(CODES.get(end.lower(), "") for end in ends.values()))
        rows.append({"carrier_code": carrier, **ends, **_times(way, desk.world.laws.seed)})
    return Reply(data=render(rows))


def _remote(address: Any, seed: int) -> list[Payload]:
    """Return a row for each courier that charges extra for an address."""
    if not isinstance(address, Mapping):
        raise RefusedError(4012)
    country, place = (wishes.text(address.get(end)).lower() for end in ("country", "postcode"))
    company = wishes.text(address.get("company")).lower()
    code = CODES.get(country, country)
    if not re.fullmatch("[a-z]{2}", code) or not place:
        raise RefusedError(4012)
    subject = int.from_bytes(f"{code}/{place}".encode(errors="replace")[:40], "big")
    dice = chance(seed, subject, 8)
    if dice.random() < 0.3:
        return []
    wanted = dice.sample(COMPANIES, 1 + int(dice.random() * 3))
    return [
        {
            "far_express_company": each,
            "two_code": code.upper(),
            "far_country": NAMES.get(code, code.upper()),
            "far_city_postcode": place,
        }
        for each in wanted
        if company in ("", each)
    ]


def _times(way: tuple[str, ...], seed: int) -> Payload:
    for number, lane in enumerate(LANES):
        if way == (lane.carrier, lane.origin, lane.destination):
            total = (lane.weight or 1) * (900 + scatter(seed, number, 0, 200))
            shares = {name: _share(lane, *days) for name, days in RANGES.items()}
            return {"total": total, "delivered": int(total * DELIVERED), **shares}
    return {"total": 0, "delivered": 0, **dict.fromkeys(RANGES, 0)}


def _share(lane: Lane, low: int, high: int) -> float:
    """Return the share of parcels that take more than *low* and at most *high* days."""
    return round(_within(lane, high) - _within(lane, low), 4)


def _within(lane: Lane, days: int) -> float:
    """Return the share that takes at most so many days: the log-normal distribution."""
    if not days:
        return 0.0
    return (1 + erf(log(days / lane.median_days) / lane.sigma / sqrt(2))) / 2
