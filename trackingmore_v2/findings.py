"""What the inquiries find: remote areas, transit times, air waybills, read from loose answers."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from trackingmore_v2.envelope import whole
from trackingmore_v2.models import Payload
from trackingmore_v2.orders import AIR_WAYBILL, Address, Lane, air_waybill


class RemoteArea(NamedTuple):
    """One courier for whom an address is remote."""

    address: Address | None  # as asked for; None where the row fits none
    company: str
    country_code: str
    country: str
    place: str  # the postcode or city, as the API spells it
    payload: Payload


class RemoteAreas(NamedTuple):
    """What one request found of its addresses."""

    areas: list[RemoteArea]  # several for an address: one a courier
    not_remote: list[Address]
    unsettled: list[Address]  # an error hit them, or may have
    errors: list[Any]
    other: list[Any]  # of the answer; what it means, nobody documents


class TransitTime(NamedTuple):
    """How long parcels of one lane took, all customers of TrackingMore together."""

    lane: Lane | None  # as asked for; None where the row fits none
    total: int | None
    delivered: int | None
    shares: Mapping[str, float]  # by range as sent: range1 0-7 days, range3 7-15, range4 16-30 …
    payload: Payload


class TransitTimes(NamedTuple):
    """What one request found of its lanes."""

    items: list[TransitTime]
    missing: list[Lane]


class AirWaybill(NamedTuple):
    """One air waybill and its flights."""

    track_number: str  # 123-12345678
    events: list[Payload]  # of `track_info`, in the answer's order
    payload: Payload


class AirWaybills(NamedTuple):
    """What one request found of its air waybills."""

    items: list[AirWaybill]
    missing: list[str]


def remote_areas(asked: Sequence[Address], data: Payload) -> RemoteAreas:
    """Read an answer about addresses.

    A row belongs to an address of its place and country; where a country is spelled otherwise,
    to the only one of its place.
    """
    areas: list[RemoteArea] = []
    for row in objects(data.get("remote")):
        company, code, country, place = (
            str(row.get(name) or "")
            for name in ("far_express_company", "two_code", "far_country", "far_city_postcode")
        )
        there = [each for each in asked if _fold(each.postcode) == _fold(place)]
        here = [each for each in there if _fold(each.country) in {_fold(code), _fold(country)}]
        if not here and len({_fold(each.country) for each in there}) == 1:
            here = there
        for_it = [each for each in here if _fold(each.company or company) == _fold(company)]
        fitting: list[Address | None] = [*(for_it or here)] or [None]
        areas += (RemoteArea(each, company, code, country, place, row) for each in fitting)
    errors, other = (_several(data.get(name)) for name in ("errors", "other"))
    found = {area.address for area in areas}
    rest = [each for each in asked if each not in found]
    struck = [each for each in rest if any(_names(error, each) for error in errors)]
    told = all(any(_names(error, each) for each in asked) for error in errors)
    placed = all(area.address for area in areas)
    if not (told and placed) or whole(data.get("submitted", len(asked))) != len(asked):
        struck = rest
    not_remote = [each for each in rest if each not in struck]
    return RemoteAreas(areas, not_remote, struck, errors, other)


def transit_times(asked: Sequence[Lane], rows: Iterable[Payload]) -> TransitTimes:
    """Read an answer about lanes: whole numbers also from digits, shares also from "12.5%"."""
    names = ("carrier_code", "original", "destination")
    lanes = {tuple(_fold(getattr(each, name)) for name in names): each for each in asked}
    items = []
    for row in rows:
        key = tuple(_fold(row.get(name)) for name in names)
        ranges = {name: _share(said) for name, said in row.items() if name.startswith("range")}
        shares = {name: share for name, share in ranges.items() if share is not None}
        total, delivered = whole(row.get("total")), whole(row.get("delivered"))
        items.append(TransitTime(lanes.get(key), total, delivered, shares, row))
    found = {item.lane for item in items}
    return TransitTimes(items, [each for each in asked if each not in found])


def air_waybills(asked: Sequence[str], rows: Iterable[Payload]) -> AirWaybills:
    """Read an answer about air waybills; *asked* are spelled as `air_waybill` does."""
    items = []
    for row in rows:
        said = str(row.get("track_number") or "").strip()
        number = air_waybill(said) if AIR_WAYBILL.fullmatch(said) else said
        items.append(AirWaybill(number, objects(row.get("track_info")), row))
    found = {item.track_number for item in items}
    return AirWaybills(items, [each for each in asked if each not in found])


def objects(said: Any) -> list[Payload]:
    """Return the objects of an array, or the one that stands in its place; null is none."""
    return [each for each in _several(said) if isinstance(each, dict)]


def rows_of(data: Any, key: str) -> list[Payload]:
    """Return the rows of loosely documented *data*, each of which carries *key*.

    They are *data* itself, alone or in an array, or stand under some name within it; what stands
    under `errors` is none.
    """
    if isinstance(data, dict) and key not in data:
        named = (value for name, value in data.items() if name != "errors")
        data = [row for value in named for row in objects(value)]
    return [row for row in objects(data) if key in row]


def _several(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [] if said is None else [said]


def _names(error: Any, address: Address) -> bool:
    """Whether *error* speaks of *address*: it repeats its place, and its country if any."""
    if not isinstance(error, dict):
        return False
    country = error.get("country") or address.country
    words = {_fold(value) for value in error.values()}
    return _fold(address.postcode) in words and _fold(country) == _fold(address.country)


def _share(said: Any) -> float | None:
    text = str(said).strip()
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None
    return share if isfinite(share) else None


def _fold(word: Any) -> str:
    return "" if word is None else " ".join(str(word).split()).casefold()
