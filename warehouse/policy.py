"""How what is stored of persons is kept, and whether all of it is."""

from datetime import datetime
from typing import NamedTuple

import duckdb

from transforms.account_tables import API_ACTIONS
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


def unfinished(db: duckdb.DuckDBPyConnection, account: str) -> int:
    """Return how many are to be forgotten and are not yet."""
    ((count,),) = db.execute(
        f"select count(*) from {FORGOTTEN.name} where account = ? and finished_at is null",
        [account],
    ).fetchall()
    return int(count)
