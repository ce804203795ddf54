"""Stories of the parcels on the way: their silence, and when to expect them."""

from typing import Any

import pytest

from tests.factories import at
from tests.stories.lanes import DAY, known_until, shipment
from tests.stories.story import Story, tracking

HOUR = 1 / 24


def gap(tracking_id: str, days: float | None, **columns: Any) -> dict[str, Any]:
    """So many days behind a scan until the next."""
    told = {
        "account": "main",
        "tracking_id": tracking_id,
        "carrier_code": "post",
        "lane": "DE>NO",
        "milestone": "in_transit",
        "gap_days": days,
        "event": 1,
    } | columns
    account, carrier, lane, milestone = (
        told[name] for name in ("account", "carrier_code", "lane", "milestone")
    )
    return told | {
        "grp_lane": f"{account}|{carrier}|{lane}|{milestone}",
        "grp_carrier": f"{account}|{carrier}|{milestone}",
        "grp_milestone": f"{account}|{milestone}",
    }


def silent(tracking_id: str, since: float, until: float, **columns: Any) -> dict[str, Any]:
    """A scan that none came behind, in days since the story's beginning, a Sunday morning."""
    return gap(
        tracking_id,
        until - since,
        event=0,
        happened_at=at(since * DAY),
        until_at=at(until * DAY),
        **columns,
    )


def on_its_way(tracking_id: str, *, age: float, now: float = 30, **columns: Any) -> dict[str, Any]:
    """An open parcel that many days old, looked at just now unless *columns* say otherwise."""
    return shipment(tracking_id, "open", age, first_scan_at=at((now - age) * DAY)) | columns


# On the lane DE>NO 5 are delivered after 2 days, 10 after 8 and 5 after 30.
EXPECTING = {
    "marts.shipments": [
        *(
            shipment(f"{days} {n}", "delivered", days)
            for days, count in ((2, 5), (8, 10), (30, 5))
            for n in range(count)
        ),
        on_its_way("five days old", age=5),
        on_its_way("last seen a week ago", age=5, first_scan_at=at(18 * DAY)),
        on_its_way("few on its lane", age=0.5, lane="??>NO"),
        on_its_way("too few as old as it", age=29, lane="??>NO"),
        on_its_way("gone", age=5, is_deleted=True),
        shipment("only a label", "label_only", None, first_scan_at=None),
    ],
    "ops.watermarks": known_until(30),
}

STORIES = [
    Story(
        "marts.silence_limits",
        "95 % of the gaps, of a lane or carrier if 72 have ended; the silent are reckoned in",
        {
            "marts.gaps": [
                *(gap("busy", hours * HOUR - 0.001) for hours in range(1, 73)),
                gap("told backwards", None),
                gap("quiet", 40, event=0, carrier_code="rare"),
                *(gap("theirs", 1, account="theirs") for _ in range(71)),
            ]
        },
        [
            {
                "account": account,
                "grain": grain,
                "grp": grp,
                "silence_limit_days": pytest.approx(limit),
                "gap_count": gaps,
                "ended_count": ended,
            }
            for account, grain, grp, limit, gaps, ended in (
                ("main", "account", "main|in_transit", 70 * HOUR, 73, 72),
                ("main", "carrier", "main|post|in_transit", 69 * HOUR, 72, 72),
                ("main", "lane", "main|post|DE>NO|in_transit", 69 * HOUR, 72, 72),
                ("theirs", "account", "theirs|in_transit", 1, 71, 71),
            )
        ],
    ),
    Story(
        "marts.delivery_chances",
        "as others fared from that age on, where 10 are still at risk: lane, carrier, account",
        EXPECTING,
        [
            {
                "tracking_id": parcel,
                "forecast_source": source,
                "p_delivered_next_7d": pytest.approx(soon),
                "p_delivered_eventually": pytest.approx(1),
            }
            for parcel, source, soon in (
                ("few on its lane", "carrier", 5 / 24),
                ("five days old", "lane", 2 / 3),
                ("last seen a week ago", "lane", 0),
            )
        ],
    ),
    Story(
        "marts.arrivals_forecast",
        "the sum of the chances; what nobody can tell is counted beside it",
        EXPECTING,
        [
            {
                "carrier_code": carrier,
                "open_count": 4,
                "unknown_count": 1,
                "label_only_count": 1,
                "expected_deliveries": pytest.approx(2 / 3 + 5 / 24),
                "standard_error": pytest.approx((2 / 9 + 5 * 19 / 24**2) ** 0.5),
                "expected_deliveries_low": 0.0,
                "expected_deliveries_high": pytest.approx(
                    7 / 8 + 1.96 * (2 / 9 + 5 * 19 / 24**2) ** 0.5
                ),
                "as_of": at(30 * DAY),
                "until_at": at(37 * DAY),
            }
            for carrier in ("(all)", "post")
        ],
    ),
    Story(
        "marts.arrivals_forecast",
        "nothing is expected of labels, and nobody knows what of the first parcel of all",
        {
            "marts.shipments": [
                shipment("label", "label_only", None, carrier_code="fast", first_scan_at=None),
                on_its_way("first", age=2),
            ],
            "ops.watermarks": known_until(30),
        },
        [
            {
                "carrier_code": carrier,
                "open_count": open_count,
                "unknown_count": open_count,
                "label_only_count": labels,
                "expected_deliveries": expected,
                "expected_deliveries_low": expected,
                "expected_deliveries_high": expected,
            }
            for carrier, open_count, labels, expected in (
                ("(all)", 1, 1, None),
                ("fast", 0, 1, 0.0),
                ("post", 1, 0, None),
            )
        ],
    ),
    Story(
        "marts.in_transit",
        "the silent are stalled by their milestone's limit, but not for a weekend alone",
        {
            "marts.shipments": [
                on_its_way("stuck", age=7, now=8, status="transit"),
                on_its_way("weekend", age=3.5, now=8, lane="DE>??"),
                on_its_way("soon", age=3.99, now=8),
                on_its_way("gone", age=7, now=8, is_deleted=True),
                shipment("delivered", "delivered", 2),
                shipment("label", "label_only", None, first_scan_at=None, flags=["no"]),
            ],
            "marts.gaps": [
                *(gap("before", 1) for _ in range(72)),
                silent("stuck", 1, 8),
                silent("weekend", 5.5, 8, lane="DE>??"),
                silent("soon", 7.5, 8, milestone="picked_up"),
                silent("label", 0, 8, milestone="info_received"),
            ],
            "core.trackings": [
                tracking("stuck", origin_weblink="o.example", destination_weblink="d.example"),
                tracking("weekend", origin_weblink="o.example"),
                tracking("stuck", account="theirs", origin_weblink="t.example"),
            ],
            "ops.watermarks": known_until(8),
        },
        [
            {
                "tracking_id": parcel,
                "outcome": "label_only" if bucket is None else "open",
                "age_bucket": bucket,
                "silence_days": silence,
                "silence_business_days": weekdays,
                "silence_limit_days": limit,
                "limit_source": source,
                "silence_ratio": None if limit is None else silence,
                "is_stalled": is_stalled,
                "weblink": weblink,
                "as_of": at(8 * DAY),
            }
            for parcel, bucket, silence, weekdays, limit, source, is_stalled, weblink in (
                ("label", None, 8.0, 6, None, None, None, None),
                ("soon", "0-3", 0.5, 1, None, None, False, None),
                ("stuck", "4-7", 7.0, 5, 1.0, "lane", True, "d.example"),
                ("weekend", "0-3", 2.5, 1, 1.0, "carrier", False, "o.example"),
            )
        ],
    ),
    Story(
        "marts.in_transit",
        "later than nine tenths of its lane, where that may be said",
        {
            "marts.shipments": [
                *(shipment(str(n), "delivered", n / 10) for n in range(1, 101)),
                on_its_way("late", age=9.5),
                on_its_way("young", age=2),
                on_its_way("elsewhere", age=9.5, lane="DE>FR"),
            ],
            "marts.gaps": [],
            "ops.watermarks": known_until(30),
        },
        [
            {
                "tracking_id": parcel,
                "age_days": pytest.approx(age),
                "is_later_than_lane_p90": is_later,
            }
            for parcel, age, is_later in (
                ("elsewhere", 9.5, None),
                ("late", 9.5, True),
                ("young", 2, False),
            )
        ],
    ),
]
