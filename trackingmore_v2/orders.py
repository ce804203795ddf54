"""What a request may carry besides keys: shipments, annotations, addresses and lanes, checked."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, fields
from itertools import islice
from typing import Any, TypeVar

from trackingmore_v2.models import Payload, TrackingRef

Item = TypeVar("Item")

STATUSES = {4: "delivered", 7: "exception", 8: "whatever the carrier says"}
"""What a status may be set to by hand; no other number has a documented meaning."""

FORMS = {
    "carrier_code": "[0-9A-Za-z_-]+",
    "tracking_number": r"[^\s,]+( [^\s,]+)*",  # the list's filter would take a comma for two
    "destination_code": "[A-Za-z]{2}",
    "lang": "[A-Za-z]{2}",
    "tracking_ship_date": "[0-9]{8}|[0-9]{10}",  # YYYYMMDD, or unix seconds
    "order_create_time": "[0-9]{4}([/-][0-9]{1,2}){2}( [0-9]{1,2}(:[0-9]{2}){1,2})?",
    "customer_email": r"[^@\s]+@[^@\s]+",
}
SINGLE_ONLY = frozenset({"customer_phone", "archived"})  # `updatemore` does not take them
AIR_WAYBILL = re.compile("([0-9]{3})[ -]?([0-9]{7,8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A parcel to be registered, with what the shop knows of it; None is not sent.

    Names and meanings are the API's. *order_create_time* is the shop's wall clock ("2026-03-01
    16:48"), *tracking_ship_date* YYYYMMDD; `auto_correct=1` tells TrackingMore *not* to choose
    another carrier. Some carriers want *tracking_postal_code*, *tracking_account_number* or
    *tracking_destination_country* beside the number.

    Raises:
        ValueError: a field that TrackingMore cannot mean; it is named, its value is not.
    """

    carrier_code: str
    tracking_number: str
    destination_code: str | None = None
    title: str | None = None
    logistics_channel: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    customer_phone: str | None = None
    order_id: str | None = None
    order_create_time: str | None = None
    tracking_ship_date: str | None = None
    tracking_postal_code: str | None = None
    tracking_account_number: str | None = None
    tracking_destination_country: str | None = None
    lang: str | None = None
    auto_correct: int | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        check_ref(self.ref)
        said = _said(self)
        if said.pop("auto_correct", 0) not in (0, 1) or isinstance(self.auto_correct, bool):
            raise ValueError(f"The auto_correct of {self.ref} must be 0 or 1.")
        _check(said, f"of {self.ref}")

    @property
    def ref(self) -> TrackingRef:
        """How the parcel is addressed, unless TrackingMore corrects its carrier."""
        return TrackingRef(self.carrier_code, self.tracking_number)

    def payload(self) -> Payload:
        """Return the fields as `POST /trackings/post` takes them."""
        return _said(self)

    def payload_of_many(self) -> Payload:
        """Return the fields as `POST /trackings/batch` takes them: one is called differently."""
        said = _said(self)
        country = said.pop("tracking_destination_country", None)
        return said if country is None else {**said, "specialNumberDestination": country}


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What to write beside a registered parcel; None leaves a field alone, "" empties it.

    *status* is one of STATUSES.

    Raises:
        ValueError: a field that TrackingMore cannot mean, or nothing to write; the field is
            named, its value is not.
    """

    title: str | None = None
    logistics_channel: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    customer_phone: str | None = None
    order_id: str | None = None
    destination_code: str | None = None
    archived: bool | None = None
    status: int | None = None

    def __post_init__(self) -> None:
        said = _said(self)
        if not said:
            raise ValueError("An annotation without any field writes nothing.")
        if said.pop("archived", True) not in (True, False):
            raise ValueError("The archived of an annotation must be True or False.")
        status = said.pop("status", 4)
        if not isinstance(status, int) or status not in STATUSES:
            raise ValueError("The status of an annotation must be 4, 7 or 8.")
        _check({name: value for name, value in said.items() if value != ""}, "of an annotation")

    @property
    def fits_many(self) -> bool:
        """Whether it may be written beside many parcels at once: not all fields may."""
        return SINGLE_ONLY.isdisjoint(_said(self))

    def payload(self) -> Payload:
        """Return the fields as `PUT /trackings/…` takes them: *archived* is a word there."""
        said = _said(self)
        if self.archived is not None:
            said["archived"] = "true" if self.archived else "false"
        return said

    def payload_of_many(self, ref: TrackingRef) -> Payload:
        """Return the fields as `POST /trackings/updatemore` takes them.

        Raises:
            ValueError: a field that can be written beside one parcel at a time only.
        """
        for name in sorted(SINGLE_ONLY & _said(self).keys()):
            raise ValueError(f"The {name} of {ref} can only be annotated by itself.")
        return {**ref._asdict(), **_said(self)}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a courier might charge extra; *country* a name or two letters, *postcode* or a city."""

    country: str
    postcode: str
    company: str | None = None  # of couriers: None asks for all

    def __post_init__(self) -> None:
        _check(_said(self), "of an address", empty=False)

    def payload(self) -> Payload:
        """Return the fields as the API takes them."""
        return _said(self)


@dataclass(frozen=True, slots=True)
class Lane:
    """A carrier between two countries, each two letters."""

    carrier_code: str
    original: str
    destination: str

    def __post_init__(self) -> None:
        _check(_said(self), "of a lane", empty=False)

    def payload(self) -> Payload:
        """Return the fields as the API takes them."""
        return _said(self)


def check_ref(ref: TrackingRef) -> None:
    """Refuse a parcel that cannot be addressed; whether its number is a good one, is not asked.

    Raises:
        ValueError: it lacks its number, or its carrier is none.
    """
    if not isinstance(ref.tracking_number, str) or not ref.tracking_number.strip():
        raise ValueError(f"The tracking_number of {str(ref)!r} is none.")
    _check({"carrier_code": ref.carrier_code}, f"of {str(ref)!r}")


def air_waybill(number: str) -> str:
    """Return the one spelling of an air waybill's number, 123-12345678.

    Raises:
        ValueError: it is no such number.
    """
    match = AIR_WAYBILL.fullmatch(number)
    if match is None:
        raise ValueError(f"The track_number {number!r} is not that of an air waybill.")
    return "-".join(match.groups())


def batches(items: Iterable[Item], limit: int) -> Iterator[list[Item]]:
    """Yield *items* in portions of at most *limit*; no items are no portions.

    Raises:
        ValueError: a *limit* below 1.
    """
    if limit < 1:
        raise ValueError(f"A request must hold at least one item, not {limit}.")
    rest = iter(items)
    return iter(lambda: list(islice(rest, limit)), [])


def _said(thing: Any) -> Payload:
    """Return the fields of *thing* that say something, and those that must."""
    values = {field.name: getattr(thing, field.name) for field in fields(thing)}
    needed = {field.name for field in fields(thing) if field.default is MISSING}
    return {name: said for name, said in values.items() if said is not None or name in needed}


def _check(said: Payload, whose: str, *, empty: bool = True) -> None:
    """Refuse what is no text or not in its form, without quoting it: it may be personal."""
    for name, value in said.items():
        if not isinstance(value, str) or not (empty or value.strip()):
            raise ValueError(f"The {name} {whose} must be a text.")
        if name in FORMS and not re.fullmatch(FORMS[name], value):
            raise ValueError(f"The {name} {whose} is none.")
