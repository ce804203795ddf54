"""The oddities of one parcel: what merchants typed, and which year's shape the API gives it."""

from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import NamedTuple

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox.carriers import LANES
from trackingmore_v2.sandbox.chance import chance, one_of
from trackingmore_v2.sandbox.growth import HOUR
from trackingmore_v2.sandbox.outline import Outline
from trackingmore_v2.sandbox.places import COUNTRIES

GIVEN = ("Karen", "Marta", "Oleg", "Sandy", "Luis", "Chiara", "Jan", "Mei", "Yuki", "Ana", "Tom")
FAMILY = ("Ng", "Kowalska", "Petrov", "Miller", "García", "Rossi", "de Vries", "Chen", "Sato")
TITLES = (
    "cute pillow",
    "phone case",
    "手机壳",
    "LED strip 5m",
    "Чехол",
    'Tasse "Moin"',
    "bolso/azul",
)
COMMENTS = (None, None, None, "", "备注", "fragile", "leave at the door / ring twice")
SHAPES = (2017, 2018, 2018, 2019, 2019, 2019, 2019, 2020, 2020, 2020)
NO_DESTINATION = ("null", "absent", "all_null", "empty_list")
CHINA = timezone(timedelta(hours=8))


class Quirks(NamedTuple):
    """How a payload deviates from the tidy one."""

    shape: int  # the year whose set of fields it has
    zone: timezone  # of created_at and updated_at
    customer: Payload  # the fields that the merchant typed
    original_country: str
    destination_country: str | None  # None = the field is absent
    service_code: str | None
    status_info: str | None
    last_mile_tracking_supported: str | None
    no_destination: str
    bare_origin: str  # origin_info without events: null, or its trackinfo null or []
    drops_null_stamp: bool  # updated_at is absent where it would be null
    received_at_pickup: bool  # ItemReceived is not the first event
    names_nodes: bool
    has_weblink: bool
    status_first: bool


def quirks(outline: Outline, *, seed: int) -> Quirks:
    """Return the oddities of a parcel; the same at every version of it."""
    dice = chance(seed, outline.number, 3)
    roll = dice.random
    lane = LANES[outline.lane]
    target = one_of(dice, COUNTRIES[lane.destination].spellings)
    return Quirks(
        shape=one_of(dice, SHAPES),
        zone=UTC if roll() < 0.15 else CHINA,
        customer=_customer(outline, dice),
        original_country=one_of(dice, COUNTRIES[lane.origin].spellings),
        destination_country=None if roll() < 0.1 else target,
        service_code=one_of(dice, (None, "", "", "F", None)),
        status_info=one_of(dice, (None, None, None, "Package is on its way to the addressee")),
        last_mile_tracking_supported=one_of(dice, (None, "true", "false")),
        no_destination=one_of(dice, NO_DESTINATION),
        bare_origin=one_of(dice, ("null", "empty", "absent")),
        drops_null_stamp=roll() < 0.15,
        received_at_pickup=roll() < 0.1,
        names_nodes=roll() < 0.8,
        has_weblink=roll() < 0.93,
        status_first=roll() < 0.1,
    )


def order_create_time(outline: Outline, *, seed: int) -> str | int | None:
    """Return when the shop took the order, as the merchant typed it."""
    dice = chance(seed, outline.number, 4)
    ordered = min(outline.created, outline.first) - int(dice.random() * 40 * HOUR)
    if dice.random() < 0.02:
        ordered += 700 * 24 * HOUR  # a wrong year
    local = datetime.fromtimestamp(ordered, CHINA)
    spelled = (
        None,
        None,
        0,
        "",
        f"{local:%Y/%m/%d %H:%M}",
        f"{local.year}/{local.month}/{local.day} {local:%H:%M}",
        f"{local:%Y-%m-%d %H:%M}",
    )
    return one_of(dice, spelled)


def ordered_at(said: object) -> int:
    """Return the unix second of an order time in any of those spellings; 0 = it is none."""
    if not isinstance(said, str):
        return 0
    for layout in ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"):
        try:
            return int(datetime.strptime(said, layout).replace(tzinfo=CHINA).timestamp())
        except ValueError:
            continue
    return 0


def _customer(outline: Outline, dice: Random) -> Payload:
    given, family = one_of(dice, GIVEN), one_of(dice, FAMILY)
    address = f"{given}.{outline.number}@example.com".lower()
    email: object = None
    draw = dice.random()
    if draw < 0.3:
        email = address
    elif draw < 0.38:
        email = [address, f"shop+{outline.number}@example.com"]
    elif draw < 0.7:
        email = ""
    title = one_of(dice, (None, "", *TITLES))
    return {
        "customer_email": email,
        "title": "null" if dice.random() < 0.01 else title,
        "comment": one_of(dice, COMMENTS),
        "customer_name": f"{given} {family}" if dice.random() < 0.6 else one_of(dice, (None, "")),
    }
