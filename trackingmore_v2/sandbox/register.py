"""Which parcels a list answer finds, in which order: compact sorted arrays, no payloads."""

from array import array
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from trackingmore_v2.sandbox.milestones import STATUSES

ROW_BITS = 28
ROW = (1 << ROW_BITS) - 1
UNCOUNTED = len(STATUSES)  # a status that is none of the documented words
FEW = 64  # up to so many changes are moved one by one; more are sorted anew


class Span(NamedTuple):
    """A closed range of unix seconds."""

    low: int
    high: int


class Query(NamedTuple):
    """What a list answer is asked for; None = no such filter."""

    page: int
    limit: int
    status: str | None = None
    archived: bool | None = None
    created: Span | None = None
    updated: Span | None = None
    rows: Sequence[int] | None = None  # from filters that name parcels


class Found(NamedTuple):
    """The rows of one page, and how many there are over all pages."""

    total: int
    rows: Sequence[int]


class Register:
    """What can be filtered and sorted by, of every row: created, updated, status, archived.

    Rows are counted from 0 in the order of `append`. An instant of 0 means that there is none:
    such a row is in no range of that instant.
    """

    def __init__(self) -> None:
        self._created = array("q")
        self._updated = array("q")
        self._status = bytearray()
        self._archived = bytearray()
        self._by_created = array("q")
        self._by_updated = array("q")
        self._listed = bytearray()
        self._moved: set[int] = set()  # rows whose place in _by_updated is out of date

    def __len__(self) -> int:
        """How many rows are listed."""
        return len(self._by_created)

    def append(self) -> int:
        """Return a new row, which is not listed yet."""
        self._created.append(0)
        self._updated.append(0)
        self._status.append(0)
        self._archived.append(0)
        self._listed.append(0)
        return len(self._created) - 1

    def enter(self, row: int, *, created: int, updated: int, status: str, archived: bool) -> None:
        """List a row from now on, or say what is new about it; its creation stays."""
        self._archived[row] = archived
        if self._listed[row]:
            self._restate(row, updated=updated, status=status)
            return
        self._created[row] = created
        self._listed[row] = 1
        key = created << ROW_BITS | row
        if self._by_created and key < self._by_created[-1]:
            insort(self._by_created, key)
        else:
            self._by_created.append(key)
        self._restate(row, updated=updated, status=status)

    def strike(self, row: int) -> None:
        """List a row no more."""
        if not self._listed[row]:
            return
        self._lift(row)
        self._updated[row] = 0
        self._listed[row] = 0
        key = self._created[row] << ROW_BITS | row
        del self._by_created[bisect_left(self._by_created, key)]

    def updated(self, row: int) -> int:
        """Return the stamp under which a row is listed; 0 = none."""
        return self._updated[row]

    def is_listed(self, row: int) -> bool:
        """Return whether the list shows a row at all."""
        return bool(self._listed[row])

    def rows(self) -> list[int]:
        """Return every listed row, the newest creation first."""
        return [key & ROW for key in reversed(self._by_created)]

    def counts(self, created: Span | None, rows: Sequence[int] | None) -> dict[str, int]:
        """Return how many rows of a range of creation, or of these, have each status."""
        matching = self._matching(Query(1, 1, created=created, rows=rows))
        tally = bytearray(self._status[row] for row in matching)
        return {word: tally.count(code) for code, word in enumerate(STATUSES)}

    def find(self, query: Query, *, order: str, id_of: Callable[[int], str], dice: Random) -> Found:
        """Return one page; *id_of* names a row, *dice* serve the order `random`."""
        skip = (query.page - 1) * query.limit
        plain = query.status is None and query.archived is None
        if plain and query.rows is None and query.updated is None and order == "created_desc":
            low, high = self._ends(self._by_created, query.created)
            stop = max(high - skip, low)
            keys = self._by_created[max(stop - query.limit, low) : stop]
            return Found(high - low, [key & ROW for key in reversed(keys)])
        rows = self._matching(query)
        if order == "random":
            dice.shuffle(rows)
        elif order == "id":
            rows.sort(key=id_of)
        else:
            by = self._created if order.startswith("created") else self._updated
            keys_now = sorted([by[row] << ROW_BITS | row for row in rows])
            if order.endswith("desc"):
                keys_now.reverse()
            rows = [key & ROW for key in keys_now]
        return Found(len(rows), rows[skip : skip + query.limit])

    def _matching(self, query: Query) -> list[int]:
        if query.rows is not None:
            rows = [row for row in query.rows if self._listed[row]]
        elif query.updated is not None:
            rows = self._between(self._settled(), query.updated)
        else:
            rows = self._between(self._by_created, query.created)
        if query.updated is not None and query.rows is not None:
            low, high = max(query.updated.low, 1), query.updated.high
            rows = [row for row in rows if low <= self._updated[row] <= high]
        if query.created is not None:
            low, high = max(query.created.low, 1), query.created.high
            rows = [row for row in rows if low <= self._created[row] <= high]
        if query.status is not None:
            code = STATUSES.index(query.status)
            rows = [row for row in rows if self._status[row] == code]
        if query.archived is not None:
            rows = [row for row in rows if self._archived[row] == query.archived]
        return rows

    def _restate(self, row: int, *, updated: int, status: str) -> None:
        self._status[row] = STATUSES.index(status) if status in STATUSES else UNCOUNTED
        if updated != self._updated[row] or row in self._moved:
            self._lift(row)
            self._updated[row] = updated

    def _lift(self, row: int) -> None:
        """Note that a row leaves its place in _by_updated."""
        if row not in self._moved:
            self._moved.add(row)
            if self._updated[row] and len(self._moved) <= FEW:
                key = self._updated[row] << ROW_BITS | row
                place = bisect_left(self._by_updated, key)
                if place < len(self._by_updated) and self._by_updated[place] == key:
                    del self._by_updated[place]

    def _settled(self) -> "array[int]":
        """Return _by_updated with every row in its place."""
        if self._moved:
            fresh = [self._updated[r] << ROW_BITS | r for r in self._moved if self._updated[r]]
            if len(self._moved) <= FEW:
                for key in fresh:
                    insort(self._by_updated, key)
            else:
                kept = [key for key in self._by_updated if key & ROW not in self._moved]
                self._by_updated = array("q", sorted(kept + fresh))
            self._moved.clear()
        return self._by_updated

    @staticmethod
    def _ends(keys: "array[int]", span: Span | None) -> tuple[int, int]:
        if span is None:
            return 0, len(keys)
        low = bisect_left(keys, max(span.low, 1) << ROW_BITS)
        return low, max(bisect_left(keys, (span.high + 1) << ROW_BITS), low)

    def _between(self, keys: "array[int]", span: Span | None) -> list[int]:
        low, high = self._ends(keys, span)
        return [key & ROW for key in keys[low:high]]
