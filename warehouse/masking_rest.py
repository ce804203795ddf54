"""Rewrites what the warehouse holds beside core: quarantine, journals, queues, errors, texts."""

import json
from collections.abc import Callable
from typing import Any

import duckdb

from transforms.account_tables import API_ACTIONS, SHIPMENTS_TO_REGISTER
from transforms.alert_tables import ALERTS
from transforms.batch import flatten
from transforms.identity import canonical
from transforms.personal.masker import Masker
from transforms.personal.texts import masked
from transforms.tables import QUARANTINE, RUNS, TRACKINGS, UNKNOWN_FIELDS
from transforms.vocabulary_tables import TEXT_OVERRIDES
from warehouse import vocabulary

CUSTOMER = ("customer_name", "customer_email", "customer_phone")


def mask_rest(db: duckdb.DuckDBPyConnection, account: str, masker: Masker) -> int:
    """Rewrite every other table of the account that may hold a person; return how many rows.

    Safe to repeat. The caller owns the transaction.
    """
    if masker.is_idle:
        return 0
    changed = _quarantine(db, account, masker) + _journal(db, account, masker)
    changed += _unknown_fields(db, account, masker) + registered_shipments(db, account, masker)
    if masker.policy.name != "keep":
        for table, column in (
            (RUNS.name, "error"),
            (ALERTS.name, "sentence"),
            (TEXT_OVERRIDES.name, "said"),
        ):
            changed += _texts(db, account, table, column)
    vocabulary.classify_new(db, account)
    return changed + vocabulary.forget_unsaid(db, account)


def registered_shipments(db: duckdb.DuckDBPyConnection, account: str, masker: Masker) -> int:
    """Mask the customers of queued shipments that are registered: the queue needs them no more.

    The caller owns the transaction.
    """
    if masker.is_idle:
        return 0
    names = ("carrier_code", "tracking_number", *CUSTOMER, "title", "comment", "order_id")
    rows = db.execute(
        f"""
        select queued.rowid, {", ".join(f"queued.{name}" for name in names)}
        from {SHIPMENTS_TO_REGISTER.name} as queued
        where account = $account and (
            tracking_number in (select tracking_number from {TRACKINGS.name}
                where account = $account)
            or tracking_number in (select tracking_number from {API_ACTIONS.name}
                where account = $account and action = 'register' and outcome in ('done', 'already'))
        )
        """,
        {"account": account},
    ).fetchall()

    def new(row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(masker.item(dict(zip(names, row, strict=True))).values())

    return _write(db, SHIPMENTS_TO_REGISTER.name, names, rows, new)


def _quarantine(db: duckdb.DuckDBPyConnection, account: str, masker: Masker) -> int:
    names = ("quarantine_id", "reason", "payload")
    rows = db.execute(
        f"""
        select rowid, {", ".join(names)}, fetched_at, released_at from {QUARANTINE.name}
        where account = ? order by released_at nulls first, fetched_at
        """,
        [account],
    ).fetchall()
    met: set[str] = set()
    changed, repeated = [], []
    for rowid, quarantine_id, reason, payload, fetched_at, _ in rows:
        sent = json.loads(payload)
        stored = masker.item(sent)
        new = (quarantine_id, reason, payload)
        if stored != sent:
            batch = flatten([stored], account=account, fetched_at=fetched_at, run_id="")
            told = batch.quarantine.to_pylist()
            row = told[0] if told else {"quarantine_id": quarantine_id, "reason": masked(reason)}
            new = (row["quarantine_id"], row["reason"], canonical(stored).decode())
            changed.append((rowid, *new))
        if new[0] in met:
            repeated.append(rowid)
        met.add(new[0])
    _write(db, QUARANTINE.name, names, changed, lambda row: row, is_new=True)
    if repeated:
        db.execute(f"delete from {QUARANTINE.name} where rowid in $rows", {"rows": repeated})
    return len(changed)


def _journal(db: duckdb.DuckDBPyConnection, account: str, masker: Masker) -> int:
    names = ("request", "message")
    rows = db.execute(
        f"""
        select rowid, request, message, carrier_code, tracking_number from {API_ACTIONS.name}
        where account = ? and (request <> '{{}}' or message is not null)
        """,
        [account],
    ).fetchall()
    changed = []
    for rowid, request, message, carrier, number in rows:
        asked = json.loads(request) if request else {}
        stored = masker.request(asked, carrier_code=carrier or "", tracking_number=number or "")
        is_dropped = stored != asked
        said = masked(message) if message and (is_dropped or masker.policy.name != "keep") else None
        new = (canonical(stored).decode() if is_dropped else request, said or message)
        if new != (request, message):
            changed.append((rowid, *new))
    return _write(db, API_ACTIONS.name, names, changed, lambda row: row, is_new=True)


def _unknown_fields(db: duckdb.DuckDBPyConnection, account: str, masker: Masker) -> int:
    rows = db.execute(
        f"select rowid, field, tracking_id, example from {UNKNOWN_FIELDS.name} where account = ?",
        [account],
    ).fetchall()
    changed = []
    for rowid, field, tracking_id, example in rows:
        policy = masker.policy_of({"id": tracking_id})
        if policy.name == "keep":
            continue
        leg, dot, inner = field.partition(".")
        said = json.loads(example)
        sent = {leg: {inner: said}} if dot else {field: said}
        stored = Masker(policy).item(sent)
        new = canonical(stored[leg][inner] if dot else stored[field]).decode()
        if new != example:
            changed.append((rowid, new))
    return _write(db, UNKNOWN_FIELDS.name, ("example",), changed, lambda row: row, is_new=True)


def _texts(db: duckdb.DuckDBPyConnection, account: str, table: str, column: str) -> int:
    rows = db.execute(
        f"select rowid, {column} from {table} where account = ? and {column} is not null",
        [account],
    ).fetchall()
    return _write(db, table, (column,), rows, lambda row: (masked(row[0]),))


def _write(
    db: duckdb.DuckDBPyConnection,
    table: str,
    names: tuple[str, ...],
    rows: list[tuple[Any, ...]],
    new: Callable[[tuple[Any, ...]], tuple[Any, ...]],
    *,
    is_new: bool = False,
) -> int:
    """Give rows, each behind its row id, the values that *new* makes of theirs; count the changed.

    With *is_new* all of them are changed already.
    """
    written = 0
    for rowid, *values in rows:
        made = new(tuple(values))
        if is_new or made != tuple(values):
            said = ", ".join(f"{name} = ?" for name in names)
            db.execute(f"update {table} set {said} where rowid = ?", [*made, rowid])
            written += 1
    return written
