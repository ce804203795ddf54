"""Every spelling of a date that the API uses, read by one parser."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

LOCAL = pd.ArrowDtype(pa.timestamp("us"))
INSTANT = pd.ArrowDtype(pa.timestamp("us", tz="UTC"))

# Only what has this shape is shown to pandas: one stamp of a century or an offset that it did
# not expect makes it refuse the whole column; and it takes a bare "2018" for a year.
_DAY = r"(?:19|20)\d{2}(?:-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2}|\d{4})"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
_WALL_CLOCK = rf"{_DAY}(?:[T ]{_CLOCK})?"
_WITH_OFFSET = rf"{_DAY}[T ]{_CLOCK} ?(?:[+-]\d{{2}}:?\d{{2}}|Z)"

# How the API and carriers spell nearly all of them: Arrow reads these in a tenth of the time.
_USUAL_WALL_CLOCK = r"^(?:19|20)\d{2}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?$"
_USUAL_INSTANT = (
    r"^(?:19|20)\d{2}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[+-](?:0\d|1[0-4]):[0-5]\d|Z)$"
)
# Of these lengths Arrow reads no other spelling than that wall clock, of any century.
_USUAL_LENGTHS = pa.array([len("2026-02-27 09:15"), len("2026-02-27 09:15:20")], pa.int32())
_CENTURIES = (datetime(1900, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001  # without a zone

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
    return pd.Series(instant_column(pa.array(raw, pa.string())), dtype=INSTANT)


def local_times(raw: Sequence[str | None]) -> "pd.Series[Any]":
    """Return wall-clock times without a zone; what cannot be read is null.

    A stamp with an offset is somebody's instant, not a wall clock, and is null too.
    """
    return pd.Series(local_column(pa.array(raw, pa.string())), dtype=LOCAL)


def instant_column(raw: pa.Array) -> pa.Array:
    """Return the same as `instants`, of an Arrow column."""
    return _read(raw, _USUAL_INSTANT, INSTANT.pyarrow_dtype, _any_instants)


def local_column(raw: pa.Array) -> pa.Array:
    """Return the same as `local_times`, of an Arrow column."""
    read = _usual_wall_clocks(raw)
    if read is not None:
        return read
    return _read(raw, _USUAL_WALL_CLOCK, LOCAL.pyarrow_dtype, _any_local_times)


def _usual_wall_clocks(raw: pa.Array) -> pa.Array | None:
    """Return the times of a column in which all are spelt as usual: no expression is matched."""
    if not pc.all(pc.is_in(pc.binary_length(raw.drop_null()), _USUAL_LENGTHS)).as_py():
        return None
    try:
        read = raw.cast(LOCAL.pyarrow_dtype)
    except pa.ArrowInvalid:
        return None
    first, last = pc.min_max(read).as_py().values()
    return read if first and first >= _CENTURIES[0] and last < _CENTURIES[1] else None


def _read(
    raw: pa.Array,
    usual: str,
    type: pa.DataType,
    read_any: Callable[["pd.Series[Any]"], "pd.Series[Any]"],
) -> pa.Array:
    """Read what is spelt as usual at once, and the rest of the texts with *read_any*."""
    if raw.null_count == len(raw):
        return pa.nulls(len(raw), type)
    is_usual = pc.match_substring_regex(raw, usual)
    try:
        read = pc.if_else(is_usual, raw, None).cast(type)
    except pa.ArrowInvalid:  # a day that no calendar has: it is found out one by one
        is_usual, read = pc.if_else(raw.is_valid(), False, None), pa.nulls(len(raw), type)
    is_other = pc.invert(pc.fill_null(is_usual, fill_value=True))
    if not pc.any(is_other).as_py():
        return read
    texts = pd.Series(raw.filter(is_other).to_pylist(), dtype="str")
    others = pa.Array.from_pandas(read_any(texts), type=type)
    return pc.replace_with_mask(read, is_other, others)


def _any_instants(raw: "pd.Series[Any]") -> "pd.Series[Any]":
    texts = _shaped(raw, _WITH_OFFSET)
    read = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
    return read.dt.as_unit("us").astype(INSTANT)


def _any_local_times(raw: "pd.Series[Any]") -> "pd.Series[Any]":
    texts = _shaped(raw, _WALL_CLOCK)
    read = pd.to_datetime(texts, format="ISO8601", errors="coerce")
    for layout in TYPED_LAYOUTS:
        left = read.isna() & texts.notna()
        if not left.any():
            break
        read = read.where(~left, pd.to_datetime(texts[left], format=layout, errors="coerce"))
    return read.dt.as_unit("us").astype(LOCAL)


def _shaped(raw: "pd.Series[Any]", shape: str) -> "pd.Series[str]":
    """Return *raw* without blanks at its ends; what does not have *shape* is null."""
    texts = raw.str.strip()
    return texts.where(texts.str.fullmatch(shape, na=False))
