"""Which payloads can be read at all, and why the others cannot."""

from collections.abc import Sequence
from typing import Any, NamedTuple

LEGS = {"origin_info": "origin", "destination_info": "destination"}
IDENTITY = ("id", "carrier_code", "tracking_number")
STAMPS = ("created_at", "updated_at")
WORDS = ("Date", "StatusDescription", "Details")  # what makes a scan the scan that it is
REMARKS = {
    "checkpoint_status": "checkpoint_status",
    "substatus": "substatus",
    "ItemNode": "item_node",
}
"""Column of what is said of a scan besides its words, by the API's name."""
NO_NEWS: tuple[Any, ...] = (None, [], {}, "")  # how a leg says that it has nothing to say


class Rejected(NamedTuple):
    """A payload that cannot be read."""

    payload: Any
    reason: str

    @property
    def tracking_id(self) -> str | None:
        """The payload's id, where it has one."""
        found = self.payload.get("id") if isinstance(self.payload, dict) else None
        return found if isinstance(found, str) else None


class Sorted(NamedTuple):
    """Payloads that can be read, and those that cannot."""

    readable: list[dict[str, Any]]
    rejected: list[Rejected]


def sort_out(items: Sequence[Any]) -> Sorted:
    """Part payloads by whether their shape is known; nothing is dropped.

    Judges only what a row cannot do without: who the parcel is, the shape of its legs. A
    field of an unexpected type is no reason; it goes to `extra`.
    """
    readable: list[dict[str, Any]] = []
    rejected: list[Rejected] = []
    for item in items:
        reason = _why_not(item)
        if reason is None:
            readable.append(item)
        else:
            rejected.append(Rejected(item, reason))
    return Sorted(readable, rejected)


def named_ids(items: Sequence[Any]) -> list[str]:
    """Return the ids of those payloads that have one."""
    return [
        item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)
    ]


def scans(item: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """Return a leg's scans as sent, newest first; a leg without news is null, [] or {}."""
    leg = item.get(field)
    return (leg.get("trackinfo") or []) if leg else []


def _why_not(item: object) -> str | None:
    """Return why *item* cannot be read; None: it can."""
    if not isinstance(item, dict):
        return f"the payload is no object but {_kind(item)}"
    for name in IDENTITY:
        if not isinstance(item.get(name), str) or not item[name]:
            return f"{name} is no text but {_kind(item.get(name))}"
    odd = _no_text(item, STAMPS)
    return odd or next(filter(None, (_odd_leg(item, field) for field in LEGS)), None)


def _odd_leg(item: dict[str, Any], field: str) -> str | None:
    leg = item.get(field)
    if leg in NO_NEWS:
        return None
    if not isinstance(leg, dict):
        return f"{field} is no object but {_kind(leg)}"
    trackinfo = leg.get("trackinfo")
    if trackinfo in NO_NEWS:
        return None
    if not isinstance(trackinfo, list):
        return f"{field}.trackinfo is no list but {_kind(trackinfo)}"
    for number, scan in enumerate(trackinfo):
        if not isinstance(scan, dict):
            return f"{field}.trackinfo[{number}] is no object but {_kind(scan)}"
        odd = _no_text(scan, WORDS)
        if odd:
            return f"{field}.trackinfo[{number}].{odd}"
    return None


def _no_text(values: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = values.get(name)
        if value is not None and not isinstance(value, str):
            return f"{name} is no text but {_kind(value)}"
    return None


def _kind(value: object) -> str:
    if value == "":
        return "an empty text"
    names = {dict: "an object", list: "a list", type(None): "null"}
    return names.get(type(value)) or f"the {type(value).__name__} {value!r:.40}"
