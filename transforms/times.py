"""Every spelling of a date that the API uses, read by one parser."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

LOCAL = pd.ArrowDtype(pa.timestamp("us"))
INSTANT = pd.ArrowDtype(pa.timestamp("us", tz="UTC"))

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
    texts = _texts(raw)
    has_offset = texts.str.contains(r"[T ]\d{2}:\d{2}.*(?:[+-]\d{2}:?\d{2}|Z)$", na=False)
    read = pd.to_datetime(texts.where(has_offset), format="ISO8601", utc=True, errors="coerce")
    return read.astype(INSTANT)


def local_times(raw: Sequence[str | None]) -> "pd.Series[Any]":
    """Return wall-clock times without a zone; what cannot be read is null.

    A stamp with an offset is somebody's instant, not a wall clock, and is null too.
    """
    texts = _texts(raw).str.strip()
    texts = texts.where(~texts.str.contains(r":\d{2}.*[+-]\d{2}:?\d{2}$|Z$", na=True))
    # pandas takes a bare "2018" for a year; no carrier means that
    texts = texts.where(texts.str.len() >= len("2018-4-1"))
    read = pd.to_datetime(texts, format="ISO8601", errors="coerce")
    for layout in TYPED_LAYOUTS:
        left = read.isna() & texts.notna()
        if not left.any():
            break
        read = read.where(~left, pd.to_datetime(texts[left], format=layout, errors="coerce"))
    return read.astype(LOCAL)


def _texts(raw: Sequence[Any]) -> "pd.Series[str]":
    return pd.Series(raw, dtype="str")
