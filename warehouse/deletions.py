"""Marks parcels that are gone from the account; their rows and scans keep what they say."""

from collections.abc import Sequence
from datetime import datetime

import duckdb

from transforms.tables import DELETIONS, LANDINGS, STATUS_HISTORY, TRACKINGS


def mark_deleted(
    db: duckdb.DuckDBPyConnection,
    account: str,
    *,
    tracking_ids: Sequence[str],
    deleted_at: datetime,
    run_id: str,
) -> int:
    """Mark those of *tracking_ids* that are live as gone, and return how many were.

    Their values stay; their history gains a state that differs in `is_deleted` alone, and
    ops.deletions says at which place in the order of loading that was, for a replay. A parcel
    that was read after *deleted_at* is left alone. Safe to repeat.

    The caller owns the transaction.

    Args:
        db: The open warehouse.
        account: Leads every key.
        tracking_ids: Whose absence is confirmed.
        deleted_at: When it was, by the server's clock.
        run_id: Who found out.
    """
    marked = apply_deletion(
        db, account, tracking_ids=tracking_ids, deleted_at=deleted_at, run_id=run_id
    )
    db.execute(
        f"""
        insert into {DELETIONS.name} by name
        select
            $account as account,
            unnest($ids::varchar[]) as tracking_id,
            $at::timestamptz as deleted_at,
            (
                select coalesce(max(sequence), 0) from {LANDINGS.name} where account = $account
            ) as after_sequence,
            $run as run_id
        """,
        {"account": account, "ids": marked, "at": deleted_at, "run": run_id},
    )
    return len(marked)


def apply_deletion(
    db: duckdb.DuckDBPyConnection,
    account: str,
    *,
    tracking_ids: Sequence[str],
    deleted_at: datetime,
    run_id: str,
) -> list[str]:
    """Do to core what `mark_deleted` does, without a record; return the parcels marked.

    The caller owns the transaction.
    """
    marked = [
        tracking_id
        for (tracking_id,) in db.execute(
            f"""
            update {TRACKINGS.name} set deleted_at = $at
            where
                account = $account
                and tracking_id in $ids
                and deleted_at is null
                and fetched_at <= $at
            returning tracking_id
            """,
            {"account": account, "ids": list(tracking_ids), "at": deleted_at},
        ).fetchall()
    ]
    if marked:
        _extend_history(db, account, marked, deleted_at=deleted_at, run_id=run_id)
    return marked


def _extend_history(
    db: duckdb.DuckDBPyConnection,
    account: str,
    tracking_ids: list[str],
    *,
    deleted_at: datetime,
    run_id: str,
) -> None:
    """Close the open state of each parcel and open the same one with `is_deleted`."""
    db.execute(
        f"""
        create or replace temp table bereft as
        select * replace (
            true as is_deleted,
            $at::timestamptz as valid_from,
            $run as run_id
        )
        from {STATUS_HISTORY.name}
        where account = $account and tracking_id in $ids and valid_to is null
        """,
        {"account": account, "ids": tracking_ids, "at": deleted_at, "run": run_id},
    )
    db.execute(
        f"""
        update {STATUS_HISTORY.name} set valid_to = $at
        where account = $account and tracking_id in $ids and valid_to is null
        """,
        {"account": account, "ids": tracking_ids, "at": deleted_at},
    )
    db.execute(f"insert into {STATUS_HISTORY.name} by name select * from bereft")
