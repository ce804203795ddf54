"""Real commands over a real warehouse beside an account that lives on meanwhile."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from unittest.mock import patch

import duckdb
from pydantic import SecretStr

from flows.errors import RefusedError, UsageError
from flows.settings import Settings
from flows.steps import backfill as backfilling
from flows.steps import ranges
from flows.steps import reconcile as reconciling
from flows.steps import sync as syncing
from flows.steps.backfill import ChosenRange
from flows.steps.ranges import PLAIN, Steps
from flows.steps.run import Run
from tests.model.fake_api import CHANGES, STATUSES, Account, Fault, Parcel, Wire
from tests.model.promises import keep
from trackingmore_v2 import client as asking
from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.errors import TrackingMoreError
from trackingmore_v2.models import Answer, Cursor
from trackingmore_v2.transport import Transport
from warehouse import catalog, ledger
from warehouse.connection import FILE, STORAGE, open_for_writing, transaction
from warehouse.landing import land

URL = "https://api.example/v2"
MOST_PARCELS = 40
# no disk: what is lost when the power fails is not this model's question
FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None


class Action(NamedTuple):
    """Something that happens in the world, to *count* parcels from the *place*-th on."""

    kind: str
    place: int = 0
    count: int = 1


class Death(NamedTuple):
    """Where a process ends without a word: at its *nth* moment, statement or commit.

    A moment is just before a question, and just before the warehouse is opened. `statement`
    is before it is executed, be it the commit; `committed` is just behind a commit.
    """

    place: str
    nth: int


class Mishaps(NamedTuple):
    """What goes wrong during one command."""

    storm: dict[int, tuple[Action, ...]] = {}  # noqa: RUF012 - never written to
    """What happens just before which moment."""
    faults: dict[int, Fault] = {}  # noqa: RUF012
    death: Death | None = None


CALM = Mishaps()


class Died(BaseException):  # noqa: N818 - nothing of a process survives to handle it
    """The process is gone."""


@dataclass
class Life:
    """One process from its first moment to its last; another one may sync beside it, once."""

    mishaps: Mishaps
    happens: Callable[[Action], None]
    committed: Callable[[duckdb.DuckDBPyConnection], None]
    seen: Counter[str] = field(default_factory=Counter)
    is_dead: bool = False

    def reaches(self, place: str) -> None:
        self.seen[place] += 1
        if self.mishaps.death == (place, self.seen[place]):
            self.is_dead = True
            raise Died

    def moment(self) -> None:
        for action in self.mishaps.storm.get(self.seen["moment"] + 1, ()):
            self.happens(action)
        self.reaches("moment")


class Mortal:
    """A connection that dies with its process."""

    def __init__(self, db: duckdb.DuckDBPyConnection, life: Life) -> None:
        self._db = db
        self._life = life

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, statement: str, *bound: Any) -> Any:
        if not self._life.is_dead:  # what was open is rolled back, as the kernel's end would
            self._life.reaches("statement")
        result = self._db.execute(statement, *bound)
        if statement == "commit":
            self._life.committed(self._db)
            self._life.reaches("committed")
        return result


@dataclass
class Process(Run):
    """A run that may die."""

    life: Life = field(kw_only=True)

    @contextmanager
    def warehouse(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self.life.moment()
        with super().warehouse() as db:
            yield Mortal(db, self.life)  # type: ignore[misc]


@cache
def _template() -> Path:
    """An empty warehouse; to make one takes longer than most commands here."""
    home = Path(tempfile.mkdtemp(prefix="parcelhouse-template-", dir=FAST))
    with open_for_writing(home, "the model") as db, transaction(db):
        catalog.ensure(db)
    return home / FILE


class World:
    """One account, one warehouse, and whoever runs the commands."""

    steps: ClassVar[Steps] = PLAIN
    reads_with_lag: ClassVar[int | None] = None  # another one than the list needs

    def __init__(self, account: Account, *, lag: int, overlap: int) -> None:
        self.account = account
        self.lag = lag
        self.home = Path(tempfile.mkdtemp(prefix="parcelhouse-model-", dir=FAST))
        shutil.copy(_template(), self.home / FILE)
        self.settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            trackingmore_api_key=SecretStr("model-key"),
            trackingmore_base_url=URL,
            parcelhouse_account="main",
            parcelhouse_home=self.home,
            parcelhouse_lag_seconds=lag if self.reads_with_lag is None else self.reads_with_lag,
            parcelhouse_overlap_seconds=overlap,
            parcelhouse_landing_days=0,  # nothing is removed: these worlds are long past
            parcelhouse_landing_gb=0,
        )
        self.asked_backfills: list[ChosenRange] = []
        self.marks: dict[str, int] = {}
        self.anchor: int | None = None
        self.done: Counter[str] = Counter()
        self.may_sync_beside = True
        self._keeper: duckdb.DuckDBPyConnection | None = None

    # --- the warehouse

    @property
    def db(self) -> duckdb.DuckDBPyConnection:
        """The warehouse, kept open so that each opening in a command is cheap."""
        if self._keeper is None:
            self._keeper = duckdb.connect(
                str(self.home / FILE), config={"storage_compatibility_version": STORAGE}
            )
            self._keeper.execute("set TimeZone = 'UTC'")
            self._keeper.execute("set threads = 1")
        return self._keeper

    def shut(self) -> None:
        """Let the file go: the next command reads it from the disk."""
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None

    def end(self) -> None:
        self.shut()
        shutil.rmtree(self.home)

    # --- commands

    def sync(self, mishaps: Mishaps = CALM) -> Process | None:
        return self._command("sync", mishaps, lambda run: syncing.sync(run, steps=self.steps))

    def backfill(self, asked: ChosenRange, mishaps: Mishaps = CALM) -> Process | None:
        self.asked_backfills.append(asked)
        return self._command(
            "backfill", mishaps, lambda run: backfilling.backfill(run, asked, steps=self.steps)
        )

    def reconcile(self, mishaps: Mishaps = CALM, *, force: bool = False) -> Process | None:
        return self._command(
            "reconcile", mishaps, lambda run: reconciling.reconcile(run, fix=True, force=force)
        )

    def _command(
        self, command: str, mishaps: Mishaps, body: Callable[[Process], Any]
    ) -> Process | None:
        """Run a command; return it if it came to its end, None where a mishap ended it."""
        db = self.db
        life = Life(mishaps, self.happen, self._look)
        run = self._process(command, life, mishaps.faults)
        clock = type("Clock", (), {"now": staticmethod(lambda _zone: self.account.local())})
        self.done[command] += 1
        self.may_sync_beside = command != "sync beside"
        try:
            with (
                patch.object(ranges, "datetime", clock),
                patch.object(backfilling, "datetime", clock),
                patch.object(reconciling, "LEAF", self.account.manners.limit),
                patch.object(asking, "NUMBERS_PER_REQUEST", 3),
            ):
                body(run)
        except Died:
            self.done[f"{command} died"] += 1
            self.shut()
            return None
        except TrackingMoreError as error:
            if not (mishaps.faults and error.retryable):
                raise
            self.done[f"{command} failed"] += 1
            return None
        except (RefusedError, UsageError):
            self.done[f"{command} refused"] += 1
            return None
        finally:
            run.client._transport.close()  # noqa: SLF001
        if run.tally.unproven_windows:
            self.done[f"{command} unproven"] += 1
        return run

    def _process(self, command: str, life: Life, faults: dict[int, Fault]) -> Process:
        account = self.account
        run_id = f"{self.done.total():05}-{command}"

        def tap(answer: Answer) -> None:
            path = land(self.settings.landing, answer, account="main", run_id=run_id)
            run.landed_paths.append(path)

        transport = Transport(
            base_url=URL,
            api_key="model-key",
            requests_per_second=0,
            tap=tap,
            clock=account.local,
            monotonic=lambda: account.passed,
            sleep=account.tick,
        )
        transport._session.mount(URL, Wire(account, life.moment, faults))  # noqa: SLF001
        run = Process(
            self.settings, command, run_id, client=TrackingMoreClient(transport), life=life
        )
        return run  # noqa: RET504 - `tap` means it

    def _look(self, db: duckdb.DuckDBPyConnection) -> None:
        """Hold the watermarks against the clock and against themselves, behind every commit."""
        before, self.marks = self.marks, ledger.watermarks(db, "main")
        self.anchor = self.marks.get(ledger.FIRST_SYNC, self.anchor)
        latest = self.account.second - self.lag
        for scope, second in self.marks.items():
            keep(second <= latest, "settled", f"{scope} is at {second}, only {latest} has settled")
        for scope in Cursor:
            was, now = before.get(scope, -1), self.marks.get(scope, -1)
            keep(was <= now, "forward", f"{scope} went back from {was} to {now}")

    # --- what happens in the account, and beside a command

    def happen(self, action: Action) -> None:
        """Let *action* happen now; what makes no sense now does not."""
        account, (kind, place, count) = self.account, action
        match kind:
            case "tick":
                account.tick(count)
            case "pause":
                account.tick(self.lag + 90 * count)
            case "clock":
                account.local_ahead = (0, 30, -30, 4000, -4000)[place % 5]
            case "insert":
                for number in range(min(count, MOST_PARCELS - len(account.parcels))):
                    status = STATUSES[(place + number) % 4 if place % 4 else 0]
                    unstamped = place % 3 == 0 or (place + number) % 4 == 0
                    account.insert(stamp=None if unstamped else account.second, status=status)
            case "update":
                for chosen in self._chosen(account.parcels, place, count):
                    account.update(chosen, CHANGES[place % len(CHANGES)], place)
            case "delete":
                for chosen in self._chosen(account.parcels, place, count):
                    account.delete(chosen)
            case "recreate":
                for chosen in self._chosen(account.graves, place, count):
                    account.recreate(chosen, stamped=place % 2 == 0)
            case "sync":
                self._beside()
            case "overtake":
                self.happen(Action("update", place, count))
                account.tick(self.lag + 2)
                self._beside()
            case _:
                raise ValueError(kind)

    def _beside(self) -> None:
        """Let another process sync while a command goes on; one a command."""
        if self.may_sync_beside:
            self.may_sync_beside = False
            self._command("sync beside", CALM, lambda run: syncing.sync(run, steps=self.steps))

    @staticmethod
    def _chosen(parcels: dict[str, Parcel], place: int, count: int) -> list[Parcel]:
        there = list(parcels.values())
        count = min(count, len(there))
        return [there[(place + number) % len(there)] for number in range(count)]
