"""The sync as a flow: a real server records it, repeats what may pass, and never sees the key."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import Artifact, FlowRun, Log, StateType, TaskRun
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.worker import EventsWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_HOME,
    PREFECT_SERVER_ANALYTICS_ENABLED,
    PREFECT_SERVER_DATABASE_CONNECTION_URL,
    temporary_settings,
)
from prefect.testing.utilities import prefect_test_harness

from flows import dress
from flows.sync import sync_trackings
from tests.e2e.command_line import KEY, PATIENCE, CommandLine, live_on, parcels_in, parcels_of
from trackingmore_v2 import transport
from trackingmore_v2.errors import AuthenticationError, ServerError
from trackingmore_v2.sandbox import Fault, Sandbox

pytestmark = pytest.mark.e2e

INNER_RING = 5  # attempts of the transport before a task hears of an error
FIGURES = ("windows", "rows_read", "trackings_inserted", "events_inserted", "requests", "state")
WRONG_KEY = "tm-wrong-0123456789abcdef"

Seen = TypeVar("Seen")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start a Prefect server of this session's own; yields the folder of its database."""
    EventsWorker.drain_all()  # what another server of this process was sent goes to that one
    with (
        temporary_settings(
            {
                PREFECT_HOME: tmp_path_factory.mktemp("prefect"),
                PREFECT_SERVER_ANALYTICS_ENABLED: False,
            }
        ),
        prefect_test_harness(server_startup_timeout=180),
    ):
        address = str(PREFECT_SERVER_DATABASE_CONNECTION_URL.value())
        yield Path(address.removeprefix("sqlite+aiosqlite:///")).parent


@pytest.fixture
def reader(server: Path, shell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Somebody whose settings are this process's own too: the flows run in it."""
    for name, value in shell.environment.items():
        if name.startswith(("TRACKINGMORE_", "PARCELHOUSE_")):
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(shell.folder)
    return shell


@pytest.fixture
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the waiting out of both rings of retries, and leave the rings."""
    monkeypatch.setattr(dress, "READ_RETRY_SECONDS", [0.0] * len(dress.READ_RETRY_SECONDS))
    monkeypatch.setattr(transport, "backoff", lambda _attempt, _chance: 0.0)


def test_a_flow_run_brings_the_account_home_and_the_server_records_it(
    account: Sandbox, reader: CommandLine
) -> None:
    said = sync_trackings()
    assert parcels_in(reader) == parcels_of(account)
    run = newest_run()
    assert run.state_type is StateType.COMPLETED
    tasks = tasks_of(run, at_least=2 * said["windows"] + 1)
    words = Counter(task.name.rsplit(" ", 1)[-1].split("-")[0] for task in tasks)
    assert words == {"window": 2 * said["windows"], "tell": 1}
    kinds = Counter(task.task_key.split("-")[0] for task in tasks)
    assert kinds == {"read": said["windows"], "load": said["windows"], "tell": 1}
    assert {(task.state_type, task.run_count) for task in tasks} == {(StateType.COMPLETED, 1)}


def test_a_flow_run_twice_changes_nothing(account: Sandbox, reader: CommandLine) -> None:
    sync_trackings()
    before = reader.ask("from core.trackings order by tracking_id")
    again = sync_trackings()
    assert (again["trackings_inserted"], again["trackings_updated"]) == (0, 0)
    assert (again["events_inserted"], again["events_withdrawn"]) == (0, 0)
    assert reader.ask("from core.trackings order by tracking_id") == before
    live_on(account, touched=4)
    assert sync_trackings()["trackings_updated"] == 4
    assert parcels_in(reader) == parcels_of(account)


def test_a_flow_run_leaves_its_figures_as_an_artifact(reader: CommandLine) -> None:
    said = sync_trackings()
    (artifact,) = artifacts_of(newest_run())
    assert (artifact.key, artifact.type) == ("sync-summary", "table")
    assert isinstance(artifact.data, str)
    assert said["run_id"] in artifact.data
    for name in FIGURES:
        assert f'{{"what": "{name}", "value": "{said[name]}"}}' in artifact.data


def test_a_flow_run_tells_where_its_rows_come_from_and_how_many_they_are(
    account: Sandbox, reader: CommandLine
) -> None:
    said = sync_trackings()
    told = materialized(said["run_id"], at_least=2)
    assert told == {
        "parcelhouse://main/core/trackings": said["trackings_inserted"],
        "parcelhouse://main/core/tracking_events": said["events_inserted"],
    }
    assert told["parcelhouse://main/core/trackings"] == len(parcels_of(account))
    unchanged = sync_trackings()
    tasks = tasks_of(newest_run(), at_least=2 * unchanged["windows"])
    assert "tell" not in {task.task_key.split("-")[0] for task in tasks}


def test_where_a_server_is_named_the_command_is_a_flow_run(
    account: Sandbox, reader: CommandLine
) -> None:
    before = newest_run() if runs() else None
    shell = reader.having(PREFECT_API_URL=PREFECT_API_URL.value(), DO_NOT_TRACK="1")
    done = shell.run("sync", "--json")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert '"trackings_inserted": 120' in done.stdout
    run = newest_run()
    assert run.state_type is StateType.COMPLETED
    assert before is None or run.id != before.id
    assert parcels_in(reader) == parcels_of(account)
    failed = shell.having(TRACKINGMORE_API_KEY=WRONG_KEY).run("sync")
    assert (failed.returncode, failed.stdout) == (1, "")
    last = failed.stderr.splitlines()[-1]
    assert last.startswith("parcelhouse: TrackingMore refused GET /trackings/get: 4001")
    assert newest_run().state_type is StateType.FAILED


@pytest.mark.usefixtures("_no_waiting")
def test_what_may_pass_is_tried_again_by_the_task(account: Sandbox, reader: CommandLine) -> None:
    account.script(Fault("http_500", times=INNER_RING))
    said = sync_trackings()
    assert parcels_in(reader) == parcels_of(account)
    assert said["requests"] == account.request_count
    tasks = tasks_of(newest_run(), at_least=2 * said["windows"] + 1)
    repeated = [task for task in tasks if task.run_count == 2]
    assert [task.task_key.split("-")[0] for task in repeated] == ["read"]
    assert len(tasks) == 2 * said["windows"] + 1  # which tells the lineage


@pytest.mark.usefixtures("_no_waiting")
def test_what_does_not_pass_fails_after_the_last_try(account: Sandbox, reader: CommandLine) -> None:
    tries = len(dress.READ_RETRY_SECONDS) + 1
    account.script(Fault("http_500", times=1000))
    with pytest.raises(ServerError):
        sync_trackings()
    assert account.request_count == tries * INNER_RING
    (task,) = tasks_of(newest_run(), at_least=1)
    assert (task.state_type, task.run_count) == (StateType.FAILED, tries)


def test_a_refusal_is_not_tried_again(
    account: Sandbox, reader: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKINGMORE_API_KEY", WRONG_KEY)
    with pytest.raises(AuthenticationError):
        sync_trackings()
    assert account.request_count == 1
    run = newest_run()
    assert run.state_type is StateType.FAILED
    (task,) = tasks_of(run, at_least=1)
    assert (task.state_type, task.run_count) == (StateType.FAILED, 1)


def test_the_server_holds_no_key(
    account: Sandbox, server: Path, reader: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.put(account.items()[0] | {"title": f"for {KEY}"})
    sync_trackings()
    recorded = [newest_run()]
    monkeypatch.setenv("TRACKINGMORE_API_KEY", WRONG_KEY)
    with pytest.raises(AuthenticationError):
        sync_trackings()
    recorded.append(newest_run())
    held = ""
    for run, least in zip(recorded, (4, 1), strict=True):
        assert logs_of(run, at_least=2)
        told: list[Any] = [run, *tasks_of(run, at_least=least), *artifacts_of(run), *logs_of(run)]
        held += "".join(each.model_dump_json() for each in told)
    files = [path for path in server.iterdir() if path.is_file()]
    assert files
    held += "".join(path.read_bytes().decode("latin-1") for path in files)
    assert "sync-summary" in held
    assert KEY not in held
    assert WRONG_KEY not in held


def runs() -> list[FlowRun]:
    """Return the server's flow runs, newest first."""
    return asked(lambda client: client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC))


def newest_run() -> FlowRun:
    """Return the flow run that began last."""
    return runs()[0]


def tasks_of(run: FlowRun, *, at_least: int) -> list[TaskRun]:
    """Return a run's task runs once so many have ended on the server.

    They arrive there as events, for which the flow does not wait.
    """
    tasks = eventually(
        lambda: asked(lambda client: client.read_task_runs(flow_run_filter=_only(run))),
        lambda seen: (
            sum(task.state is not None and task.state.is_final() for task in seen) >= at_least
        ),
    )
    return sorted(tasks, key=lambda task: str(task.start_time))


def materialized(run_id: str, *, at_least: int) -> dict[str, int]:
    """Return the assets that a run of ours wrote, once there are so many, with their new rows."""
    wanted = {"filter": {"event": {"name": ["prefect.asset.materialization.succeeded"]}}}

    def ours() -> dict[str, int]:
        found = asked(lambda client: client._client.post("/events/filter", json=wanted)).json()
        return {
            event["resource"]["prefect.resource.id"]: next(
                count for name, count in event["payload"].items() if name.endswith("_inserted")
            )
            for event in found["events"]
            if event["payload"]["run_id"] == run_id
        }

    return eventually(ours, lambda seen: len(seen) >= at_least)


def artifacts_of(run: FlowRun) -> list[Artifact]:
    """Return what a run left for people."""
    wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    return asked(lambda client: client.read_artifacts(artifact_filter=wanted))


def logs_of(run: FlowRun, *, at_least: int = 0, saying: Sequence[str] = ()) -> list[Log]:
    """Return a run's log lines once there are so many, one *saying* this; they come in batches."""
    wanted = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
    return eventually(
        lambda: asked(lambda client: client.read_logs(log_filter=wanted)),
        lambda seen: (
            len(seen) >= at_least and (not saying or any(says(line, *saying) for line in seen))
        ),
    )


def says(line: Log, *words: str) -> bool:
    """Return whether a log line has all of *words*."""
    return all(each in line.message for each in words)


def asked(question: Callable[[SyncPrefectClient], Seen]) -> Seen:
    """Return what the server answers."""
    with get_client(sync_client=True) as client:
        return question(client)


def eventually(look: Callable[[], Seen], good: Callable[[Seen], bool]) -> Seen:
    """Return what *look* sees once it is *good*, or after a while what it sees then."""
    deadline = time.monotonic() + PATIENCE / 3
    while not good(seen := look()) and time.monotonic() < deadline:
        time.sleep(0.1)  # the server tells nobody when it has recorded something
    return seen


def _only(run: FlowRun) -> FlowRunFilter:
    return FlowRunFilter(id=FlowRunFilterId(any_=[run.id]))
