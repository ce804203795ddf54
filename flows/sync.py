"""The sync as a Prefect flow: the same steps in task dress, recorded by a server."""

from typing import Any

from prefect import State, flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas import TaskRun

from flows.settings import read_settings
from flows.steps.load import load_window
from flows.steps.read import LandedWindow, read_window
from flows.steps.run import Run, Tally, running
from flows.steps.sync import Progress, Steps, sync
from flows.summary import sentences, summary
from trackingmore_v2.windows import Frontier


def is_retryable(_task: object, _run: TaskRun, state: State[Any]) -> bool:
    """Return whether what a task died of is worth another try: the outer ring of retries."""
    error = state.result(raise_on_failure=False)
    return bool(getattr(error, "retryable", False))


@flow(name="sync-trackings", description="Bring home whatever changed since the watermarks.")
def sync_trackings() -> dict[str, Any]:
    """Run one sync as the settings say, and return its summary."""
    logger = get_run_logger()

    def log(progress: Progress) -> None:
        logger.info(
            "%s: %d windows read, %d rows",
            progress.scope,
            progress.windows_done,
            progress.rows_done,
        )

    with running(read_settings(), "sync") as run:
        sync(run, in_task_dress(run), watch=log)
        said = summary(run)
    for line in sentences(said):
        logger.info(line)
    create_table_artifact(
        key="sync-summary",
        table=[{"what": name, "value": str(value)} for name, value in said.items()],
        description=f"Sync of account {run.account}, run {run.run_id}",
    )
    return said


def in_task_dress(run: Run) -> Steps:
    """Return the sync's steps as tasks: one per window, plain values between them.

    The run with its session stays in the closure: an argument would be searched for futures,
    and shown.
    """

    @task(
        name="read-window",
        task_run_name="read {scope} window",
        cache_policy=NO_CACHE,
        retries=3,
        retry_delay_seconds=[10, 60, 300],
        retry_condition_fn=is_retryable,
    )
    def read(scope: str, frontier: Frontier) -> LandedWindow:
        return read_window(run, scope, frontier)

    @task(
        name="load-window",
        task_run_name="load {window.scope} window",
        cache_policy=NO_CACHE,
        retries=3,
        retry_delay_seconds=10,
        retry_condition_fn=is_retryable,
    )
    def load(window: LandedWindow) -> Tally:
        return load_window(run, window)

    return Steps(
        read=lambda _run, scope, frontier: read(scope, frontier),
        load=lambda _run, window: load(window),
    )
