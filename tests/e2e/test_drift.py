"""The real command reads an account that changes hundreds of times a second, and loses nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic
from typing import Any, get_args, get_type_hints

import pytest

from tests.e2e.command_line import KEY, CommandLine
from tests.truth import assert_true, differences
from trackingmore_v2.sandbox import Sandbox, Switches
from warehouse.connection import FILE, open_read_only

pytestmark = pytest.mark.e2e

ORDERS = get_args(get_type_hints(Switches)["order"])
PARCELS = 480
PAGE = 60
CHANGES_PER_SECOND = 200
BUSY = 130  # parcels that change all the time
PER_REQUEST = 9  # parcels that change with a request, and never again
DELETED_AT_MOST = 30  # fewer than the tenth of the account at which reconcile hesitates
VISIBILITY_DELAY = 1  # seconds until the list shows a change, at most
LAG = 3  # the delay, the second that a stamp is rounded down by, and one to spare


@dataclass
class Traffic:
    """What has happened to an account so far.

    A few busy parcels change all the time. The others change once, a few of them with each
    request: whoever misses that change misses it for good.
    """

    account: Sandbox
    dice: Random
    changes: int = 0
    known: set[str] = field(default_factory=set)  # ids of every parcel there ever was
    deleted: set[str] = field(default_factory=set)
    quiet: list[str] = field(default_factory=list)  # ids of those that are still to change

    def __post_init__(self) -> None:
        self.quiet = [item["id"] for item in self.account.items()]
        self.dice.shuffle(self.quiet)
        self.known = set(self.quiet)
        self.busy = [self.quiet.pop() for _ in range(BUSY)]
        self._answered = self.account.request_count

    def go_on(self, changes: int) -> None:
        """Change that many parcels; the clock makes a small step now and then."""
        requests = self.account.request_count - self._answered
        self._answered += requests
        once = [self.quiet.pop() for _ in range(min(PER_REQUEST * requests, len(self.quiet)))]
        busy = self.dice.choices(self.busy, k=max(changes - len(once), 0))
        for tracking_id in once + busy:
            self.account.touch(tracking_id)
        self.changes += len(once + busy)
        for _ in range(self.dice.randint(0, min(requests, 4))):
            self._put()
        if requests and self.quiet and len(self.deleted) < DELETED_AT_MOST:
            tracking_id = self.quiet.pop()
            self.account.delete(tracking_id)
            self.deleted.add(tracking_id)
        if self.dice.random() < 0.1:
            self.account.advance(timedelta(milliseconds=self.dice.randint(1, 400)))

    def _put(self) -> None:
        """Register a parcel; of some, no update is ever known."""
        now = self.account.now.isoformat(timespec="seconds")
        name = f"new {len(self.known)}"
        tracking_id = md5(name.encode(), usedforsecurity=False).hexdigest()
        self.known.add(tracking_id)
        self.account.put(
            {
                "id": tracking_id,
                "tracking_number": f"NEW{len(self.known):08}",
                "carrier_code": "dhl",
                "status": "pending",
                "created_at": now,
                "updated_at": self.dice.choice([now, None]),
                "origin_info": {"carrier_code": "dhl", "trackinfo": []},
                "destination_info": None,
            }
        )


@contextmanager
def flowing(traffic: Traffic) -> Iterator[None]:
    """Let the account change all the while, from a thread of its own."""
    done, errors = Event(), list[BaseException]()

    def change() -> None:
        began, before = monotonic(), traffic.changes
        try:
            while not done.wait(0.03):
                due = int((monotonic() - began) * CHANGES_PER_SECOND)
                traffic.go_on(max(due - (traffic.changes - before), 5))
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=change)
    thread.start()
    began, before = monotonic(), traffic.changes
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert errors == []
    assert traffic.changes - before > 100 * (monotonic() - began), "hundreds a second"


class Sparse(dict[str, Any]):
    """A payload whose absent fields read as null."""

    def __missing__(self, name: str) -> None:
        return None


@contextmanager
def drifting(folder: Path, order: Any) -> Iterator[tuple[Traffic, CommandLine]]:
    """Yield an account that changed during two syncs, and its reader; it is quiet now."""
    account = Sandbox(
        PARCELS,
        now=datetime.now(UTC) - timedelta(minutes=5),
        api_key=KEY,
        lively=False,
        clock_rate=1.0,
        switches=Switches(order=order, max_limit=PAGE, visibility_delay_seconds=VISIBILITY_DELAY),
    )
    account.advance(timedelta(minutes=5))
    traffic = Traffic(account, Random(order))
    with account.serving() as address:
        # no look-back: it would cover up for whatever the windows alone had lost
        shell = CommandLine.at(
            folder,
            address,
            PARCELHOUSE_LAG_SECONDS=str(LAG),
            PARCELHOUSE_OVERLAP_SECONDS="0",
            PARCELHOUSE_LAKE="false",
        )
        with flowing(traffic):
            first, second = shell.json("sync"), shell.json("sync")
        # what happened last becomes visible, and settles
        account.advance(timedelta(seconds=LAG + VISIBILITY_DELAY + 1))
        assert shell.json("sync")["unproven_windows"] == 0
        yield traffic, shell
    assert first["windows"] + second["windows"] > PARCELS / PAGE, "many windows"
    assert PARCELS - len(traffic.quiet) - BUSY > PARCELS / 4, "many that changed once"


def truth(traffic: Traffic) -> list[Sparse]:
    """Return what the account holds, which is what became of all that was ever in it."""
    items = [Sparse(item) for item in traffic.account.items()]
    assert {item["id"] for item in items} == traffic.known - traffic.deleted
    return items


@pytest.mark.parametrize("order", ORDERS)
def test_what_changes_while_it_is_read_is_neither_missed_nor_stale_nor_wrong(
    tmp_path: Path, order: Any
) -> None:
    with drifting(tmp_path, order) as (traffic, shell), open_read_only(shell.home / FILE) as db:
        assert_true(db, truth(traffic), gone=traffic.deleted)
        for check in ("repeated_trackings", "repeated_events", "miscounted_events"):
            assert db.execute(f"from checks.{check}").fetchall() == []


def test_what_was_deleted_while_it_was_read_is_found_by_reconcile_and_by_nobody_before(
    tmp_path: Path,
) -> None:
    with drifting(tmp_path, "random") as (traffic, shell):
        items = truth(traffic)
        with open_read_only(shell.home / FILE) as db:
            ghosts = list(differences(db, items))
        assert ghosts != []
        assert all("is in the warehouse only" in each for each in ghosts)
        mended = shell.json("reconcile", "--fix")
        assert (mended["agrees"], mended["deleted"]) == (True, len(ghosts))
        left = shell.ask("select tracking_id from core.live_trackings")
        assert {tracking_id for (tracking_id,) in left} == {item["id"] for item in items}
