"""The sync: both cursors from their watermarks to now, window by window."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from flows.steps import load as loading
from flows.steps import read as reading
from flows.steps.read import LandedWindow
from flows.steps.run import Run, Tally
from trackingmore_v2.models import Cursor, Window
from trackingmore_v2.windows import Frontier
from warehouse import ledger
from warehouse.connection import transaction
from warehouse.ledger import FIRST_SYNC

NOTABLE_SKEW = timedelta(seconds=5)


class Progress(NamedTuple):
    """How far one range is, after each window."""

    scope: str
    windows_done: int
    windows_left: int | None  # None: not known
    rows_done: int
    rows_left: int | None  # None: not known


class Watch(Protocol):
    """Whoever wants to see progress."""

    def __call__(self, progress: Progress) -> None:
        """Take note."""


class Steps(NamedTuple):
    """The two pieces of a sync, plain or dressed as tasks."""

    read: Callable[[Run, str, Frontier], LandedWindow] = reading.read_window
    load: Callable[[Run, LandedWindow], Tally] = loading.load_window


def sync(run: Run, steps: Steps | None = None, *, watch: Watch | None = None) -> None:
    """Bring home whatever changed since the watermarks.

    On an empty warehouse the account's whole life is read first, by created_at. Its parcels may
    change meanwhile: update_time starts from the instant before the first request. Each window
    is stored as soon as it is read; a run that ends early is gone on with by the next.
    """
    steps = steps or Steps()
    with run.warehouse() as db:
        before = ledger.watermarks(db, run.account)
    # parcels without updated_at are found by created_at alone
    _read_range(run, steps, Cursor.CREATED_AT, before.get(Cursor.CREATED_AT), watch)
    after = _begin_updates(run) if Cursor.UPDATE_TIME not in before else before
    if (watermark := after.get(Cursor.UPDATE_TIME)) is not None:
        _read_range(run, steps, Cursor.UPDATE_TIME, watermark, watch)


def _read_range(
    run: Run, steps: Steps, cursor: Cursor, watermark: int | None, watch: Watch | None
) -> None:
    """Read one cursor from its watermark to now; with None, from the beginning of time."""
    low = (
        0 if watermark is None else max(watermark + 1 - run.settings.parcelhouse_overlap_seconds, 0)
    )
    high = max(_settled(run), low)
    done = Tally()
    while True:
        skew_known = run.client.clock_skew is not None
        frontier: Frontier | None = Frontier(Window(cursor, low, high))
        while frontier is not None:
            window = steps.read(run, cursor.value, frontier)
            if watermark is None and cursor is Cursor.CREATED_AT:
                _anchor(run, window, high)
                watermark = -1
            tally = steps.load(run, window)
            run.tally.add(tally)
            done.add(tally)
            frontier = window.rest
            if watch is not None:
                watch(_progress(cursor.value, done, window))
        _notice_skew(run)
        # only the first answer tells the server's time: where its clock is ahead, go on to it
        settled = _settled(run)
        if skew_known or settled - high <= NOTABLE_SKEW.total_seconds():
            return
        low, high = high + 1, settled


def _settled(run: Run) -> int:
    """Return the last second whose changes are all visible, by the server's clock if known."""
    now = run.client.server_now() or datetime.now(UTC)
    return int(now.timestamp()) - run.settings.parcelhouse_lag_seconds


def _anchor(run: Run, first: LandedWindow, high: int) -> None:
    """Note when the first sync began: what changes later, the created_at windows may miss."""
    at = min(high, int(first.began_at.timestamp()) - run.settings.parcelhouse_lag_seconds)
    with run.warehouse() as db, transaction(db):
        if FIRST_SYNC not in ledger.watermarks(db, run.account):
            ledger.set_watermark(db, run.account, FIRST_SYNC, at, run_id=run.run_id)


def _begin_updates(run: Run) -> dict[str, int]:
    """Let update_time start where the first sync did, once the account's life is proven."""
    with run.warehouse() as db, transaction(db):
        marks = ledger.watermarks(db, run.account)
        anchor = marks.get(FIRST_SYNC)
        if anchor is not None and marks.get(Cursor.CREATED_AT, -1) >= anchor:
            ledger.set_watermark(db, run.account, Cursor.UPDATE_TIME, anchor, run_id=run.run_id)
            ledger.drop_watermark(db, run.account, FIRST_SYNC)
        return ledger.watermarks(db, run.account)


def _notice_skew(run: Run) -> None:
    skew = run.client.clock_skew
    if skew is not None and abs(skew) > NOTABLE_SKEW:
        way = "ahead of" if skew > timedelta() else "behind"
        by = timedelta(seconds=round(abs(skew).total_seconds()))
        run.notices["clock"] = (
            f"the server's clock is {by} {way} this machine's; the server's is used"
        )


def _progress(scope: str, done: Tally, window: LandedWindow) -> Progress:
    rest = window.rest
    if rest is None:
        return Progress(scope, done.windows, 0, done.rows_read, 0)
    if not rest.pace.counted:
        return Progress(scope, done.windows, None, done.rows_read, None)
    left = rest.pace.counted[0][1]
    return Progress(scope, done.windows, -(-left // rest.pace.limit), done.rows_read, left)
