"""Whether what is stored of persons is as the settings want it, before anything else is written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from flows.errors import RefusedError
from transforms.personal.masker import Masker
from warehouse import personal
from warehouse.masked_files import mask_landed

if TYPE_CHECKING:
    from flows.steps.run import LocalRun, Run

APPLY = "`parcelhouse personal-data apply`"


def settled_masker(db: duckdb.DuckDBPyConnection, run: "LocalRun") -> Masker:
    """Return what a run does to persons before it writes anything.

    A warehouse without data takes the policy of the settings. The caller owns the transaction.

    Raises:
        SettingsError: personal data are to be hashed, and there is no key.
        RefusedError: what is stored is kept otherwise, or was not wholly rewritten; not for a
            run that is about to rewrite it.
    """
    policy = run.settings.personal_policy
    stored = personal.stored_policy(db, run.account)
    if stored is None:
        now = datetime.now(UTC)
        personal.note_policy(db, run.account, policy, is_applied=True, at=now, run_id=run.run_id)
    elif not run.is_rewriting:
        require_settled(db, run)
    return personal.masker_of(db, run.account, policy)


def require_settled(db: duckdb.DuckDBPyConnection, run: "LocalRun") -> None:
    """Return if what is stored is kept as the settings want, and nobody is half forgotten.

    Raises:
        SettingsError: personal data are to be hashed, and there is no key.
        RefusedError: neither is so.
    """
    policy = run.settings.personal_policy
    stored = personal.stored_policy(db, run.account)
    if stored is not None:
        _refuse_others(stored, policy.name, is_same=stored.is_of(policy))
    if personal.unfinished(db, run.account):
        msg = f"somebody is not wholly forgotten yet, for that was interrupted: run {APPLY}"
        raise RefusedError(msg)


def keep_forgotten(db: duckdb.DuckDBPyConnection, run: "Run", paths: Sequence[Path]) -> None:
    """Mask what a run has landed of somebody who was forgotten since it began.

    Raises:
        RefusedError: meanwhile the policy is another; what was landed by the former is removed.
    """
    stored = personal.stored_policy(db, run.account)
    policy = run.masker.policy
    if stored is not None and not stored.is_of(policy):
        for path in paths:  # nobody has loaded them, and the next run reads the same again
            (run.settings.landing / path).unlink(missing_ok=True)
        _refuse_others(stored, policy.name, is_same=False)
    forgotten = personal.forgotten(db, run.account)
    if forgotten != run.masker.forgotten:
        run.masker = Masker(run.masker.policy, forgotten)
    for path in paths:
        if run.landed_by.pop(path, run.masker) is not run.masker:
            run.flattened.pop(path, None)
            mask_landed(run.settings.landing, path, run.masker)


def _refuse_others(stored: personal.Stored, wanted: str, *, is_same: bool) -> None:
    if is_same:
        return
    if not stored.is_applied:
        msg = f"what is stored was not wholly rewritten as PARCELHOUSE_PII wants it: run {APPLY}"
    elif stored.policy == wanted:
        msg = (
            "PARCELHOUSE_PII_KEY is not the one with which what is stored was hashed: set that"
            f" one again, or go on with the new one by {APPLY}"
        )
    else:
        msg = (
            f"PARCELHOUSE_PII is {wanted}, and what is stored was kept by {stored.policy}: set"
            f" that again, or change what is stored by {APPLY} (--dry-run shows what)"
        )
    raise RefusedError(msg)
