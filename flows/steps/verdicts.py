"""What an answer of the live server says about the server: judged, not asked for."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import pairwise
from statistics import median
from typing import Any, Literal, NamedTuple

from trackingmore_v2.envelope import read_envelope, whole
from trackingmore_v2.errors import (
    AuthenticationError,
    NoAnswerError,
    TrackingMoreError,
    UnreadableAnswerError,
)
from trackingmore_v2.models import ListQuery, Page

FEWEST = 5  # stamps that are in order by chance once in sixty times
SLOW_SECONDS = 5.0
NOTABLE_SKEW = timedelta(seconds=5)


class Finding(NamedTuple):
    """One thing looked at, in one sentence; `fail` needs a person."""

    about: str
    level: Literal["ok", "warn", "fail"]
    sentence: str


def order_of(items: Sequence[Any]) -> list[str] | None:
    """Return every order in time that *items* are in; None: too few differ to tell.

    Null stamps are in none.
    """
    found, told = [], False
    for field in ("created_at", "updated_at"):
        stamps = [second for item in items if (second := second_of(item, field)) is not None]
        if len(set(stamps)) < FEWEST:
            continue
        told = True
        if all(one >= two for one, two in pairwise(stamps)):
            found.append(f"{field}, newest first")
        elif all(one <= two for one, two in pairwise(stamps)):
            found.append(f"{field}, oldest first")
    return found if told else None


def judge_limit(page: Page) -> Finding:
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


def judge_emptiness(page: Page) -> Finding:
    """Say what the answer to a question without parcels looks like."""
    if page.items:
        why = "a window of January 1970 returns parcels: the server does not heed its filters"
        return Finding("empty", "fail", why)
    code, data = _said(page)
    shape = "data: []" if data == [] else "items: []" if isinstance(data, dict) else f"data: {data}"
    return Finding("empty", "ok", f"a list without parcels is code {code} with {shape}")


def _said(page: Page) -> tuple[int, Any]:
    return read_envelope(page.answer.body, "the list")


def judge_clock(skew: timedelta | None) -> Finding:
    """Judge the server's clock less the local one; None: it was not told."""
    if skew is None:
        why = "the server does not tell its time; this machine's is used in its place"
        return Finding("clock", "warn", why)
    by = timedelta(seconds=round(abs(skew).total_seconds()))
    if abs(skew) > NOTABLE_SKEW:
        way = "ahead of" if skew > timedelta() else "behind"
        why = f"the server's is {by} {way} this machine's; the server's is used"
        return Finding("clock", "warn", why)
    return Finding("clock", "ok", f"the server's and this machine's are {by} apart")


def judge_latency(seconds: Sequence[float]) -> Finding:
    """Judge how long the answers took, waiting for the rate left out."""
    middle = median(seconds)
    said = f"{middle * 1000:,.0f} ms for an answer (median), {max(seconds) * 1000:,.0f} at most"
    return Finding("latency", "warn" if middle > SLOW_SECONDS else "ok", said)


def judge_failure(error: TrackingMoreError) -> Finding:
    """Say whether it is the key, the network or the server that ended the questions."""
    about = "server"
    if isinstance(error, AuthenticationError):
        about = "key"
    elif isinstance(error, NoAnswerError) or (
        isinstance(error, UnreadableAnswerError) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        about = "network"  # somebody else's answer, such as a portal's, is no network either
    return Finding(about, "fail", f"{str(error).rstrip('.')}; nothing was asked after that")


def second_of(item: Any, field: str) -> int | None:
    """Return the unix second of a payload's stamp; None: it has none that can be read."""
    try:
        moment = datetime.fromisoformat(item[field])
        return int(moment.timestamp()) if moment.tzinfo else None
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
