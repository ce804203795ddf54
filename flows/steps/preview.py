"""What a sync would read now: the counts, asked for and not stored."""

from datetime import UTC, datetime
from math import ceil
from typing import NamedTuple

from flows.settings import Settings
from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.models import Cursor, ListQuery, Window
from trackingmore_v2.pacing import FILL
from trackingmore_v2.transport import Transport
from warehouse import ledger
from warehouse.connection import FILE, open_for_writing


class PlannedRange(NamedTuple):
    """One range that a sync would read."""

    scope: str
    low: str
    high: str
    trackings: int
    requests: int
    minutes: float  # at the rate limit


def preview_sync(settings: Settings) -> list[PlannedRange]:
    """Return what a sync would read now, by one small request per cursor.

    Raises:
        TrackingMoreError: the counts could not be read.
    """
    marks = _watermarks(settings)
    with Transport(
        base_url=settings.trackingmore_base_url,
        api_key=settings.api_key,
        requests_per_second=settings.trackingmore_requests_per_second,
    ) as transport:
        client = TrackingMoreClient(transport)
        return [_planned(settings, client, cursor, marks.get(cursor)) for cursor in _cursors(marks)]


def _watermarks(settings: Settings) -> dict[str, int]:
    if not (settings.parcelhouse_home / FILE).exists():
        return {}
    with open_for_writing(settings.parcelhouse_home, "sync --dry-run") as db:
        return ledger.watermarks(db, settings.parcelhouse_account)


def _cursors(marks: dict[str, int]) -> list[Cursor]:
    """Return the cursors to read: before the first sync there is nothing to update."""
    return [Cursor.CREATED_AT, *([Cursor.UPDATE_TIME] if Cursor.UPDATE_TIME in marks else [])]


def _planned(
    settings: Settings, client: TrackingMoreClient, cursor: Cursor, watermark: int | None
) -> PlannedRange:
    low = max((watermark or 0) + 1 - settings.parcelhouse_overlap_seconds, 0)
    high = max(int(datetime.now(UTC).timestamp()) - settings.parcelhouse_lag_seconds, low)
    query = ListQuery()
    count = client.count(query.within(Window(cursor, low, high)))
    requests = 1 if count <= query.limit else ceil(count / query.limit / FILL) + 1
    rate = settings.trackingmore_requests_per_second
    minutes = requests / rate / 60 if rate else 0.0
    return PlannedRange(cursor, _iso(low), _iso(high), count, requests, round(minutes, 2))


def _iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()
