"""Store landed windows: their rows, their ledger entries and the watermark, or nothing."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import duckdb

from flows.steps.personal_data import keep_forgotten
from flows.steps.read import LandedWindow
from flows.steps.run import LocalRun, Run
from flows.steps.tally import Tally
from trackingmore_v2.carried import Carried, carried
from trackingmore_v2.endpoints import LIST_TRACKINGS
from trackingmore_v2.errors import TrackingMoreError
from trackingmore_v2.models import Answer
from transforms.batch import Batch, flatten, joined
from warehouse import ledger
from warehouse.connection import transaction
from warehouse.landing import landed
from warehouse.overlay import overlay
from warehouse.quarantine import release_superseded
from warehouse.upsert import GUARD, merge

NOTHING = Carried([])
AT_ONCE = 6_000  # parcels in one merge
SCANS_AT_ONCE = 150_000  # so are these, where parcels have many: memory is bounded by them
# Parcels read, in one transaction: DuckDB writes a whole group of 122,880 scans once, and what is
# less than that anew with each commit.
COMMITTED_AT_ONCE = 40_000


class Flat(NamedTuple):
    """The rows of one landed answer; None where it was a refusal landed on the way."""

    path: Path
    endpoint: str
    fetched_at: datetime
    batch: Batch | None
    is_partial: bool


def load_window(run: Run, window: LandedWindow) -> Tally:
    """Merge the window's answers in one transaction with its ledger entry.

    Safe to repeat. A window that covers nothing stores its rows and moves no watermark.

    Raises:
        WarehouseError: nothing of the window is stored.
    """
    with run.warehouse() as db, transaction(db):
        return load_windows(db, run, [window])


def load_windows(db: duckdb.DuckDBPyConnection, run: Run, windows: Sequence[LandedWindow]) -> Tally:
    """Merge the answers of several windows, oldest first, with their ledger entries.

    The caller owns the transaction, in which all of it is to be stored, or nothing.
    """
    tally = load_answers(db, run, tuple(chain(*(window.paths for window in windows))))
    entries = [
        ledger.WindowRead(
            scope=window.scope,
            window=window.covers,
            total=window.total,
            rows=window.rows,
            answers=len(window.paths),
            proven=window.proven,
            fetched_at=window.fetched_at,
        )
        for window in windows
        if window.covers is not None
    ]
    ledger.record_windows(db, run.account, entries, run_id=run.run_id)
    tally.windows += len(entries)
    tally.unproven_windows += sum(not entry.proven for entry in entries)
    return tally


def load_answers(db: duckdb.DuckDBPyConnection, run: Run, paths: tuple[Path, ...]) -> Tally:
    """Merge what a run has landed, oldest first. The caller owns the transaction."""
    tally, loaded = Tally(), list[ledger.Landing]()
    keep_forgotten(db, run, paths)
    for group in _mergeable(_flat(run, path) for path in paths):
        if group[0].batch is None:
            continue
        tally.add(merge_flat(db, run.account, group, guard=GUARD))
        loaded.extend(entry_of(each) for each in group)
        del group  # and its rows, before the next ones are made
    ledger.record_landings(db, run.account, loaded, run_id=run.run_id)
    return tally


def landed_answer(run: LocalRun, path: Path) -> tuple[Answer, Carried]:
    """Return a landed answer and its payloads; NOTHING for a refusal landed on the way."""
    answer = landed(run.settings.landing, path)
    try:
        return answer, carried(answer)
    except TrackingMoreError:
        return answer, NOTHING


def flat(run: LocalRun, path: Path, *, run_id: str) -> Flat:
    """Return the rows of a landed answer, as *run_id* has landed it.

    Raises:
        LandingError: the file is missing or torn.
    """
    answer, found = landed_answer(run, path)
    batch: Batch | None = None
    if found is not NOTHING:
        batch = flatten(
            found.items, account=run.account, fetched_at=answer.fetched_at, run_id=run_id
        )
    return Flat(path, answer.endpoint, answer.fetched_at, batch, found.is_partial)


def merge_flat(
    db: duckdb.DuckDBPyConnection, account: str, group: Sequence[Flat], *, guard: str
) -> Tally:
    """Merge the rows of answers as if they were one; see `_mergeable`.

    The caller owns the transaction.
    """
    first, batches = group[0], [each.batch for each in group if each.batch is not None]
    rows = joined(batches) if batches else None
    if rows is None or not rows.payloads:
        return Tally()
    return merge_batch(
        db,
        rows,
        account=account,
        read_at=first.fetched_at,
        is_partial=first.is_partial,
        guard=guard,
    )


def entry_of(each: Flat) -> ledger.Landing:
    """Return how an answer is entered once its rows are stored."""
    return ledger.Landing(
        path=each.path.as_posix(),
        endpoint=each.endpoint,
        fetched_at=each.fetched_at,
        items=each.batch.payloads if each.batch is not None else 0,
    )


def merge_batch(
    db: duckdb.DuckDBPyConnection,
    batch: Batch,
    *,
    account: str,
    read_at: datetime,
    is_partial: bool,
    guard: str,
) -> Tally:
    """Merge rows, and release from quarantine whose parcels they show well.

    The caller owns the transaction.

    Args:
        db: The open warehouse.
        batch: The rows.
        account: Leads every key.
        read_at: When the earliest of them were read.
        is_partial: They lack fields that the list has.
        guard: Under which a row gives way; see `upsert.merge`.
    """
    if is_partial:
        merged = overlay(db, batch)
    else:
        merged = merge(db, batch, guard=guard)
        rejected = set(batch.quarantine.column("tracking_id").to_pylist())
        ids = batch.trackings.column("tracking_id").to_pylist()
        release_superseded(
            db, account, [each for each in ids if each not in rejected], read_at=read_at
        )
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


def _flat(run: Run, path: Path) -> Flat:
    """Return the rows of a landed answer, as far as this process has not made them already."""
    ahead = run.flattened.pop(path, None)
    if ahead is None:
        return flat(run, path, run_id=run.run_id)
    rows = ahead.batch.result()
    return Flat(path, LIST_TRACKINGS.name, ahead.fetched_at, rows, is_partial=False)


def _mergeable(answers: Iterable[Flat]) -> Iterator[list[Flat]]:
    """Yield the answers in their order, those together that can be merged as if they were one.

    So they can where each parcel is in one of them only, and each could be read without a
    remark: a merge costs the more, the more often it is done.
    """
    group, ids, scans = list[Flat](), set[str](), 0
    for each in answers:
        new = _simple_ids(each)
        is_enough = len(ids) >= AT_ONCE or scans >= SCANS_AT_ONCE
        if group and (is_enough or not new or not ids or not ids.isdisjoint(new)):
            yield group
            group, ids, scans = [], set(), 0
        group.append(each)
        ids |= new
        scans += each.batch.events.num_rows if each.batch else 0
    if group:
        yield group


def _simple_ids(each: Flat) -> set[str]:
    """Return the parcels of an answer; none where it has to be merged by itself."""
    batch = each.batch
    if batch is None or each.is_partial or batch.rejected or batch.unknown_fields.num_rows:
        return set()
    return set(batch.trackings.column("tracking_id").to_pylist())
