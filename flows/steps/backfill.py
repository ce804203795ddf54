"""A chosen range of created_at, read into a ledger of its own: resumable, beside any schedule."""

from datetime import UTC, datetime
from typing import NamedTuple

import duckdb

from flows.errors import UsageError
from flows.steps.ranges import PLAIN, Steps, Watch, read_range, settled_second, stored_as_read
from flows.steps.run import Run
from trackingmore_v2.models import Cursor, ListQuery, Window
from warehouse import backfills, ledger
from warehouse.backfills import Backfill
from warehouse.connection import transaction


class ChosenRange(NamedTuple):
    """What was asked for, in unix seconds."""

    since: int
    until: int | None  # None: up to now


def chosen_range(since: datetime, until: datetime | None) -> ChosenRange:
    """Return the range between two instants; one without an offset is UTC.

    Raises:
        UsageError: it ends before it begins, or begins in the future.
    """
    low = _second(since)
    high = None if until is None else _second(until)
    if high is not None and high < low:
        msg = f"the range ends ({until}) before it begins ({since})"
        raise UsageError(msg)
    now = datetime.now(UTC).timestamp()
    if low > now:
        msg = f"the range begins in the future ({since})"
        raise UsageError(msg)
    return ChosenRange(max(low, 0), None if high is None or high > now else high)


def backfill(
    run: Run, asked: ChosenRange, *, steps: Steps = PLAIN, watch: Watch | None = None
) -> None:
    """Read every parcel registered in the range, whatever the warehouse holds of it.

    The same question resumes an unfinished backfill: what it has proven is not read again. The
    sync's watermarks stay where they are, and both may run at once: the guard lets no older
    version through, the seat is held for one window at a time.

    Raises:
        TrackingMoreError, WarehouseError: as the steps do; what is stored stays.
    """
    # one small request tells the server's time, before which the range must end
    run.client.count(ListQuery())
    settled = settled_second(run)
    with run.warehouse() as db, transaction(db):
        job = _unfinished(db, run, asked) or _new(db, run, asked, settled)
        missing = ledger.gaps(db, run.account, job.scope, job.since, job.until)
    for low, high in missing:
        window = Window(Cursor.CREATED_AT, low, high)
        with stored_as_read(run, steps=steps, watch=watch) as store:
            read_range(run, job.scope, window, store, steps=steps)
    with run.warehouse() as db, transaction(db):
        left = ledger.gaps(db, run.account, job.scope, job.since, job.until)
        if not left:
            backfills.finish_backfill(db, run.account, job.scope, at=datetime.now(UTC))
    if left:
        run.notices["backfill"] = (
            f"{len(left)} windows could not be proven; the same backfill reads them again"
        )


def same_question(job: Backfill, asked: ChosenRange) -> bool:
    """Return whether *job* was asked for in the same words, and so may be resumed by them."""
    same_end = job.is_open_ended if asked.until is None else job.until == asked.until
    return job.since == asked.since and same_end


def _unfinished(db: duckdb.DuckDBPyConnection, run: Run, asked: ChosenRange) -> Backfill | None:
    for job in backfills.unfinished_backfills(db, run.account):
        if same_question(job, asked):
            run.notices["resumed"] = f"goes on with the backfill that run {job.run_id} began"
            return job
    return None


def _new(db: duckdb.DuckDBPyConnection, run: Run, asked: ChosenRange, settled: int) -> Backfill:
    until = settled if asked.until is None else asked.until
    job = Backfill(
        scope=f"backfill:{run.run_id}",
        since=asked.since,
        until=max(until, asked.since),
        is_open_ended=asked.until is None,
        run_id=run.run_id,
    )
    backfills.begin_backfill(db, run.account, job, at=datetime.now(UTC))
    return job


def _second(instant: datetime) -> int:
    return int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp())
