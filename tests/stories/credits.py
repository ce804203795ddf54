"""Stories of the credits, and of the journal of what was done."""

from typing import Any

from tests.factories import at
from tests.stories.queues import DAY, NUMBER, action
from tests.stories.story import Story


def reading(day: float, left: int | None, account: str = "main") -> dict[str, Any]:
    return {"account": account, "fetched_at": at(day * DAY), "credits_left": left}


STORIES = [
    Story(
        "marts.quota_runway",
        "what is spent counts, what is bought does not, and only the last 30 days",
        {
            "ops.quotas": [
                reading(-60, 90_000),
                reading(0, 1000),
                reading(4, 900),
                reading(5, None),
                reading(6, 5900),
                reading(10, 5800),
                reading(0, 50, "rests"),
                reading(9, 50, "rests"),
                reading(0, 50, "too new"),
                reading(0.9, 40, "too new"),
                reading(0, 0, "used up"),
                reading(0, None, "unsaid"),
            ]
        },
        [
            {
                "account": "main",
                "credits_left": 5800,
                "credits_used": 200,
                "credits_per_day": 20.0,
                "days_left": 290.0,
            },
            {
                "account": "rests",
                "credits_left": 50,
                "credits_used": 0,
                "credits_per_day": 0.0,
                "days_left": None,
            },
            {
                "account": "too new",
                "credits_left": 40,
                "credits_used": 10,
                "credits_per_day": None,
                "days_left": None,
            },
            {
                "account": "used up",
                "credits_left": 0,
                "credits_used": 0,
                "credits_per_day": None,
                "days_left": 0.0,
            },
        ],
    ),
    Story(
        "checks.quota_runway",
        "less than two weeks, or nothing left",
        {
            "ops.quotas": [
                reading(0, 239, "soon"),
                reading(10, 139, "soon"),
                reading(0, 240, "later"),
                reading(10, 140, "later"),
                reading(0, 0, "used up"),
                reading(0, 5, "unknown"),
            ]
        },
        [
            {"account": "soon", "credits_left": 139},
            {"account": "used up", "credits_left": 0},
        ],
    ),
    Story(
        "checks.unsettled_actions",
        "only the last request of a parcel and action says whether it is settled",
        {
            "ops.api_actions": [
                action("adrift", "register", "sent"),
                action("unclear", "purge", "unanswered", second=2),
                action("unclear", "purge", "done", second=1),
                action("settled", "register", "sent", second=1),
                action("settled", "register", "done", second=2),
                action("refused", "register", "refused"),
                action("refused", "annotate", "sent"),
            ]
        },
        [
            {"account": "main", "action": "annotate", NUMBER: "refused", "outcome": "sent"},
            {"account": "main", "action": "purge", NUMBER: "unclear", "outcome": "unanswered"},
            {"account": "main", "action": "register", NUMBER: "adrift", "outcome": "sent"},
        ],
    ),
]
