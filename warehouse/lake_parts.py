"""Cuts each month of parcels into parts that can be sorted in memory, by when they were created."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

PARTITION = "created_month"
NO_MONTH = "unknown"  # not Hive's word for null: pandas cannot read a folder that has it
MONTH = f"coalesce(strftime({{0}}.created_at, '%Y-%m'), '{NO_MONTH}')"
# A part of a month begins and ends with an eighth of a day in UTC; these are counted from 0.
SLOT = "coalesce((day({0}.created_at) - 1) * 8 + hour({0}.created_at) // 3, 0)"
SLOTS = 256  # a power of two: 31 days have 248
# Parcels and their scans, about as many rows as the longest file has: to sort them takes 40 MB.
ROWS_A_PART = 50_000


class Part(NamedTuple):
    """Which parcels' rows one file holds: those of a month from one slot to before another."""

    month: str  # empty: the table is one file
    begin: int = 0
    end: int = SLOTS

    @property
    def file(self) -> str:
        """The file's name."""
        return f"part-{self.begin}.parquet"

    def __contains__(self, slot: object) -> bool:
        return isinstance(slot, int) and self.begin <= slot < self.end


def parts(month: str, rows: Mapping[int, int]) -> Iterator[Part]:
    """Yield the parts of a month: it is halved, and halved again where there are too many rows.

    A part is cut when it has grown too large itself, and only then: parcels that are added later
    leave the files of the others as they are.

    Args:
        month: The month.
        rows: How many rows each slot has, of those that have parcels.
    """
    return _halved(Part(month), rows)


def _halved(part: Part, rows: Mapping[int, int]) -> Iterator[Part]:
    within = {slot: count for slot, count in rows.items() if slot in part}
    if len(within) <= 1 or sum(within.values()) <= ROWS_A_PART:
        if within:
            yield part
        return
    middle = (part.begin + part.end) // 2
    yield from _halved(part._replace(end=middle), within)
    yield from _halved(part._replace(begin=middle), within)
