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
]
