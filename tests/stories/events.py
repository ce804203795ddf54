"""Stories of the events: what they mean, and when they happened."""

from tests.stories.story import Story
from tests.stories.vocabulary import REFERENCE, local, parcel, scan, utc

STORIES = [
    Story(
        "core.classified_events",
        "what a scan means, and the country of a place that says it, or is one end of the way",
        REFERENCE
        | {
            "core.trackings": [
                parcel(destination_country=None, destination_code="no"),
                parcel("gone", deleted_at=utc(9, 0)),
            ],
            "ref.country_spellings": [
                {"spelling": "norway", "iso2": "NO", "is_place_too": False},
                {"spelling": "australia", "iso2": "AU", "is_place_too": False},
                {"spelling": "china", "iso2": "CN", "is_place_too": True},
                {"spelling": "jamaica", "iso2": "JM", "is_place_too": True},
            ],
            "core.tracking_events": [
                scan("1", local(1, 1), "Moving", details="Norway, Oslo"),
                scan("2", local(1, 2), "", details="Delivered"),
                scan("3", local(1, 3), "Moving", details="Perth, Australia"),
                scan("4", local(1, 4), "Moving", details="Jamaica"),
                scan("5", local(1, 5), "Moving", details="CHINA"),
                scan("6", local(1, 6), "Xyzzy", details="CN, Yiwu"),
                scan("7", local(1, 7), "Moving", tracking_id="gone"),
                scan("8", local(1, 8), "Moving", withdrawn_at=utc(9, 0)),
            ],
        },
        [
            {
                "event_id": event_id,
                "said": said,
                "milestone": milestone,
                "place_iso2": place,
                "origin_iso2": "CN",
                "destination_iso2": "NO",
            }
            for event_id, said, milestone, place in (
                ("1", "Moving", "in_transit", "NO"),
                ("2", "Delivered", "delivered", None),
                ("3", "Moving", "in_transit", "AU"),
                ("4", "Moving", "in_transit", None),
                ("5", "Moving", "in_transit", "CN"),
                ("6", "Xyzzy", None, "CN"),
                ("7", "Moving", "in_transit", None),
            )
        ],
    ),
    Story(
        "marts.events",
        "each side of the border has its clock, and nobody knows that of the way between",
        REFERENCE
        | {
            "core.trackings": [parcel(), parcel("gone", deleted_at=utc(9, 0))],
            "core.tracking_events": [
                scan("1", local(1, 20), "Posted"),
                scan("2", local(2, 6), "Flown out"),
                scan("3", local(3, 7), "Moving"),
                scan("4", local(4, 12), "Delivered"),
                scan("5", local(5, 12), "Delivered", tracking_id="gone"),
                scan("6", local(5, 12), "Delivered", withdrawn_at=utc(9, 0)),
            ],
        },
        [
            {
                "happened_at": utc(1, 12),
                "milestone": "picked_up",
                "side": "origin",
                "time_zone": "Asia/Shanghai",
                "clock_confidence": "exact",
                "event_time_error_hours": 0.0,
            },
            {
                "happened_at": utc(1, 22),
                "milestone": "departed_origin",
                "side": "origin",
                "time_zone": "Asia/Shanghai",
                "clock_confidence": "exact",
                "event_time_error_hours": 0.0,
            },
            {
                "happened_at": utc(3, 7),
                "milestone": "in_transit",
                "side": "unknown",
                "time_zone": None,
                "clock_confidence": "unknown",
                "event_time_error_hours": 14.0,
            },
            *(
                {
                    "happened_at": utc(day, 11),
                    "milestone": "delivered",
                    "side": "destination",
                    "time_zone": "Europe/Oslo",
                    "clock_confidence": "exact",
                    "event_time_error_hours": 0.0,
                }
                for day in (4, 5)
            ),
        ],
    ),
    Story(
        "marts.events",
        "your word goes before the text, the text before the code, the code before the status",
        REFERENCE
        | {
            "core.trackings": [parcel()],
            "core.text_overrides": [
                {"account": "main", "said": "Posted", "milestone": "in_transit"},
                {
                    "account": "main",
                    "said": "Moving",
                    "carrier_code": "post",
                    "milestone": "delivered",
                },
                {"account": "main", "said": "Moving", "milestone": "delivery_failed"},
                {"account": "theirs", "said": "Delivered", "milestone": "lost_or_damaged"},
            ],
            "core.tracking_events": [
                scan("1", local(1, 1), "Posted", substatus="transit001"),
                scan("2", local(1, 2), "Moving", checkpoint_status="exception"),
                scan("3", local(1, 3), "Moving", carrier_code="others"),
                scan("4", local(1, 4), "Delivered", substatus="transit001"),
                scan("5", local(1, 5), "Lost", checkpoint_status="exception"),
                scan("6", local(1, 6), "Xyzzy", substatus="Delivered 001"),
                scan("7", local(1, 7), "Xyzzy", substatus="new9", checkpoint_status="Transit"),
                scan("8", local(1, 8), "Xyzzy"),
                scan("9", local(1, 9), "Not delivered", substatus="delivered001"),
            ],
        },
        [
            {"event_id": event_id, "milestone": milestone, "milestone_source": source, **flag}
            for event_id, milestone, source, flag in (
                ("1", "in_transit", "override", {"is_contradicted": False}),
                ("2", "delivered", "override", {"is_contradicted": False}),
                ("3", "delivery_failed", "override", {"is_contradicted": False}),
                ("4", "delivered", "text", {"is_contradicted": True}),
                ("5", "lost_or_damaged", "text", {"is_contradicted": False}),
                ("6", "delivered", "substatus", {"is_contradicted": False}),
                ("7", "in_transit", "status", {"is_contradicted": False}),
                ("8", None, "none", {"is_contradicted": False}),
                ("9", "delivery_failed", "text", {"is_contradicted": True}),
            )
        ],
    ),
    Story(
        "marts.events",
        "what several feeds tell of one minute is one event, the wordiest; nothing is left out",
        REFERENCE
        | {
            "core.trackings": [parcel()],
            "core.tracking_events": [
                scan("1", local(1, 1), "Moving"),
                scan("2", local(1, 1), "Moving", leg="destination", details="OSLO"),
                scan("3", local(1, 1, 1), "Moving"),
                scan("4", local(2, 0), "Moving", event_time_raw="2026-03-02"),
                scan("5", local(3, 0), "Moving", event_time_raw="2026-03-03 00:00:00"),
                scan("6", local(1, 1), "Moving", event_time_raw="soon", event_time_local=None),
                scan("7", local(1, 1), "Moving", event_time_raw=None, event_time_local=None),
            ],
        },
        [
            {"event_id": event_id, "is_repeat": is_repeat, "is_date_only": is_date_only}
            for event_id, is_repeat, is_date_only in (
                ("1", True, False),
                ("2", False, False),
                ("3", False, False),
                ("4", False, True),
                ("5", False, True),
                ("6", False, False),
                ("7", False, False),
            )
        ],
    ),
]
