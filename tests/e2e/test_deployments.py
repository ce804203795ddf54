"""Every schedule, deployed from its file to a real server and run by a real worker."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import duckdb
import pyarrow.parquet as pq
import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.worker import EventsWorker
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings
from prefect.states import Running, Scheduled

from flows.runner import bury_dead_runs, catch_up_once
from flows.schedules import declared, flow_of
from flows.serve import own_server
from tests.e2e.command_line import (
    KEY,
    PATIENCE,
    SETTLING,
    CommandLine,
    holding,
    live_on,
    new_account,
    parcels_in,
    parcels_of,
)
from tests.e2e.test_prefect_flow import artifacts_of, asked, eventually, logs_of, says, tasks_of
from tests.listener import Listener, listening
from trackingmore_v2.sandbox import Fault, Sandbox
from warehouse.connection import open_for_writing, seat_owner

pytestmark = pytest.mark.e2e

CHECKOUT = Path(__file__).parents[2]
PREFECT = Path(sys.executable).with_name("prefect")
SYNC = "sync-trackings/every-quarter-hour"
LOOK_BACK = "sync-trackings/nightly-look-back"
REPORT = "write-report/daily"
BACKFILL = "backfill-trackings/by-hand"


@dataclass
class Place:
    """A machine with a server and whatever a worker there needs."""

    account: Sandbox
    shell: CommandLine
    receiver: Listener
    output: Path  # of the worker

    @property
    def home(self) -> Path:
        return self.shell.home

    def prefect(self, *arguments: str) -> str:
        """Run Prefect's command in the checkout, as the instructions say."""
        done = subprocess.run(
            [PREFECT, *arguments],
            cwd=CHECKOUT,
            env=self.shell.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def automate(self) -> None:
        """Have the server watch too, with little patience."""
        subprocess.run(
            [sys.executable, "-m", "deployments.automations"],
            cwd=CHECKOUT,
            env=self.shell.environment | {"PARCELHOUSE_ALERT_AFTER_HOURS": "0.003"},
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
        )

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A worker, and an end of all that it started."""
        with (
            self.output.open("ab") as output,
            subprocess.Popen(
                [PREFECT, "worker", "start", "--pool", "parcelhouse", "--type", "process"],
                cwd=self.shell.folder,
                env=self.shell.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield
            finally:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("schedule")
    account = new_account(page=40)  # so that a backfill takes several windows
    with (
        pytest.MonkeyPatch.context() as environment,
        account.serving() as address,
        listening() as receiver,
    ):
        receiver.say({})
        environment.setenv("PREFECT_HOME", str(folder / "prefect"))
        environment.setenv("DO_NOT_TRACK", "1")
        environment.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        with (
            own_server(0, folder / "server.log") as server,
            temporary_settings(
                {PREFECT_API_URL: f"{server}/api", PREFECT_HOME: folder / "prefect"}
            ),
        ):
            shell = CommandLine.at(folder, address).having(
                PREFECT_API_URL=f"{server}/api",
                PREFECT_WORKER_QUERY_SECONDS="1",
                PREFECT_CLI_COLORS="false",
                PARCELHOUSE_HOME=str(folder / "home"),
                PARCELHOUSE_ALERT_URLS=f"http://127.0.0.1:{receiver.server_port}/hook",
                DO_NOT_TRACK="1",
            )
            yield Place(account, shell, receiver, folder / "worker.log")
            EventsWorker.drain_all()  # while there is a server to send to


@pytest.fixture(scope="module")
def deployed(place: Place) -> Place:
    """Everything in the file, deployed; nobody runs it yet."""
    place.prefect("work-pool", "create", "parcelhouse", "--type", "process")
    place.prefect("--no-prompt", "deploy", "--all", "--prefect-file", "deployments/prefect.yaml")
    for _ in range(2):  # safe to repeat
        place.automate()
    return place


@pytest.fixture(scope="module")
def missed(deployed: Place) -> list[FlowRun]:
    """Five syncs that were due while nobody worked.

    Nothing else is due: a quarter of an hour that strikes meanwhile would run a sync of its own.
    """
    asked(_pause_schedules)
    due = datetime.now(UTC) - timedelta(hours=2)
    return [trigger(SYNC, at=due + number * timedelta(minutes=15)) for number in range(5)]


@pytest.fixture(scope="module")
def working(deployed: Place, missed: list[FlowRun]) -> Iterator[Place]:
    """The same with a worker, who finds the syncs that were missed."""
    with deployed.worker():
        yield deployed


def _pause_schedules(client: Any) -> None:
    for each in client.read_deployments(limit=200):
        client.pause_deployment(each.id)


def trigger(name: str, *, at: datetime | None = None, **parameters: Any) -> FlowRun:
    def ask(client: Any) -> FlowRun:
        deployment = client.read_deployment_by_name(name)
        run: FlowRun = client.create_flow_run_from_deployment(
            deployment.id, parameters=parameters, state=Scheduled(scheduled_time=at)
        )
        return run

    return asked(ask)


def runs_of(name: str) -> set[UUID]:
    """Return the runs of one deployment: others may begin at any time, the watch above all."""

    def ask(client: Any) -> set[UUID]:
        deployment = client.read_deployment_by_name(name)
        runs = client.read_flow_runs(limit=200)
        return {run.id for run in runs if run.deployment_id == deployment.id}

    return asked(ask)


def state_of(run: FlowRun) -> tuple[StateType, str]:
    state = asked(lambda client: client.read_flow_run(run.id)).state
    assert state is not None
    return state.type, state.name


def reached(run: FlowRun, good: Callable[[StateType, str], bool]) -> tuple[StateType, str]:
    return eventually(lambda: state_of(run), lambda state: good(*state))


def finished(run: FlowRun) -> StateType:
    kind, _ = reached(
        run, lambda kind, _: kind.name in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
    )
    return kind


def messages(place: Place, *, after: int | None = None) -> list[dict[str, Any]]:
    """Return what people were told of the sync, but the first *after*; waits if so asked."""

    def ours() -> list[dict[str, Any]]:
        heard = [each.body for each in place.receiver.heard]
        return [each for each in heard if "the last sync failed" in each["message"]][after:]

    return ours() if after is None else eventually(ours, bool)


def named(run: FlowRun) -> str:
    return asked(lambda client: client.read_flow_run(run.id)).name


def test_what_is_deployed_is_what_is_written_down(deployed: Place) -> None:
    def ask(client: Any) -> dict[str, Any]:
        found = client.read_deployments(limit=200)
        flows = {each.id: client.read_flow(each.flow_id).name for each in found}
        return {f"{flows[each.id]}/{each.name}": each for each in found}

    held = asked(ask)
    entries = {f"{flow_of(entry).name}/{entry['name']}": entry for entry in declared()}
    assert set(held) == set(entries)
    for name, entry in entries.items():
        it = held[name]
        assert (it.description, it.tags) == (entry["description"], entry["tags"])
        assert it.parameters == entry.get("parameters", {})
        assert it.enforce_parameter_schema
        assert it.global_concurrency_limit.limit == 1
        strategy = it.concurrency_options.collision_strategy.value
        assert strategy == entry["concurrency_limit"]["collision_strategy"]
        assert [
            (one.schedule.cron, one.schedule.timezone, one.slug, one.active) for one in it.schedules
        ] == [
            (one["cron"], "UTC", one["slug"], one.get("active", True))
            for one in entry.get("schedules", [])
        ]
        assert it.job_variables == {}


def test_who_serves_begins_without_a_backlog_and_without_the_dead(deployed: Place) -> None:
    missed = datetime.now(UTC) - timedelta(hours=3)
    late = [trigger(name, at=missed) for name in (LOOK_BACK, LOOK_BACK, REPORT)]
    newest = trigger(LOOK_BACK, at=missed + timedelta(hours=1))
    dead = trigger(LOOK_BACK)
    ahead = trigger(LOOK_BACK, at=datetime.now(UTC) + timedelta(hours=1))

    def ask(client: Any) -> tuple[int, int]:
        client.set_flow_run_state(dead.id, Running(), force=True)
        served = list({run.deployment_id for run in late})
        return catch_up_once(client, served), bury_dead_runs(client, served)

    assert asked(ask) == (2, 1)
    ends = [state_of(run)[0].name for run in (*late, newest, dead, ahead)]
    assert ends == ["CANCELLED", "CANCELLED", "SCHEDULED", "SCHEDULED", "CRASHED", "SCHEDULED"]
    for run in (*late, newest, dead, ahead):
        asked(lambda client, run=run: client.delete_flow_run(run.id))


def test_of_the_syncs_missed_while_nobody_worked_one_catches_up(
    working: Place, missed: list[FlowRun]
) -> None:
    ends = Counter(finished(run) for run in missed)
    # on SQLite the server may answer one of them so late that the first has ended by then
    assert ends[StateType.CANCELLED] >= 3
    assert ends[StateType.COMPLETED] == 5 - ends[StateType.CANCELLED] > 0
    assert parcels_in(working.shell.lacking("PREFECT_API_URL")) == parcels_of(working.account)


def test_a_scheduled_sync_that_finds_one_running_is_not_needed(working: Place) -> None:
    live_on(working.account, touched=5)
    with holding(working.account) as hold:
        first = trigger(SYNC)
        assert hold.arrived.wait(PATIENCE)
        second = trigger(SYNC)
        assert finished(second) is StateType.CANCELLED
        assert state_of(first)[0] is StateType.RUNNING
        hold.release()
    assert finished(first) is StateType.COMPLETED
    assert parcels_in(working.shell) == parcels_of(working.account)
    name = named(first)
    assert name.startswith("sync main, 20")
    assert name.endswith(" UTC")
    (artifact,) = artifacts_of(first)
    assert (artifact.key, artifact.type) == ("sync-summary", "table")
    for what in ("windows", "rows_read", "requests", "waited_seconds", "quarantined"):
        assert f'"what": "{what}"' in str(artifact.data)
    kinds = Counter(task.task_key.split("-")[0] for task in tasks_of(first, at_least=4))
    assert kinds["read"] == kinds["load"] >= 2
    loaded = ("loaded run=", " low=20")
    assert any(says(line, *loaded) for line in logs_of(first, saying=loaded))


def test_a_backfill_waits_for_the_one_before_it_and_says_what_it_read(working: Place) -> None:
    low, high = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC)
    with holding(working.account) as hold:
        first = trigger(BACKFILL, since=low.isoformat(), until=high.isoformat())
        assert hold.arrived.wait(PATIENCE)
        second = trigger(BACKFILL, since=low.isoformat())
        assert reached(second, lambda _, name: name == "AwaitingConcurrencySlot")[1] == (
            "AwaitingConcurrencySlot"
        )
        hold.release()
    assert finished(first) is StateType.COMPLETED
    assert named(first) == f"backfill main, 2020-01-01 00:00 to {high:%Y-%m-%d %H:%M} UTC"
    left = {each.type: each for each in artifacts_of(first)}
    assert set(left) == {"progress", "table"}
    assert (left["table"].key, left["progress"].data) == ("backfill-summary", 100.0)
    told = "select windows, rows_read from ops.runs where command = 'backfill' and windows > 0"
    ((windows, rows),) = working.shell.ask(told)
    assert windows >= 3
    assert rows >= len(parcels_of(working.account))
    # the server lets it go on after half a minute: not waited for here
    asked(lambda client: client.delete_flow_run(second.id))


@pytest.mark.parametrize(
    "parameters",
    [{}, {"since": "soon"}, {"since": None}, {"since": "2026-01-01", "until": "never"}],
)
def test_a_backfill_of_nothing_sensible_is_refused_before_it_is_a_run(
    working: Place, parameters: dict[str, Any]
) -> None:
    before = runs_of(BACKFILL)
    with pytest.raises(PrefectHTTPStatusError, match=r"409|422"):
        trigger(BACKFILL, **parameters)
    assert runs_of(BACKFILL) == before


def test_runs_of_two_deployments_take_turns_at_the_writers_seat(working: Place) -> None:
    live_on(working.account, touched=3)
    with open_for_writing(working.home, "a test"):
        both = [trigger(SYNC), trigger(LOOK_BACK)]
        for run in both:
            assert reached(run, lambda kind, _: kind is StateType.RUNNING)[0] is StateType.RUNNING
        assert "a test" in str(seat_owner(working.home))
    assert [finished(run) for run in both] == [StateType.COMPLETED] * 2
    assert parcels_in(working.shell) == parcels_of(working.account)


def test_a_failed_run_is_told_at_once_and_once_and_so_is_its_end(working: Place) -> None:
    told = len(messages(working))
    working.account.script(Fault("refusal", code=4001))
    failed = trigger(SYNC)
    assert finished(failed) is StateType.FAILED
    (message,) = messages(working, after=told)
    assert message["title"] == "Parcelhouse main: 1 alert"
    assert "the last sync failed: " in message["message"]
    assert "4001" in message["message"]

    # the server has had it start the watch, who finds that people know; it may do so twice:
    # its events are delivered at least once
    name = named(failed)

    def started() -> list[FlowRun]:
        runs = asked(lambda client: client.read_flow_runs(limit=200))
        return [run for run in runs if f"{name}: Failed" in str(run.parameters)]

    for watch in eventually(started, bool):
        assert finished(watch) is StateType.COMPLETED
    assert len(messages(working, after=told)) == 1
    working.account.advance(SETTLING)
    assert finished(trigger(SYNC)) is StateType.COMPLETED
    (message,) = messages(working, after=told + 1)
    assert message["title"] == "Parcelhouse main: 1 over"


def test_the_server_itself_misses_a_sync(working: Place) -> None:
    names = sorted(each.name for each in asked(lambda client: client.read_automations()))
    assert names == [
        "parcelhouse: no sync",
        "parcelhouse: runs that ended badly",
        "parcelhouse: runs without a sign of life",
    ]
    # eleven seconds without a sync that ended well are over by now
    said = eventually(
        lambda: [str(each.body) for each in working.receiver.heard],
        lambda heard: any("No sync has ended well" in each for each in heard),
    )
    assert any("No sync has ended well" in each for each in said)


def test_the_report_is_written_beside_what_is_published(working: Place) -> None:
    assert finished(trigger(REPORT)) is StateType.COMPLETED
    page = working.home / "published" / "report.html"
    assert page.read_text("utf-8").startswith("<!")


def test_nothing_that_is_left_anywhere_holds_the_key(working: Place) -> None:
    shell = working.shell
    spoilt = working.account.items()[0]
    working.account.put(spoilt | {"title": f"for {KEY}"})
    working.account.touch(spoilt["id"])
    working.account.advance(SETTLING)
    with listening() as echo:
        echo.say(None, code=4001, message=f"no such key: {KEY}")
        address = f"http://127.0.0.1:{echo.server_port}/v2"
        mistaken = shell.having(TRACKINGMORE_BASE_URL=address)
        for arguments in (["sync"], ["sync", "--debug"], ["sync", "--json"], ["doctor"]):
            mistaken.run(*arguments)  # looks for the key in what it says
        assert len(echo.heard) >= 4
    asked(lambda _: cast("Any", Secret(value=KEY)).save("trackingmore", overwrite=True))
    blocked = shell.lacking("TRACKINGMORE_API_KEY").having(PARCELHOUSE_API_KEY_BLOCK="trackingmore")
    assert blocked.run("sync").returncode == 0
    titles = f"select title from core.trackings where tracking_id = '{spoilt['id']}'"
    assert shell.ask(titles) == [("for ***",)]
    missing = blocked.having(PARCELHOUSE_API_KEY_BLOCK="elsewhere").run("sync")
    assert "PARCELHOUSE_API_KEY_BLOCK cannot be used" in missing.stderr.splitlines()[-1]
    shell.run("alerts", "--json")
    shell.run("status", "--prometheus")
    held = dict(texts_in(shell.folder))
    assert {"prefect.db", "warehouse.duckdb", "worker.log", "server.log"} <= {
        path.name for path in held
    }
    assert any(path.suffix == ".parquet" for path in held)
    held[Path("answers")] = "".join(answers())
    held[Path("heard")] = str(working.receiver.heard)
    assert "sync-summary" in held[Path("answers")]
    assert [str(path) for path, text in held.items() if KEY in text] == []


def texts_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield what every file below *folder* says, unpacked where it is packed."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        text = path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            text += str(pq.read_table(path).to_pylist())  # type: ignore[no-untyped-call]
        if path.suffix == ".duckdb":
            with duckdb.connect(str(path), read_only=True) as db:
                names = db.execute(
                    "select schema_name || '.' || table_name from duckdb_tables()"
                ).fetchall()
                text += "".join(str(db.execute(f"from {name}").fetchall()) for (name,) in names)
        if path.suffix == ".db":
            with sqlite3.connect(path) as db:
                text += "\n".join(db.iterdump())
        yield path, text


def answers() -> Iterator[str]:
    """Yield what the server tells whoever asks."""
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(limit=200):
            yield run.model_dump_json()
            only = FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
            for task in client.read_task_runs(flow_run_filter=only):
                yield task.model_dump_json()
            for line in logs_of(run):
                yield line.model_dump_json()
            for artifact in artifacts_of(run):
                yield artifact.model_dump_json()
        for deployment in client.read_deployments(limit=200):
            yield deployment.model_dump_json()
