"""Who is forgotten: entered by marks that tell nobody's name."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex
from typing import NamedTuple

import duckdb

from transforms.personal.masker import Forgotten, Masker
from transforms.personal.tokens import Policy
from transforms.personal_tables import FORGOTTEN


class Wish(NamedTuple):
    """Somebody to be forgotten, as ops.forgotten names them."""

    kind: str  # parcel | name | email | phone
    mark: str
    carrier_code: str | None = None
    tracking_number: str | None = None


def masker_of(db: duckdb.DuckDBPyConnection, account: str, policy: Policy) -> Masker:
    """Return what is to be done to whatever is stored: the policy, and who is forgotten."""
    return Masker(policy, forgotten(db, account))


def forgotten(db: duckdb.DuckDBPyConnection, account: str) -> Forgotten:
    """Return who is forgotten."""
    rows = db.execute(
        f"""
        select kind, mark, salt, carrier_code, tracking_number
        from {FORGOTTEN.name} where account = ?
        """,
        [account],
    ).fetchall()
    return Forgotten(
        salt=bytes.fromhex(rows[0][2]) if rows else b"",
        ids=frozenset(row[1] for row in rows if row[0] == "parcel"),
        refs=frozenset((row[3], row[4]) for row in rows if row[0] == "parcel" and row[3]),
        marks=frozenset(row[1] for row in rows if row[0] != "parcel"),
    )


def salt_of(db: duckdb.DuckDBPyConnection, account: str) -> bytes:
    """Return what customers' marks are keyed with, drawn where there is none yet."""
    return forgotten(db, account).salt or bytes.fromhex(token_hex(16))


def wish(
    db: duckdb.DuckDBPyConnection,
    account: str,
    wishes: Sequence[Wish],
    *,
    salt: bytes,
    at: datetime,
    run_id: str,
) -> None:
    """Enter who is to be forgotten; who is already is left. The caller owns the transaction."""
    for each in wishes:
        db.execute(
            f"""
            insert into {FORGOTTEN.name} by name
            select
                $account as account, $kind as kind, $mark as mark, $salt as salt,
                if($kind = 'parcel', $mark, null) as tracking_id,
                $carrier as carrier_code, $number as tracking_number,
                $at as forgotten_at, $run as run_id
            where not exists (
                from {FORGOTTEN.name}
                where account = $account and kind = $kind and mark = $mark
            )
            """,
            {
                "account": account,
                "kind": each.kind,
                "mark": each.mark,
                "salt": salt.hex(),
                "carrier": each.carrier_code,
                "number": each.tracking_number,
                "at": at,
                "run": run_id,
            },
        )


def finish(
    db: duckdb.DuckDBPyConnection, account: str, counts: dict[str, int], *, at: datetime
) -> None:
    """Enter what it took to forget those who are not yet. The caller owns the transaction."""
    said = ", ".join(f"{name} = ${name}" for name in counts)
    db.execute(
        f"""
        update {FORGOTTEN.name} set finished_at = $at, {said}
        where account = $account and finished_at is null
        """,
        {"account": account, "at": at} | counts,
    )
