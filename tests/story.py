"""A small warehouse with a past: everything has happened to it that can happen to one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import duckdb

from flows.settings import Settings
from flows.steps.repair import repair
from flows.steps.run import Run, running
from flows.steps.sync import sync
from tests.factories import parcel, scan
from trackingmore_v2.errors import NotFoundError
from trackingmore_v2.models import Payload, TrackingRef
from trackingmore_v2.sandbox import Sandbox, Switches
from warehouse.connection import open_for_writing, transaction
from warehouse.deletions import mark_deleted

NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)
SETTLES = timedelta(minutes=5)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Life:
    """Who met what, by tracking id."""

    gone: list[str]  # deleted for good
    revived: str  # deleted, and read again
    shortened: str  # the carrier took a scan back
    mended: str  # unreadable once, read well later
    unreadable: str  # still waits in quarantine
    refreshed: str  # read in real time
    second_sync: datetime  # when it began


@dataclass(frozen=True)
class Past(Life):
    """A life, and the warehouse that has read it."""

    home: Path

    def copied(self, home: Path) -> Settings:
        """Return settings for a copy of the warehouse in *home*, with no key and no server."""
        copytree(self.home, home)
        return settings(home)


def settings(home: Path, address: str = "http://127.0.0.1:9/v2", **told: Any) -> Settings:
    """Settings for *home*; without an address nobody answers."""
    ours: dict[str, Any] = {
        "trackingmore_base_url": address,
        "trackingmore_requests_per_second": 0,
        "parcelhouse_home": home,
    }
    return Settings(_env_file=None, **(ours | told))


def live_through(account: Sandbox, address: str, home: Path) -> Past:
    """Sync *account* three times into *home*, with a life in between."""
    ours = settings(home, address, trackingmore_api_key=account.api_key)

    def reconciled(gone: list[str]) -> None:
        with running(ours, "reconcile") as reconcile:
            ask_in_vain(reconcile)
            with reconcile.warehouse() as db, transaction(db):
                mark_deleted(
                    db,
                    reconcile.account,
                    tracking_ids=gone,
                    deleted_at=account.now,
                    run_id=reconcile.run_id,
                )

    life = live(account, synced=lambda: run(ours, sync), reconciled=reconciled)
    item = next(each for each in account.items() if each["id"] == life.refreshed)
    with running(ours, "repair") as live_repair:
        repair(live_repair, [TrackingRef.from_payload(item)], live=True)
    return Past(**vars(life), home=home)


def live(
    account: Sandbox,
    *,
    synced: Callable[[], object] = lambda: None,
    reconciled: Callable[[list[str]], object] = lambda _: None,
) -> Life:
    """Let everything happen to a new account, the same each time.

    Args:
        account: Which.
        synced: Called each of the three times that a sync is due.
        reconciled: Called with the parcels that are to be taken for deleted.
    """
    account.advance(SETTLES)
    synced()
    ids = sorted(item["id"] for item in account.items() if item["updated_at"])
    gone, (revived, shortened, mended, unreadable, refreshed), touched = (
        ids[:2],
        ids[2:7],
        ids[7:12],
    )
    account.advance(DAY)
    second_sync = account.now
    for each in touched:
        account.touch(each)
    account.put(changed(account, shortened, lambda scans: scans[1:]))
    account.put(changed(account, mended, lambda _: [5]))
    account.put(changed(account, unreadable, lambda _: "soon"))
    account.put(parcel("newcomer", created_at=stamp(account), updated_at=stamp(account)))
    account.advance(SETTLES * 4)  # what is unreadable is not to be read again with the overlap
    synced()
    account.advance(DAY)
    for each in gone:
        account.delete(each)
    reconciled([*gone, revived])
    account.advance(DAY)
    account.touch(revived)
    account.put(changed(account, mended, lambda _: [scan()]))
    account.advance(SETTLES)
    synced()
    return Life(gone, revived, shortened, mended, unreadable, refreshed, second_sync)


def new_account() -> Sandbox:
    """A resting account that is shown in pages of 25."""
    return Sandbox(60, now=NOW, lively=False, switches=Switches(max_limit=25))


def run(ours: Settings, work: Callable[[Run], object], command: str = "sync") -> Run:
    """Do *work* as a run of its own."""
    with running(ours, command) as one:
        work(one)
    return one


def ask_in_vain(one: Run) -> None:
    """Land an answer that nobody loads: a refusal."""
    try:
        one.client.tracking(TrackingRef("dhl", "000"))
    except NotFoundError:
        return
    raise AssertionError


def changed(account: Sandbox, tracking_id: str, change: Callable[[list[Any]], object]) -> Payload:
    """Return a parcel as it is, stamped now, with *change* made to the scans of its origin."""
    item = next(each for each in account.items() if each["id"] == tracking_id)
    info = item.get("origin_info") or {}
    scans = info.get("trackinfo")
    told = change(scans if isinstance(scans, list) and scans else [scan(), scan("2026-02-01")])
    item["origin_info"] = {**info, "trackinfo": told}
    item["updated_at"] = stamp(account)
    return item


def stamp(account: Sandbox) -> str:
    """Return the account's present as the API spells it."""
    return account.now.isoformat(timespec="seconds")


@contextmanager
def opened(ours: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the live warehouse."""
    with open_for_writing(ours.parcelhouse_home, "a test", patience=5) as db:
        yield db


def tables(ours: Settings, *schemas: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return every table of *schemas* (core, if none is named), its rows in a fixed order."""
    with opened(ours) as db:
        names = db.execute(
            """
            select schema_name || '.' || table_name from duckdb_tables()
            where list_contains($schemas, schema_name)
            order by all
            """,
            {"schemas": list(schemas) or ["core"]},
        ).fetchall()
        return {
            name: db.execute(f"select * from {name} order by all").fetchall() for (name,) in names
        }


def ask(ours: Settings, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of one query to the live warehouse."""
    with opened(ours) as db:
        return db.execute(query, list(values)).fetchall()
