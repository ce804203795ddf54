"""Stories of what was promised."""

from datetime import date
from typing import Any

import pytest

from tests.factories import at
from tests.stories.lanes import DAY, shipment
from tests.stories.story import Story

FRIDAY = date(2026, 2, 27)
WEEK = date(2026, 2, 23)


def shipped(tracking_id: str, outcome: str, done: int | None, **columns: Any) -> dict[str, Any]:
    """A parcel first scanned on a Friday; done on that day of March, else looked at on the 5th."""
    return (
        shipment(
            tracking_id,
            outcome,
            1,
            ship_week=WEEK,
            first_scan_local_date=FRIDAY,
            origin_iso2="DE",
            destination_iso2="NO",
            carrier_done_local_date=None if done is None else date(2026, 3, done),
            follow_up_at=at(4 * DAY),
        )
        | columns
    )


def promise(days: int, **columns: Any) -> dict[str, Any]:
    return {"account": "main", "promised_days": days} | columns


STORIES = [
    Story(
        "marts.on_time",
        "overdue is late, not yet due is not judged, waiting at a counter is done",
        {
            "marts.shipments": [
                shipped("at the last moment", "delivered", 4),
                shipped("a day late", "delivered", 5),
                shipped("at a counter", "open", 3),
                shipped("overdue", "open", None, follow_up_at=at(4 * DAY)),
                shipped("not due", "open", None, follow_up_at=at(3 * DAY)),
                shipped("back", "returned", None),
                shipped("lost", "lost", 3),
                shipped("nobody knows when", "delivered_no_event", None),
            ],
            "core.promises": [promise(5)],
        },
        [
            {
                "carrier_code": "post",
                "lane": "DE>NO",
                "ship_week": WEEK,
                "promised_days": 5,
                "is_business_days": False,
                "parcel_count": 7,
                "judged_count": 6,
                "on_time_count": 2,
                "overdue_open_count": 1,
                "not_yet_due_count": 1,
                "on_time_share": pytest.approx(1 / 3),
                "on_time_share_low": pytest.approx(0.0968, abs=1e-4),
                "on_time_share_high": pytest.approx(0.7000, abs=1e-4),
            }
        ],
    ),
    Story(
        "marts.on_time",
        "the promise that says most counts, the newest of equals; weekends where they are told to",
        {
            "marts.shipments": [
                shipped("a", "delivered", 3),
                shipped("b", "delivered", 3, carrier_code="fast"),
                shipped("c", "delivered", 3, destination_iso2="FR", lane="DE>FR"),
                shipped("d", "delivered", 3, destination_iso2=None, lane="DE>??"),
                shipped("e", "delivered", 3, account="theirs"),
            ],
            "core.promises": [
                promise(1),
                promise(9, destination_iso2="FR"),
                promise(3, carrier_code="fast", is_business_days=True),
                promise(2, carrier_code="fast", is_business_days=True, added_at=at(1)),
                promise(8, carrier_code="others"),
                promise(7, origin_iso2="CN"),
            ],
        },
        [
            {
                "account": "main",
                "carrier_code": carrier,
                "lane": lane,
                "promised_days": days,
                "is_business_days": is_business,
                "on_time_share": share,
            }
            for carrier, lane, days, is_business, share in (
                ("fast", "DE>NO", 2, True, 1.0),
                ("post", "DE>??", 1, False, 0.0),
                ("post", "DE>FR", 9, False, 1.0),
                ("post", "DE>NO", 1, False, 0.0),
            )
        ],
    ),
]
