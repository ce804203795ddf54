"""Stories of the parcels' ways: how long each part took, how it ended, and where the days went."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.stories.story import Story
from tests.stories.vocabulary import local, utc

CODES = {
    "ref.milestones": [
        {"milestone": "in_transit", "rank": 30, "phase": "transit"},
        {"milestone": "lost_or_damaged", "rank": 86, "phase": "exception", "outcome": "lost"},
        {"milestone": "cancelled", "rank": 89, "phase": "final", "outcome": "cancelled"},
        {"milestone": "delivered", "rank": 90, "phase": "final", "outcome": "delivered"},
        {"milestone": "returning", "rank": 95, "phase": "return", "outcome": "returned"},
    ],
    "ref.status_milestones": [
        {"status": "transit", "milestone": "in_transit"},
        {"status": "delivered", "milestone": "delivered"},
    ],
    "ref.substatus_milestones": [
        {"substatus": "transit001", "milestone": "in_transit"},
        {"substatus": "exception007", "milestone": "lost_or_damaged"},
        {"substatus": "exception008", "milestone": "cancelled"},
        {"substatus": "exception011", "milestone": "returning"},
    ],
    "ref.countries": [{"iso2": "CN"}, {"iso2": "NO"}],
    "core.country_names": [
        {"account": "main", "name": "China", "iso2": "CN"},
        {"account": "main", "name": "Norway", "iso2": "NO"},
    ],
}
MEANS = {
    "info_received": (10, "before"),
    "picked_up": (20, "transit"),
    "in_transit": (30, "transit"),
    "departed_origin": (40, "transit"),
    "arrived_destination": (50, "transit"),
    "customs_processing": (60, "transit"),
    "customs_cleared": (65, "transit"),
    "out_for_delivery": (80, "delivery"),
    "delivery_failed": (82, "delivery"),
    "available_for_pickup": (84, "delivery"),
    "exception": (85, "exception"),
    "lost_or_damaged": (86, "exception"),
    "cancelled": (89, "final"),
    "delivered": (90, "final"),
    "returning": (95, "return"),
}
GROUPS = (
    ("account", "(all)", "(all)"),
    ("carrier", "post", "(all)"),
    ("lane", "post", "CN>NO"),
)
HOURS = {"origin": 8, "destination": 1, "unknown": 0}


def parcel(tracking_id: str = "a", **columns: Any) -> dict[str, Any]:
    return {
        "account": "main",
        "tracking_id": tracking_id,
        "carrier_code": "post",
        "status": "transit",
        "original_country": "China",
        "destination_country": "Norway",
        "updated_at": utc(20, 0),
        "fetched_at": utc(20, 1),
    } | columns


def scan(
    milestone: str | None,
    when: datetime,
    side: str = "origin",
    tracking_id: str = "a",
    **columns: Any,
) -> dict[str, Any]:
    """A scan at a wall clock's time of that side: eight hours ahead of UTC, or one."""
    rank, phase = MEANS.get(milestone or "", (None, None))
    return {
        "account": "main",
        "tracking_id": tracking_id,
        "event_id": f"{tracking_id} {when} {milestone}",
        "milestone": milestone,
        "milestone_rank": rank,
        "milestone_phase": phase,
        "side": side,
        "is_domestic": False,
        "is_repeat": False,
        "is_date_only": False,
        "event_time_local": when,
        "happened_at": utc(when.day, when.hour, when.minute) - timedelta(hours=HOURS[side]),
        "clock_confidence": "unknown" if side == "unknown" else "exact",
        "event_time_error_hours": 14.0 if side == "unknown" else 0.0,
        "leg": "origin",
        "position": 1,
    } | columns


def there(milestone: str | None, when: datetime, tracking_id: str = "a") -> dict[str, Any]:
    return scan(milestone, when, "destination", tracking_id)


def way(tracking_id: str, **columns: Any) -> dict[str, Any]:
    """A parcel as marts.shipments has it, open, of which only the beginning is known."""
    return {
        "account": "main",
        "tracking_id": tracking_id,
        "carrier_code": "post",
        "lane": "CN>NO",
        "is_domestic": False,
        "outcome": "open",
        "label_at": utc(1, 0),
        "first_scan_at": utc(2, 0),
        "follow_up_at": utc(20, 0),
    } | columns


WHOLE_WAY = [
    scan("info_received", local(2, 8)),
    scan("picked_up", local(2, 20)),
    scan("departed_origin", local(4, 8)),
    there("arrived_destination", local(6, 1)),
    there("customs_processing", local(6, 13)),
    there("customs_cleared", local(7, 13)),
    there("available_for_pickup", local(9, 13)),
    there("delivered", local(10, 1)),
]

STORIES = [
    Story(
        "marts.turning_points",
        "what happened first and last; what was told twice, or nobody knows when, only counts",
        {
            "marts.events": [
                *WHOLE_WAY,
                scan("picked_up", local(1, 8), is_repeat=True),
                scan(None, local(1, 9), happened_at=None),
                there("in_transit", local(12, 1)),
                scan("info_received", local(2, 8), tracking_id="b", happened_at=None),
            ]
        },
        [
            {
                "tracking_id": "a",
                "event_count": 10,
                "repeat_count": 1,
                "unclassified_count": 1,
                "first_scan_place": 2,
                "delivered_place": 8,
                "last_move_place": 9,
                "first_scan_at": utc(2, 12),
                "delivery_at": utc(10, 0),
                "delivery_local_date": date(2026, 3, 10),
                "last_event_at": utc(12, 0),
                "last_milestone": "in_transit",
            },
            {
                "tracking_id": "b",
                "event_count": 1,
                "repeat_count": 0,
                "unclassified_count": 0,
                "first_scan_place": None,
                "delivered_place": None,
                "last_move_place": None,
                "first_scan_at": None,
                "delivery_at": None,
                "delivery_local_date": None,
                "last_event_at": None,
                "last_milestone": None,
            },
        ],
    ),
    Story(
        "marts.shipments",
        "each part of the way, by the clocks of the world; the wait at the counter is not theirs",
        CODES
        | {
            "core.trackings": [
                parcel(status="Delivered", order_create_time=local(1, 12), tracking_number="N")
            ],
            "marts.events": WHOLE_WAY,
        },
        [
            {
                "carrier_code": "post",
                "tracking_number": "N",
                "status": "delivered",
                "lane": "CN>NO",
                "is_domestic": False,
                "outcome": "delivered",
                "outcome_code": 1,
                "label_at": utc(2, 0),
                "first_scan_at": utc(2, 12),
                "first_scan_local_date": date(2026, 3, 2),
                "ship_week": date(2026, 3, 2),
                "delivered_at": utc(10, 0),
                "ended_at": utc(10, 0),
                "carrier_done_at": utc(9, 12),
                "carrier_done_local_date": date(2026, 3, 9),
                "handover_to_carrier_days": 0.5,
                "transit_days": 7.5,
                "observed_days": 7.5,
                "transit_calendar_days": 8,
                "transit_business_days": 6,
                "order_to_delivery_days": 9,
                "carrier_days": 7.0,
                "customer_pickup_wait_days": 0.5,
                "cross_border_gap_days": 2.0,
                "linehaul_days": 2.0,
                "customs_days": 1.0,
                "transit_less_customs_days": 6.5,
                "destination_days": 4.0,
                "last_mile_days": None,
                "attempt_count": 0,
                "first_attempt_success": None,
                "clock_confidence": "exact",
                "transit_error_hours": 0.0,
                "event_count": 8,
                "last_milestone": "delivered",
                "furthest_milestone": "delivered",
                "flags": [],
            }
        ],
    ),
    Story(
        "marts.shipments",
        "how parcels end: by their scans and by the vendor's word, and where the two differ",
        CODES
        | {
            "core.trackings": [
                parcel("back", status="delivered"),
                parcel("back by code", substatus="exception 011"),
                parcel("called off", substatus="exception008"),
                parcel("delivered", status="delivered", substatus="transit001"),
                parcel("delivered, they say", status="delivered"),
                parcel("found"),
                parcel("gone", status="delivered", deleted_at=utc(15, 0)),
                parcel("label"),
                parcel("lost", status="exception"),
                parcel("nothing", status="pending", updated_at=None),
                parcel("open", status="expired", updated_at=utc(21, 0)),
                parcel("only delivered", status="delivered"),
                parcel("said delivered"),
                parcel("theirs", account="theirs", status="4", original_country="Oz"),
            ],
            "marts.events": [
                scan("picked_up", local(2, 8), tracking_id="back"),
                scan("returning", local(4, 8), tracking_id="back"),
                scan("delivered", local(9, 8), tracking_id="back"),
                scan("picked_up", local(2, 8), tracking_id="back by code"),
                scan("in_transit", local(3, 8), tracking_id="back by code"),
                scan("info_received", local(2, 8), tracking_id="called off"),
                scan("picked_up", local(2, 8), tracking_id="delivered"),
                there("delivered", local(4, 1), "delivered"),
                scan("picked_up", local(2, 8), tracking_id="delivered, they say"),
                scan("picked_up", local(2, 8), tracking_id="found"),
                scan("lost_or_damaged", local(3, 8), tracking_id="found"),
                scan("in_transit", local(4, 8), tracking_id="found"),
                scan("picked_up", local(2, 8), tracking_id="gone"),
                there("delivered", local(5, 1), "gone"),
                scan("info_received", local(2, 8), tracking_id="label"),
                scan("picked_up", local(2, 8), tracking_id="lost"),
                scan("lost_or_damaged", local(3, 8), tracking_id="lost"),
                scan("picked_up", local(2, 8), tracking_id="open"),
                there("delivered", local(4, 1), "only delivered"),
                scan("picked_up", local(2, 8), tracking_id="said delivered"),
                there("delivered", local(5, 1), "said delivered"),
            ],
        },
        [
            {
                "account": "theirs" if tracking_id == "theirs" else "main",
                "tracking_id": tracking_id,
                "outcome": outcome,
                "outcome_code": code,
                "observed_days": days,
                "ended_at": ended_at,
                "is_deleted": tracking_id == "gone",
                "follow_up_at": utc(20, 1) if tracking_id in ("nothing", "open") else utc(20, 0),
                "flags": flags,
            }
            for tracking_id, outcome, code, days, ended_at, flags in (
                ("back", "returned", 2, 2.0, utc(4, 0), ["outcome_contradicted"]),
                ("back by code", "returned", 2, 1.0, utc(3, 0), []),
                ("called off", "cancelled", None, None, utc(2, 0), []),
                ("delivered", "delivered", 1, 2.0, utc(4, 0), []),
                (
                    "delivered, they say",
                    "delivered_no_event",
                    None,
                    None,
                    None,
                    ["delivered_without_event"],
                ),
                ("found", "open", 0, 18.0, None, []),
                ("gone", "delivered", 1, 3.0, utc(5, 0), []),
                ("label", "label_only", None, None, None, []),
                ("lost", "lost", 3, 1.0, utc(3, 0), []),
                ("nothing", "no_events", None, None, None, ["no_events"]),
                ("only delivered", "delivered", 1, None, utc(4, 0), []),
                ("open", "open", 0, 18 + 1 / 24, None, ["vendor_stopped_looking"]),
                ("said delivered", "delivered", 1, 3.0, utc(5, 0), ["outcome_contradicted"]),
                (
                    "theirs",
                    "delivered_no_event",
                    None,
                    None,
                    None,
                    [
                        "no_events",
                        "delivered_without_event",
                        "status_set_by_user",
                        "country_missing",
                    ],
                ),
            )
        ],
    ),
    Story(
        "marts.shipments",
        "whether one attempt was enough, once that is known",
        CODES
        | {
            "core.trackings": [
                parcel(each, status="delivered" if each.startswith("d") else "transit")
                for each in ("d counter", "d door", "d twice", "d two dates", "failed", "out")
            ],
            "marts.events": [
                there("available_for_pickup", local(4, 8), "d counter"),
                there("delivered", local(5, 8), "d counter"),
                there("out_for_delivery", local(4, 8), "d door"),
                there("out_for_delivery", local(4, 10), "d door"),
                there("delivered", local(4, 20), "d door"),
                there("out_for_delivery", local(4, 8), "d twice"),
                there("delivery_failed", local(4, 12), "d twice"),
                there("delivered", local(4, 20), "d twice"),
                there("out_for_delivery", local(4, 8), "d two dates"),
                there("out_for_delivery", local(5, 8), "d two dates"),
                there("delivered", local(5, 20), "d two dates"),
                there("delivery_failed", local(4, 8), "failed"),
                there("out_for_delivery", local(4, 8), "out"),
            ],
        },
        [
            {
                "tracking_id": tracking_id,
                "attempt_count": attempts,
                "first_attempt_success": is_enough,
                "last_mile_days": days,
            }
            for tracking_id, attempts, is_enough, days in (
                ("d counter", 0, None, None),
                ("d door", 1, True, 0.5),
                ("d twice", 1, False, 0.5),
                ("d two dates", 2, False, 1.5),
                ("failed", 1, False, None),
                ("out", 1, None, None),
            )
        ],
    ),
    Story(
        "marts.shipments",
        "what cannot be is null and flagged, and the clocks' doubts are added up",
        CODES
        | {
            "core.trackings": [
                parcel("a", status="delivered", order_create_time=local(28, 0)),
                parcel("b", status="delivered"),
                parcel("c", status="delivered"),
            ],
            "marts.events": [
                there("delivered", local(3, 1)),
                scan("picked_up", local(5, 8)),
                scan("in_transit", local(5, 8), is_repeat=True),
                scan(None, local(6, 8)),
                scan(None, local(6, 8), event_id="undated", happened_at=None),
                scan("in_transit", local(2, 8), "unknown", "b"),
                there("delivered", local(5, 1), "b"),
                scan("departed_origin", local(4, 8), "origin", "c"),
                there("arrived_destination", local(3, 1), "c"),
                there("delivered", local(5, 1), "c"),
                there("in_transit", local(9, 1), "c"),
            ],
        },
        [
            {
                "tracking_id": "a",
                "transit_days": None,
                "observed_days": None,
                "transit_business_days": None,
                "order_to_delivery_days": None,
                "linehaul_days": None,
                "event_count": 4,
                "repeat_count": 1,
                "unclassified_count": 2,
                "clock_confidence": "exact",
                "transit_error_hours": 0.0,
                "flags": ["negative_transit", "order_after_shipping", "unclassified_events"],
            },
            {
                "tracking_id": "b",
                "transit_days": 2 + 16 / 24,
                "observed_days": 2 + 16 / 24,
                "transit_business_days": 3,
                "order_to_delivery_days": None,
                "linehaul_days": None,
                "event_count": 2,
                "repeat_count": 0,
                "unclassified_count": 0,
                "clock_confidence": "unknown",
                "transit_error_hours": 14.0,
                "flags": ["clock_not_exact"],
            },
            {
                "tracking_id": "c",
                "transit_days": 2.0,
                "observed_days": 2.0,
                "transit_business_days": 2,
                "order_to_delivery_days": None,
                "linehaul_days": None,
                "event_count": 4,
                "repeat_count": 0,
                "unclassified_count": 0,
                "clock_confidence": "exact",
                "transit_error_hours": 0.0,
                "flags": ["arrived_before_departed", "number_reused"],
            },
        ],
    ),
    Story(
        "marts.gaps",
        "from each scan to the next; the last one of an open parcel is not over yet",
        {
            "marts.shipments": [
                {
                    "account": "main",
                    "tracking_id": tracking_id,
                    "carrier_code": "post",
                    "lane": "CN>NO",
                    "outcome": outcome,
                    "follow_up_at": utc(9, 0),
                }
                for tracking_id, outcome in (
                    ("done", "delivered"),
                    ("late", "label_only"),
                    ("open", "open"),
                )
            ],
            "marts.events": [
                scan("picked_up", local(2, 8), tracking_id="done"),
                there("delivered", local(4, 1), "done"),
                scan("info_received", local(9, 9), tracking_id="late"),
                scan("picked_up", local(2, 8), tracking_id="open"),
                scan("picked_up", local(2, 8), tracking_id="open", is_repeat=True),
                scan(None, local(3, 8), "unknown", "open"),
                scan("in_transit", local(3, 9), "unknown", "open", happened_at=None),
            ],
        },
        [
            {
                "tracking_id": tracking_id,
                "milestone": milestone,
                "next_milestone": following,
                "until_at": until_at,
                "gap_days": days,
                "event": event,
                "error_hours": error_hours,
                "grp_lane": f"main|post|CN>NO|{milestone or '?'}",
                "grp_carrier": f"main|post|{milestone or '?'}",
                "grp_milestone": f"main|{milestone or '?'}",
            }
            for tracking_id, milestone, following, until_at, days, event, error_hours in (
                ("done", "picked_up", "delivered", utc(4, 0), 2.0, 1, 0.0),
                ("late", "info_received", None, utc(9, 0), None, 0, 0.0),
                ("open", "picked_up", None, utc(3, 8), 1 + 8 / 24, 1, 14.0),
                ("open", None, None, utc(9, 0), 5 + 16 / 24, 0, 14.0),
            )
        ],
    ),
    Story(
        "marts.phases",
        "a part that is over, one that it was last seen in, and one that nobody saw the end of",
        {
            "marts.shipments": [
                way("back", outcome="returned", departed_at=utc(4, 0), ended_at=utc(9, 0)),
                way(
                    "done",
                    outcome="delivered",
                    departed_at=utc(4, 0),
                    first_destination_at=utc(6, 0),
                    customs_in_at=utc(6, 0),
                    first_out_for_delivery_at=utc(8, 0),
                    available_at=utc(8, 12),
                    carrier_done_at=utc(8, 12),
                    delivered_at=utc(10, 0),
                    ended_at=utc(10, 0),
                ),
                way("open", customs_in_at=utc(6, 0), first_out_for_delivery_at=utc(5, 0)),
                way("home", is_domestic=True, label_at=utc(3, 0)),
            ]
        },
        [
            {
                "grain": grain,
                "carrier_code": carrier,
                "lane": lane,
                "phase_order": place,
                "phase": phase,
                "tracking_id": tracking_id,
                "t": days,
                "event": event,
                "grp": f"main|{carrier}|{lane}|{phase}",
            }
            for grain, carrier, lane in GROUPS
            for place, phase, tracking_id, days, event in (
                (1, "handover", "back", 1.0, 1),
                (1, "handover", "done", 1.0, 1),
                (1, "handover", "home", None, 1),
                (1, "handover", "open", 1.0, 1),
                (2, "origin", "back", 2.0, 1),
                (2, "origin", "done", 2.0, 1),
                (2, "origin", "open", 18.0, 0),
                (3, "linehaul", "back", 5.0, 0),
                (3, "linehaul", "done", 2.0, 1),
                (4, "customs", "done", None, 0),
                (4, "customs", "open", None, 0),
                (5, "destination", "done", 2.5, 1),
                (6, "last_mile", "done", 2.0, 1),
                (6, "last_mile", "open", 15.0, 0),
                (7, "pickup_wait", "done", 1.5, 1),
            )
        ],
    ),
    Story(
        "marts.phase_times",
        "a median that may be published, and what may be said of one that may not",
        {
            "marts.shipments": [
                way(str(n), first_scan_at=None, label_at=utc(1, 0)) for n in range(20)
            ]
            + [way(f"over {n}", label_at=utc(2, 0) - timedelta(days=n)) for n in range(20)]
            + [way("early", label_at=utc(5, 0))],
        },
        [
            {
                "grain": grain,
                "carrier_code": carrier,
                "lane": lane,
                "phase": phase,
                "parcel_count": parcels,
                "ended_count": ended,
                "untimed_count": untimed,
                "open_share": share,
                "p50_days": p50,
                "p50_at_least_days": at_least,
                "p90_days": None,
            }
            for grain, carrier, lane in GROUPS
            for phase, parcels, ended, untimed, share, p50, at_least in (
                ("handover", 41, 20, 1, 0.5, 19.0, None),
                ("origin", 21, 0, 0, 1.0, None, 18.0),
            )
        ],
    ),
]
