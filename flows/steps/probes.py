"""What the live server does where no documentation says: eight requests at most find out."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from time import monotonic
from typing import Any, Literal, NamedTuple

from flows.steps.ranges import NOTABLE_SKEW
from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.envelope import read_envelope, whole
from trackingmore_v2.errors import (
    AuthenticationError,
    NoAnswerError,
    RateLimitedError,
    TrackingMoreError,
    UnreadableAnswerError,
)
from trackingmore_v2.models import Cursor, ListQuery, Page, Window

MOST_REQUESTS = 8  # seven questions, and one second try in all
LOOK = 50  # parcels enough to tell an order
SLOW_SECONDS = 5.0
LONG_AGO = Window(Cursor.CREATED_AT, 86400, 2 * 86400)  # of 1970: before any parcel


class Finding(NamedTuple):
    """One thing looked at, in one sentence; `fail` needs a person."""

    about: str
    level: Literal["ok", "warn", "fail"]
    sentence: str


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
        look = ask(ListQuery(limit=LOOK))
        findings += [Finding("key", "ok", "TrackingMore accepts it"), _clock(client.clock_skew)]
        if look.total or look.items:
            findings += _of_parcels(ask, look)
        else:
            findings += _of_an_empty_account(ask, look)
    except TrackingMoreError as error:
        findings.append(_failure(error))
    if ask.seconds:
        findings.append(_latency(ask.seconds))
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


def order_of(items: Sequence[Any]) -> list[str]:
    """Return every order in time that *items* are in; null stamps are in none."""
    found = []
    for field in ("created_at", "updated_at"):
        stamps = [second for item in items if (second := _second(item, field)) is not None]
        if len(set(stamps)) < 2:
            continue
        if all(one >= two for one, two in pairwise(stamps)):
            found.append(f"{field}, newest first")
        elif all(one <= two for one, two in pairwise(stamps)):
            found.append(f"{field}, oldest first")
    return found


def _of_parcels(ask: _Asking, look: Page) -> list[Finding]:
    findings = [_order(ask, look)]
    known = _known(look.items)
    if known is None:
        findings.append(
            Finding("limit", "warn", "not found out: no parcel's created_at is readable")
        )
    else:
        window = Window(Cursor.CREATED_AT, known.second, known.second)
        around = ask(ListQuery().within(window))
        findings += [_limit(around), _bounds(ask, known, around)]
    return [*findings, _emptiness(ask(ListQuery(limit=LOOK).within(LONG_AGO)))]


def _of_an_empty_account(ask: _Asking, look: Page) -> list[Finding]:
    return [
        _limit(ask(ListQuery())),
        _emptiness(look),
        Finding("order", "warn", "not found out: the account has no parcels"),
        Finding("bounds", "warn", "not found out: the account has no parcels"),
    ]


def _order(ask: _Asking, look: Page) -> Finding:
    items = look.items
    if len({_second(item, "updated_at") for item in items} - {None}) < 2:
        # parcels that were never refreshed have no stamp, and may fill a page by themselves
        items = ask(ListQuery(limit=LOOK, update_time_min=1)).items
    found = order_of(items)
    if len(items) < 3:
        return Finding("order", "warn", f"not found out: {len(items)} parcels tell none")
    said = " or by ".join(found)
    sentence = f"the list comes by {said}" if found else "the list comes in no order of time"
    return Finding("order", "ok", f"{sentence}, by its first {len(items)}; any order is read alike")


def _known(items: Sequence[Any]) -> Known | None:
    """Return the parcel whose second it shares with the fewest others: imports fill pages."""
    seconds = Counter(_second(item, "created_at") for item in items)
    candidates = [
        Known(item["id"], second)
        for item in items
        if (second := _second(item, "created_at")) is not None and isinstance(item.get("id"), str)
    ]
    return min(candidates, key=lambda known: seconds[known.second], default=None)


def _bounds(ask: _Asking, known: Known, around: Page) -> Finding:
    """Try the ends of a filter on a known parcel's second, around which it is surely found."""
    second = known.second
    if not _holds(around, known):
        if around.total > around.limit:
            crowd = f"{around.total:,} parcels were created within three seconds"
            return Finding("bounds", "warn", f"not found out: {crowd}, more than a page")
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


def _limit(page: Page) -> Finding:
    """Judge what the answer to a limit of 2000 says of it."""
    _, data = _said(page)
    echoed = whole(data.get("limit")) if isinstance(data, dict) else None
    if echoed is None:
        return Finding("limit", "warn", "not found out: the answer names no limit")
    asked = ListQuery().limit
    if echoed < asked:
        why = f"a page holds {echoed:,} parcels at most, not {asked:,}: reading takes more requests"
        return Finding("limit", "warn", why)
    return Finding("limit", "ok", f"a page holds up to {echoed:,} parcels")


def _emptiness(page: Page) -> Finding:
    if page.items:
        why = "a window of January 1970 returns parcels: the server does not heed its filters"
        return Finding("empty", "fail", why)
    code, data = _said(page)
    shape = "data: []" if data == [] else "items: []" if isinstance(data, dict) else f"data: {data}"
    return Finding("empty", "ok", f"a list without parcels is code {code} with {shape}")


def _said(page: Page) -> tuple[int, Any]:
    return read_envelope(page.answer.body, "the list")


def _clock(skew: timedelta | None) -> Finding:
    if skew is None:
        why = "the server does not tell its time; this machine's is used in its place"
        return Finding("clock", "warn", why)
    by = timedelta(seconds=round(abs(skew).total_seconds()))
    if abs(skew) > NOTABLE_SKEW:
        way = "ahead of" if skew > timedelta() else "behind"
        why = f"the server's is {by} {way} this machine's; the server's is used"
        return Finding("clock", "warn", why)
    return Finding("clock", "ok", f"the server's and this machine's are {by} apart")


def _latency(seconds: Sequence[float]) -> Finding:
    middle = median(seconds)
    said = f"{middle * 1000:,.0f} ms for an answer (median), {max(seconds) * 1000:,.0f} at most"
    return Finding("latency", "warn" if middle > SLOW_SECONDS else "ok", said)


def _failure(error: TrackingMoreError) -> Finding:
    about = "server"
    if isinstance(error, AuthenticationError):
        about = "key"
    elif isinstance(error, NoAnswerError | UnreadableAnswerError):
        about = "network"
    rest = " What follows from more questions was not found out."
    return Finding(about, "fail", f"{str(error).rstrip('.')}.{rest}")


def _second(item: Any, field: str) -> int | None:
    """Return the unix second of a payload's stamp; None: it has none that can be read."""
    try:
        return int(datetime.fromisoformat(item[field]).timestamp())
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
