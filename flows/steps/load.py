"""Store one landed window: its rows, its ledger entry and the watermark, or nothing."""

from pathlib import Path

import duckdb

from flows.steps.personal_data import keep_forgotten
from flows.steps.read import LandedWindow
from flows.steps.run import Run
from flows.steps.tally import Tally
from trackingmore_v2.carried import Carried, carried
from trackingmore_v2.errors import TrackingMoreError
from trackingmore_v2.models import Answer
from transforms.batch import flatten
from transforms.payloads import named_ids
from warehouse import ledger
from warehouse.connection import transaction
from warehouse.landing import landed
from warehouse.overlay import overlay
from warehouse.quarantine import release_superseded
from warehouse.upsert import GUARD, REPARSE_GUARD, known_hashes, merge

NOTHING = Carried([])


def load_window(run: Run, window: LandedWindow) -> Tally:
    """Merge the window's answers in one transaction with its ledger entry.

    Safe to repeat. A window that covers nothing stores its rows and moves no watermark.

    Raises:
        WarehouseError: nothing of the window is stored.
    """
    with run.warehouse() as db, transaction(db):
        tally = load_answers(db, run, window.paths)
        if window.covers is not None:
            tally.windows = 1
            tally.unproven_windows = 0 if window.proven else 1
            entry = ledger.WindowRead(
                scope=window.scope,
                window=window.covers,
                total=window.total,
                rows=tally.rows_read,
                answers=len(window.paths),
                proven=window.proven,
                fetched_at=window.fetched_at,
            )
            ledger.record_window(db, run.account, entry, run_id=run.run_id)
    return tally


def load_answers(db: duckdb.DuckDBPyConnection, run: Run, paths: tuple[Path, ...]) -> Tally:
    """Merge what a run has landed, oldest first. The caller owns the transaction."""
    tally = Tally()
    keep_forgotten(db, run, paths)
    for path in paths:
        answer, found = landed_answer(run, path)
        run.read_pages.pop(path, None)
        if found is not NOTHING:
            tally.add(
                load_answer(db, answer, found, path=path, account=run.account, run_id=run.run_id)
            )
    return tally


def landed_answer(run: Run, path: Path) -> tuple[Answer, Carried]:
    """Return a landed answer and its payloads; NOTHING for a refusal landed on the way."""
    page = run.read_pages.get(path)
    if page is not None:
        return page.answer, Carried(page.items)
    answer = landed(run.settings.landing, path)
    try:
        return answer, carried(answer)
    except TrackingMoreError:
        return answer, NOTHING


def load_answer(
    db: duckdb.DuckDBPyConnection,
    answer: Answer,
    found: Carried,
    *,
    path: Path,
    account: str,
    run_id: str,
) -> Tally:
    """Merge one answer's payloads and enter its landing as loaded.

    The caller owns the transaction.

    Args:
        db: The open warehouse.
        answer: The answer, for when it was read.
        found: The payloads in it.
        path: Its file in the landing.
        account: Leads every key.
        run_id: Who loads.
    """
    tally = merge_answer(db, answer, found, account=account, run_id=run_id)
    ledger.record_landing(
        db,
        account,
        path=path.as_posix(),
        endpoint=answer.endpoint,
        fetched_at=answer.fetched_at,
        items=len(found.items),
        run_id=run_id,
    )
    return tally


def merge_answer(
    db: duckdb.DuckDBPyConnection,
    answer: Answer,
    found: Carried,
    *,
    account: str,
    run_id: str,
    reparse: bool = False,
) -> Tally:
    """Merge one answer's payloads, and release from quarantine whose parcels it shows well.

    The caller owns the transaction.

    Args:
        db: The open warehouse.
        answer: The answer, for when it was read.
        found: The payloads in it.
        account: Leads every key.
        run_id: Who landed it.
        reparse: Also replace rows that are from this very answer: the parser was repaired.
    """
    if not found.items:
        return Tally()
    ids = named_ids(found.items)
    but_at = answer.fetched_at if reparse else None
    batch = flatten(
        found.items,
        account=account,
        fetched_at=answer.fetched_at,
        run_id=run_id,
        known={} if found.is_partial else known_hashes(db, account, ids, but_at=but_at),
    )
    if found.is_partial:
        merged = overlay(db, batch)
    else:
        merged = merge(db, batch, guard=REPARSE_GUARD if reparse else GUARD)
        rejected = set(batch.quarantine.column("tracking_id").to_pylist())
        read = [each for each in ids if each not in rejected]
        release_superseded(db, account, read, read_at=answer.fetched_at)
    changed = merged.trackings_inserted + merged.trackings_updated
    return Tally(
        rows_read=batch.payloads,
        trackings_inserted=merged.trackings_inserted,
        trackings_updated=merged.trackings_updated,
        trackings_unchanged=batch.payloads - changed - batch.rejected,
        events_inserted=merged.events_inserted,
        events_withdrawn=merged.events_withdrawn,
        quarantined=merged.quarantined,
    )
