"""Rewrites core as the policy for personal data wants it, so many parcels at a time."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from transforms.personal.masker import Masker
from transforms.personal.stored import (
    EVENT_COLUMNS,
    FIELDS,
    TRACKING_COLUMNS,
    Masked,
    mask_parcel,
)
from transforms.tables import TRACKING_EVENTS, TRACKINGS, Table
from warehouse.catalog import MATERIALISED
from warehouse.entries import staged

AT_ONCE = 5_000  # parcels
_NEW_TRACKING = (*FIELDS, "extra")
_NEW_EVENT = (
    "event_id",
    "repetition",
    "description",
    "details",
    "extra",
    "first_seen_at",
)


class Rewritten(NamedTuple):
    """How many rows and files were other than the policy wants them."""

    trackings: int = 0
    events: int = 0
    others: int = 0
    files: int = 0

    def plus(self, other: "Rewritten") -> "Rewritten":
        """Return both together."""
        return Rewritten(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def mask_core(
    db: duckdb.DuckDBPyConnection,
    account: str,
    masker: Masker,
    *,
    tracking_ids: Sequence[str] | None = None,
    between: Callable[[], None] = lambda: None,
) -> Rewritten:
    """Rewrite the account's parcels and their scans; safe to repeat.

    A parcel's row and scans change together; what is made of them in marts is let go, until the
    next refresh. The caller owns the transaction.

    Args:
        db: The open warehouse.
        account: Whose parcels.
        masker: The policy, and who is forgotten.
        tracking_ids: Only those parcels; None: all of them.
        between: Called between portions, for who wants to commit there.
    """
    ids = tracking_ids if tracking_ids is not None else _all_ids(db, account)
    done = Rewritten()
    for start in range(0, len(ids), AT_ONCE):
        if start:
            between()
        done = done.plus(_mask_portion(db, account, masker, ids[start : start + AT_ONCE]))
    return done


def masked_rows(
    masker: Masker, trackings: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]]
) -> list[tuple[dict[str, Any], Masked]]:
    """Return of parcels' rows, each with its `row`, those parcels of which something changes."""
    scans = defaultdict(list)
    for each in events:
        scans[each["tracking_id"]].append(each)
    found = [(each, mask_parcel(masker, each, scans[each["tracking_id"]])) for each in trackings]
    return [(row, masked) for row, masked in found if any(masked)]


def _all_ids(db: duckdb.DuckDBPyConnection, account: str) -> list[str]:
    rows = db.execute(
        f"select tracking_id from {TRACKINGS.name} where account = ? order by rowid", [account]
    ).fetchall()
    return [tracking_id for (tracking_id,) in rows]


def _mask_portion(
    db: duckdb.DuckDBPyConnection, account: str, masker: Masker, ids: Sequence[str]
) -> Rewritten:
    trackings = _rows(db, TRACKINGS, TRACKING_COLUMNS, account, ids)
    events = _rows(db, TRACKING_EVENTS, EVENT_COLUMNS, account, ids)
    changed = masked_rows(masker, trackings, events)
    if not changed:
        return Rewritten()
    rows = [masked.tracking | {"row": row["row"]} for row, masked in changed if masked.tracking]
    scans = [each for _, masked in changed for each in masked.events]
    merged = [each["row"] for _, masked in changed for each in masked.merged]
    _update(db, TRACKINGS, _NEW_TRACKING, rows)
    _update(db, TRACKING_EVENTS, _NEW_EVENT, scans)
    if merged:
        db.execute(f"delete from {TRACKING_EVENTS.name} where rowid in $rows", {"rows": merged})
    if scans or merged:
        db.execute(
            f"update {TRACKINGS.name} set scans_hash = null"
            " where account = $account and tracking_id in $ids",
            {"account": account, "ids": [row["tracking_id"] for row, _ in changed]},
        )
    for name in MATERIALISED:
        db.execute(
            f"delete from {name} where account = $account and tracking_id in $ids",
            {"account": account, "ids": [row["tracking_id"] for row, _ in changed]},
        )
    return Rewritten(trackings=len(rows), events=len(scans) + len(merged))


def _rows(
    db: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[str],
    account: str,
    ids: Sequence[str],
) -> list[dict[str, Any]]:
    found = db.execute(
        f"""
        select rowid, {", ".join(columns)} from {table.name}
        where account = $account and tracking_id in $ids
        """,
        {"account": account, "ids": list(ids)},
    ).fetchall()
    names = ("row", *columns)
    return [dict(zip(names, row, strict=True)) for row in found]


def _update(
    db: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[dict[str, Any]],
) -> None:
    """Give the rows, told by their `row`, new values of *columns*."""
    if not rows:
        return
    types = dict(zip(table.schema.names, table.schema.types, strict=True))
    masked = pa.table(
        {"row": pa.array([each["row"] for each in rows], pa.int64())}
        | {name: pa.array([each[name] for each in rows], types[name]) for name in columns}
    )
    with staged(db, masked_rows=masked):
        said = ", ".join(f"{name} = masked_rows.{name}" for name in columns)
        db.execute(
            f"update {table.name} set {said} from masked_rows"
            f" where {table.name}.rowid = masked_rows.row"
        )
