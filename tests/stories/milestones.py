"""Stories of what is gathered from the events, and of overrides that change none."""

from tests.stories.story import Story
from tests.stories.vocabulary import REFERENCE, local, parcel, scan, utc

STORIES = [
    Story(
        "marts.milestones",
        "the first of each kind; a date without a time is a day less sure",
        REFERENCE
        | {
            "core.trackings": [parcel(destination_country="Australia")],
            "core.tracking_events": [
                scan("1", local(1, 0), "Posted"),
                scan("2", local(1, 9), "Posted"),
                scan("3", local(5, 10), "Delivered"),
                scan("4", local(6, 10), "Delivered"),
                scan("5", local(6, 11), "Xyzzy"),
                scan("6", local(7, 1), "Moving", event_time_local=None, event_time_raw="soon"),
            ],
        },
        [
            {
                "milestone": "delivered",
                "happened_at": utc(4, 23),
                "local_at": local(5, 10),
                "error_hours": 3.0,
            },
            {
                "milestone": "picked_up",
                "happened_at": utc(1, 0) - (utc(1, 8) - utc(1, 0)),
                "local_at": local(1, 0),
                "error_hours": 24.0,
            },
        ],
    ),
    Story(
        "marts.text_audit",
        "texts that no rule knows, and ends that the code does not know",
        REFERENCE
        | {
            "core.trackings": [parcel(), parcel("b", carrier_code="express")],
            "core.tracking_events": [
                scan("1", local(1, 1), "Xyzzy", substatus="transit001"),
                scan("2", local(1, 2), "Xyzzy", substatus="transit001", tracking_id="b"),
                scan("3", local(1, 3), "Xyzzy", substatus="transit001"),
                scan("4", local(1, 4), "Delivered", substatus="transit001"),
                scan("5", local(1, 5), "Moving", substatus="transit001"),
            ],
        },
        [
            {
                "issue": "contradicted",
                "said": "Delivered",
                "milestone": "delivered",
                "event_count": 1,
                "parcel_count": 1,
                "carriers": "post",
                "sample_tracking_id": "a",
            },
            {
                "issue": "unknown",
                "said": "Xyzzy",
                "milestone": "in_transit",
                "event_count": 3,
                "parcel_count": 2,
                "carriers": "express, post",
                "sample_tracking_id": "a",
            },
        ],
    ),
    Story(
        "checks.idle_overrides",
        "a milestone that is none, a text that nobody said, in this account",
        REFERENCE
        | {
            "core.text_overrides": [
                {"account": "main", "said": "Xyzzy", "milestone": "picked_up"},
                {"account": "main", "said": "Xyzzy", "milestone": "posted"},
                {"account": "main", "said": "Plugh", "milestone": "picked_up"},
                {"account": "theirs", "said": "Xyzzy", "milestone": "picked_up"},
            ]
        },
        [
            {"account": "main", "said": "Plugh", "reason": "nobody said it"},
            {"account": "main", "said": "Xyzzy", "reason": "no such milestone"},
            {"account": "theirs", "said": "Xyzzy", "reason": "nobody said it"},
        ],
    ),
]
