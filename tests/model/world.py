"""Real commands over a real warehouse beside an account that lives on meanwhile."""

import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
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
from flows.steps.load import load_window
from flows.steps.ranges import Steps, stored_at_once
from tests.model.account import CHANGES, STATUSES, Account, Parcel
from tests.model.process import CALM, Action, Died, Life, Mishaps, Process
from tests.model.verdict import keep
from tests.model.wire import Fault, Wire
from trackingmore_v2 import client as asking
from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.errors import TrackingMoreError
from trackingmore_v2.models import Answer, Cursor
from trackingmore_v2.transport import Transport
from warehouse import catalog, ledger
from warehouse.connection import FILE, STORAGE, open_for_writing, transaction
from warehouse.landing import land

URL = "https://api.example/v2"
MOST_PARCELS = 30
# no disk: what is lost when the power fails is not this model's question
FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None


@cache
def _template() -> bytes:
    """An empty warehouse's file; to make one takes longer than most commands here."""
    with tempfile.TemporaryDirectory(prefix="parcelhouse-template-", dir=FAST) as folder:
        with open_for_writing(Path(folder), "the model") as db, transaction(db):
            catalog.ensure(db)
        return (Path(folder) / FILE).read_bytes()


class World:
    """One account, one warehouse, and whoever runs the commands."""

    # one thread: what dies where is to be the same each time
    steps: ClassVar[Steps] = Steps(storing=stored_at_once(load_window))
    reads_with_lag: ClassVar[int | None] = None  # another one than the list needs

    def __init__(self, account: Account, *, lag: int, overlap: int) -> None:
        self.account = account
        self.lag = lag
        template = _template()
        self.home = Path(tempfile.mkdtemp(prefix="parcelhouse-model-", dir=FAST))
        (self.home / FILE).write_bytes(template)
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
            parcelhouse_lake=False,
        )
        self.asked_backfills: list[ChosenRange] = []
        self.marks: dict[str, int] = {}
        self.anchor: int | None = None
        self.done: Counter[str] = Counter()
        self.stored: defaultdict[str, set[str]] = defaultdict(set)
        """Every version that a commit has left behind: hashes by id."""
        self.may_sync_beside = True
        self._keeper: duckdb.DuckDBPyConnection | None = None

    # --- the warehouse

    @property
    def db(self) -> duckdb.DuckDBPyConnection:
        """The warehouse, for whoever looks at it between two commands."""
        return self._open()

    def _open(self) -> duckdb.DuckDBPyConnection:
        """Keep the file open, so that each opening in a command is cheap."""
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
        self._open()
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
            run.client._transport.close()
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
            chance=account.dice.random,  # the process's own is drawn from by other threads too
        )
        transport._session.mount(URL, Wire(account, life.moment, faults))
        client = TrackingMoreClient(transport)
        run = Process(self.settings, command, run_id, client=client, life=life)
        return run

    def _look(self, db: duckdb.DuckDBPyConnection) -> None:
        """Note what every commit leaves; hold the watermarks against the clock and themselves."""
        held = db.execute("select tracking_id, payload_hash from core.trackings").fetchall()
        for tracking_id, hashed in held:
            self.stored[tracking_id].add(hashed)
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
                if account.born_in(account.second) > account.manners.limit:
                    account.tick(1)  # one crowd in a second costs enough requests
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
                self.happen(Action("update", 2 * place + 1, count))
                account.tick(self.lag + 2)
                self._beside()
            case _:
                raise ValueError(kind)

    def _beside(self) -> None:
        """Let another process sync while a command goes on; one a command."""
        if self.may_sync_beside:
            self.may_sync_beside = False
            self._command("sync beside", CALM, lambda run: syncing.sync(run, steps=self.steps))

    def _chosen(self, parcels: dict[str, Parcel], place: int, count: int) -> list[Parcel]:
        """Return *count* of *parcels*; from odd places on, of those that were just read."""
        there = [parcels[key] for key in self.account.shown if key in parcels] if place % 2 else []
        there = there or list(parcels.values())
        count = min(count, len(there))
        return [there[(place + number) % len(there)] for number in range(count)]
