"""Steps in task dress: what a flow run shows of a window, and its outer ring of retries."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias, cast

from prefect import State, get_run_logger, task
from prefect.artifacts import (
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.blocks.system import Secret
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas import TaskRun
from pydantic import Field, SecretStr

from flows.choosing import read_settings
from flows.errors import SettingsError
from flows.lineage import tell_lineage
from flows.settings import Settings
from flows.steps.load import load_window
from flows.steps.ranges import Progress, Steps, Watch, stored_at_once
from flows.steps.read import LandedWindow, read_window
from flows.steps.run import LocalRun, Run
from flows.steps.tally import Tally
from flows.summary import sentences, summary
from trackingmore_v2.windows import Frontier

Account: TypeAlias = Annotated[
    str | None,
    Field(
        pattern=r"^[A-Za-z0-9_.-]+$",
        description="Which one of PARCELHOUSE_ACCOUNTS; needed where it names several.",
    ),
]
READ_RETRY_SECONDS: list[float] = [10, 60, 300]
LOAD_RETRY_SECONDS: list[float] = [10, 10, 10]


def flow_settings(account: str | None = None) -> Settings:
    """Return the settings of *account*, or of the only one, its key from a Secret block if need be.

    The block is read while the flow runs, and the key stays in this process: a reference in a
    deployment would be stored there in clear.

    Raises:
        SettingsError: a setting cannot be used, or there is no such block.
    """
    settings = read_settings(account)
    block = settings.parcelhouse_api_key_block
    if not block or settings.has_key:
        return settings
    try:
        # a plain function inside a flow; Prefect's types allow for a coroutine
        key = cast("Secret[str]", Secret.load(block)).get()
    except ValueError as error:
        name = settings.variable("parcelhouse_api_key_block")
        msg = f"{name} cannot be used: there is no Secret block {block!r}"
        raise SettingsError(msg) from error
    return settings.model_copy(update={"trackingmore_api_key": SecretStr(str(key))})


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
        window = read_window(run, scope, frontier)
        get_run_logger().info(
            "read run=%s account=%s %s parcels=%d proven=%s answers=%d",
            run.run_id,
            run.account,
            _words(window),
            window.total,
            window.proven,
            len(window.paths),
        )
        return window

    @task(
        name="load-window",
        task_run_name="load {window.scope} window",
        cache_policy=NO_CACHE,
        retries=len(LOAD_RETRY_SECONDS),
        retry_delay_seconds=LOAD_RETRY_SECONDS,
        retry_condition_fn=is_retryable,
    )
    def load(window: LandedWindow) -> Tally:
        tally = load_window(run, window)
        get_run_logger().info(
            "loaded run=%s account=%s %s new=%d updated=%d unchanged=%d scans=%d",
            run.run_id,
            run.account,
            _words(window),
            tally.trackings_inserted,
            tally.trackings_updated,
            tally.trackings_unchanged,
            tally.events_inserted,
        )
        return tally

    return Steps(
        read=lambda _run, scope, frontier: read(scope, frontier),
        storing=stored_at_once(lambda _run, window: load(window)),
    )


def watching(run: LocalRun) -> Watch:
    """Return who writes progress to the flow run's log and, where it is long, draws a bar of it.

    What fits into one window has no bar: it is over before anybody looks.
    """
    logger = get_run_logger()
    bars: dict[str, Any] = {}

    def note(progress: Progress) -> None:
        logger.info(
            "progress run=%s account=%s scope=%s windows=%d windows_left=%s rows=%d rows_left=%s",
            run.run_id,
            run.account,
            progress.scope,
            progress.windows_done,
            "unknown" if progress.windows_left is None else progress.windows_left,
            progress.rows_done,
            "unknown" if progress.rows_left is None else progress.rows_left,
        )
        done, left = progress.rows_done, progress.rows_left
        if left is None or (not left and progress.scope not in bars):
            return
        percent = 100.0 * done / (done + left) if done + left else 100.0
        if progress.scope in bars:
            update_progress_artifact(bars[progress.scope], progress=percent)
        else:
            bars[progress.scope] = create_progress_artifact(
                percent, description=f"{run.command} of account {run.account}: {progress.scope}"
            )

    return note


def report(run: LocalRun, **more: Any) -> dict[str, Any]:
    """Return the run's summary with *more*; leave it as log lines, a table artifact, lineage."""
    said = summary(run) | more
    logger = get_run_logger()
    for line in sentences(said):
        logger.info("run=%s account=%s %s", run.run_id, run.account, line)
    create_table_artifact(
        key=f"{run.command}-summary",
        table=[{"what": name, "value": str(value)} for name, value in said.items()],
        description=f"{run.command} of account {run.account}, run {run.run_id}",
    )
    tell_lineage(said)
    return said


def _words(window: LandedWindow) -> str:
    """Return which window it is, as `name=value` for whoever searches logs."""
    if window.covers is None:
        return f"scope={window.scope} low=none high=none"
    low, high = (
        datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for second in (window.covers.low, window.covers.high)
    )
    return f"scope={window.scope} low={low} high={high}"
