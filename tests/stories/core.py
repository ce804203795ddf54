"""Stories of the views in `core`."""

from tests.factories import at
from tests.stories.story import Story, event, tracking

STORIES = [
    Story(
        "core.live_trackings",
        "the deleted are left out",
        {"core.trackings": [tracking("a"), tracking("gone", deleted_at=at(1))]},
        [{"tracking_id": "a", "deleted_at": None}],
    ),
    Story(
        "core.live_events",
        "what carriers took back is left out",
        {
            "core.tracking_events": [
                event("a", "stands", description="Delivered"),
                event("a", "taken back", withdrawn_at=at(1)),
            ]
        },
        [{"event_id": "stands", "description": "Delivered", "withdrawn_at": None}],
    ),
    Story(
        "core.as_of",
        "of several accounts together only as much is known as of the one known least",
        {
            "core.trackings": [
                tracking("a", fetched_at=at(9)),
                tracking("a", account="theirs", fetched_at=at(5)),
            ]
        },
        [
            {"account": "(all)", "as_of": at(5)},
            {"account": "main", "as_of": at(9)},
            {"account": "theirs", "as_of": at(5)},
        ],
    ),
    Story(
        "core.scopes",
        "one account is a whole by itself",
        {"core.trackings": [tracking("a", fetched_at=at(9))]},
        [{"account": "main", "scope": "main"}],
    ),
    Story(
        "core.scopes",
        "several count into themselves, and all of them together",
        {
            "core.trackings": [
                tracking("a", fetched_at=at(9)),
                tracking("a", account="theirs", fetched_at=at(5)),
            ]
        },
        [
            {"account": "main", "scope": "(all)"},
            {"account": "main", "scope": "main"},
            {"account": "theirs", "scope": "(all)"},
            {"account": "theirs", "scope": "theirs"},
        ],
    ),
]
