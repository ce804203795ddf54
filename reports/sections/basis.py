"""What a number is based on: how many parcels, how many of them still open, up to when."""

from collections.abc import Mapping
from typing import Any

from reports import words
from reports.reading import Reading


def basis(reading: Reading, row: Mapping[str, Any], things: str = "scanned parcels") -> str:
    """Return the line below a figure.

    Args:
        reading: Knows up to when.
        row: parcel_count and open_share of what is shown.
        things: What is counted, in the plural.
    """
    number = row["parcel_count"]
    counted = words.counted(number, things.removesuffix("s"), things)
    return f"{counted} · {words.share(row['open_share'])} still open · {as_of(reading)}"


def as_of(reading: Reading) -> str:
    """Return up to when the figures are known."""
    if reading.as_of is None:
        return "as far as anything is known"
    return f"as of {words.instant(reading.as_of)}"
