"""Rebuild core from the landing, answer by answer, in a file beside the live warehouse."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb

from flows.steps.load import COMMITTED_AT_ONCE, Flat, entry_of, flat, merge_flat
from flows.steps.ranges import Progress, Watch
from flows.steps.run import LocalRun
from flows.steps.tally import Tally
from trackingmore_v2.carried import Carried, carried
from trackingmore_v2.errors import TrackingMoreError
from trackingmore_v2.models import Answer
from warehouse.comparison import Difference, compare
from warehouse.connection import commit_so_far, transaction
from warehouse.deletions import apply_deletion
from warehouse.errors import LandingError
from warehouse.landing import landed, landed_by, landed_paths
from warehouse.ledger import record_landings
from warehouse.loaded import Deletion, Loaded, deletions, loaded_answers
from warehouse.quarantine import waiting
from warehouse.rebuild import (
    REBUILT,
    REPLAYED,
    copy_with_history_until,
    keep_first_release,
    reopen_quarantine,
    replacing,
)
from warehouse.upsert import GUARD, REPARSE_GUARD

EVERYTHING = datetime.max.replace(tzinfo=UTC)
NAMED = 5  # torn files in a notice


class Entry(NamedTuple):
    """A landed answer to be replayed; `sequence` is None where no run has loaded it."""

    path: Path
    fetched_at: datetime
    run_id: str
    sequence: int | None = None


class Survey(NamedTuple):
    """What the landing holds of what is to be replayed."""

    entries: list[Entry]  # in the order of loading
    gone: list[Loaded]  # loaded once, and no longer in the landing
    torn: list[Loaded]  # loaded once, and cannot be read any more
    torn_news: list[Path]  # never loaded, and cannot be read

    @property
    def missing_until(self) -> datetime | None:
        """When the last of the missing answers was read; None: none is missing."""
        return max((each.fetched_at for each in self.gone + self.torn), default=None)


class Replay(NamedTuple):
    """What a replay did, and how core differs from what it was."""

    answers: int
    answers_added: int  # of them, those that no run had loaded
    answers_gone: int
    torn: list[str]  # files
    parcels_kept: int  # as core held them, because an answer about them may be missing
    differences: list[Difference]


def replay(run: LocalRun, *, since: datetime | None = None, watch: Watch | None = None) -> Replay:
    """Build core anew from the landing, and put it in the place of the old one.

    The answers are merged in the order in which they were loaded, with the deletions in their
    place; then those that no run has loaded (of a run that was killed), which are entered as
    loaded. Where the parser is what it was, so is core, row by row. Where answers are missing,
    parcels that they may have told of are kept as core holds them, and the others are applied
    on top. Holds the writer's seat all the while; two answers at a time are in memory.

    What ends it early, a kill included, leaves the warehouse as it was.

    Args:
        run: Whose tally grows, and whose notices say what could not be rebuilt.
        since: Keep core, and parse again only the answers read since then: it mends each
            parcel's newest version, not its history. UTC where it names no zone.
        watch: Told after each answer.

    Raises:
        WarehouseError: nothing is replaced.
    """
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    with run.warehouse() as db:
        survey = _survey(run, db, since)
        until = survey.missing_until if since is None else EVERYTHING
        with replacing(db, run.settings.parcelhouse_home) as live:
            kept = copy_with_history_until(db, live, run.account, until)
            reopen_quarantine(db, run.account, [each.fetched_at for each in survey.entries])
            for done, tally in enumerate(_apply(run, db, survey, reparse=until is not None), 1):
                run.tally.add(tally)
                if watch is not None:
                    left = len(survey.entries) - done
                    watch(Progress("replay", done, left, run.tally.rows_read, None))
            keep_first_release(db, live, run.account)
            run.tally.quarantined = len(waiting(db, run.account))
            differences = compare(db, run.account, REPLAYED, before=live, after=REBUILT)
    outcome = Replay(
        answers=len(survey.entries),
        answers_added=sum(each.sequence is None for each in survey.entries),
        answers_gone=len(survey.gone),
        torn=[each.path for each in survey.torn] + [str(path) for path in survey.torn_news],
        parcels_kept=kept if since is None else 0,
        differences=differences,
    )
    _say_what_is_missing(run, survey, outcome)
    return outcome


def carries_parcels(answer: Answer) -> Carried | None:
    """Return the payloads of a landed answer; None for a refusal, or where there are none."""
    try:
        found = carried(answer)
    except TrackingMoreError:
        return None
    return found if found.items else None


def _survey(run: LocalRun, db: duckdb.DuckDBPyConnection, since: datetime | None) -> Survey:
    """Read the landing once, to know before the first row is written what is missing."""
    root = run.settings.landing
    survey = Survey([], [], [], [])
    files = set(landed_paths(root, run.account))
    loaded = loaded_answers(db, run.account)
    for each in loaded:
        path = Path(each.path)
        if since is not None and each.fetched_at < since:
            continue
        if path not in files:
            survey.gone.append(each)
        elif not _is_whole(root, path):
            survey.torn.append(each)
        else:
            survey.entries.append(Entry(path, each.fetched_at, each.run_id, each.sequence))
    news = []
    for path in files.difference(Path(each.path) for each in loaded):
        try:
            run_id, answer = landed_by(root, path)
        except LandingError:
            survey.torn_news.append(path)
            continue
        if carries_parcels(answer) and (since is None or answer.fetched_at >= since):
            news.append(Entry(path, answer.fetched_at, run_id))
    survey.entries.extend(sorted(news, key=lambda entry: (entry.fetched_at, entry.path)))
    return survey


def _is_whole(root: Path, path: Path) -> bool:
    """Return whether an answer that was loaded once can be read like then."""
    try:
        carried(landed(root, path))
    except (LandingError, TrackingMoreError):
        return False
    return True


def _apply(
    run: LocalRun, db: duckdb.DuckDBPyConnection, survey: Survey, *, reparse: bool
) -> Iterator[Tally]:
    """Merge each answer in its turn, with the deletions between them; yield what it did.

    Nobody sees the file before it is whole: a transaction only bounds what waits to be committed.
    """
    gone = deque(deletions(db, run.account))
    guard = REPARSE_GUARD if reparse else GUARD
    uncommitted = 0
    with transaction(db):
        for entry, rows in zip(survey.entries, _read_ahead(run, survey.entries), strict=True):
            while gone and (entry.sequence is None or gone[0].after_sequence < entry.sequence):
                _delete(run, db, gone.popleft())
            tally = merge_flat(db, run.account, [rows], guard=guard)
            if entry.sequence is None:
                record_landings(db, run.account, [entry_of(rows)], run_id=entry.run_id)
            uncommitted += tally.rows_read
            if uncommitted >= COMMITTED_AT_ONCE:
                commit_so_far(db)
                uncommitted = 0
            yield tally
        while gone:
            _delete(run, db, gone.popleft())


def _read_ahead(run: LocalRun, entries: Sequence[Entry]) -> Iterator[Flat]:
    """Yield the rows of each answer; those of the next are made meanwhile, in another thread."""

    def rows_of(entry: Entry) -> Flat:
        return flat(run, entry.path, run_id=entry.run_id)

    with ThreadPoolExecutor(1, thread_name_prefix="flatten") as thread:
        begun = deque[Future[Flat]]()
        for entry in entries:
            begun.append(thread.submit(rows_of, entry))
            if len(begun) > 1:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def _delete(run: LocalRun, db: duckdb.DuckDBPyConnection, deletion: Deletion) -> None:
    apply_deletion(
        db,
        run.account,
        tracking_ids=deletion.tracking_ids,
        deleted_at=deletion.deleted_at,
        run_id=deletion.run_id,
    )


def _say_what_is_missing(run: LocalRun, survey: Survey, outcome: Replay) -> None:
    if outcome.answers_added:
        run.notices["added"] = (
            f"{outcome.answers_added:,} landed answers that no run had loaded were loaded"
        )
    if outcome.torn:
        names = ", ".join(outcome.torn[:NAMED])
        more = len(outcome.torn) - NAMED
        run.notices["torn"] = f"cannot be read any more: {names}" + (
            f" and {more:,} more" if more > 0 else ""
        )
    if survey.gone:
        last = max(each.fetched_at for each in survey.gone)
        run.notices["gone"] = (
            f"{len(survey.gone):,} loaded answers, read up to {last:%Y-%m-%d %H:%M:%S}Z, are no"
            " longer in the landing"
        )
    if outcome.parcels_kept:
        run.notices["kept"] = (
            f"{outcome.parcels_kept:,} parcels first seen up to"
            f" {survey.missing_until:%Y-%m-%d %H:%M:%S}Z are kept as they were, with what is left"
            " of the landing applied to them"
        )
    run.has_doubts = bool(survey.gone or outcome.torn)
