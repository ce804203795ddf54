"""One answer's payloads as the rows that the warehouse merges."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trackingmore_v2.listing import Payloads
from transforms.contents import content_hashes, scans_named
from transforms.events import event_rows
from transforms.identity import canonical
from transforms.payloads import LEGS, Rejected, sort_out
from transforms.plain import read
from transforms.set_aside import quarantined, unknown_fields
from transforms.tables import (
    TRACKING_EVENTS,
    TRACKINGS,
    Table,
)
from transforms.trackings import tracking_rows, unreadable_stamps

_OF_THE_READING = ("account", "fetched_at", "first_seen_at", "run_id")
# What makes a payload another one. Two day counts grow although nothing happened; the other
# columns that are left out follow from these.
_CONTENT = tuple(
    name
    for name in TRACKINGS.column_names
    if name
    not in {
        *_OF_THE_READING,
        "payload_hash",
        "deleted_at",
        "order_create_time",
        "last_update_time",
        "item_time_length_days",
        "stay_time_length_days",
        "event_count",
        *TRACKINGS.aside,
    }
)


class Batch(NamedTuple):
    """Rows as their tables declare them; one version of a parcel at most."""

    trackings: pa.Table
    events: pa.Table
    quarantine: pa.Table
    unknown_fields: pa.Table
    payloads: int  # how many went in
    rejected: int  # how many of them are in quarantine


class _Part(NamedTuple):
    """Columns of parcels and of their scans, either with the `row` of the payload."""

    trackings: pa.Table
    events: pa.Table


def flatten(items: Sequence[Any], *, account: str, fetched_at: datetime, run_id: str) -> Batch:
    """Return the rows of one answer; every payload is in them, or in quarantine.

    Args:
        items: Payloads as the API sent them.
        account: Leads every key.
        fetched_at: When the answer was read.
        run_id: Who reads.
    """
    seen = {
        "account": account,
        "run_id": run_id,
        "fetched_at": fetched_at,
        "first_seen_at": fetched_at,
    }
    plain = read(_spelt(items))
    part = _Part(_columns(TRACKINGS, plain.trackings), _columns(TRACKING_EVENTS, plain.events))
    rejected: list[Rejected] = []
    unknown: list[tuple[str, str, dict[str, Any]]] = []
    if plain.left:
        odd = _read_carefully([(row, items[row]) for row in plain.left], rejected, unknown)
        part = _together(part, odd)
    part = _newest(part)
    trackings, events = part
    parcel = np.searchsorted(trackings.column("row").to_numpy(), events.column("row").to_numpy())
    named = scans_named(events, parcel, len(trackings))
    content = trackings.select(_CONTENT).append_column("scans_hash", named.scans_hash)
    hashed = {"payload_hash": content_hashes(content), **named._asdict()}
    return Batch(
        trackings=_filled(TRACKINGS, trackings, seen | hashed),
        events=_filled(TRACKING_EVENTS, events, seen),
        quarantine=quarantined(rejected, seen),
        unknown_fields=unknown_fields(unknown, seen),
        payloads=len(items),
        rejected=len(rejected),
    )


def joined(batches: Sequence[Batch]) -> Batch:
    """Return several answers' rows as those of one; no parcel may be in two of them."""
    if len(batches) == 1:
        return batches[0]
    tables = [pa.concat_tables(part) for part in zip(*(each[:4] for each in batches), strict=True)]
    counts = [sum(part) for part in zip(*(each[4:] for each in batches), strict=True)]
    return Batch(*tables, *counts)


def payload_hashes(items: Sequence[Any]) -> dict[str, str]:
    """Return by tracking id what `flatten` names the contents of the payloads that it can read."""
    batch = flatten(items, account="", fetched_at=datetime.min.replace(tzinfo=UTC), run_id="")
    columns = (batch.trackings.column(name) for name in ("tracking_id", "payload_hash"))
    return dict(zip(*(column.to_pylist() for column in columns), strict=True))


def _spelt(items: Sequence[Any]) -> Sequence[bytes]:
    """Return the payloads as JSON, as it came where it is still known."""
    return items.spelt if isinstance(items, Payloads) else [canonical(item) for item in items]


def _read_carefully(
    items: Sequence[tuple[int, Any]],
    rejected: list[Rejected],
    unknown: list[tuple[str, str, dict[str, Any]]],
) -> _Part:
    """Read payloads value by value: what fits no column is set aside, never lost.

    Args:
        items: The payloads behind their rows.
        rejected: Grows by those that cannot be read.
        unknown: Grows by (prefix, tracking id, fields that no column is for).
    """
    rows, fresh = list[int](), list[Any]()
    for row, item in items:
        sorted_out = sort_out([item])
        rejected += sorted_out.rejected
        rows += [row] * len(sorted_out.readable)
        fresh += sorted_out.readable
    said = tracking_rows(fresh)
    stamps = unreadable_stamps(fresh, said.columns)
    rejected += [Rejected(fresh[place], reason) for place, reason in stamps.items()]
    frame = pd.DataFrame(said.columns | {"extra": said.extras, "row": rows})
    frame = frame.drop(index=list(stamps))
    kept = [fresh[place] for place in frame.index]
    for item, extra in zip(kept, frame["extra"], strict=True):
        unknown.append(("", item["id"], extra))
    for name in ("extra", *(f"{leg}_info" for leg in LEGS.values())):
        frame[name] = _json(frame[name])

    events = event_rows(kept)
    ids = events.columns["tracking_id"]
    unknown += [("trackinfo.", ids[place], extra) for place, extra in events.extras.items()]
    event_frame = pd.DataFrame(events.columns)
    event_frame["extra"] = _json([events.extras.get(place) for place in range(len(ids))])
    event_frame["row"] = np.repeat(
        frame["row"].to_numpy(), frame["event_count"].to_numpy(dtype=np.int64)
    )
    return _Part(
        _columns(TRACKINGS, dict(frame.items())),
        _columns(TRACKING_EVENTS, dict(event_frame.items())),
    )


def _columns(table: Table, columns: Mapping[Any, Any]) -> pa.Table:
    """Return *columns* as *table* types them, and the row; a column that nobody read is null."""
    length = len(columns["row"])
    arrays = {"row": pa.array(columns["row"], pa.int64())}
    for field in table.schema:
        column = columns.get(field.name)
        if column is None:
            arrays[field.name] = pa.nulls(length, field.type)
        elif isinstance(column, pa.Array):
            arrays[field.name] = column
        else:
            arrays[field.name] = pa.Array.from_pandas(column, type=field.type)
    return pa.table(arrays)


def _together(*parts: _Part) -> _Part:
    """Return all rows of *parts*, in the order of their payloads."""
    return _Part(*(_in_order(pa.concat_tables(tables)) for tables in zip(*parts, strict=True)))


def _in_order(table: pa.Table) -> pa.Table:
    return table.take(pa.array(np.argsort(table.column("row").to_numpy(), kind="stable")))


def _newest(part: _Part) -> _Part:
    """Return the newest version of each parcel; of equally new ones, the last in the answer."""
    trackings = part.trackings
    ids = trackings.column("tracking_id")
    if pc.count_distinct(ids).as_py() == len(ids):
        return part
    frame = trackings.select(["tracking_id", "updated_at", "row"]).to_pandas(
        types_mapper=pd.ArrowDtype
    )
    frame = frame.sort_values(["updated_at", "row"], na_position="first")
    kept = pa.array(frame.drop_duplicates("tracking_id", keep="last")["row"].to_numpy())
    return _Part(*(each.filter(pc.is_in(each.column("row"), kept)) for each in part))


def _filled(table: Table, said: pa.Table, common: Mapping[str, Any]) -> pa.Table:
    """Return *said* as *table* declares it; *common* fills columns, lists and arrays row by row."""
    arrays = []
    for field in table.schema:
        value = common.get(field.name)
        if isinstance(value, pa.Array):
            column = value
        elif isinstance(value, list):
            column = pa.array(value, field.type)
        elif value is not None:
            column = pa.repeat(pa.scalar(value, field.type), len(said))
        else:
            column = said.column(field.name)
        arrays.append(column)
    return pa.table(arrays, schema=table.schema)


def _json(values: Iterable[Any]) -> list[str | None]:
    return [canonical(value).decode() if value else None for value in values]
