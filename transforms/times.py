"""Every spelling of a date that the API uses, read by one parser."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

LOCAL = pd.ArrowDtype(pa.timestamp("us"))
INSTANT = pd.ArrowDtype(pa.timestamp("us", tz="UTC"))

# Only what has this shape is shown to pandas: one stamp of a century or an offset that it did
# not expect makes it refuse the whole column; and it takes a bare "2018" for a year.
_DAY = r"(?:19|20)\d{2}(?:-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2}|\d{4})"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
_WALL_CLOCK = rf"{_DAY}(?:[T ]{_CLOCK})?"
_WITH_OFFSET = rf"{_DAY}[T ]{_CLOCK} ?(?:[+-]\d{{2}}:?\d{{2}}|Z)"

# What merchants type; ISO 8601 with and without seconds is tried first.
TYPED_LAYOUTS = (
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
)


def instants(raw: Sequence[str | None]) -> "pd.Series[Any]":
    """Return stamps that carry an offset as UTC instants; what cannot be read is null.

    A stamp without an offset is no instant and is null too: nobody says whose clock it was.
    """
    texts = _shaped(raw, _WITH_OFFSET)
    read = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
    return read.dt.as_unit("us").astype(INSTANT)


def local_times(raw: Sequence[str | None]) -> "pd.Series[Any]":
    """Return wall-clock times without a zone; what cannot be read is null.

    A stamp with an offset is somebody's instant, not a wall clock, and is null too.
    """
    texts = _shaped(raw, _WALL_CLOCK)
    read = pd.to_datetime(texts, format="ISO8601", errors="coerce")
    for layout in TYPED_LAYOUTS:
        left = read.isna() & texts.notna()
        if not left.any():
            break
        read = read.where(~left, pd.to_datetime(texts[left], format=layout, errors="coerce"))
    return read.dt.as_unit("us").astype(LOCAL)


def _shaped(raw: Sequence[Any], shape: str) -> "pd.Series[str]":
    """Return *raw* without blanks at its ends; what does not have *shape* is null."""
    texts = pd.Series(raw, dtype="str").str.strip()
    return texts.where(texts.str.fullmatch(shape, na=False))
