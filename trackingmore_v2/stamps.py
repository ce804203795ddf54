"""What the times of an answer's trackings hint at. A wrong hint costs a request, no more."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from trackingmore_v2.models import Cursor, Page, Window

FIELD = {Cursor.UPDATE_TIME: "updated_at", Cursor.CREATED_AT: "created_at"}
MARGIN = 1.1  # an account that grew is older than its newest page lets it look


def crowded_second(page: Page, window: Window) -> int | None:
    """Return the second that fills much of *page*, or None: a bulk import, to be read alone.

    Saves the search for it.
    """
    for second, count in Counter(_seconds(page, window)).most_common(1):
        if count > page.limit // 4:
            return second
    return None


def beginning(page: Page, window: Window) -> int | None:
    """Return a second before which *window* holds hardly anything, or None: nothing tells one.

    Saves the search of an account's beginning in all the years before it. In whatever order the
    list is, a page of it holds one of the oldest, but where the newest come first: then it tells
    how many there are a second, and so for how long there have been as many as the page counts.
    """
    seconds = list(_seconds(page, window))
    if not seconds:
        return None
    begins = min(seconds)
    if seconds[0] > begins and all(one >= other for one, other in pairwise(seconds)):
        life = MARGIN * (seconds[0] - begins) * page.total / len(seconds)
        begins = int(seconds[0] - life)
    return begins if begins > window.low else None


def _seconds(page: Page, window: Window) -> Iterator[int]:
    """Yield the unix times by which *window* chose, as far as they can be read and lie inside."""
    field = FIELD[window.cursor]
    for item in page.items:
        stamp: Any = item.get(field) if isinstance(item, dict) else None
        try:
            second = int(datetime.fromisoformat(stamp).timestamp())
        except (TypeError, ValueError, OverflowError):
            continue
        if window.low <= second <= window.high:
            yield second
