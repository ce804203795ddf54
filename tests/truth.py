"""Whether a warehouse holds what the account holds: exactly that, word for word."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, TypeAlias

import duckdb

from flows.settings import Settings
from flows.steps.ranges import PLAIN, Steps
from flows.steps.run import Run, running
from flows.steps.sync import sync
from tests.standing import broken_promises
from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox import Sandbox
from transforms.batch import payload_hashes
from warehouse import connection, ledger
from warehouse.connection import open_for_writing

Serve: TypeAlias = Callable[[Sandbox], str]
"""Puts an account behind the session's server; returns its base URL."""

Scan: TypeAlias = tuple[str, str, int, Any, Any, Any, Any, Any, Any]
SHOWN = 5
REST = timedelta(minutes=2)
"""Longer than what a sync leaves to the next one, because it may not have settled yet."""


class Mirror:
    """An account, and the warehouse that is to hold the same."""

    def __init__(self, account: Sandbox, settings: Settings) -> None:
        self.account = account
        self.settings = settings
        self.clock_error = timedelta()  # by how much this machine's clock is fast
        self.once_held: set[str] = set()

    def sync(self, steps: Steps = PLAIN) -> Run:
        """Run one sync as the command does, and return its run."""
        self._look()
        with running(self.settings, "sync") as run:
            sync(run, steps=steps)
        return run

    def live_on(self, by: timedelta = timedelta(), *, touched: int = 0) -> None:
        """Let the account live on, then touch some parcels, then wait until nothing moves."""
        self.account.advance(by)
        self.account.touch_any(touched)
        before = None
        while before != (before := self.account.items()):
            self.account.advance(REST)
        self._look()

    def assert_true(self, *, unreadable: Collection[str] = ()) -> None:
        """Fail unless the warehouse holds what the account does; who was deleted may stay."""
        items = [item for item in self.account.items() if item["id"] not in unreadable]
        gone = self.once_held - {item["id"] for item in items} - set(unreadable)
        with self.warehouse() as db:
            assert_true(db, items, gone=gone)

    def tables(self, schema: str = "core") -> dict[str, list[Any]]:
        """Return every table of a schema, whole, its rows in a fixed order."""
        with self.warehouse() as db:
            found = db.execute(
                "select table_name from duckdb_tables() where schema_name = ? order by all",
                [schema],
            ).fetchall()
            return {
                name: db.execute(f"select * from {schema}.{name} order by all").fetchall()
                for (name,) in found
            }

    def watermarks(self) -> dict[str, int]:
        with self.warehouse() as db:
            return ledger.watermarks(db, "main")

    def query(self, sql: str) -> list[Any]:
        with self.warehouse() as db:
            return db.execute(sql).fetchall()

    @contextmanager
    def warehouse(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with open_for_writing(self.settings.parcelhouse_home, "test") as db:
            yield db

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep the warehouse's file open in this process while syncs and tests open it, too.

        To open and close it again and again takes a third of a small sync.
        """
        with connection._connect(self.settings.parcelhouse_home / connection.FILE, patience=0):
            yield

    def _look(self) -> None:
        self.once_held |= {item["id"] for item in self.account.items()}


def assert_true(
    db: duckdb.DuckDBPyConnection,
    items: Iterable[Payload],
    *,
    gone: Collection[str] = (),
    hashed: bool = True,
) -> None:
    """Fail unless *db* holds *items* in these versions, with these scans, and no others.

    Args:
        db: The warehouse, of one account.
        items: The account's payloads, all of them readable.
        gone: Ids that the account held once: their rows may have stayed.
        hashed: By this release: another one may have named the same payload otherwise.
    """
    found = list(differences(db, items, gone=gone, hashed=hashed))
    assert not found, f"{len(found)} differences: " + "; ".join(found[:SHOWN])


def differences(
    db: duckdb.DuckDBPyConnection,
    items: Iterable[Payload],
    *,
    gone: Collection[str] = (),
    hashed: bool = True,
) -> Iterator[str]:
    """Yield a sentence for each parcel of which warehouse and account say different things."""
    truth = {item["id"]: item for item in items}
    rows = db.execute(
        """
        select tracking_id, updated_at, status, payload_hash, carrier_code, tracking_number,
            created_at, event_count
        from core.trackings
        where deleted_at is null
        """
    ).fetchall()
    if len({row[0] for row in rows}) < len(rows):
        yield "a parcel has several rows"
    held = {row[0]: row[1:] for row in rows}
    hashes = payload_hashes(list(truth.values()))
    scans = _standing_scans(db)
    for tracking_id in held.keys() - truth.keys() - set(gone):
        yield f"{tracking_id} is in the warehouse only"
    for tracking_id in scans.keys() - held.keys():
        yield f"{tracking_id} has scans and no row"
    for name in broken_promises(db):
        yield f"{name} has another scans_hash than its scans"
    for tracking_id, item in truth.items():
        if tracking_id not in held:
            yield f"{tracking_id} is missing"
            continue
        told = _scans(item)
        expected = (
            _instant(item["updated_at"]),
            item["status"],
            hashes[tracking_id] if hashed else held[tracking_id][2],
            item["carrier_code"],
            item["tracking_number"],
            _instant(item["created_at"]),
            len(told),
        )
        if held[tracking_id] != expected:
            yield f"{tracking_id} is {held[tracking_id]}, not {expected}"
        for found, said in zip_longest(scans.get(tracking_id, []), told):
            if found != said:
                yield f"{tracking_id} has the scan {found}, not {said}"


def _standing_scans(db: duckdb.DuckDBPyConnection) -> dict[str, list[Scan]]:
    """Return each parcel's scans in the order of the payload's arrays, oldest first."""
    found: dict[str, list[Scan]] = {}
    for tracking_id, *scan in db.execute(
        """
        select tracking_id, leg, position, event_time_raw, description, details,
            checkpoint_status, substatus, item_node, carrier_code
        from core.tracking_events
        where withdrawn_at is null
        order by tracking_id, leg desc, position
        """
    ).fetchall():
        found.setdefault(tracking_id, []).append(tuple(scan))
    return found


def _scans(item: Payload) -> list[Any]:
    told = []
    for leg in ("origin", "destination"):
        info = item.get(f"{leg}_info") or {}
        newest_first = info.get("trackinfo") or []
        told += [
            (
                leg,
                place,
                *(scan.get(name) for name in ("Date", "StatusDescription", "Details")),
                *(scan.get(name) for name in ("checkpoint_status", "substatus", "ItemNode")),
                info.get("carrier_code"),
            )
            for place, scan in enumerate(reversed(newest_first), start=1)
        ]
    return told


def _instant(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)
