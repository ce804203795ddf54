"""Keys for things without ids, hashed from the raw words before anybody reads more into them.

md5, because its value must stay the same between versions and engines; it guards nothing.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

try:
    # CPython's own: of a text as short as a scan, OpenSSL's takes twice the time
    from _md5 import md5  # type: ignore[import-not-found]
except ImportError:
    md5 = partial(hashlib.md5, usedforsecurity=False)

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
    return str(md5(orjson.dumps([tracking_id, leg, *words, repetition])).hexdigest())


def event_ids(
    row: Any, tracking_id: pa.Array, leg: pa.Array, words: Sequence[pa.Array]
) -> EventIds:
    """Return the `event_id` of each scan, those of a leg from the oldest on.

    *row* is the payload's: a parcel that is twice in an answer repeats no scan by that.
    """
    names = _spelt_together(['["', _escaped(tracking_id), '","', leg, '",'], words, "1]")
    ids = hashes(names)
    repetition = np.ones(len(names), dtype=np.int32)
    if len(set(ids)) < len(ids):
        series = pd.Series(pd.arrays.ArrowExtensionArray(names))
        repetition += series.groupby([row, series]).cumcount().to_numpy(dtype=np.int32)
    for place in {*np.flatnonzero(repetition > 1).tolist(), *_with_control_characters(names)}:
        texts = [column[place].as_py() for column in words]
        ids[place] = event_id(
            tracking_id[place].as_py(), leg[place].as_py(), texts, int(repetition[place])
        )
    return EventIds(pa.array(ids, pa.string()), pa.array(repetition))


def hashes(texts: pa.Array) -> list[str]:
    """Return the md5 of each text in UTF-8."""
    return [md5(text).hexdigest() for text in texts.cast(pa.binary()).to_pylist()]


def digests(texts: pa.Array) -> list[bytes]:
    """Return the same in 16 bytes."""
    return [md5(text).digest() for text in texts.cast(pa.binary()).to_pylist()]


def canonical(value: object) -> bytes:
    """Return the one JSON spelling of *value*, keys sorted."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return text.encode()


def _spelt_together(head: Sequence[Any], words: Sequence[pa.Array], tail: str) -> pa.Array:
    """Return *head*, each of *words* as JSON with a comma behind it, and *tail* in one text."""
    parts = list(head)
    for word in words:
        text = _escaped(word)
        if text.null_count:
            quoted = pc.binary_join_element_wise('"', text, '",', "")
            parts.append(pc.fill_null(quoted, "null,"))
        else:
            parts += ['"', text, '",']
    return pc.binary_join_element_wise(*parts, tail, "")


def _escaped(text: pa.Array) -> pa.Array:
    """Return texts as JSON writes them between quotes, but for control characters."""
    written = utf8(text)
    for special in ("\\", '"'):
        if (written == ord(special)).any():
            text = pc.replace_substring(text, special, f"\\{special}")
    return text


def _with_control_characters(texts: pa.Array) -> Iterable[int]:
    """Return the rows of texts that JSON would not write as they are."""
    if not (utf8(texts) < CONTROL).any():
        return []
    found = pc.match_substring_regex(texts, "[\\x00-\\x1f]")
    return list(np.flatnonzero(found.to_numpy(zero_copy_only=False)).tolist())


def utf8(texts: pa.Array) -> Any:
    """Return the UTF-8 of all texts, and perhaps of more."""
    data = texts.buffers()[2]
    return np.frombuffer(data if data is not None else b"", dtype=np.uint8)
