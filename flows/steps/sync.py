"""The sync: both cursors from their watermarks to now."""

from datetime import timedelta
from functools import partial

from flows.steps.backlog import Store
from flows.steps.ranges import PLAIN, Steps, Watch, read_range, settled_second, stored_as_read
from flows.steps.read import LandedWindow
from flows.steps.retention import sweep_landing
from flows.steps.run import Run
from flows.steps.verdicts import NOTABLE_SKEW
from trackingmore_v2.models import Cursor, Window
from warehouse import ledger
from warehouse.connection import transaction
from warehouse.ledger import FIRST_SYNC


def sync(
    run: Run,
    *,
    look_back: timedelta = timedelta(),
    steps: Steps = PLAIN,
    watch: Watch | None = None,
) -> None:
    """Bring home whatever changed since the watermarks, and let old raw answers go.

    On an empty warehouse the account's whole life is read first, by created_at. Its parcels may
    change meanwhile: update_time starts from the instant before the first request. Each window
    is stored as soon as it is read; a run that ends early is gone on with by the next.

    Args:
        run: The run.
        look_back: Read again from so far behind the watermark, where the overlap reaches less
            far: for what became visible later than the overlap allows.
        steps: How a window is read and loaded.
        watch: Told after each window.

    Raises:
        TrackingMoreError, WarehouseError: as the steps do; what is stored stays.
    """
    with run.tables() as db:
        before = ledger.watermarks(db, run.account)
    run.is_filling = Cursor.UPDATE_TIME not in before
    # parcels without updated_at are found by created_at alone
    overlap = timedelta(seconds=run.settings.parcelhouse_overlap_seconds)
    again = int(max(overlap, look_back).total_seconds())
    catch_up = partial(_catch_up, run, reach_back=again, steps=steps)
    with stored_as_read(run, steps=steps, watch=watch) as store:
        catch_up(store, Cursor.CREATED_AT, before.get(Cursor.CREATED_AT))
        updates = before.get(Cursor.UPDATE_TIME)
        if updates is None:  # begins when the account's life is proven; else it is asked at once
            store.settle()
            updates = _begin_updates(run).get(Cursor.UPDATE_TIME)
        if updates is not None:
            catch_up(store, Cursor.UPDATE_TIME, updates)
    sweep_landing(run, now=run.client.server_now())


def _catch_up(
    run: Run,
    store: Store,
    cursor: Cursor,
    watermark: int | None,
    *,
    reach_back: int,
    steps: Steps,
) -> None:
    """Read one cursor from its watermark to now; with None, from the beginning of time."""
    low = 0 if watermark is None else max(watermark + 1 - reach_back, 0)
    high = max(settled_second(run), low)

    is_anchored = watermark is not None

    def anchor_once(window: LandedWindow) -> None:
        # once: whoever stores what was read before has the warehouse by then
        nonlocal is_anchored
        if not is_anchored:
            _anchor(run, window, high)
            is_anchored = True

    while True:
        skew_known = run.client.clock_skew is not None
        window = Window(cursor, low, high)
        read_range(run, cursor.value, window, store, steps=steps, before_load=anchor_once)
        # only the first answer tells the server's time: where its clock is ahead, go on to it
        settled = settled_second(run)
        if skew_known or settled - high <= NOTABLE_SKEW.total_seconds():
            return
        low, high = high + 1, settled


def _anchor(run: Run, first: LandedWindow, high: int) -> None:
    """Note when the first sync began: what changes later, the created_at windows may miss."""
    at = min(high, int(first.began_at.timestamp()) - run.settings.parcelhouse_lag_seconds)
    with run.tables() as db, transaction(db):
        marks = ledger.watermarks(db, run.account)
        if FIRST_SYNC not in marks and Cursor.CREATED_AT not in marks:
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
