"""What no row was made from, for who looks after it: payloads, and fields that no column is for."""

from collections.abc import Mapping, Sequence
from hashlib import md5
from typing import Any

import pyarrow as pa

from transforms.identity import canonical
from transforms.payloads import Rejected
from transforms.table import Table
from transforms.tables import QUARANTINE, UNKNOWN_FIELDS

EXAMPLE_LENGTH = 200


def quarantined(rejected: Sequence[Rejected], common: Mapping[str, Any]) -> pa.Table:
    """Return a row per payload that cannot be read, each payload once.

    *common* are values that every row has, the account among them.
    """
    account = common["account"].encode()
    rows: dict[str, dict[str, Any]] = {}
    for one in rejected:
        payload = canonical(one.payload)
        name = md5(account + payload, usedforsecurity=False).hexdigest()
        rows.setdefault(
            name,
            {
                "quarantine_id": name,
                "tracking_id": one.tracking_id,
                "reason": one.reason,
                "payload": payload.decode(),
            },
        )
    return _table(QUARANTINE, list(rows.values()), common)


def unknown_fields(
    found: Sequence[tuple[str, str, dict[str, Any]]], common: Mapping[str, Any]
) -> pa.Table:
    """Return a row per field that no column is for, with the first example of it.

    *found* are (what stands before the field's name, tracking id, fields) as they were met.
    """
    rows: dict[str, dict[str, Any]] = {}
    for prefix, tracking_id, extra in found:
        for name, value in extra.items():
            field = f"{prefix}{name}"
            if field not in rows:
                example = canonical(value).decode()
                if len(example) > EXAMPLE_LENGTH:
                    example = canonical(example[:EXAMPLE_LENGTH]).decode()
                rows[field] = {"field": field, "tracking_id": tracking_id, "example": example}
    return _table(UNKNOWN_FIELDS, list(rows.values()), common)


def _table(table: Table, rows: Sequence[dict[str, Any]], common: Mapping[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([{**common, **row} for row in rows], schema=table.schema)
