"""One second of created_at that holds more trackings than a page: read it in parts that do not.

Nothing that never changes is left to split by, so completeness is shown by counting: within
one pass only trackings of the second can be met, and it can only shrink; a pass that met as
many different ones as the second held when the pass began has met all of them.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from math import ceil
from typing import NamedTuple

from trackingmore_v2.errors import InvalidRequestError
from trackingmore_v2.models import ListQuery, Page

PASSES = 8
STATUSES = (
    "pending",
    "notfound",
    "transit",
    "pickup",
    "delivered",
    "undelivered",
    "exception",
    "expired",
    "inforeceived",
)


class Part(NamedTuple):
    """One more answer of a crowded second."""

    page: Page
    proven: bool  # with this one, everything has been met


def read_crowd(ask: Callable[[ListQuery], Page], query: ListQuery, head: Page) -> Iterator[Part]:
    """Yield answers until every tracking that *query* matches has been met.

    Args:
        ask: Reads one page.
        query: Matches more than a page, and can only come to match fewer.
        head: The answer that showed it.
    """
    total, met = head.total, _ids(head)
    for page in _by_status(ask, query, head):
        met |= _ids(page)
        yield Part(page, proven=len(met) >= total)
        if len(met) >= total:
            return
    for _ in range(PASSES):
        total, met = 0, set()
        for page in _backwards(ask, query):
            total = total or page.total
            met |= _ids(page)
            yield Part(page, proven=len(met) >= total)
        if len(met) >= total:
            return


def _by_status(ask: Callable[[ListQuery], Page], query: ListQuery, head: Page) -> Iterator[Page]:
    """Yield the pages of the query's parts by status and, where one is too large, archived."""
    seen = Counter(
        item["status"]
        for item in head.items
        if isinstance(item, dict) and isinstance(item.get("status"), str)
    )
    common_first = [status for status, _ in seen.most_common()]
    for status in dict.fromkeys((*common_first, *STATUSES)):
        part = query._replace(status=status)
        try:
            page = ask(part)
        except InvalidRequestError:  # 4033: not a word to filter by; the passes meet its bearers
            continue
        yield page
        if page.total > page.limit:
            for archived in (False, True):
                half = part._replace(archived=archived)
                page = ask(half)
                yield page
                if page.total > page.limit:
                    yield from _backwards(ask, half)


def _backwards(ask: Callable[[ListQuery], Page], query: ListQuery) -> Iterator[Page]:
    """Yield every page, last to first: whoever leaves pulls followers onto pages still ahead."""
    head = ask(query)
    yield head
    for number in range(ceil(head.total / head.limit), 1, -1):
        yield ask(query._replace(page=number))
    if head.total > head.limit:
        yield ask(query)


def _ids(page: Page) -> set[str]:
    return {str(item["id"]) for item in page.items if isinstance(item, dict) and "id" in item}
