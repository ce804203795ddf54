"""What the live server does where no documentation says: eight requests at most find out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Any, NamedTuple

from flows.steps.verdicts import (
    FEWEST,
    Finding,
    judge_clock,
    judge_emptiness,
    judge_failure,
    judge_latency,
    judge_limit,
    order_of,
    second_of,
)
from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.errors import RateLimitedError, TrackingMoreError
from trackingmore_v2.models import Cursor, ListQuery, Page, Window

MOST_REQUESTS = 8  # seven questions, and one second try in all
LOOK = 50  # parcels enough to tell an order
LONG_AGO = Window(Cursor.CREATED_AT, 86400, 2 * 86400)  # of 1970: before any parcel


class Known(NamedTuple):
    """A parcel that the account surely holds, by which filters can be tried."""

    id: str
    second: int  # of created_at


def probe(client: TrackingMoreClient) -> list[Finding]:
    """Ask the account a few small questions; nothing is stored, nothing is changed.

    The first error that stays ends it, and is a finding as well.

    Args:
        client: Its transport must not try again by itself, or more is spent than promised.
    """
    ask = _Asking(client)
    findings: list[Finding] = []
    try:
        for finding in _questions(ask, client):
            findings.append(finding)  # noqa: PERF402 - what came before an error counts
    except TrackingMoreError as error:
        findings.append(judge_failure(error))
    if ask.seconds:
        findings.append(judge_latency(ask.seconds))
    spent = client.usage.requests
    findings.append(Finding("requests", "ok", f"{spent} spent, at most {MOST_REQUESTS} ever"))
    return findings


class _Asking:
    """Asks the list, once more where the line broke, and takes the time."""

    def __init__(self, client: TrackingMoreClient) -> None:
        self._client = client
        self._spare = 1
        self.seconds: list[float] = []

    def __call__(self, query: ListQuery) -> Page:
        try:
            return self._timed(query)
        except TrackingMoreError as error:
            # whoever is told to slow down does not ask again
            if not error.retryable or isinstance(error, RateLimitedError) or not self._spare:
                raise
        self._spare -= 1
        return self._timed(query)

    def _timed(self, query: ListQuery) -> Page:
        began, waited = monotonic(), self._client.usage.waited_seconds
        page = self._client.page(query)
        waited = self._client.usage.waited_seconds - waited
        self.seconds.append(monotonic() - began - waited)
        return page


def _questions(ask: _Asking, client: TrackingMoreClient) -> Iterator[Finding]:
    look = ask(ListQuery(limit=LOOK))
    yield Finding("key", "ok", "TrackingMore accepts it")
    yield judge_clock(client.clock_skew)
    if not look.total and not look.items:
        yield judge_emptiness(look)
        yield Finding("order", "warn", "not found out: the account has no parcels")
        yield Finding("bounds", "warn", "not found out: the account has no parcels")
        yield judge_limit(ask(ListQuery()))
        return
    yield _order(ask, look)
    yield judge_emptiness(ask(ListQuery(limit=LOOK).within(LONG_AGO)))
    known = _known(look.items)
    if known is None:
        yield Finding("limit", "warn", "not found out: no parcel's created_at can be read")
        yield Finding("bounds", "warn", "not found out: no parcel's created_at can be read")
        return
    around = ask(ListQuery().within(Window(Cursor.CREATED_AT, known.second, known.second)))
    yield judge_limit(around)
    yield _bounds(ask, known, around)


def _order(ask: _Asking, look: Page) -> Finding:
    items, found = look.items, order_of(look.items)
    stamps = {second_of(item, "updated_at") for item in items} - {None}
    if len(items) >= FEWEST > len(stamps):
        # parcels that were never refreshed have no stamp, and may fill a page by themselves
        stamped = ask(ListQuery(limit=LOOK, update_time_min=1)).items
        if (better := order_of(stamped)) is not None:
            items, found = stamped, better
    if found is None:
        return Finding("order", "warn", "not found out: too few parcels differ in their stamps")
    said = f"by {' or by '.join(found)}" if found else "in no order of time"
    why = f"the list's first {len(items)} come {said}; every order is read alike"
    return Finding("order", "ok", why)


def _known(items: Sequence[Any]) -> Known | None:
    """Return the parcel whose second it shares with the fewest others: imports fill pages."""
    seconds = Counter(second_of(item, "created_at") for item in items)
    candidates = [
        Known(item["id"], second)
        for item in items
        if (second := second_of(item, "created_at")) is not None and isinstance(item.get("id"), str)
    ]
    return min(candidates, key=lambda known: seconds[known.second], default=None)


def _bounds(ask: _Asking, known: Known, around: Page) -> Finding:
    """Try the ends of a filter on a known parcel's second, around which it is surely found."""
    second = known.second
    if around.total > around.limit:
        crowd = f"{around.total:,} parcels were created within three seconds"
        return Finding("bounds", "warn", f"not found out: {crowd}, more than a page")
    if not _holds(around, known):
        return Finding(
            "bounds",
            "fail",
            f"a window of created_at around {second} does not return a parcel created then"
            f" (id {known.id}): unless it was deleted this minute, windows cannot be relied on",
        )
    exact = ListQuery(created_at_min=second, created_at_max=second)
    if _holds(ask(exact), known):
        low = high = True
    elif _holds(ask(exact._replace(created_at_max=second + 1)), known):
        low, high = True, False
    else:
        low, high = False, _holds(ask(exact._replace(created_at_min=second - 1)), known)
    verbs = {True: "belongs to it", False: "does not"}
    return Finding(
        "bounds",
        "ok",
        f"the min of a range {verbs[low]}, the max {verbs[high]};"
        " windows are asked for a second wider, so that it does not matter",
    )


def _holds(page: Page, known: Known) -> bool:
    return any(isinstance(item, dict) and item.get("id") == known.id for item in page.items)
