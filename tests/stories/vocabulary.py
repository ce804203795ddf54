"""Rows that the stories of events share: a small vocabulary, a parcel from China to Norway."""

from datetime import UTC, datetime
from typing import Any

Rows = list[dict[str, Any]]


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute)  # noqa: DTZ001


def parcel(tracking_id: str = "a", **columns: Any) -> dict[str, Any]:
    return {
        "account": "main",
        "tracking_id": tracking_id,
        "carrier_code": "post",
        "original_country": "China",
        "destination_country": "Norway",
    } | columns


def scan(event_id: str, when: datetime, says: str, **columns: Any) -> dict[str, Any]:
    return {
        "account": "main",
        "tracking_id": "a",
        "event_id": event_id,
        "leg": "origin",
        "position": 1,
        "event_time_raw": f"{when:%Y-%m-%d %H:%M}",
        "event_time_local": when,
        "description": says,
    } | columns


def read(said: str, milestone: str | None) -> dict[str, Any]:
    return {"account": "main", "said": said, "words": said, "milestone": milestone}


REFERENCE: dict[str, Rows] = {
    "ref.milestones": [
        {"milestone": name, "rank": rank, "phase": phase, "outcome": outcome}
        for name, rank, phase, outcome in (
            ("picked_up", 20, "transit", None),
            ("in_transit", 30, "transit", None),
            ("departed_origin", 40, "transit", None),
            ("delivery_failed", 82, "delivery", None),
            ("exception", 85, "exception", None),
            ("lost_or_damaged", 86, "exception", "lost"),
            ("delivered", 90, "final", "delivered"),
        )
    ],
    "ref.substatus_milestones": [
        {"substatus": "transit001", "milestone": "in_transit"},
        {"substatus": "delivered001", "milestone": "delivered"},
    ],
    "ref.status_milestones": [
        {"status": "transit", "milestone": "in_transit"},
        {"status": "exception", "milestone": "exception"},
    ],
    "ref.countries": [
        {"iso2": "CN", "main_zone": "Asia/Shanghai", "error_hours": 0.0},
        {"iso2": "NO", "main_zone": "Europe/Oslo", "error_hours": 0.0},
        {"iso2": "AU", "main_zone": "Australia/Sydney", "error_hours": 3.0},
    ],
    "core.country_names": [
        {"account": "main", "name": "China", "iso2": "CN"},
        {"account": "main", "name": "Norway", "iso2": "NO"},
        {"account": "main", "name": "Australia", "iso2": "AU"},
    ],
    "core.event_texts": [
        read("Posted", "picked_up"),
        read("Flown out", "departed_origin"),
        read("Moving", "in_transit"),
        read("Not delivered", "delivery_failed"),
        read("Lost", "lost_or_damaged"),
        read("Delivered", "delivered"),
        read("Xyzzy", None),
    ],
}
