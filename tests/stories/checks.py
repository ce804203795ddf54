"""Stories of the checks."""

from tests.factories import at
from tests.stories.story import Story, counted, event, tracking, window

STORIES = [
    Story(
        "checks.repeated_trackings",
        "a parcel that is there twice; the same id in another account is another parcel",
        {
            "core.trackings": [
                tracking("once"),
                tracking("twice"),
                tracking("twice", deleted_at=at(1)),
                tracking("once", account="theirs"),
            ]
        },
        [{"account": "main", "tracking_id": "twice", "row_count": 2}],
    ),
    Story(
        "checks.repeated_events",
        "a scan that is there twice, taken back or not",
        {
            "core.tracking_events": [
                event("a", "once"),
                event("b", "once"),
                event("a", "once", account="theirs"),
                event("a", "twice"),
                event("a", "twice", withdrawn_at=at(1)),
                event("a", "thrice"),
                event("a", "thrice"),
                event("a", "thrice"),
            ]
        },
        [
            {"account": "main", "tracking_id": "a", "event_id": "thrice", "row_count": 3},
            {"account": "main", "tracking_id": "a", "event_id": "twice", "row_count": 2},
        ],
    ),
    Story(
        "checks.miscounted_events",
        "parcels whose standing scans are more or fewer than their newest version has",
        {
            "core.trackings": [
                tracking("right", event_count=1),
                tracking("none", event_count=0),
                tracking("too few", event_count=2),
                tracking("all gone", event_count=1),
                tracking("too many", event_count=1),
                tracking("deleted", event_count=3, deleted_at=at(1)),
                tracking("right", account="theirs", event_count=2),
            ],
            "core.tracking_events": [
                event("right", "1"),
                event("right", "taken back", withdrawn_at=at(1)),
                event("too few", "1"),
                event("all gone", "1", withdrawn_at=at(1)),
                event("too many", "1"),
                event("too many", "2"),
            ],
        },
        [
            {"account": "main", "tracking_id": "all gone", "event_count": 1, "standing_count": 0},
            {"account": "main", "tracking_id": "deleted", "event_count": 3, "standing_count": 0},
            {"account": "main", "tracking_id": "too few", "event_count": 2, "standing_count": 1},
            {"account": "main", "tracking_id": "too many", "event_count": 1, "standing_count": 2},
            {"account": "theirs", "tracking_id": "right", "event_count": 2, "standing_count": 0},
        ],
    ),
    Story(
        "checks.quarantined_payloads",
        "what waits; what could be read after all does not",
        {
            "ops.quarantine": [
                {"account": "main", "quarantine_id": "waits", "reason": "id is no text but null"},
                {"account": "main", "quarantine_id": "read", "released_at": at(1)},
            ]
        },
        [{"quarantine_id": "waits", "tracking_id": None, "reason": "id is no text but null"}],
    ),
    Story(
        "checks.unproven_windows",
        "an uncertain window, until a later proven one covers the whole of it",
        {
            "ops.windows": [
                window(0, 9, proven=True, read=100),
                window(10, 19, proven=False, read=100, total=7),
                window(20, 29, proven=False, read=100),
                window(15, 40, proven=True, read=200),
                window(50, 59, proven=False, read=100),
                window(50, 59, proven=True, read=99),
                window(50, 59, proven=True, read=200, account="theirs"),
                window(50, 59, proven=True, read=200, scope="created_at"),
                window(50, 58, proven=True, read=200),
                window(50, 59, proven=False, read=200),
                window(60, 69, proven=False, read=100),
                window(60, 69, proven=True, read=200),
            ]
        },
        [
            {"scope": "update_time", "low": at(10), "total": 7, "fetched_at": at(100)},
            {"scope": "update_time", "low": at(50), "total": None, "fetched_at": at(100)},
            {"scope": "update_time", "low": at(50), "total": None, "fetched_at": at(200)},
        ],
    ),
    Story(
        "checks.count_differences",
        "only the last count of an account says whether it differs",
        {
            "ops.status_counts": [
                counted(5, 4, asked=1),
                counted(5, 5, asked=2),
                counted(7, 6, asked=1, account="theirs"),
                counted(2, 3, asked=2, account="others"),
                counted(1, 0, asked=2, account="others", status="transit"),
            ]
        },
        [
            {"account": "others", "api_count": 2, "warehouse_count": 3, "fetched_at": at(2)},
            {"account": "theirs", "api_count": 7, "warehouse_count": 6, "fetched_at": at(1)},
        ],
    ),
]
