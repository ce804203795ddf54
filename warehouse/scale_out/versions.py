"""What the table store is given: each version of a parcel as one row, its scans within it.

A version stands in the order in which its account's warehouse loaded it, which is what the fold of
`current` goes by. Deletions stand in that order too, as rows without words.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from transforms.tables import TRACKING_EVENTS, TRACKINGS

if TYPE_CHECKING:  # a driver that only folds needs nothing of what reads payloads
    from transforms.batch import Batch

WHOLE, PARTIAL, DELETED = "whole", "partial", "deleted"
MONTH = "created_month"
UNKNOWN_MONTH = "unknown"
# What a scan says by itself; the rest of its row follows from the versions that have it.
SCAN = tuple(
    field
    for field in TRACKING_EVENTS.schema
    if field.name not in {"account", "tracking_id", "first_seen_at", "withdrawn_at", "run_id"}
)
SCHEMA = pa.schema(
    [
        *TRACKINGS.told.schema,
        pa.field("scans", pa.list_(pa.struct(SCAN))),
        pa.field("origin_count", pa.int32()),
        pa.field("kind", pa.string()),
        pa.field("ledger", pa.string()),
        pa.field("sequence", pa.int64()),
        pa.field(MONTH, pa.string()),
    ]
)
"""One row per version of a parcel: the columns of core.trackings, and

scans: as `TRACKING_EVENTS` declares them, oldest of a leg first;
origin_count: how many of them are of the origin leg;
kind: whole | partial (a null says nothing, a leg without scans leaves those that stand) | deleted;
ledger: the run that loaded the first answer of the account's warehouse: which warehouse it was;
sequence: ops.landings.sequence there; of a deletion that of the answer before it;
created_month: of created_at, `2026-03`, or `unknown`: partitions the table, and never changes.
"""


def version_rows(
    batch: "Batch", *, is_partial: bool, ledger: str, sequence: int, months: Mapping[str, str]
) -> pa.Table:
    """Return one answer's parcels as rows of `SCHEMA`.

    Args:
        batch: What `flatten` made of the answer, knowing nothing.
        is_partial: Whether its payloads lack fields that the list has.
        ledger: Which warehouse loaded it.
        sequence: As the how-manieth.
        months: created_month by tracking id, for payloads that do not say created_at.
    """
    trackings, events = batch.trackings, batch.events
    counts = trackings.column("event_count").combine_chunks()
    ends = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(counts).cast(pa.int32())])
    scans = pa.StructArray.from_arrays(
        [events.column(field.name).combine_chunks() for field in SCAN], fields=list(SCAN)
    )
    # how many scans of the origin lie before each scan, and before the end
    is_origin = pc.equal(events.column("leg"), "origin").combine_chunks().cast(pa.int32())
    before = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(is_origin)])
    at_ends = before.take(ends)
    columns = {name: trackings.column(name) for name in TRACKINGS.told.column_names}
    if is_partial:  # it is never the first to show a parcel, nor the payload that is compared
        for name in ("payload_hash", "first_seen_at"):
            columns[name] = pa.nulls(len(trackings), TRACKINGS.schema.field(name).type)
    said = pc.strftime(trackings.column("created_at"), "%Y-%m").to_pylist()
    ids = trackings.column("tracking_id").to_pylist()
    columns |= {
        "scans": pa.ListArray.from_arrays(ends, scans),
        "origin_count": pc.subtract(at_ends.slice(1), at_ends.slice(0, len(trackings))),
        "kind": pa.repeat(PARTIAL if is_partial else WHOLE, len(trackings)),
        "ledger": pa.repeat(ledger, len(trackings)),
        "sequence": pa.repeat(sequence, len(trackings)),
        MONTH: pa.array(
            [
                month or months.get(tracking_id) or UNKNOWN_MONTH
                for month, tracking_id in zip(said, ids, strict=True)
            ],
            pa.string(),
        ),
    }
    return pa.table([columns[field.name] for field in SCHEMA], schema=SCHEMA)


def deletion_rows(
    account: str,
    tracking_ids: Sequence[str],
    *,
    deleted_at: datetime,
    run_id: str,
    ledger: str,
    sequence: int,
    months: Mapping[str, str],
) -> pa.Table:
    """Return parcels that one run found gone as rows of `SCHEMA`, all else null."""
    common = {
        "account": account,
        "deleted_at": deleted_at,
        "run_id": run_id,
        "kind": DELETED,
        "ledger": ledger,
        "sequence": sequence,
    }
    return pa.Table.from_pylist(
        [
            common | {"tracking_id": tracking_id, MONTH: months.get(tracking_id) or UNKNOWN_MONTH}
            for tracking_id in tracking_ids
        ],
        schema=SCHEMA,
    )
