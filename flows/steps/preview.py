"""What a sync or a backfill would read now: counts, asked for and not stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple

import duckdb

from flows.settings import Settings
from flows.steps.backfill import ChosenRange, same_question
from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.models import Cursor, ListQuery, Window
from trackingmore_v2.pacing import FILL
from trackingmore_v2.transport import Transport
from warehouse import backfills, catalog, ledger
from warehouse.connection import FILE, open_for_writing, transaction


class PlannedRange(NamedTuple):
    """One range that would be read; `windows` is also the number of requests, give or take."""

    scope: str
    low: str
    high: str
    trackings: int
    windows: int
    requests: int
    minutes: float  # at the rate limit


def preview_sync(settings: Settings) -> list[PlannedRange]:
    """Return what a sync would read now, by one small request per cursor.

    Raises:
        TrackingMoreError: the counts could not be read.
    """
    with _ledger(settings) as db:
        marks = ledger.watermarks(db, settings.parcelhouse_account) if db else {}
    # before the first sync has ended, there is nothing to update
    cursors = [Cursor.CREATED_AT, *([Cursor.UPDATE_TIME] if Cursor.UPDATE_TIME in marks else [])]
    ranges = []
    for cursor in cursors:
        low = marks[cursor] + 1 - settings.parcelhouse_overlap_seconds if cursor in marks else 0
        ranges.append((cursor.value, Window(cursor, max(low, 0), max(_settled(settings), low))))
    return _planned(settings, ranges)


def preview_backfill(settings: Settings, asked: ChosenRange) -> list[PlannedRange]:
    """Return what a backfill would read now, by one small request per missing stretch.

    Raises:
        TrackingMoreError: the counts could not be read.
    """
    until = _settled(settings) if asked.until is None else asked.until
    missing = [(asked.since, max(until, asked.since))]
    account = settings.parcelhouse_account
    with _ledger(settings) as db:
        jobs = backfills.unfinished_backfills(db, account) if db else []
        job = next((job for job in jobs if same_question(job, asked)), None)
        if db and job:
            missing = ledger.gaps(db, account, job.scope, job.since, job.until)
    return _planned(
        settings, [("backfill", Window(Cursor.CREATED_AT, low, high)) for low, high in missing]
    )


@contextmanager
def _ledger(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection | None]:
    """Yield the warehouse; None where there is none yet, for none is to be made."""
    if not (settings.parcelhouse_home / FILE).exists():
        yield None
        return
    with open_for_writing(settings.parcelhouse_home, "a dry run") as db:
        with transaction(db):
            catalog.ensure(db)
        yield db


def _planned(settings: Settings, ranges: list[tuple[str, Window]]) -> list[PlannedRange]:
    rate = settings.trackingmore_requests_per_second
    planned = []
    with Transport(
        base_url=settings.trackingmore_base_url,
        api_key=settings.api_key,
        requests_per_second=rate,
    ) as transport:
        client = TrackingMoreClient(transport)
        for scope, window in ranges:
            count = client.count(ListQuery().within(window))
            # a range that does not fit into one answer costs some more to find that out
            windows = max(1, ceil(count / ListQuery().limit / FILL))
            requests = 1 if windows == 1 else windows + ceil(windows / 5) + 1
            minutes = round(requests / rate / 60, 2) if rate else 0.0
            low, high = (_iso(second) for second in (window.low, window.high))
            planned.append(PlannedRange(scope, low, high, count, windows, requests, minutes))
    return planned


def _settled(settings: Settings) -> int:
    return int(datetime.now(UTC).timestamp()) - settings.parcelhouse_lag_seconds


def _iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()
