"""What the warehouse knows of the policy for personal data, and of who is forgotten."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex
from typing import NamedTuple

import duckdb

from transforms.account_tables import API_ACTIONS
from transforms.personal.masker import Forgotten, Masker
from transforms.personal.tokens import Policy
from transforms.personal_tables import FORGOTTEN, PERSONAL_DATA
from transforms.tables import LANDINGS, TRACKINGS


class Stored(NamedTuple):
    """How what is stored is kept."""

    policy: str
    key_fingerprint: str
    is_applied: bool  # False: a rewrite was begun and has not ended

    def is_of(self, policy: Policy) -> bool:
        """Return whether all of it is as *policy* wants it."""
        return self.is_applied and self[:2] == (policy.name, policy.fingerprint)


class Wish(NamedTuple):
    """Somebody to be forgotten, as ops.forgotten names them."""

    kind: str  # parcel | name | email | phone
    mark: str
    carrier_code: str | None = None
    tracking_number: str | None = None


def stored_policy(db: duckdb.DuckDBPyConnection, account: str) -> Stored | None:
    """Return how the account's personal data are kept; None: it has none.

    What an earlier version has stored is kept as it was sent.
    """
    rows = db.execute(
        f"select policy, key_fingerprint, is_applied from {PERSONAL_DATA.name} where account = ?",
        [account],
    ).fetchall()
    if rows:
        return Stored(*rows[0])
    ((is_any,),) = db.execute(
        f"""
        select
            exists (from {TRACKINGS.name} where account = $account)
            or exists (from {LANDINGS.name} where account = $account)
            or exists (from {API_ACTIONS.name} where account = $account)
        """,
        {"account": account},
    ).fetchall()
    return Stored("keep", "", is_applied=True) if is_any else None


def note_policy(
    db: duckdb.DuckDBPyConnection,
    account: str,
    policy: Policy,
    *,
    is_applied: bool,
    at: datetime,
    run_id: str,
) -> None:
    """Enter how personal data are kept from now on. The caller owns the transaction."""
    db.execute(f"delete from {PERSONAL_DATA.name} where account = ?", [account])
    db.execute(
        f"""
        insert into {PERSONAL_DATA.name} by name
        select
            $account as account, $policy as policy, $key as key_fingerprint,
            $applied as is_applied, $at as changed_at, $run as run_id
        """,
        {
            "account": account,
            "policy": policy.name,
            "key": policy.fingerprint,
            "applied": is_applied,
            "at": at,
            "run": run_id,
        },
    )


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


def unfinished(db: duckdb.DuckDBPyConnection, account: str) -> int:
    """Return how many are to be forgotten and are not yet."""
    ((count,),) = db.execute(
        f"select count(*) from {FORGOTTEN.name} where account = ? and finished_at is null",
        [account],
    ).fetchall()
    return int(count)


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
