"""Payloads of the documented shape, read as columns: no value of theirs becomes an object."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from transforms.columns import whole
from transforms.identity import canonical, event_ids
from transforms.payloads import IDENTITY, LEGS, REMARKS, STAMPS, WORDS
from transforms.times import instant_column, local_column
from transforms.trackings import FIELDS, LEG_FIELDS, LEG_REMARKS

_FEW = 8  # payloads: where so many hold an odd one, all of them are left
_TEXT = pa.string()
_SCAN = pa.struct([(name, _TEXT) for name in (*WORDS, *REMARKS)])
_LEG = pa.struct(
    [*((name, _TEXT) for name in (*LEG_FIELDS, *LEG_REMARKS)), ("trackinfo", pa.list_(_SCAN))]
)
_SCHEMA = pa.schema(
    [
        *((field.name, field.type) for field in FIELDS),
        *((name, _TEXT) for name in STAMPS),
        *((name, _LEG) for name in LEGS),
    ]
)
# Other types that TrackingMore is known to send, as `coercion` and `payloads` read them. No text
# can hold such a spelling: the quotes in it would be escaped.
_KNOWN_ODDITIES = {
    b'"order_create_time":0,': b'"order_create_time":"0",',
    b'"origin_info":[]': b'"origin_info":null',
    b'"origin_info":""': b'"origin_info":null',
    b'"destination_info":[]': b'"destination_info":null',
    b'"destination_info":""': b'"destination_info":null',
    b'"trackinfo":{}': b'"trackinfo":null',
    b'"trackinfo":""': b'"trackinfo":null',
}
_EMAILS = re.compile(rb'"customer_email":\[("[^"\\]*"(?:,"[^"\\]*")*)\]')


class Read(NamedTuple):
    """Columns by name, of parcels and of their scans; `row` is a payload's place in the answer."""

    trackings: dict[str, Any]
    events: dict[str, Any]
    left: list[int]  # the rows of payloads that are of another shape


def read(spelt: Sequence[bytes]) -> Read:
    """Read those payloads that have the documented fields and types, and no others.

    Scans come parcel by parcel, the origin's first, each leg's from the oldest.
    """
    # whatever is no object would end the process: Arrow's parser takes for granted that it is
    rows = np.array([row for row, text in enumerate(spelt) if text[:1] == b"{"], dtype=np.int64)
    parts = list(_tables(spelt, rows))
    table = pa.concat_tables([part for part, _ in parts]) if parts else _SCHEMA.empty_table()
    row = np.concatenate([rows[:0], *(found for _, found in parts)])
    said = table.combine_chunks()
    stamps = {name: instant_column(_array(said, name)) for name in STAMPS}
    is_sure = _is_sure(said, stamps)
    if not pc.all(is_sure).as_py() and len(row):
        said, row = said.filter(is_sure), row[is_sure.to_numpy(zero_copy_only=False)]
        stamps = {name: stamp.filter(is_sure) for name, stamp in stamps.items()}
    events = _events(said, row)
    return Read(
        _trackings(said, row) | stamps,
        events,
        sorted(set(range(len(spelt))).difference(row.tolist())),
    )


def _tables(spelt: Sequence[bytes], rows: Any) -> Iterator[tuple[pa.Table, Any]]:
    """Yield what can be read, in portions, with the rows in it; an odd payload costs its half."""
    if not len(rows):
        return
    text = b"\n".join([spelt[row] for row in rows])
    for straighten in (bytes, _straightened):
        try:
            table = _table(straighten(text), len(rows))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            continue
        yield table, rows
        return
    if len(rows) > _FEW:
        middle = len(rows) // 2
        yield from _tables(spelt, rows[:middle])
        yield from _tables(spelt, rows[middle:])


def _straightened(text: bytes) -> bytes:
    """Return payloads with known oddities spelt as the documented types."""
    for odd, straight in _KNOWN_ODDITIES.items():
        text = text.replace(odd, straight)
    return _EMAILS.sub(lambda found: b'"customer_email":' + found[1].replace(b'","', b", "), text)


def _table(text: bytes, length: int) -> pa.Table:
    """Return payloads, one a line, as a table of *length* rows; raises where one is odd."""
    pa.array([text], pa.binary()).cast(_TEXT)  # is it UTF-8? the parser does not ask
    table = pj.read_json(
        pa.BufferReader(text),
        read_options=pj.ReadOptions(use_threads=False, block_size=len(text) + 1),
        parse_options=pj.ParseOptions(explicit_schema=_SCHEMA, unexpected_field_behavior="error"),
    )
    if len(table) != length:
        msg = f"{length} payloads are {len(table)} rows"
        raise pa.ArrowInvalid(msg)
    return table


def _is_sure(table: pa.Table, stamps: Mapping[str, pa.Array]) -> pa.Array:
    """Return whether each row says which parcel it is, has scans, and stamps that were read."""
    sure = pa.repeat(pa.scalar(value=True), len(table))
    for name in IDENTITY:
        said = _array(table, name)
        sure = pc.and_(sure, pc.fill_null(pc.not_equal(said, ""), fill_value=False))
    for name in LEGS:
        scans = _of(_array(table, name), "trackinfo")
        if pc.list_flatten(scans).null_count:  # a scan that is null is no scan
            nulls = pc.filter(pc.list_parent_indices(scans), pc.list_flatten(scans).is_null())
            sure = pc.and_(sure, pc.invert(pc.is_in(_places(table), nulls)))
    for name, stamp in stamps.items():
        sure = pc.and_(sure, pc.or_(stamp.is_valid(), _array(table, name).is_null()))
    return sure


def _trackings(table: pa.Table, row: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {field.column: _array(table, field.name) for field in FIELDS}
    counts = np.zeros(len(table), dtype=np.int32)
    for field, leg in LEGS.items():
        info = _array(table, field)
        for name in LEG_FIELDS:
            columns[f"{leg}_{name}"] = _of(info, name)
        columns[f"{leg}_info"] = _remarks(info)
        lengths = pc.list_value_length(_of(info, "trackinfo"))
        counts += pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False)
    for name in ("order_create_time", "last_update_time"):
        columns[name] = local_column(columns[f"{name}_raw"])
    return columns | {"event_count": pa.array(counts), "row": row}


def _remarks(info: pa.Array) -> pa.Array:
    """Return what a leg remarks besides its scans, as JSON; null where it remarks nothing."""
    columns = {name: _of(info, name) for name in LEG_REMARKS}
    said = [False] * len(info)
    for column in columns.values():
        if column.null_count < len(column):
            said = np.logical_or(said, column.is_valid().to_numpy(zero_copy_only=False))
    if not any(said):
        return pa.nulls(len(info), _TEXT)
    lists = {
        name: column.to_pylist()
        for name, column in columns.items()
        if column.null_count < len(column)
    }
    rows = zip(*lists.values(), strict=True)
    texts = [
        canonical({n: v for n, v in zip(lists, row, strict=True) if v is not None}).decode()
        if any_said
        else None
        for row, any_said in zip(rows, said, strict=True)
    ]
    return pa.array(texts, _TEXT)


def _events(table: pa.Table, row: Any) -> dict[str, Any]:
    """Return a row per scan; positions and repetitions count from the oldest, which is last."""
    infos = [pd.Series(pd.arrays.ArrowExtensionArray(_array(table, field))) for field in LEGS]
    lists = [info.struct.field("trackinfo").list for info in infos]
    order, at, leg, position = _oldest_first([each.len().fillna(0).to_numpy() for each in lists])
    scans = pd.concat([each.flatten().struct.explode() for each in lists], ignore_index=True)
    said = {name: _arrow(scans[name]).take(order) for name in (*WORDS, *REMARKS)}
    carriers = pd.concat([info.struct.field("carrier_code") for info in infos])
    tracking_id = _array(table, "id").take(pa.array(at))
    legs = pa.array(list(LEGS.values())).take(pa.array(leg))
    event_id, repetition = event_ids(at, tracking_id, legs, [said[word] for word in WORDS])
    return {
        "tracking_id": tracking_id,
        "event_id": event_id,
        "leg": legs,
        "position": pa.array(position, pa.int32()),
        "repetition": repetition,
        "event_time_raw": said["Date"],
        "event_time_local": local_column(said["Date"]),
        "description": said["StatusDescription"],
        "details": said["Details"],
        **{column: said[name] for name, column in REMARKS.items()},
        "carrier_code": _arrow(carriers).take(pa.array(leg * len(table) + at)),
        "row": row[at],
    }


def _oldest_first(lengths: Sequence[Any]) -> tuple[pa.Array, Any, Any, Any]:
    """Return where each scan lies, its parcel, leg and position; parcel by parcel, leg by leg.

    Args:
        lengths: How many scans each parcel has, leg by leg; those of a leg lie together, parcel
            by parcel, each parcel's from the newest.
    """
    by_leg = np.asarray(lengths, dtype=np.int64)
    ends = by_leg.cumsum().reshape(by_leg.shape).T.ravel()
    counts = by_leg.T.ravel()
    group = np.repeat(np.arange(len(counts)), counts)
    position = np.arange(len(group)) - np.repeat(counts.cumsum() - counts, counts) + 1
    parcel, leg = np.divmod(group, len(by_leg))
    return pa.array(ends[group] - position), parcel, leg, position


def _places(table: pa.Table) -> pa.Array:
    return pa.array(np.arange(len(table)))


def _array(table: pa.Table, name: str) -> pa.Array:
    return whole(table.column(name))


def _of(info: pa.Array, name: str) -> pa.Array:
    """Return a field of a leg; null where the leg is, whatever lies below it."""
    return pc.struct_field(info, name)


def _arrow(column: "pd.Series[Any]") -> pa.Array:
    found = pa.Array.from_pandas(column)
    return whole(found) if isinstance(found, pa.ChunkedArray) else found
