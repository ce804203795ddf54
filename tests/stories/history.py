"""Stories of what became of parcels while they were watched."""

from datetime import date
from typing import Any

from tests.factories import at
from tests.stories.story import Story, tracking

DAY = 86_400
FIRST = date(2026, 3, 1)
SECOND, THIRD, FOURTH = (date(2026, 3, day) for day in (2, 3, 4))


def state(
    tracking_id: str, status: str | None, since: float, until: float | None = None, **columns: Any
) -> dict[str, Any]:
    return {
        "account": "main",
        "tracking_id": tracking_id,
        "status": status,
        "is_deleted": False,
        "valid_from": at(since),
        "valid_to": None if until is None else at(until),
    } | columns


STORIES = [
    Story(
        "marts.status_stock",
        "the last state of a day counts until another does; a status that ran out has 0",
        {
            "core.trackings": [
                tracking("a", fetched_at=at(3 * DAY)),
                tracking("b", account="theirs", fetched_at=at(DAY)),
            ],
            "core.status_history": [
                state("a", "pending", 0, 60),
                state("a", "Transit", 60, 120),
                state("a", "transit", 120, 2 * DAY, event_count=3),
                state("a", "delivered", 2 * DAY),
                state("hourly", "transit", 0, DAY),
                state("hourly", "exception", DAY, DAY + 60),
                state("hourly", "transit", DAY + 60),
                state("gone", "transit", 0, DAY),
                state("gone", "transit", DAY, is_deleted=True),
                state("b", "pending", 0, account="theirs"),
            ],
        },
        [
            {"account": account, "day": day, "status": status, "parcel_count": count}
            for account, day, status, count in (
                ("main", FIRST, "transit", 3),
                ("main", SECOND, "transit", 2),
                ("main", THIRD, "delivered", 1),
                ("main", THIRD, "transit", 1),
                ("main", FOURTH, "delivered", 1),
                ("main", FOURTH, "transit", 1),
                ("theirs", FIRST, "pending", 1),
                ("theirs", SECOND, "pending", 1),
            )
        ],
    ),
    Story(
        "marts.status_stock",
        "a status that nobody has any more stays listed",
        {
            "core.trackings": [tracking("a", fetched_at=at(2 * DAY))],
            "core.status_history": [state("a", None, 0, DAY), state("a", "pickup", DAY)],
        },
        [
            {"day": FIRST, "status": "(none)", "parcel_count": 1},
            {"day": SECOND, "status": "(none)", "parcel_count": 0},
            {"day": SECOND, "status": "pickup", "parcel_count": 1},
            {"day": THIRD, "status": "(none)", "parcel_count": 0},
            {"day": THIRD, "status": "pickup", "parcel_count": 1},
        ],
    ),
    Story(
        "marts.status_regressions",
        "what goes backwards is told once for each kind, what goes forwards is not",
        {
            "core.trackings": [
                tracking("a", carrier_code="post", tracking_number="A1"),
                tracking("both", carrier_code="post", tracking_number="B1"),
            ],
            "core.status_history": [
                state("healthy", "transit", 0, 10),
                state("healthy", "expired", 10, 20),
                state("healthy", "Expired", 20, event_count=4),
                state("a", "delivered", 0, 10, updated_at=at(-5)),
                state("a", "transit", 10, 20, updated_at=at(9), run_id="run"),
                state("a", "delivered", 20),
                state("expired", "expired", 0, 10),
                state("expired", "transit", 10),
                state("by hand", "transit", 0, 10),
                state("by hand", "4", 10, 20),
                state("by hand", "4", 20, event_count=2),
                state("by hand, after all", "delivered", 0, 10),
                state("by hand, after all", "4", 10),
                state("both", "delivered", 0, 10),
                state("both", "delivered", 10, 20, is_deleted=True),
                state("both", "exception", 20),
                state("gone", "delivered", 0, 10),
                state("gone", "delivered", 10, is_deleted=True),
            ],
        },
        [
            {
                "tracking_id": tracking_id,
                "kind": kind,
                "carrier_code": carrier,
                "tracking_number": number,
                "left_status": left_status,
                "status": status,
                "not_before": not_before,
                "seen_at": at(seen),
            }
            for tracking_id, kind, carrier, number, left_status, status, not_before, seen in (
                ("a", "undelivered", "post", "A1", "delivered", "transit", at(-5), 10),
                ("both", "came_back", "post", "B1", "delivered", "exception", None, 20),
                ("both", "undelivered", "post", "B1", "delivered", "exception", None, 20),
                ("by hand", "set_by_hand", None, None, "transit", "4", None, 10),
                ("by hand, after all", "set_by_hand", None, None, "delivered", "4", None, 10),
                ("expired", "revived", None, None, "expired", "transit", None, 10),
            )
        ],
    ),
]
