"""Counts against the API: where they differ, and, if asked, what differs mended."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import duckdb

from flows.errors import RefusedError, UsageError
from flows.steps.load import landed_answer, load_answers, load_window
from flows.steps.read import LandedWindow, read_window
from flows.steps.run import Run
from trackingmore_v2.models import Cursor, ListQuery, Window
from trackingmore_v2.windows import Frontier
from transforms.payloads import named_ids
from transforms.tables import STATUS_COUNTS
from warehouse import counts, entries, ledger
from warehouse.connection import transaction
from warehouse.deletions import mark_deleted

LEAF = ListQuery().limit  # parcels in a range that is read rather than split
MOST_GONE_SHARE = 0.1  # of the account: more looks like a broken API, not like deletions
FEW = 10  # so many may be gone from an account of any size
SCOPE = "reconcile"
TOTAL = "(total)"


class Difference(NamedTuple):
    """A range of created_at whose counts differ."""

    window: Window
    api_count: int
    warehouse_count: int


@dataclass
class Reconciliation:
    """What was compared, found and mended."""

    high: int
    api_count: int = 0
    warehouse_count: int = 0
    differences: list[Difference] = field(default_factory=list)
    deleted: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the API and the warehouse count the same."""
        return self.api_count == self.warehouse_count and not self.differences


class Slack(NamedTuple):
    """Seconds by which a range must be widened so that the server counts exactly it."""

    low: int
    high: int


def reconcile(run: Run, *, fix: bool = False, force: bool = False) -> Reconciliation:
    """Compare the counts of every parcel registered up to created_at's watermark.

    A range whose counts agree is done; one whose counts differ is halved, until it fits into
    one answer: a difference costs O(log n) small requests. (A parcel missing and another one
    gone in the same range cancel out: the nightly look-back and a backfill find those.)

    Args:
        run: Whose tally grows.
        fix: Read again what differs; mark as deleted what a proven answer no longer holds and
            its number no longer finds.
        force: Mark deletions even if they are more than a tenth of the account.

    Raises:
        UsageError: nothing has been synced yet.
        RefusedError: too many parcels are gone; none is marked.
    """
    with run.warehouse() as db:
        marks = ledger.watermarks(db, run.account)
        if Cursor.CREATED_AT not in marks:
            msg = "there is nothing to reconcile: no sync has read the account yet"
            raise UsageError(msg)
        lonely = counts.lonely_second(db, run.account)
    slack = _learn_slack(run, lonely)
    whole = Window(Cursor.CREATED_AT, 0, marks[Cursor.CREATED_AT])
    found = Reconciliation(high=whole.high)
    found.differences = list(_differences(run, whole, slack))
    if fix and found.differences:
        gone = [each for one in found.differences for each in _mend(run, one.window)]
        found.deleted = _mark_gone(run, gone, force=force)
    found.api_count, found.warehouse_count = _compare_statuses(run, whole, slack)
    if fix and found.api_count == found.warehouse_count:
        found.differences.clear()
    return found


def _count(run: Run, window: Window, slack: Slack) -> int:
    return run.client.count(
        ListQuery(
            created_at_min=max(window.low - slack.low, 0), created_at_max=window.high + slack.high
        )
    )


def _learn_slack(run: Run, lonely: int | None) -> Slack:
    """Find out whether min and max are inclusive, by a second that holds a parcel, alone."""
    if lonely is None:
        return Slack(0, 0)
    low, middle, high = lonely - 1, lonely, lonely + 1
    around = run.client.count(ListQuery(created_at_min=low, created_at_max=high))
    from_it = run.client.count(ListQuery(created_at_min=middle, created_at_max=high))
    up_to_it = run.client.count(ListQuery(created_at_min=low, created_at_max=middle))
    return Slack(int(from_it < around), int(up_to_it < around))


def _differences(run: Run, whole: Window, slack: Slack) -> Iterator[Difference]:
    """Yield the smallest ranges worth reading whose counts differ, oldest first."""
    with run.warehouse() as db:
        held = counts.created_between(db, run.account, whole.low, whole.high)
    open_ranges = [Difference(whole, _count(run, whole, slack), held)]
    while open_ranges:
        node = open_ranges.pop()
        if node.api_count == node.warehouse_count:
            continue
        window = node.window
        if window.seconds == 1 or max(node.api_count, node.warehouse_count) <= LEAF:
            yield node
            continue
        with run.warehouse() as db:
            middle = counts.middle_second(db, run.account, window.low, window.high)
            left = window.part(window.low, middle)
            right = window.part(middle + 1, window.high)
            held = counts.created_between(db, run.account, left.low, left.high)
        api = _count(run, left, slack)
        # the right half is what remains: one request a level, not two
        open_ranges.append(Difference(right, node.api_count - api, node.warehouse_count - held))
        open_ranges.append(Difference(left, api, held))


def _mend(run: Run, window: Window) -> list[counts.Held]:
    """Read *window* again, store it, and return what a proven answer no longer holds."""
    gone: list[counts.Held] = []
    frontier: Frontier | None = Frontier(window)
    while frontier is not None:
        landed = read_window(run, SCOPE, frontier)
        present = _ids(run, landed)
        run.tally.add(load_window(run, landed))
        if landed.covers is not None and landed.proven:
            with run.warehouse() as db:
                held = counts.held_between(db, run.account, landed.covers.low, landed.covers.high)
            gone += [each for each in held if each.tracking_id not in present]
        frontier = landed.rest
    return gone


def _ids(run: Run, landed: LandedWindow) -> set[str]:
    """Return who is in the answers of a landed window."""
    return {
        tracking_id
        for path in landed.paths
        for tracking_id in named_ids(landed_answer(run, path)[1].items)
    }


def _mark_gone(run: Run, candidates: list[counts.Held], *, force: bool) -> int:
    """Mark as deleted those of *candidates* that their numbers no longer find."""
    if not candidates:
        return 0
    with run.warehouse() as db:
        live = counts.live_trackings(db, run.account)
    if len(candidates) > max(FEW, live * MOST_GONE_SHARE) and not force:
        msg = (
            f"{len(candidates):,} of {live:,} parcels seem to be gone from the account; none is"
            " marked as deleted (--force marks them)"
        )
        raise RefusedError(msg)
    run.landed_paths.clear()
    found = run.client.find(numbers=[each.tracking_number for each in candidates])
    present = {item.get("id") for item in found}
    asked_at = run.client.server_now()
    gone = [each.tracking_id for each in candidates if each.tracking_id not in present]
    with run.warehouse() as db, transaction(db):
        run.tally.add(load_answers(db, run, tuple(run.landed_paths)))
        if gone and asked_at is not None:
            mark_deleted(db, run.account, tracking_ids=gone, deleted_at=asked_at, run_id=run.run_id)
    return len(gone)


def _compare_statuses(run: Run, whole: Window, slack: Slack) -> tuple[int, int]:
    """Enter the counts by status and in total; return the API's total and the warehouse's."""
    bounds = (max(whole.low - slack.low, 0), whole.high + slack.high)
    api = {
        status.lower(): count
        for status, count in run.client.status_counts(created_at=bounds).items()
    }
    total = _count(run, whole, slack)
    asked_at = run.client.server_now()
    with run.warehouse() as db, transaction(db):
        held = counts.by_status(db, run.account, whole.low, whole.high)
        held_total = sum(held.values())
        rows = [(status, api.get(status, 0), held.get(status, 0)) for status in api | held]
        _enter_counts(db, run, whole, [*rows, (TOTAL, total, held_total)], at=asked_at)
    return total, held_total


def _enter_counts(
    db: duckdb.DuckDBPyConnection,
    run: Run,
    whole: Window,
    rows: list[tuple[str, int, int]],
    *,
    at: datetime | None,
) -> None:
    for status, api, held in rows:
        entries.insert(
            db,
            STATUS_COUNTS,
            {
                "account": run.account,
                "low": entries.instant(whole.low),
                "high": entries.instant(whole.high),
                "status": status,
                "api_count": api,
                "warehouse_count": held,
                "fetched_at": at,
                "run_id": run.run_id,
            },
        )
