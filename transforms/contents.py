"""What makes a payload another one, and the scans of a parcel others: hashes of their columns."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.columns import whole
from transforms.identity import CONTROL, digests, hashes, utf8

SCAN_CONTENT = (
    "event_id",
    "event_time_local",
    "checkpoint_status",
    "substatus",
    "item_node",
    "carrier_code",
    "extra",
)
"""What is stored of a scan and may differ, but for its place, which the order tells."""

_ESCAPE, _END_OF_ROW, _NULL, _END_OF_VALUE = "\x1b", "\x1d", "\x1e", "\x1f"


class ScansNamed(NamedTuple):
    """By parcel the name of all that its scans say, and how many of them are the origin's."""

    scans_hash: pa.Array
    scans_in_origin: pa.Array


def scans_named(events: pa.Table, row: Any, parcels: int) -> ScansNamed:
    """Return what makes the scans of each parcel others: the first half of an md5.

    Args:
        events: Scans; those of a parcel together, the origin's first, each leg's from the oldest.
        row: The parcel of each, ascending, of 0 to *parcels* - 1.
        parcels: How many there are, those without scans as well.
    """
    is_origin = pc.equal(events["leg"], "origin").to_numpy()
    counts = np.bincount(row, minlength=parcels)
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    scans = pa.ListArray.from_arrays(pa.array(ends), _joined(events.select(SCAN_CONTENT)))
    names = b"".join(digests(pc.binary_join(scans, _END_OF_ROW)))
    return ScansNamed(
        pa.array(np.frombuffer(names, dtype=">i8")[::2].astype(np.int64)),
        pa.array(np.bincount(row[is_origin], minlength=parcels).astype(np.int32)),
    )


def content_hashes(trackings: pa.Table) -> list[str]:
    """Return by parcel the name of all that its columns say, and its scans, as they are named.

    Whatever the order and the spelling of the fields that it was read from; an absent one is
    null.
    """
    return hashes(_joined(trackings))


def _joined(table: pa.Table) -> pa.Array:
    """Return the values of each row as one text that no other values have, nor several rows."""
    return pc.binary_join_element_wise(*map(_marked, table.itercolumns()), _END_OF_VALUE)


def _marked(column: Any) -> Any:
    """Return values as text, an instant as its microseconds, without any of the marks."""
    column = whole(column)
    if 0 < len(column) == column.null_count:
        return _NULL
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.int64())
    text = column.cast(pa.string())
    if (utf8(text) < CONTROL).any():
        for mark in (_ESCAPE, _END_OF_ROW, _NULL, _END_OF_VALUE):
            text = pc.replace_substring(text, mark, f"{_ESCAPE}{ord(mark):x}")
    return pc.fill_null(text, _NULL) if text.null_count else text
