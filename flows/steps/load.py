"""Store one landed window: its rows, its ledger entry and the watermark, or nothing."""

from pathlib import Path

import duckdb

from flows.steps.read import LandedWindow
from flows.steps.run import Run, Tally
from trackingmore_v2.client import listing_page
from trackingmore_v2.errors import TrackingMoreError
from trackingmore_v2.models import Page
from transforms.batch import flatten
from warehouse import ledger
from warehouse.connection import transaction
from warehouse.landing import landed
from warehouse.upsert import known_hashes, merge


def load_window(run: Run, window: LandedWindow) -> Tally:
    """Merge the window's answers in one transaction with its ledger entry.

    Safe to repeat. A window that covers nothing stores its rows and moves no watermark.

    Raises:
        WarehouseError: nothing of the window is stored.
    """
    tally = Tally()
    with run.warehouse() as db, transaction(db):
        for path in window.paths:
            page = run.read_pages.pop(path, None) or _read_again(run, path)
            if page is not None:
                tally.add(_load_page(db, run, page, path))
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


def _read_again(run: Run, path: Path) -> Page | None:
    """Return a landed answer's page; None for a refusal that was landed on the way."""
    try:
        return listing_page(landed(run.settings.landing, path))
    except TrackingMoreError:
        return None


def _load_page(db: duckdb.DuckDBPyConnection, run: Run, page: Page, path: Path) -> Tally:
    ids = [item["id"] for item in page.items if isinstance(item, dict) and _is_text(item, "id")]
    batch = flatten(
        page.items,
        account=run.account,
        fetched_at=page.answer.fetched_at,
        run_id=run.run_id,
        known=known_hashes(db, run.account, ids),
    )
    merged = merge(db, batch)
    ledger.record_landing(
        db,
        run.account,
        path=path.as_posix(),
        endpoint=page.answer.endpoint,
        fetched_at=page.answer.fetched_at,
        items=len(page.items),
        run_id=run.run_id,
    )
    changed = merged.trackings_inserted + merged.trackings_updated
    return Tally(
        rows_read=batch.payloads,
        trackings_inserted=merged.trackings_inserted,
        trackings_updated=merged.trackings_updated,
        trackings_unchanged=batch.payloads - changed - batch.rejected,
        events_inserted=merged.events_inserted,
        events_withdrawn=merged.events_withdrawn,
        quarantined=batch.rejected,
    )


def _is_text(item: dict[str, object], name: str) -> bool:
    return isinstance(item.get(name), str)
