"""Steps in task dress: what a flow run shows of a window, and its outer ring of retries."""

from typing import Any

from prefect import State, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas import TaskRun

from flows.steps.load import load_window
from flows.steps.ranges import Progress, Steps, Watch
from flows.steps.read import LandedWindow, read_window
from flows.steps.run import Run
from flows.steps.tally import Tally
from flows.summary import sentences, summary
from trackingmore_v2.windows import Frontier

READ_RETRY_SECONDS: list[float] = [10, 60, 300]
LOAD_RETRY_SECONDS: list[float] = [10, 10, 10]


def is_retryable(_task: object, _run: TaskRun, state: State[Any]) -> bool:
    """Return whether what a task died of is worth another try."""
    error = state.result(raise_on_failure=False)
    return bool(getattr(error, "retryable", False))


def in_task_dress(run: Run) -> Steps:
    """Return the steps as tasks: two per window, plain values between them.

    The run with its session stays in the closure: as an argument it would be searched for
    futures, and shown.
    """

    @task(
        name="read-window",
        task_run_name="read {scope} window",
        cache_policy=NO_CACHE,
        retries=len(READ_RETRY_SECONDS),
        retry_delay_seconds=READ_RETRY_SECONDS,
        retry_condition_fn=is_retryable,
    )
    def read(scope: str, frontier: Frontier) -> LandedWindow:
        return read_window(run, scope, frontier)

    @task(
        name="load-window",
        task_run_name="load {window.scope} window",
        cache_policy=NO_CACHE,
        retries=len(LOAD_RETRY_SECONDS),
        retry_delay_seconds=LOAD_RETRY_SECONDS,
        retry_condition_fn=is_retryable,
    )
    def load(window: LandedWindow) -> Tally:
        return load_window(run, window)

    return Steps(
        read=lambda _run, scope, frontier: read(scope, frontier),
        load=lambda _run, window: load(window),
    )


def logging_watch() -> Watch:
    """Return who writes progress to the flow run's log."""
    logger = get_run_logger()

    def log(progress: Progress) -> None:
        logger.info(
            "%s: %d windows read, %d rows",
            progress.scope,
            progress.windows_done,
            progress.rows_done,
        )

    return log


def report(run: Run) -> dict[str, Any]:
    """Return the run's summary, and leave it as log lines and a table artifact."""
    said = summary(run)
    logger = get_run_logger()
    for line in sentences(said):
        logger.info(line)
    create_table_artifact(
        key=f"{run.command}-summary",
        table=[{"what": name, "value": str(value)} for name, value in said.items()],
        description=f"{run.command} of account {run.account}, run {run.run_id}",
    )
    return said
