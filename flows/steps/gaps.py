"""What the ledger does not vouch for: ranges never read, and windows read without certainty."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb

from trackingmore_v2.models import Cursor
from warehouse import backfills, catalog, ledger
from warehouse.connection import FILE, open_read_only, seat_owner
from warehouse.errors import CannotOpenError
from warehouse.ledger import uncovered
from warehouse.snapshot import published


class UnprovenWindow(NamedTuple):
    """A window whose answers may have missed parcels; ends in unix seconds."""

    low: int
    high: int
    total: int  # parcels that the API counted
    rows: int  # payloads that were read, repeated ones included


class LedgerGaps(NamedTuple):
    """One ledger from its first second to its last, and what is missing in between."""

    scope: str
    low: int
    high: int
    unread: list[tuple[int, int]]
    unproven: list[UnprovenWindow]

    @property
    def is_whole(self) -> bool:
        """Whether every second of the ledger is proven."""
        return not self.unread and not self.unproven


def find_gaps(db: duckdb.DuckDBPyConnection, account: str) -> list[LedgerGaps]:
    """Return what is missing in both cursors' ledgers and in every unfinished backfill.

    A cursor's ledger reaches from its first window to its last; a backfill's, over what was
    asked for.
    """
    ranges = {
        scope.value: reach
        for scope in (Cursor.CREATED_AT, Cursor.UPDATE_TIME)
        if (reach := ledger.reach(db, account, scope)) is not None
    }
    for job in backfills.unfinished_backfills(db, account):
        ranges[job.scope] = (job.since, job.until)
    return [_gaps_of(db, account, scope, *ends) for scope, ends in ranges.items()]


@contextmanager
def open_newest(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the warehouse to be read: the live one while nobody writes it, else the published.

    What a killed run has entered is in the live file only.

    Raises:
        NothingPublishedError: there is neither.
        CannotOpenError: the file cannot be read, and not because somebody writes it.
    """
    with ExitStack() as stack:
        yield _open_live(stack, home) or stack.enter_context(open_read_only(published(home)))


def _open_live(stack: ExitStack, home: Path) -> duckdb.DuckDBPyConnection | None:
    if not (home / FILE).exists() or seat_owner(home) is not None:
        return None
    try:
        db = stack.enter_context(open_read_only(home / FILE))
    except CannotOpenError:
        if seat_owner(home) is None:
            raise
        return None  # somebody sat down in this instant
    return db if catalog.is_whole(db) else None  # or a first run was killed when it had begun


def _gaps_of(
    db: duckdb.DuckDBPyConnection, account: str, scope: str, low: int, high: int
) -> LedgerGaps:
    gaps = ledger.gaps(db, account, scope, low, high)
    uncertain = [
        window
        for window in map(UnprovenWindow._make, ledger.unproven(db, account, scope))
        if any(window.low <= last and first <= window.high for first, last in gaps)
    ]
    read = [(window.low, window.high) for window in uncertain]
    unread = [part for gap in gaps for part in uncovered(*gap, read)]
    return LedgerGaps(scope, low, high, unread, uncertain)
