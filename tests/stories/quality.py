"""Stories of what may be doubted: late news, missing scans, texts that nobody knows."""

from typing import Any

import pytest

from tests.factories import at
from tests.stories.lanes import DAY, GROUPS, known_until, shipment
from tests.stories.story import Story, tracking

HOUR = 3600
DOUBTS = {
    "scans": (
        "contradicted_text",
        "date_only",
        "repeated_feed",
        "unknown_clock",
        "unknown_text",
        "unreadable_time",
    ),
    "parcels": (
        "arrived_before_departed",
        "contradicted_outcome",
        "delivered_without_scan",
        "negative_transit",
        "no_scans",
        "ordered_after_shipping",
        "reused_number",
        "status_set_by_hand",
        "unknown_country",
    ),
    "payloads": ("quarantined_payload",),
    "fields": ("unknown_field",),
}


def scan(tracking_id: str, event_id: str, milestone: str, **columns: Any) -> dict[str, Any]:
    return {
        "account": "main",
        "tracking_id": tracking_id,
        "event_id": event_id,
        "carrier_code": "post",
        "milestone": milestone,
        "milestone_source": "text",
        "clock_confidence": "exact",
        "happened_at": at(0),
        "event_time_local": at(0).replace(tzinfo=None),
        "event_time_error_hours": 0.0,
        "is_contradicted": False,
        "is_date_only": False,
        "is_repeat": False,
    } | columns


def told(event_id: str, happened: float, seen: float, **columns: Any) -> dict[str, Any]:
    """A scan of parcel a, in hours since it was first read."""
    times = {
        "happened_at": at(happened * HOUR),
        "event_time_local": at((happened + 1) * HOUR).replace(tzinfo=None),
        "first_seen_at": at(seen * HOUR),
    }
    return scan("a", event_id, "in_transit", **(times | columns))


def doubts(account: str, totals: dict[str, int | None], found: dict[str, Any]) -> list[Any]:
    """Every kind of doubt, those of *found* with their count and example."""
    return sorted(
        (
            {
                "account": account,
                "kind": kind,
                "unit": unit,
                "doubt_count": found.get(kind, (0, None))[0],
                "total_count": totals[unit],
                "share": (
                    pytest.approx(found.get(kind, (0, None))[0] / total)
                    if (total := totals[unit])
                    else None
                ),
                "example_id": found.get(kind, (0, None))[1],
            }
            for unit, kinds in DOUBTS.items()
            if unit in totals
            for kind in kinds
        ),
        key=lambda row: row["kind"],
    )


STORIES = [
    Story(
        "marts.tracking_latency",
        "of scans that came after the parcel's first sight, each as its first feed told it",
        {
            "core.trackings": [tracking("a", first_seen_at=at(0))],
            "marts.shipments": [],
            "marts.gaps": [],
            "marts.events": [
                told("there already", -9, 0),
                told("1", 1, 3),
                told("by another feed", 1, 2, is_repeat=True),
                told("2", 2, 5),
                told("before it happened", 8, 7),
                told("whose clock", 3, 9, event_time_error_hours=3.0),
                told("soon", 1, 9, happened_at=None),
                told("of another carrier", 4, 8, carrier_code="last mile"),
            ],
        },
        [
            {
                "carrier_code": carrier,
                "judged_count": judged,
                "p50_hours": p50,
                "p90_hours": pytest.approx(p90),
                "negative_count": negative,
                "unsure_clock_count": unsure,
                "first_sight_count": there,
            }
            for carrier, judged, p50, p90, negative, unsure, there in (
                ("(all)", 4, 2.0, 3.7, 1, 1, 1),
                ("last mile", 1, 4.0, 4.0, 0, 0, 0),
                ("post", 3, 1.0, 2.6, 1, 1, 1),
            )
        ],
    ),
    Story(
        "marts.scan_completeness",
        "scans of ended parcels; only a delivered one should have been out for delivery",
        {
            "marts.shipments": [
                shipment("a", "delivered", 1),
                shipment("b", "delivered", 1),
                shipment("nobody knows when", "delivered_no_event", None),
                shipment("back", "returned", 1),
                shipment("on its way", "open", 1),
            ],
            "marts.events": [
                *(scan("a", word, word) for word in ("picked_up", "out_for_delivery", "delivered")),
                scan("a", "again", "picked_up"),
                scan("b", "1", "delivered"),
                scan("nobody knows when", "1", "in_transit"),
                scan("back", "1", "picked_up"),
                scan("back", "2", "out_for_delivery"),
                scan("on its way", "1", "picked_up"),
            ],
        },
        [
            {
                "grain": grain,
                "carrier_code": carrier,
                "lane": lane,
                "ended_count": 4,
                "delivered_count": 3,
                "picked_up_share": 0.5,
                "out_for_delivery_share": pytest.approx(1 / 3),
                "delivered_share": pytest.approx(2 / 3),
            }
            for grain, carrier, lane in GROUPS
        ],
    ),
    Story(
        "marts.data_quality",
        "each doubt with how many, of how many, and one of them; none is told too",
        {
            "marts.shipments": [
                shipment("a", "delivered", 1, flags=["negative_transit", "country_missing"]),
                shipment("b", "delivered", 1, flags=["country_missing", "clock_not_exact"]),
                shipment("c", "open", 1, flags=["no_events", "status_set_by_user"]),
                shipment("d", "open", 1, flags=["outcome_contradicted", "number_reused"]),
                shipment("a", "open", 1, account="theirs"),
            ],
            "marts.events": [
                scan("b", "1", "delivered", is_contradicted=True),
                scan("b", "2", "delivered", is_repeat=True, clock_confidence="unknown"),
                scan("a", "1", "in_transit", is_date_only=True, milestone_source="status"),
                scan("c", "1", "in_transit", milestone_source="none", happened_at=None),
                scan("d", "1", "in_transit", milestone_source="override"),
            ],
            "ops.quarantine": [
                {"account": "main", "quarantine_id": "waits"},
                {"account": "main", "quarantine_id": "read", "released_at": at(1)},
            ],
            "ops.unknown_fields": [
                {"account": "main", "field": field} for field in ("origin_info.Foo", "bar")
            ],
            "ops.watermarks": [
                *known_until(1),
                {"account": "theirs", "scope": "update_time", "watermark_at": at(DAY)},
            ],
        },
        [
            *doubts(
                "main",
                {"scans": 5, "parcels": 4, "payloads": 5, "fields": None},
                {
                    "unknown_text": (2, "a"),
                    "contradicted_text": (1, "b"),
                    "unknown_clock": (1, "b"),
                    "date_only": (1, "a"),
                    "unreadable_time": (1, "c"),
                    "repeated_feed": (1, "b"),
                    "no_scans": (1, "c"),
                    "unknown_country": (2, "a"),
                    "contradicted_outcome": (1, "d"),
                    "negative_transit": (1, "a"),
                    "reused_number": (1, "d"),
                    "status_set_by_hand": (1, "c"),
                    "quarantined_payload": (1, "waits"),
                    "unknown_field": (2, "bar"),
                },
            ),
            *doubts("theirs", {"parcels": 1, "payloads": 1, "fields": None}, {}),
        ],
    ),
]
