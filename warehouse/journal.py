"""The journal of what was done to the account: entered before it is sent, settled by its answer.

An entry that stays `sent` says that nobody knows what became of it: the next run finds out.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from hashlib import md5
from typing import NamedTuple

import duckdb
import pyarrow as pa

from trackingmore_v2.models import Payload, TrackingRef
from transforms.account_tables import API_ACTIONS
from transforms.identity import canonical

SENT = "sent"
SETTLED = ("done", "already")


class Entry(NamedTuple):
    """What the journal says of one parcel in one request."""

    action_id: str
    action: str
    ref: TrackingRef
    request: str  # canonical JSON
    outcome: str
    message: str = ""


class Settled(NamedTuple):
    """How an entry ended."""

    action_id: str
    outcome: str
    code: int | None
    message: str
    credits: Fraction


def entry(run_id: str, action: str, ref: TrackingRef, request: Payload) -> Entry:
    """Return what is to be entered for one parcel before it is sent."""
    asked = canonical(request)
    words = canonical([run_id, action, *ref, asked.decode()])
    action_id = md5(words, usedforsecurity=False).hexdigest()
    return Entry(action_id, action, ref, asked.decode(), SENT)


def enter(
    db: duckdb.DuckDBPyConnection,
    account: str,
    entries: Sequence[Entry],
    *,
    sent_at: datetime,
    run_id: str,
) -> None:
    """Enter what is about to be sent. The caller owns the transaction."""
    staged = pa.table(
        {
            "action_id": [each.action_id for each in entries],
            "action": [each.action for each in entries],
            "carrier_code": [each.ref.carrier_code for each in entries],
            "tracking_number": [each.ref.tracking_number for each in entries],
            "request": [each.request for each in entries],
            "outcome": [each.outcome for each in entries],
        },
        schema=pa.schema([(name, pa.string()) for name in _ENTERED]),
    )
    db.register("staged_actions", staged)
    db.execute(
        f"""
        insert into {API_ACTIONS.name} by name
        select $account as account, *, $sent_at as sent_at, 0.0 as credits, $run_id as run_id
        from staged_actions
        """,
        {"account": account, "sent_at": sent_at, "run_id": run_id},
    )
    db.unregister("staged_actions")


_ENTERED = ("action_id", "action", "carrier_code", "tracking_number", "request", "outcome")


def settle(
    db: duckdb.DuckDBPyConnection,
    account: str,
    settled: Iterable[Settled],
    *,
    answered_at: datetime,
) -> None:
    """Enter what became of what was sent. The caller owns the transaction."""
    rows = list(settled)
    staged = pa.table(
        {
            "action_id": pa.array([each.action_id for each in rows], pa.string()),
            "outcome": pa.array([each.outcome for each in rows], pa.string()),
            "code": pa.array([each.code for each in rows], pa.int32()),
            "message": pa.array([each.message for each in rows], pa.string()),
            "credits": pa.array([float(each.credits) for each in rows], pa.float64()),
        }
    )
    db.register("staged_outcomes", staged)
    db.execute(
        f"""
        update {API_ACTIONS.name} as entered set
            outcome = staged.outcome,
            code = staged.code,
            message = nullif(staged.message, ''),
            credits = staged.credits,
            answered_at = $answered_at
        from staged_outcomes as staged
        where entered.account = $account and entered.action_id = staged.action_id
        """,
        {"account": account, "answered_at": answered_at},
    )
    db.unregister("staged_outcomes")


def latest(
    db: duckdb.DuckDBPyConnection, account: str, actions: Sequence[str]
) -> dict[TrackingRef, Entry]:
    """Return the last entry of each parcel among *actions*."""
    rows = db.execute(
        f"""
        select
            action_id, action, carrier_code, tracking_number, request, outcome,
            coalesce(message, '')
        from {API_ACTIONS.name}
        where account = $account and action in $actions
        qualify
            row_number() over (
                partition by carrier_code, tracking_number
                order by sent_at desc, action_id desc
            ) = 1
        """,
        {"account": account, "actions": list(actions)},
    ).fetchall()
    return {
        TrackingRef(carrier, number): Entry(
            action_id, action, TrackingRef(carrier, number), request, outcome, message
        )
        for action_id, action, carrier, number, request, outcome, message in rows
    }


def answered_since(
    db: duckdb.DuckDBPyConnection, account: str, action: str, instant: datetime
) -> set[TrackingRef]:
    """Return what *action* was sent for at *instant* or later, by the local clock, and answered."""
    rows = db.execute(
        f"""
        select carrier_code, tracking_number from {API_ACTIONS.name}
        where
            account = $account and action = $action and sent_at >= $instant
            and outcome in ('done', 'already', 'missing')
        """,
        {"account": account, "action": action, "instant": instant},
    ).fetchall()
    return {TrackingRef(carrier, number) for carrier, number in rows}
