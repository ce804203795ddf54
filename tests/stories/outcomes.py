"""Stories of how parcels end, by day and by week."""

from datetime import date

import pytest

from tests.factories import at
from tests.stories.lanes import DAY, GROUPS, known_until, shipment
from tests.stories.story import Story

WEEK = date(2026, 2, 23)
AGES = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60)

STORIES = [
    Story(
        "marts.outcome_incidence",
        "outcomes compete and add up to all; beyond the longest follow-up nobody knows",
        {
            "marts.shipments": [
                shipment("a", "delivered", 5),
                shipment("b", "returned", 10),
                shipment("c", "delivered", 21),
                shipment("d", "open", 25),
            ],
            "ops.watermarks": known_until(25),
        },
        [
            {
                "grain": grain,
                "outcome": outcome,
                "day": day,
                "share": None if share is None else pytest.approx(share),
                "open_share": None if still is None else pytest.approx(still),
                "at_risk_count": at_risk,
                "as_of": at(25 * DAY),
            }
            for grain, _, _ in GROUPS
            for outcome, shares in (
                ("delivered", (0.25, 0.25, 0.5, None, None, None)),
                ("lost", (0.0, 0.0, 0.0, None, None, None)),
                ("returned", (0.0, 0.25, 0.25, None, None, None)),
            )
            for day, share, still, at_risk in zip(
                (7, 14, 21, 30, 45, 60),
                shares,
                (0.75, 0.5, 0.25, None, None, None),
                (3, 2, 2, 0, 0, 0),
                strict=True,
            )
        ],
    ),
    Story(
        "marts.cohort_weeks",
        "a share is told once the youngest of the week is that old",
        {
            "marts.shipments": [
                shipment("a", "delivered", 1.5, ship_week=WEEK),
                shipment("young", "open", 3, ship_week=WEEK, first_scan_at=at(2 * DAY)),
                shipment("nobody knows when", "delivered_no_event", None, ship_week=WEEK),
            ],
            "ops.watermarks": known_until(9),
        },
        [
            {
                "grain": grain,
                "carrier_code": carrier,
                "lane": lane,
                "ship_week": WEEK,
                "age_days": age,
                "parcel_count": 2,
                "delivered_count": None if age > 7 else int(age > 1),
                "delivered_share": None if age > 7 else (age > 1) / 2,
                "unfollowed_count": None if age > 7 else int(age > 3),
            }
            for grain, carrier, lane in GROUPS
            for age in AGES
        ],
    ),
]
