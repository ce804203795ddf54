"""What a request says of parcels, checked: which one is meant, and what is to be noted of it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox.asking import Call
from trackingmore_v2.sandbox.carriers import CARRIERS
from trackingmore_v2.sandbox.envelope import RefusedError
from trackingmore_v2.sandbox.numbering import CARRIER_CODE, NUMBER

NOTED = (
    "customer_email",
    "customer_name",
    "customer_phone",
    "destination_code",
    "logistics_channel",
    "order_id",
    "title",
)
ONLY_AT_FIRST = ("comment", "order_create_time")
# what every item of the list has; the others it has only if somebody says them
ALWAYS = ("customer_email", "customer_name", "order_id", "title", *ONLY_AT_FIRST)
BY_HAND = {"4": "delivered", "7": "exception", "8": None}
FLAGS = {"true": True, "false": False, "": None}


class Name(NamedTuple):
    """What a tracking is addressed by."""

    carrier_code: str
    tracking_number: str


def listed(call: Call, *, over: int = 4020) -> list[Any]:
    """Return the array that is a request's body; more than the endpoint takes is refused."""
    said = call.params.get("items")
    if not isinstance(said, list) or not said:
        raise RefusedError(4012)
    if call.endpoint.batch_limit and len(said) > call.endpoint.batch_limit:
        raise RefusedError(over)
    return said


def name(said: Any) -> Name:
    """Return which tracking is meant: 4012 to 4015 for what cannot be one."""
    if not isinstance(said, Mapping):
        raise RefusedError(4012)
    number = tracking_number(said)
    return Name(carrier_code(said), number)


def tracking_number(said: Mapping[str, Any]) -> str:
    """Return the tracking number of a request: 4013 without one, 4014 for what is none."""
    number = text(said.get("tracking_number"))
    if not number:
        raise RefusedError(4013)
    if not NUMBER.fullmatch(number):
        raise RefusedError(4014)
    return number


def carrier_code(said: Mapping[str, Any], field: str = "carrier_code") -> str:
    """Return the carrier of a request: 4012 without one, 4015 for one that is not listed."""
    code = text(said.get(field))
    if not code:
        raise RefusedError(4012)
    if not CARRIER_CODE.fullmatch(code) or code not in CARRIERS:
        raise RefusedError(4015)
    return code


def entry(said: Mapping[str, Any]) -> Payload:
    """Return the fields of a parcel that is being registered."""
    fields: Payload = dict.fromkeys(ALWAYS) | {"archived": False}
    return fields | _noted(said, (*NOTED, *ONLY_AT_FIRST))


def annotation(said: Mapping[str, Any]) -> Payload:
    """Return what a request changes; an unknown status is refused with 4033.

    A status of None is the carrier's again.
    """
    fields = _noted(said, NOTED)
    status = text(said.get("status"))
    if status:
        if status not in BY_HAND:
            raise RefusedError(4033)
        fields["status"] = BY_HAND[status]
    archived = "" if said.get("archived") is None else str(said["archived"]).lower()
    if archived not in FLAGS:
        raise RefusedError(4012)
    if FLAGS[archived] is not None:
        fields["archived"] = FLAGS[archived]
    return fields


def text(said: Any) -> str:
    """Return a scalar as text, without blanks around; "" for null. No scalar is refused."""
    if isinstance(said, bool) or not isinstance(said, str | int | float | None):
        raise RefusedError(4012)
    return "" if said is None else str(said).strip()


def _noted(said: Mapping[str, Any], wanted: tuple[str, ...]) -> Payload:
    fields: Payload = {}
    for field in wanted:
        value = said.get(field)
        if field == "customer_email" and isinstance(value, list):
            fields[field] = [text(each) for each in value]
        elif value is not None:
            text(value)
            fields[field] = value if isinstance(value, str) else str(value)
    return fields
