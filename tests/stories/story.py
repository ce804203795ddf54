"""The shape of a story, and rows that many of them need."""

from typing import Any, NamedTuple

from tests.factories import at


class Story(NamedTuple):
    """Rows of some tables, and what the view returns then, in those of its columns named."""

    view: str
    tells: str
    given: dict[str, list[dict[str, Any]]]
    expected: list[dict[str, Any]]


def tracking(tracking_id: str, **columns: Any) -> dict[str, Any]:
    return {"account": "main", "tracking_id": tracking_id} | columns


def event(tracking_id: str, event_id: str, **columns: Any) -> dict[str, Any]:
    return {"account": "main", "tracking_id": tracking_id, "event_id": event_id} | columns


def window(low: float, high: float, *, proven: bool, read: float, **columns: Any) -> dict[str, Any]:
    return {
        "account": "main",
        "scope": "update_time",
        "low": at(low),
        "high": at(high),
        "proven": proven,
        "fetched_at": at(read),
    } | columns


def counted(api: int, held: int, *, asked: float, **columns: Any) -> dict[str, Any]:
    return {
        "account": "main",
        "status": "(total)",
        "low": at(0),
        "high": at(9),
        "api_count": api,
        "warehouse_count": held,
        "fetched_at": at(asked),
    } | columns
