"""What happens at once when a flow run ends: people hear that it failed, or no longer does."""

import atexit
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypedDict

from prefect import Flow, State
from prefect.client.schemas.objects import FlowRun
from prefect.flows import FlowStateHook
from prefect.logging.loggers import flow_run_logger

from flows.choosing import read_house_settings, read_settings
from flows.names import named_after
from flows.settings import Settings
from flows.steps.alerts import Watched, tell_failure, tell_recovery
from flows.steps.findings import failed_run


class Observed(TypedDict):
    """Arguments of `@flow` that every flow has."""

    flow_run_name: Callable[[], str]
    on_failure: list[FlowStateHook[..., Any]]
    on_crashed: list[FlowStateHook[..., Any]]
    on_completion: list[FlowStateHook[..., Any]]


def observed(command: str) -> Observed:
    """Return what gives the runs of a flow their names, and tells people of their failures.

    Args:
        command: What its runs are called in ops.runs.
    """

    def tell_people_it_failed(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
        why = (state.message or state.name or "no further word").strip().splitlines()[0]
        finding = failed_run(command, f"{why} (flow run {flow_run.name})")
        told = tell_failure(_settings_of(flow_run), finding, now=datetime.now(UTC))
        _log(told, flow, flow_run)

    def tell_people_it_is_well(
        flow: Flow[..., Any],
        flow_run: FlowRun,
        state: State[Any],  # noqa: ARG001
    ) -> None:
        told = tell_recovery(_settings_of(flow_run), command, now=datetime.now(UTC))
        _log(told, flow, flow_run)

    return {
        "flow_run_name": named_after(command),
        "on_failure": [tell_people_it_failed],
        "on_crashed": [tell_people_it_failed],
        "on_completion": [tell_people_it_is_well],
    }


def _settings_of(run: FlowRun) -> Settings:
    account = (run.parameters or {}).get("account")
    return read_settings(account) if account else read_house_settings()


def end_quietly() -> None:
    """Close stderr when this process has nothing left to say.

    DuckDB's binding counts its own leaks there when an interpreter that also holds Prefect is
    torn down: forty lines a run, in whatever log the worker's output goes to.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


if "PREFECT__FLOW_RUN_ID" in os.environ:  # a process that a runner or worker began for one run
    atexit.register(end_quietly)


def _log(told: Watched, flow: Flow[..., Any], run: FlowRun) -> None:
    logger = flow_run_logger(run, flow)
    if told.delivery is not None:
        logger.info("%d places were told", told.delivery.reached)
        if told.delivery.missed:
            logger.warning("%s", told.delivery.sentence)
    if told.doubt:
        logger.warning("could not note what was told: %s", told.doubt)
