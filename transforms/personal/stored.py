"""Masks what is stored of a parcel already, as if its payload had been masked before it came."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from transforms.identity import canonical, event_id
from transforms.personal.masker import Masker

Row = dict[str, Any]

FIELDS = {
    "title": "title",
    "order_id": "order_id",
    "comment": "comment",
    "logistics_channel": "logistics_channel",
    "customer_name": "customer_name",
    "customer_email": "customer_email",
    "customer_phone": "customer_phone",
    "status_info": "status_info",
    "signed_by": "singed_by",
    "last_event_raw": "lastEvent",
}
"""Columns of core.trackings that may hold a person, and their names in the payload."""
TRACKING_COLUMNS = ("tracking_id", "carrier_code", "tracking_number", *FIELDS, "extra")
EVENT_COLUMNS = (
    "tracking_id",
    "event_id",
    "leg",
    "position",
    "repetition",
    "event_time_raw",
    "description",
    "details",
    "extra",
    "first_seen_at",
    "withdrawn_at",
)
_WORDS = {"event_time_raw": "Date", "description": "StatusDescription", "details": "Details"}


class Masked(NamedTuple):
    """What is to be written of a parcel: None and nothing where it stays as it is."""

    tracking: Row | None
    events: list[Row]  # those that change, with their new event_id
    merged: list[Row]  # those that say, masked, what another row says


def mask_parcel(masker: Masker, tracking: Row, events: Sequence[Row]) -> Masked:
    """Return what of a parcel's rows changes.

    Args:
        masker: The policy, and who is forgotten.
        tracking: The columns TRACKING_COLUMNS of its row.
        events: The columns EVENT_COLUMNS of all its scans; `row` tells them apart.
    """
    payload = {
        "id": tracking["tracking_id"],
        "carrier_code": tracking["carrier_code"],
        "tracking_number": tracking["tracking_number"],
        **{name: tracking[column] for column, name in FIELDS.items()},
    }
    top, legs = _unfolded(tracking["extra"])
    payload |= top
    legs.setdefault("origin_info", {})
    legs.setdefault("destination_info", {})
    for field, leg in legs.items():
        leg["trackinfo"] = [_scan(each) for each in events if f"{each['leg']}_info" == field]
    masked = masker.item(payload | legs)
    if masked is payload or masked == payload | legs:
        return Masked(None, [], [])
    changed = {column: masked[name] for column, name in FIELDS.items()}
    changed["extra"] = _folded(top, legs, masked)
    is_same = all(tracking[column] == value for column, value in changed.items())
    row = None if is_same else {"tracking_id": tracking["tracking_id"], **changed}
    scans = [
        {**each, **_columns(scan)}
        for field in legs
        for each, scan in zip(
            [each for each in events if f"{each['leg']}_info" == field],
            masked[field]["trackinfo"],
            strict=True,
        )
    ]
    return Masked(row, *_renamed(events, scans))


def _unfolded(extra: str | None) -> tuple[Row, dict[str, Row]]:
    """Return the fields that no column is for, those of legs apart."""
    top: Row = {}
    legs: dict[str, Row] = {}
    for name, value in (json.loads(extra) if extra else {}).items():
        field, dot, inner = name.partition(".")
        if dot and field in {"origin_info", "destination_info"}:
            legs.setdefault(field, {})[inner] = value
        else:
            top[name] = value
    return top, legs


def _folded(top: Row, legs: dict[str, Row], masked: Row) -> str | None:
    said = {name: masked[name] for name in top}
    for field, leg in legs.items():
        said |= {f"{field}.{name}": masked[field][name] for name in leg if name != "trackinfo"}
    return canonical(said).decode() if said else None


def _scan(event: Row) -> Row:
    extra = json.loads(event["extra"]) if event["extra"] else {}
    return {name: event[column] for column, name in _WORDS.items()} | extra


def _columns(scan: Row) -> Row:
    extra = {name: value for name, value in scan.items() if name not in _WORDS.values()}
    told = {column: scan[name] for column, name in _WORDS.items()}
    return told | {"extra": canonical(extra).decode() if extra else None}


def _renamed(before: Iterable[Row], scans: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return the scans that change, under the names that their words have now, and the merged.

    Scans that stand are counted from the oldest as in a payload. One that the carrier took back
    is the scan that stands, if it says the same now.
    """
    kept: dict[str, Row] = {}
    merged: list[Row] = []
    met: dict[tuple[Any, ...], int] = defaultdict(int)
    standing = [each for each in scans if each["withdrawn_at"] is None]
    for scan in sorted(standing, key=lambda each: (each["leg"], each["position"])):
        words = _words(scan)
        met[(scan["leg"], *words)] += 1
        repetition = met[(scan["leg"], *words)]
        kept[_name(scan, repetition)] = scan | {
            "repetition": repetition,
            "event_id": _name(scan, repetition),
        }
    taken_back = [each for each in scans if each["withdrawn_at"] is not None]
    for scan in sorted(taken_back, key=lambda each: each["withdrawn_at"], reverse=True):
        name = _name(scan, scan["repetition"])
        if name in kept:
            merged.append(scan)
            earlier = min(kept[name]["first_seen_at"], scan["first_seen_at"])
            kept[name] = kept[name] | {"first_seen_at": earlier}
        else:
            kept[name] = scan | {"event_id": name}
    stored = {each["row"]: each for each in before}
    changed = [each for each in kept.values() if each != stored[each["row"]]]
    return changed, merged


def _words(scan: Row) -> tuple[str | None, str | None, str | None]:
    return scan["event_time_raw"], scan["description"], scan["details"]


def _name(scan: Row, repetition: int) -> str:
    return event_id(scan["tracking_id"], scan["leg"], _words(scan), repetition)
