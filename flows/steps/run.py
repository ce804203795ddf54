"""One run of a command: who it is, what it reads with, what it has done so far."""

import gc
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa

from flows.settings import Settings
from flows.steps import ahead
from flows.steps.personal_data import settle_landed, settled_masker
from flows.steps.tally import Tally
from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.models import Answer, Page
from trackingmore_v2.transport import Transport
from transforms.personal.masker import KEEP, Masker
from warehouse import catalog, materialised, runs
from warehouse.connection import open_for_writing, transaction
from warehouse.errors import WarehouseError
from warehouse.kept_open import KeptOpen
from warehouse.lake_ahead import LakeAhead
from warehouse.landing import land
from warehouse.masked_files import masked_answer
from warehouse.masking_rest import registered_shipments
from warehouse.publish import Published, publish
from warehouse.quarantine import waiting


@dataclass
class LocalRun:
    """One run of one command over one account, with what is here and without the API.

    `notices` are sentences for the summary by what they are about; `has_doubts` says that one
    of them needs a person; `published` is what readers have once the run has ended well. `turn`
    is held while the warehouse is open: whoever writes in other threads of this process is waited
    for, however long that takes; `lacks_views` says that it is new, and whoever asks for it next
    finds them made. `masker` is what is done to persons before anything is written;
    `is_rewriting` says that what is stored is to be brought in line with it first. `lake_ahead`
    holds files of the lake that were written before it is published.
    """

    settings: Settings
    command: str
    run_id: str
    tally: Tally = field(default_factory=Tally)
    notices: dict[str, str] = field(default_factory=dict)
    has_doubts: bool = False
    turn: AbstractContextManager[object] = field(default_factory=nullcontext, repr=False)
    published: Published | None = None
    lacks_views: bool = False
    masker: Masker = KEEP
    is_rewriting: bool = False
    lake_ahead: LakeAhead | None = field(default=None, repr=False)

    @property
    def account(self) -> str:
        """The account that leads every key."""
        return self.settings.parcelhouse_account

    @property
    def owner(self) -> str:
        """Who sits at the warehouse, for those who wait."""
        return f"{self.command} {self.run_id}"

    @contextmanager
    def warehouse(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the warehouse for writing; to be held for seconds, not for a whole run."""
        with self.tables() as db:
            if self.lacks_views:
                with transaction(db):
                    catalog.ensure(db)
                self.lacks_views = False
            yield db

    @contextmanager
    def tables(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield it in the same way; in a new one, views and comments may be still to be made."""
        with self.turn, open_for_writing(self.settings.parcelhouse_home, self.owner) as db:
            yield db

    @property
    def needs_attention(self) -> bool:
        """Whether the run is done, but something needs a person."""
        return self.has_doubts or bool(self.tally.unproven_windows or self.tally.quarantined)

    @property
    def has_room(self) -> bool:
        """Whether it may take memory to be sooner done: a sync of little is to hold little."""
        return True

    def costs(self) -> dict[str, int | float]:
        """Return what the run's requests cost, under the names of ops.runs."""
        return {"requests": 0, "bytes_received": 0, "retries": 0, "waited_seconds": 0.0}


@dataclass
class Run(LocalRun):
    """A run that asks the API.

    `landed_paths` collects what the client lands; `landed_by` tells what was done to persons in
    what is not loaded yet, and `is_outdated` that the policy for them has become another.
    `flattened` holds the rows of answers that were just read: they are made in other threads
    while the next answer is on its way. `is_filling` says that most of what will be stored is
    its work.
    """

    client: TrackingMoreClient = field(kw_only=True)
    flattening: Executor | None = field(default=None, repr=False)
    landed_paths: list[Path] = field(default_factory=list)
    landed_by: dict[Path, Masker] = field(default_factory=dict, repr=False)
    is_outdated: bool = False
    flattened: dict[Path, ahead.Ahead] = field(default_factory=dict, repr=False)
    is_filling: bool = False
    kept_open: KeptOpen = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Sit down at the warehouse for the first time when it is asked for."""
        self.kept_open = KeptOpen(self.settings.parcelhouse_home, self.owner, turn=self.turn)

    @contextmanager
    def tables(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the tables for writing; they stay open a moment, for who asks again at once."""
        with self.kept_open.warehouse(is_filling=self.is_filling) as db:
            yield db

    @property
    def has_room(self) -> bool:
        """Whether it may take memory to be sooner done."""
        return self.is_filling

    def flatten_ahead(self, path: Path, page: Page) -> None:
        """Begin to flatten the answer landed as *path*, for whoever loads it in this process."""
        # where something is masked, what is stored is what is landed, not what was read
        if self.flattening is not None and self.masker.is_idle:
            self.flattened[path] = ahead.begin(
                self.flattening, page, account=self.account, run_id=self.run_id
            )

    def now(self) -> datetime:
        """Return the server's time, or the local one while no answer has told it."""
        return self.client.server_now() or datetime.now(UTC)

    def costs(self) -> dict[str, int | float]:
        """Return what the run's requests cost, under the names of ops.runs."""
        usage = self.client.usage
        return {
            "requests": usage.requests,
            "bytes_received": usage.bytes_received,
            "retries": usage.retries,
            "waited_seconds": round(usage.waited_seconds, 3),
        }


@contextmanager
def running(
    settings: Settings, command: str, *, turn: AbstractContextManager[object] | None = None
) -> Iterator[Run]:
    """Yield a run that is entered in ops.runs from its beginning to its end, then publish.

    However it ends, what it has committed stays, and its row says how it ended. (A process that
    is killed leaves its row as running; the next run of the command closes it.)

    Args:
        settings: Whose account.
        command: What it is called in ops.runs.
        turn: Held while it writes, where several runs of one process take turns.

    Raises:
        SettingsError: there is no API key, or none to hash personal data with.
        RefusedError: what is stored of persons is kept otherwise than the settings want.
    """
    run_id = _new_id()
    run: Run

    def tap(answer: Answer) -> Answer:
        masker = run.masker  # another thread may exchange it meanwhile
        masked = masked_answer(masker, answer)
        path = land(settings.landing, masked, account=run.account, run_id=run_id)
        run.landed_by[path] = masker
        run.landed_paths.append(path)
        return masked

    # Arrow's own allocator keeps what each thread has let go of: 50 MB more, and no faster.
    pa.set_memory_pool(pa.system_memory_pool())
    flattening = ThreadPoolExecutor(1, thread_name_prefix="flatten")
    with (
        _what_is_loaded_left_alone(),
        flattening,
        Transport(
            base_url=settings.trackingmore_base_url,
            api_key=settings.api_key,
            requests_per_second=settings.trackingmore_requests_per_second,
            tap=tap,
            withhold=lambda text: run.masker.body_shown(text),
        ) as transport,
    ):
        run = Run(
            settings,
            command,
            run_id,
            turn=turn or nullcontext(),
            client=TrackingMoreClient(transport),
            flattening=flattening,
            lake_ahead=LakeAhead(settings.parcelhouse_home, run_id)
            if settings.parcelhouse_lake
            else None,
        )
        with closing(run.kept_open):
            try:
                with _entered(run):
                    yield run
            finally:
                settle_landed(run)
                if run.lake_ahead is not None:
                    run.lake_ahead.discard()


@contextmanager
def local_run(
    settings: Settings, command: str, *, is_rewriting: bool = False
) -> Iterator[LocalRun]:
    """Yield a run that needs neither key nor network, with all that `running` promises.

    With *is_rewriting* it is one that brings what is stored in line with the settings: it may
    begin where others are refused, and what it publishes keeps no version before.
    """
    run = LocalRun(settings, command, _new_id(), is_rewriting=is_rewriting)
    with _entered(run):
        yield run


@contextmanager
def _what_is_loaded_left_alone() -> Iterator[None]:
    """Keep the garbage collector from looking through all modules, 50 ms in the midst of a run."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _new_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}"


@contextmanager
def _entered(run: LocalRun) -> Iterator[None]:
    """Keep the run's row in ops.runs; bring the marts up to date and publish if it ends well.

    Once, at its end: a first sync would pay for the marts with every window.
    """
    with run.tables() as db, transaction(db):
        run.lacks_views = not catalog.ensure_tables(db)
        run.masker = settled_masker(db, run)
        runs.close_dead_runs(db, run.account, run.command, at=datetime.now(UTC))
        runs.begin_run(db, run.account, run.run_id, command=run.command, at=datetime.now(UTC))
    try:
        yield
        with run.warehouse() as db:
            with transaction(db):
                registered_shipments(db, run.account, run.masker)
            materialised.refresh_in_portions(db)
    except BaseException as error:
        said = f"{type(error).__name__}: {error}".rstrip(": ")
        # a full disk that ended the run also keeps its end from being entered: say the former
        with suppress(WarehouseError, duckdb.Error), run.warehouse() as db:
            _enter_end(db, run, "failed", error=run.masker.words(said))
        raise
    with run.warehouse() as db:
        # however many runs ago it was sent: as long as it waits, it needs a person
        run.tally.quarantined = len(waiting(db, run.account))
        _enter_end(db, run, "attention" if run.needs_attention else "done")
        run.published = publish(
            db,
            run.settings.parcelhouse_home,
            run_id=run.run_id,
            with_lake=run.settings.parcelhouse_lake,
            keep=timedelta(minutes=run.settings.parcelhouse_lake_keep_minutes),
            forget_old=run.is_rewriting,
            ahead=run.lake_ahead.files if run.lake_ahead else None,
            by_two=run.has_room,
        )


def _enter_end(
    db: duckdb.DuckDBPyConnection, run: LocalRun, state: str, *, error: str | None = None
) -> None:
    values = {
        "state": state,
        "error": error.splitlines()[0] if error else None,
        "finished_at": datetime.now(UTC),
        **asdict(run.tally),
        **run.costs(),
    }
    with transaction(db):
        runs.update_run(db, run.account, run.run_id, values)
