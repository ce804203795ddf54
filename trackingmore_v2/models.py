"""Shapes that travel between the layers: data, and the one spelling of each."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self, TypeAlias

Payload: TypeAlias = dict[str, Any]


class TrackingRef(NamedTuple):
    """How TrackingMore addresses a parcel: the pair is its identity in the API."""

    carrier_code: str
    tracking_number: str

    @classmethod
    def from_payload(cls, payload: Payload) -> Self:
        """Return the ref of anything that carries both fields."""
        return cls(payload["carrier_code"], payload["tracking_number"])

    def __str__(self) -> str:
        return f"{self.carrier_code}/{self.tracking_number}"


class Cursor(StrEnum):
    """By which instant a window is cut; the value is the filter's name in the API."""

    UPDATE_TIME = "update_time"
    CREATED_AT = "created_at"


class Window(NamedTuple):
    """A closed range of whole unix seconds of one cursor."""

    cursor: Cursor
    low: int
    high: int

    @property
    def seconds(self) -> int:
        """How many whole seconds the window holds; at least 1."""
        return self.high - self.low + 1

    def part(self, low: int, high: int) -> Self:
        """Return the same window between other ends."""
        return self._replace(low=low, high=high)

    def __str__(self) -> str:
        return f"{self.cursor} {self.low}..{self.high}"


class ListQuery(NamedTuple):
    """One question to `GET /trackings/get`; bounds as the API takes them, in unix seconds."""

    page: int = 1
    limit: int = 2000
    update_time_min: int | None = None
    update_time_max: int | None = None
    created_at_min: int | None = None
    created_at_max: int | None = None
    status: str | None = None
    archived: bool | None = None
    numbers: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()

    def within(self, window: Window, *, slack: int = 1) -> Self:
        """Return the query narrowed to *window*, *slack* seconds wider at both ends.

        Nobody documents whether min and max are inclusive; with one second of slack it does
        not matter.
        """
        low, high = max(window.low - slack, 0), window.high + slack
        if window.cursor is Cursor.CREATED_AT:
            return self._replace(created_at_min=low, created_at_max=high)
        return self._replace(update_time_min=low, update_time_max=high)

    def params(self) -> dict[str, str]:
        """Return the query string's parameters; what is not asked is not sent."""
        said = {
            name: str(value)
            for name, value in self._asdict().items()
            if isinstance(value, int) and not isinstance(value, bool)
        }
        if self.status is not None:
            said["status"] = self.status
        if self.archived is not None:
            said["archived"] = "true" if self.archived else "false"
        if self.numbers:
            said["numbers"] = ",".join(self.numbers)
        if self.orders:
            said["orders"] = ",".join(self.orders)
        return said


class Answer(NamedTuple):
    """What the API answered to one request, byte for byte, before anybody read it."""

    endpoint: str  # its name in endpoints.py
    params: dict[str, str]
    fetched_at: datetime  # the server's clock, strictly increasing within a process
    body: bytes


class Page(NamedTuple):
    """One answer of the list, read as far as the envelope."""

    limit: int  # as the server echoes it: it may have clamped ours
    total: int  # how many trackings the query matches over all pages
    items: Sequence[Any]  # payloads, unexamined
    answer: Answer
