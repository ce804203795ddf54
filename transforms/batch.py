"""One answer's payloads as the rows that the warehouse merges."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import md5
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from transforms.events import event_rows
from transforms.identity import canonical, payload_hash
from transforms.payloads import Rejected, sort_out
from transforms.tables import (
    QUARANTINE,
    TRACKING_EVENTS,
    TRACKINGS,
    UNKNOWN_FIELDS,
    Table,
)
from transforms.trackings import tracking_rows, unreadable_stamps

EXAMPLE_LENGTH = 200


class Batch(NamedTuple):
    """Rows as their tables declare them; one version of a parcel at most."""

    trackings: pa.Table
    events: pa.Table
    quarantine: pa.Table
    unknown_fields: pa.Table
    payloads: int  # how many went in
    known: int  # how many of them were known already, word for word
    rejected: int  # how many of them are in quarantine


def flatten(
    items: Sequence[Any],
    *,
    account: str,
    fetched_at: datetime,
    run_id: str,
    known: Mapping[str, str] | None = None,
) -> Batch:
    """Return the rows of one answer; every payload is in them, in quarantine or was known.

    Args:
        items: Payloads as the API sent them.
        account: Leads every key.
        fetched_at: When the answer was read.
        run_id: Who reads.
        known: Hash of the stored payload by tracking id; equal ones are left out.
    """
    common = {"account": account, "run_id": run_id}
    readable, rejected = sort_out(items)
    hashes = [payload_hash(item) for item in readable]
    if known:
        new = [
            known.get(item["id"]) != hashed for item, hashed in zip(readable, hashes, strict=True)
        ]
    else:
        new = [True] * len(readable)
    fresh = [item for item, is_new in zip(readable, new, strict=True) if is_new]
    rows = tracking_rows(fresh)
    stamps = unreadable_stamps(fresh, rows.columns)
    rejected += [Rejected(fresh[row], reason) for row, reason in stamps.items()]

    frame = pd.DataFrame(
        rows.columns
        | {"extra": rows.extras}
        | {"payload_hash": [h for h, is_new in zip(hashes, new, strict=True) if is_new]}
    )
    frame["row"] = range(len(frame))
    frame = frame.drop(index=list(stamps)).sort_values("updated_at", na_position="first")
    frame = frame.drop_duplicates("tracking_id", keep="last").sort_values("row")
    kept = [fresh[row] for row in frame.pop("row")]
    unknown = [("", item["id"], extra) for item, extra in zip(kept, frame["extra"], strict=True)]
    frame["extra"] = _json(frame["extra"])
    for leg in ("origin", "destination"):
        frame[f"{leg}_info"] = _json(frame[f"{leg}_info"])

    events = event_rows(kept)
    ids = events.columns["tracking_id"]
    unknown += [("trackinfo.", ids[row], extra) for row, extra in events.extras.items()]
    event_frame = pd.DataFrame(events.columns)
    event_frame["extra"] = _json([events.extras.get(row) for row in range(len(ids))])

    seen = common | {"fetched_at": fetched_at, "first_seen_at": fetched_at}
    return Batch(
        trackings=_table(TRACKINGS, frame, seen),
        events=_table(TRACKING_EVENTS, event_frame, seen),
        quarantine=_quarantined(rejected, seen),
        unknown_fields=_unknown(unknown, seen),
        payloads=len(items),
        known=new.count(False),
        rejected=len(rejected),
    )


def _table(table: Table, frame: pd.DataFrame, common: dict[str, Any]) -> pa.Table:
    """Return *frame* as *table* declares it; *common* fills its columns of that name."""
    length = len(frame)
    arrays = []
    for field in table.schema:
        if field.name in frame:
            column = pa.Array.from_pandas(frame[field.name], type=field.type)
        else:
            column = pa.repeat(pa.scalar(common.get(field.name), field.type), length)
        arrays.append(column)
    return pa.table(arrays, schema=table.schema)


def _json(values: Iterable[Any]) -> list[str | None]:
    return [canonical(value).decode() if value else None for value in values]


def _quarantined(rejected: Sequence[Rejected], common: dict[str, Any]) -> pa.Table:
    payloads = [canonical(one.payload) for one in rejected]
    account = common["account"].encode()
    frame = pd.DataFrame(
        {
            "quarantine_id": [
                md5(account + payload, usedforsecurity=False).hexdigest() for payload in payloads
            ],
            "tracking_id": [one.tracking_id for one in rejected],
            "reason": [one.reason for one in rejected],
            "payload": [payload.decode() for payload in payloads],
        }
    ).drop_duplicates("quarantine_id")
    return _table(QUARANTINE, frame, common)


def _unknown(found: Sequence[tuple[str, str, dict[str, Any]]], common: dict[str, Any]) -> pa.Table:
    first: dict[str, tuple[str, str]] = {}
    for prefix, tracking_id, extra in found:
        for name, value in extra.items():
            if f"{prefix}{name}" not in first:
                example = canonical(value).decode()
                if len(example) > EXAMPLE_LENGTH:
                    example = canonical(example[:EXAMPLE_LENGTH]).decode()
                first[f"{prefix}{name}"] = (tracking_id, example)
    frame = pd.DataFrame(
        {
            "field": list(first),
            "tracking_id": [tracking_id for tracking_id, _ in first.values()],
            "example": [example for _, example in first.values()],
        }
    )
    return _table(UNKNOWN_FIELDS, frame, common)
