"""Whether what is stored of persons is as the settings want it, before anything else is written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from flows.errors import RefusedError
from flows.steps.refusal import why_kept_otherwise, why_refused
from transforms.personal.masker import Masker
from warehouse import personal
from warehouse.errors import SeatTakenError, WarehouseError
from warehouse.masked_files import mask_landed
from warehouse.policy import note_policy, stored_policy

if TYPE_CHECKING:
    from flows.steps.run import LocalRun, Run


def settled_masker(db: duckdb.DuckDBPyConnection, run: "LocalRun") -> Masker:
    """Return what a run does to persons before it writes anything.

    A warehouse without data takes the policy of the settings. The caller owns the transaction.

    Raises:
        SettingsError: personal data are to be hashed, and there is no key.
        RefusedError: what is stored is kept otherwise, or was not wholly rewritten; not for a
            run that is about to rewrite it.
    """
    policy = run.settings.personal_policy
    if stored_policy(db, run.account) is None:
        now = datetime.now(UTC)
        note_policy(db, run.account, policy, is_applied=True, at=now, run_id=run.run_id)
    elif not run.is_rewriting:
        require_settled(db, run)
    return personal.masker_of(db, run.account, policy)


def require_settled(db: duckdb.DuckDBPyConnection, run: "LocalRun") -> None:
    """Return if what is stored is kept as the settings want, and nobody is half forgotten.

    Raises:
        SettingsError: personal data are to be hashed, and there is no key.
        RefusedError: neither is so.
    """
    _refuse(why_refused(db, run.account, run.settings.personal_policy))


def keep_forgotten(db: duckdb.DuckDBPyConnection, run: "Run", paths: Sequence[Path]) -> None:
    """Mask what a run has landed of somebody who was forgotten since it began.

    Raises:
        RefusedError: meanwhile the policy is another; what was landed by the former is removed,
            by `settle_landed`.
    """
    _refuse(_look_again(db, run))
    for path in paths:
        if run.landed_by.pop(path, run.masker) is not run.masker:
            run.flattened.pop(path, None)
            mask_landed(run.settings.landing, path, run.masker)


def settle_landed(run: "Run") -> None:
    """Leave nothing in the landing that a run has landed otherwise than is wanted by now.

    To be called when it reads no more: what it read while it was being refused is there, too, and
    what it read last and never came to store.
    """
    if not run.landed_by:
        return
    try:
        with run.warehouse() as db:
            _look_again(db, run)
    except SeatTakenError:
        run.is_outdated = True  # perhaps by who is being forgotten
    except (WarehouseError, duckdb.Error):
        pass  # what ended the run keeps it from looking, too: then by what it knows
    for path, masker in run.landed_by.items():
        if run.is_outdated:  # nobody has loaded it, and the next run reads the same again
            (run.settings.landing / path).unlink(missing_ok=True)
        elif masker is not run.masker:
            mask_landed(run.settings.landing, path, run.masker)


def _look_again(db: duckdb.DuckDBPyConnection, run: "Run") -> str | None:
    """Learn who was forgotten since a run began; return why it must not go on, if so."""
    why = why_kept_otherwise(stored_policy(db, run.account), run.masker.policy)
    run.is_outdated = why is not None
    forgotten = personal.forgotten(db, run.account)
    if why is None and forgotten != run.masker.forgotten:
        run.masker = Masker(run.masker.policy, forgotten)
    return why


def _refuse(why: str | None) -> None:
    if why is not None:
        raise RefusedError(why)
