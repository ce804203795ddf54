"""One run of a command: who it is, what it reads with, what it has done so far."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import duckdb

from flows.settings import Settings
from flows.steps.tally import Tally
from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.models import Answer, Page
from trackingmore_v2.transport import Transport
from warehouse import catalog, ledger
from warehouse.connection import open_for_writing, transaction
from warehouse.landing import land
from warehouse.publish import publish


@dataclass
class Run:
    """One run of one command over one account.

    `notices` are sentences for the summary by what they are about. `landed_paths` collects what
    the client lands; `read_pages` keeps the answer that was just read, so that loading it in the
    same process does not parse it a second time.
    """

    settings: Settings
    command: str
    run_id: str
    client: TrackingMoreClient
    tally: Tally = field(default_factory=Tally)
    notices: dict[str, str] = field(default_factory=dict)
    landed_paths: list[Path] = field(default_factory=list)
    read_pages: dict[Path, Page] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The account that leads every key."""
        return self.settings.parcelhouse_account

    @contextmanager
    def warehouse(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the warehouse for writing; to be held for seconds, not for a whole run."""
        owner = f"{self.command} {self.run_id}"
        with open_for_writing(self.settings.parcelhouse_home, owner) as db:
            yield db

    @property
    def needs_attention(self) -> bool:
        """Whether the run is done, but something needs a person."""
        return bool(self.tally.unproven_windows or self.tally.quarantined)

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
def running(settings: Settings, command: str) -> Iterator[Run]:
    """Yield a run that is entered in ops.runs from its beginning to its end, then publish.

    However it ends, what it has committed stays, and its row says how it ended. (A process that
    is killed leaves its row as running; the next run of the command closes it.)

    Raises:
        SettingsError: there is no API key.
    """
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}"
    run: Run

    def tap(answer: Answer) -> None:
        path = land(settings.landing, answer, account=run.account, run_id=run_id)
        run.landed_paths.append(path)

    with Transport(
        base_url=settings.trackingmore_base_url,
        api_key=settings.api_key,
        requests_per_second=settings.trackingmore_requests_per_second,
        tap=tap,
    ) as transport:
        run = Run(settings, command, run_id, TrackingMoreClient(transport))
        with run.warehouse() as db, transaction(db):
            catalog.ensure(db)
            ledger.close_dead_runs(db, run.account, command, at=datetime.now(UTC))
            ledger.begin_run(db, run.account, run_id, command=command, at=datetime.now(UTC))
        try:
            yield run
        except BaseException as error:
            with run.warehouse() as db:
                _enter_end(db, run, "failed", error=f"{type(error).__name__}: {error}")
            raise
        with run.warehouse() as db:
            _enter_end(db, run, "attention" if run.needs_attention else "done")
            publish(db, settings.parcelhouse_home)


def _enter_end(
    db: duckdb.DuckDBPyConnection, run: Run, state: str, *, error: str | None = None
) -> None:
    values = {
        "state": state,
        "error": error.splitlines()[0] if error else None,
        "finished_at": datetime.now(UTC),
        **asdict(run.tally),
        **run.costs(),
    }
    with transaction(db):
        ledger.update_run(db, run.account, run.run_id, values)
