"""Keys for things without ids, hashed from the raw words before anybody reads more into them.

md5, because its value must stay the same between versions and engines; it guards nothing.
"""

import json
from collections.abc import Iterable, Sequence
from hashlib import md5
from typing import Any, NamedTuple

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

CONTROL = 0x20
"""The first character that JSON writes as it is."""


class EventIds(NamedTuple):
    """Names of scans, and which of equal ones each is, by row."""

    event_id: pa.Array
    repetition: pa.Array


def event_id(tracking_id: str, leg: str, words: Sequence[str | None], repetition: int) -> str:
    """Return the name of a scan: the same scan keeps it however its array grows.

    Args:
        tracking_id: The parcel.
        leg: Which array said it.
        words: Time, text and place exactly as sent.
        repetition: 1 for the oldest of equal scans in that leg, then 2, 3 …
    """
    # as JSON: whatever separator one chooses, a carrier may write it
    name = orjson.dumps([tracking_id, leg, *words, repetition])
    return md5(name, usedforsecurity=False).hexdigest()


def event_ids(
    row: Any, tracking_id: pa.Array, leg: pa.Array, words: Sequence[pa.Array]
) -> EventIds:
    """Return the `event_id` of each scan, those of a leg from the oldest on.

    *row* is the payload's: a parcel that is twice in an answer repeats no scan by that.
    """
    begun = _spelt_together(['["', _escaped(tracking_id), '","', leg, '",'], words)
    repetition = np.ones(len(begun), dtype=np.int32)
    if pc.count_distinct(begun).as_py() < len(begun):
        series = pd.Series(pd.arrays.ArrowExtensionArray(begun))
        repetition += series.groupby([row, series]).cumcount().to_numpy(dtype=np.int32)
    number = pa.array(repetition)
    names = pc.binary_join_element_wise(begun, number.cast(pa.string()), "]", "")
    ids = hashes(names)
    for place in _with_control_characters(begun):
        texts = [column[place].as_py() for column in words]
        ids[place] = event_id(
            tracking_id[place].as_py(), leg[place].as_py(), texts, int(repetition[place])
        )
    return EventIds(pa.array(ids, pa.string()), number)


def content_hashes(trackings: pa.Table, events: pa.Table, row: Any) -> list[str]:
    """Return by parcel the name of all that its columns and those of its scans say.

    Whatever the order and the spelling of the fields that it was read from; an absent one is
    null.

    Args:
        trackings: What is part of the name, one row a parcel.
        events: The same of their scans, those of a parcel together and in their order.
        row: The parcel of each scan, ascending.
    """
    scans = _joined(events)
    counts = np.bincount(row, minlength=len(trackings))
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(ends), scans)
    return hashes(pc.binary_join_element_wise(_joined(trackings), pc.binary_join(lists, ";"), ";"))


def hashes(texts: pa.Array) -> list[str]:
    """Return the md5 of each text in UTF-8."""
    said = texts.cast(pa.binary()).to_pylist()
    return [md5(text, usedforsecurity=False).hexdigest() for text in said]


def canonical(value: object) -> bytes:
    """Return the one JSON spelling of *value*, keys sorted."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return text.encode()


def _joined(table: pa.Table) -> pa.Array:
    """Return the values of each row as one text that no other values have."""
    parts: list[pa.Array] = []
    for column in table.itercolumns():
        text = _spelt(column.combine_chunks())
        if text.null_count == len(text):
            text = pa.repeat("", len(text))
            parts.append(pa.repeat("-", len(text)))
        else:
            lengths = pc.binary_length(text).cast(pa.string())
            parts.append(pc.fill_null(lengths, "-"))
            text = pc.fill_null(text, "")
        parts.append(text)
    return pc.binary_join_element_wise(*parts, ":")


def _spelt(column: Any) -> pa.Array:
    """Return values as text, an instant as its microseconds."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    return (column.cast(pa.int64()) if pa.types.is_temporal(column.type) else column).cast(
        pa.string()
    )


def _spelt_together(head: Sequence[Any], words: Sequence[pa.Array]) -> pa.Array:
    """Return *head*, and each of *words* as JSON with a comma behind it, in one text."""
    parts = list(head)
    for word in words:
        text = _escaped(word)
        if text.null_count:
            quoted = pc.binary_join_element_wise('"', text, '"', "")
            parts += [pc.fill_null(quoted, "null"), ","]
        else:
            parts += ['"', text, '",']
    return pc.binary_join_element_wise(*parts, "")


def _escaped(text: pa.Array) -> pa.Array:
    """Return texts as JSON writes them between quotes, but for control characters."""
    written = _bytes(text)
    for special in ("\\", '"'):
        if (written == ord(special)).any():
            text = pc.replace_substring(text, special, f"\\{special}")
    return text


def _with_control_characters(texts: pa.Array) -> Iterable[int]:
    """Return the rows of texts that JSON would not write as they are."""
    if not (_bytes(texts) < CONTROL).any():
        return []
    found = pc.match_substring_regex(texts, "[\\x00-\\x1f]")
    return list(np.flatnonzero(found.to_numpy(zero_copy_only=False)).tolist())


def _bytes(texts: pa.Array) -> Any:
    """Return the UTF-8 of all texts, and perhaps of more."""
    data = texts.buffers()[2]
    return np.frombuffer(data if data is not None else b"", dtype=np.uint8)
