"""Air freight: what an air waybill's airline has reported by now."""

from datetime import UTC, datetime
from hashlib import blake2b
from random import Random
from typing import Any

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox import wishes
from trackingmore_v2.sandbox.asking import Call
from trackingmore_v2.sandbox.chance import chance
from trackingmore_v2.sandbox.credits import AIR_WAYBILL
from trackingmore_v2.sandbox.desk import Desk
from trackingmore_v2.sandbox.envelope import RefusedError, Reply, render
from trackingmore_v2.sandbox.growth import DAY, HOUR
from trackingmore_v2.sandbox.numbering import AIR_WAYBILLS

STATIONS = ("HKG", "PVG", "CAN", "SIN", "ICN", "FRA", "LUX", "LGG", "ORD", "LAX", "JFK", "AMS")
# event, hours after the one before it, which station of the way
EVENTS = (
    ("Booking confirmed", 0, 0),
    ("Received from shipper", 20, 0),
    ("Departed", 9, 0),
    ("Arrived", 11, 1),
    ("Departed", 14, 1),
    ("Arrived", 6, 2),
    ("Consignee notified", 4, 2),
    ("Delivered", 22, 2),
)


def air_waybills(desk: Desk, call: Call) -> Reply:
    """How far the freight of each air waybill has come; each different one takes 20 credits."""
    said = call.params.get("track_number")
    asked = [wishes.text(each) for each in (said if isinstance(said, list) else [said])]
    if not asked or not all(asked):
        raise RefusedError(4013)
    if len(asked) > (call.endpoint.batch_limit or len(asked)):
        raise RefusedError(4020)
    if not all(AIR_WAYBILLS.fullmatch(number) for number in asked):
        raise RefusedError(4014)
    plain = {number: "".join(filter(str.isdigit, number)) for number in asked}
    desk.credits.take(AIR_WAYBILL * len(set(plain.values())))
    laws = desk.world.laws
    return Reply(
        data=render(
            [
                {"track_number": number}
                | _freight(plain[number], laws.seed, start=laws.start, now=desk.world.now)
                for number in asked
            ]
        )
    )


def _freight(digits: str, seed: int, *, start: int, now: int) -> Payload:
    dice = chance(seed, int.from_bytes(blake2b(digits.encode(), digest_size=6).digest(), "big"), 9)
    way = dice.sample(STATIONS, 3)
    flights = [f"{dice.choice(('CX', 'LH', 'CV', 'SQ'))}{dice.randrange(100, 999)}" for _ in "12"]
    freight = {
        "weight": round(20 + dice.random() * 900, 1),
        "piece": dice.randrange(1, 60),
        "origin": way[0],
        "destination": way[-1],
    }
    booked = start - int(dice.random() * 2 * DAY)
    reports = _reports(booked, dice, way=way, flights=flights)
    told = [report for at, report in reports if at <= now]
    # plainly how many events there are: what the airline's statuses mean, nobody documents
    return freight | {"status_number": len(told), "track_info": told[::-1]}


def _reports(
    booked: int, dice: Random, *, way: list[str], flights: list[str]
) -> list[tuple[int, dict[str, Any]]]:
    """Return every event of a way, oldest first, each with its instant; both dates are UTC."""
    planned = actual = booked
    reports = []
    for event, hours, stop in EVENTS:
        planned += hours * HOUR
        actual = max(actual, planned + int((dice.random() - 0.3) * 5 * HOUR)) if hours else booked
        flies = event in ("Departed", "Arrived")
        leg = stop if event == "Departed" else stop - 1
        reports.append(
            (
                actual,
                {
                    "plan_date": _date(planned),
                    "actual_date": _date(actual),
                    "event": event,
                    "station": way[stop],
                    "flight_number": flights[leg] if flies else "",
                },
            )
        )
    return reports


def _date(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M}"
