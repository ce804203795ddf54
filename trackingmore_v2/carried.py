"""Which trackings a landed answer carries, whichever endpoint gave it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from trackingmore_v2 import endpoints
from trackingmore_v2.client import listing_page, one_tracking
from trackingmore_v2.models import Answer


class Carried(NamedTuple):
    """The payloads of one answer."""

    items: Sequence[Any]
    is_partial: bool = False  # they lack fields that the list has: absent says nothing


def carried(answer: Answer) -> Carried:
    """Return the trackings in *answer*; none where its endpoint is about something else.

    Raises:
        ApiError, UnreadableAnswerError: what the call that got it raised then.
    """
    if answer.endpoint == endpoints.LIST_TRACKINGS.name:
        return Carried(listing_page(answer).items)
    if answer.endpoint == endpoints.TRACKING.name:
        return Carried([one_tracking(answer)])
    if answer.endpoint == endpoints.REALTIME.name:
        return Carried([one_tracking(answer)], is_partial=True)
    return Carried([])
