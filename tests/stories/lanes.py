"""Stories of how long lanes take."""

from typing import Any

import pytest

from tests.factories import at
from tests.stories.story import Story

DAY = 86_400
CODES = {"open": 0, "delivered": 1, "returned": 2, "lost": 3}
GROUPS = (("account", "(all)", "(all)"), ("carrier", "post", "(all)"), ("lane", "post", "DE>NO"))


def shipment(tracking_id: str, outcome: str, days: float | None, **columns: Any) -> dict[str, Any]:
    """A scanned parcel that was followed for so many days, and how that ended."""
    return {
        "account": "main",
        "tracking_id": tracking_id,
        "carrier_code": "post",
        "lane": "DE>NO",
        "outcome": outcome,
        "outcome_code": CODES.get(outcome),
        "observed_days": days,
        "transit_days": days if outcome == "delivered" else None,
        "first_scan_at": at(0),
        "clock_confidence": "exact",
        "is_deleted": False,
        "flags": [],
    } | columns


def known_until(day: float) -> list[dict[str, Any]]:
    """What says up to when the account is known."""
    return [{"account": "main", "scope": "update_time", "watermark_at": at(day * DAY)}]


def reading(days: float, **columns: Any) -> dict[str, Any]:
    return {
        "account": "main",
        "carrier_code": "post",
        "original": "DE",
        "destination": "NO",
        "total": 100,
        "days_0_7_share": 0.05,
        "days_7_15_share": 0.8,
        "days_16_30_share": 0.125,
        "days_31_60_share": 0.0,
        "fetched_at": at(days * DAY),
    } | columns


# One to 17 days, and three that are on their way for 20.
MOSTLY_DELIVERED = [
    *(
        shipment(
            str(day),
            "delivered",
            day,
            has_exception=day > 15,
            first_attempt_success=day < 17,
            transit_business_days=day // 2,
        )
        for day in range(1, 18)
    ),
    *(shipment(name, "open", 20, has_exception=False) for name in "abc"),
]

STORIES = [
    Story(
        "marts.deliveries",
        "a parcel counts in its lane, its carrier and its account, if it has a time at all",
        {
            "marts.shipments": [
                shipment("a", "delivered", 2.5),
                shipment("back", "returned", 4.0, carrier_code="fast", account="theirs"),
                shipment("only a label", "label_only", None),
                shipment("delivered before it was scanned", "delivered", None),
            ]
        },
        [
            {"tracking_id": parcel, "grain": grain, "grp": grp, "t": t, "event": event}
            for parcel, grain, grp, t, event in (
                ("a", "account", "main|(all)|(all)", 2.5, 1),
                ("a", "carrier", "main|post|(all)", 2.5, 1),
                ("a", "lane", "main|post|DE>NO", 2.5, 1),
                ("back", "account", "theirs|(all)|(all)", 4.0, 2),
                ("back", "carrier", "theirs|fast|(all)", 4.0, 2),
                ("back", "lane", "theirs|fast|DE>NO", 4.0, 2),
            )
        ],
    ),
    Story(
        "marts.lane_performance",
        "open parcels are reckoned in; what too few are at risk for is no less than its limit",
        {"marts.shipments": MOSTLY_DELIVERED, "ops.watermarks": known_until(20)},
        [
            {
                "grain": grain,
                "carrier_code": carrier,
                "lane": lane,
                "parcel_count": 20,
                "delivered_count": 17,
                "open_count": 3,
                "untimed_count": 0,
                "open_share": 0.15,
                "p50_days": 10.0,
                "p50_low_days": pytest.approx(5, abs=1),
                "p50_high_days": pytest.approx(14, abs=1),
                "p50_at_least_days": None,
                "p80_days": None,
                "p80_low_days": None,
                "p80_at_least_days": pytest.approx(12, abs=1),
                "p95_days": None,
                "p95_at_least_days": pytest.approx(16, abs=1),
                "mean_days_within_30": None,
                "naive_mean_days": 9.0,
                "naive_p50_days": 9.0,
                "naive_p90_days": pytest.approx(15.4),
                "naive_p50_business_days": 4.0,
                "exception_share": 0.1,
                "attempted_count": 17,
                "first_attempt_share": pytest.approx(16 / 17),
                "first_attempt_share_low": pytest.approx(0.7302, abs=1e-4),
                "first_attempt_share_high": pytest.approx(0.9895, abs=1e-4),
                "as_of": at(20 * DAY),
            }
            for grain, carrier, lane in GROUPS
        ],
    ),
    Story(
        "marts.lane_performance",
        "groups are told apart, and the mean once somebody was followed for 30 days",
        {
            "marts.shipments": [
                shipment("a", "delivered", 10),
                shipment("b", "delivered", 40),
                shipment("back", "returned", 12, carrier_code="fast"),
                shipment("nobody knows when", "delivered_no_event", None, carrier_code="fast"),
                shipment("only a label", "label_only", None, first_scan_at=None),
                shipment("a", "open", 1, account="theirs", clock_confidence="unknown"),
            ]
        },
        [
            {
                "account": account,
                "carrier_code": carrier,
                "parcel_count": parcels,
                "untimed_count": untimed,
                "p50_days": None,
                "mean_days_within_30": mean,
                "naive_return_rate_so_far": returned,
                "unsure_clock_share": unsure,
                "as_of": None,
                "lane": lane,
            }
            for account, carrier, parcels, untimed, mean, returned, unsure, lane in (
                ("main", "(all)", 4, 1, pytest.approx(10 + 20 * 2 / 3), 0.25, 0.0, "(all)"),
                ("main", "fast", 2, 1, None, 0.5, 0.0, "(all)"),
                ("main", "fast", 2, 1, None, 0.5, 0.0, "DE>NO"),
                ("main", "post", 2, 0, pytest.approx(20), 0.0, 0.0, "(all)"),
                ("main", "post", 2, 0, pytest.approx(20), 0.0, 0.0, "DE>NO"),
                ("theirs", "(all)", 1, 0, None, 0.0, 1.0, "(all)"),
                ("theirs", "post", 1, 0, None, 0.0, 1.0, "(all)"),
                ("theirs", "post", 1, 0, None, 0.0, 1.0, "DE>NO"),
            )
        ],
    ),
    Story(
        "marts.lane_vs_benchmark",
        "the newest reading, its ranges added up, beside ours with their limits",
        {
            "marts.shipments": [
                *(shipment(str(day), "delivered", day) for day in range(1, 11)),
                *(shipment(f"slow {day}", "open", day, lane="DE>FR") for day in range(11, 21)),
            ],
            "core.transit_benchmarks": [
                reading(1, days_0_7_share=0.9),
                reading(2),
                reading(2, account="theirs"),
                reading(2, destination="FR", days_31_60_share=None),
            ],
        },
        [
            {
                "account": account,
                "lane": lane,
                "day": day,
                "delivered_share": None if ours is None else pytest.approx(ours),
                "benchmark_share": None if theirs is None else pytest.approx(theirs),
                "verdict": verdict,
                "fetched_at": at(2 * DAY),
            }
            for account, lane, day, ours, theirs, verdict in (
                ("main", "DE>FR", 7, 0.0, 0.05, "slower"),
                ("main", "DE>FR", 15, 0.0, 0.85, "slower"),
                ("main", "DE>FR", 30, None, 0.975, "unknown"),
                ("main", "DE>FR", 60, None, None, "unknown"),
                ("main", "DE>NO", 7, 0.7, 0.05, "faster"),
                ("main", "DE>NO", 15, 1.0, 0.85, "same"),
                ("main", "DE>NO", 30, 1.0, 0.975, "same"),
                ("main", "DE>NO", 60, 1.0, 0.975, "same"),
                ("theirs", "DE>NO", 7, None, 0.05, "unknown"),
                ("theirs", "DE>NO", 15, None, 0.85, "unknown"),
                ("theirs", "DE>NO", 30, None, 0.975, "unknown"),
                ("theirs", "DE>NO", 60, None, 0.975, "unknown"),
            )
        ],
    ),
]
