"""Keys for things without ids, hashed from the raw words before pandas sees them.

md5, because its value must stay the same between versions and engines; it guards nothing.
"""

import json
from collections.abc import Sequence
from hashlib import md5
from typing import Any

import orjson

VOLATILE = ("itemTimeLength", "stayTimeLength")
"""Grow with time although nothing happened: no part of what makes a payload new."""


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


def payload_hash(payload: dict[str, Any]) -> str:
    """Return the name of a payload's content, whatever the order of its keys."""
    lasting = {name: value for name, value in payload.items() if name not in VOLATILE}
    return md5(canonical(lasting), usedforsecurity=False).hexdigest()


def canonical(value: object) -> bytes:
    """Return the one JSON spelling of *value*, keys sorted."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer beyond 64 bits
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return text.encode()
