"""What a sheet of rows asks of the account, row by row, as plain data: orders and flaws.

A sheet is a table of texts whose columns are named as the API names its fields. An empty cell
says nothing. Rows are counted from 1, the header not being one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Generic, NamedTuple, TypeVar

from trackingmore_v2.models import Payload, TrackingRef
from trackingmore_v2.orders import Address, Annotation, Shipment, air_waybill, check_ref

Order = TypeVar("Order")
Row = Mapping[str, str]

REF = ("carrier_code", "tracking_number")
SHIPMENT = tuple(each.name for each in fields(Shipment))
ANNOTATION = (*REF, *(each.name for each in fields(Annotation)))
CORRECTION = (*REF, "update_carrier_code")
ADDRESS = tuple(each.name for each in fields(Address))
AIR_WAYBILL = ("air_waybill",)
# Fields that only some carriers want: a shipment with one of them is registered by itself.
EXTRA_FIELDS = frozenset(
    {
        "tracking_ship_date",
        "tracking_postal_code",
        "tracking_account_number",
        "tracking_destination_country",
    }
)


class Flaw(NamedTuple):
    """Why a row asks for nothing."""

    row: int
    sentence: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.sentence}"


@dataclass
class Sheet(Generic[Order]):
    """What the rows of a sheet ask for, each thing once."""

    orders: list[Order] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    repeated: list[Flaw] = field(default_factory=list)  # rows that say what an earlier one said


class Draft(NamedTuple):
    """A shipment whose carrier may still have to be found out."""

    fields: Payload

    @property
    def tracking_number(self) -> str:
        """The carrier's number."""
        return str(self.fields["tracking_number"])

    @property
    def carrier_code(self) -> str | None:
        """The carrier, where the row names one."""
        return self.fields.get("carrier_code")

    def shipment(self, carrier_code: str | None = None) -> Shipment:
        """Return the shipment, moved by *carrier_code* where the row names nobody.

        Raises:
            ValueError: a field that TrackingMore cannot mean.
        """
        return Shipment(**{"carrier_code": carrier_code, "tracking_number": "", **self.fields})


class Marked(NamedTuple):
    """A parcel and what is to be written beside it."""

    ref: TrackingRef
    annotation: Annotation


class Correction(NamedTuple):
    """A parcel and the carrier that really moves it."""

    ref: TrackingRef
    carrier_code: str


def needs_own_request(shipment: Shipment) -> bool:
    """Return whether a shipment holds a field that only some carriers want."""
    return not EXTRA_FIELDS.isdisjoint(shipment.payload())


def drafts(rows: Iterable[Row]) -> Sheet[Draft]:
    """Return the shipments of a sheet; the carrier may be missing.

    The same number without a carrier and with one are two different parcels.
    """

    def draft(said: Payload) -> Draft:
        if "auto_correct" in said:
            said["auto_correct"] = _whole(said, "auto_correct")
        if "tracking_number" not in said:
            raise ValueError("The tracking_number is missing.")
        made = Draft(said)
        made.shipment("undetected")
        return made

    return _sheet(rows, draft, key=lambda each: (each.carrier_code, each.tracking_number))


def annotations(rows: Iterable[Row]) -> Sheet[Marked]:
    """Return what a sheet writes beside which parcels."""

    def marked(said: Payload) -> Marked:
        ref = _ref(said)
        if "status" in said:
            said["status"] = _whole(said, "status")
        if "archived" in said:
            said["archived"] = _flag(said, "archived")
        return Marked(ref, Annotation(**said))

    return _sheet(rows, marked, key=lambda each: each.ref)


def corrections(rows: Iterable[Row]) -> Sheet[Correction]:
    """Return which parcels of a sheet another carrier moves."""

    def correction(said: Payload) -> Correction:
        ref, carrier = _ref(said), str(said.get("update_carrier_code") or "")
        check_ref(ref._replace(carrier_code=carrier))
        if carrier == ref.carrier_code:
            raise ValueError(f"The update_carrier_code of {ref} is the carrier it has.")
        return Correction(ref, carrier)

    return _sheet(rows, correction, key=lambda each: each.ref)


def refs(rows: Iterable[Row]) -> Sheet[TrackingRef]:
    """Return the parcels a sheet names."""
    return _sheet(rows, _ref, key=lambda each: each)


def addresses(rows: Iterable[Row]) -> Sheet[Address]:
    """Return the destinations a sheet names."""

    def address(said: Payload) -> Address:
        return Address(
            said.get("country", ""), said.get("postcode", ""), said.get("company") or None
        )

    return _sheet(rows, address, key=lambda each: each)


def waybills(rows: Iterable[Row]) -> Sheet[str]:
    """Return the air waybills a sheet names, each in its one spelling."""
    return _sheet(
        rows, lambda said: air_waybill(said.get("air_waybill", "")), key=lambda each: each
    )


def _sheet(
    rows: Iterable[Row], order_of: Callable[[Payload], Order], *, key: Callable[[Order], Any]
) -> Sheet[Order]:
    sheet = Sheet[Order]()
    first: dict[Any, int] = {}
    for number, row in enumerate(rows, start=1):
        said: Payload = {name: value for name, value in row.items() if value.strip()}
        if not said:
            continue
        try:
            order = order_of(said)
        except ValueError as error:
            sheet.flaws.append(Flaw(number, str(error)))
            continue
        if key(order) in first:
            sheet.repeated.append(Flaw(number, f"the same as row {first[key(order)]}"))
            continue
        first[key(order)] = number
        sheet.orders.append(order)
    return sheet


def _ref(said: Payload) -> TrackingRef:
    for name in REF:
        if name not in said:
            raise ValueError(f"The {name} is missing.")
    ref = TrackingRef(*(str(said.pop(name)) for name in REF))
    check_ref(ref)
    return ref


def _whole(said: Payload, name: str) -> int:
    try:
        return int(said[name])
    except ValueError:
        raise ValueError(f"The {name} must be a number.") from None


def _flag(said: Payload, name: str) -> bool:
    words: dict[str, bool] = {"true": True, "1": True, "false": False, "0": False}
    value = words.get(str(said[name]).strip().lower())
    if value is None:
        raise ValueError(f"The {name} must be true or false.")
    return value
