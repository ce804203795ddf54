"""The process that serves the schedules: begins without a backlog, ends without an orphan."""

import asyncio
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from prefect import State
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.logging.handlers import APILogHandler
from prefect.runner import Runner
from prefect.states import Cancelled, Crashed

from flows.schedules import deployments

PAGE = 200  # runs that the server hands out at once


class QuietRunner(Runner):
    """A runner that SIGTERM and Ctrl-C end in the same way: runs are cancelled, nothing is left.

    Prefect's own handler calls from the loop's thread what waits for the loop.
    """

    def handle_sigterm(self, *_: Any) -> None:
        """End `start`, from wherever the loop is."""
        self._told.get_loop().call_soon_threadsafe(self._end)

    async def run_until_told(self) -> None:
        """Run until the process is told to end."""
        self._told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        running = asyncio.ensure_future(self.start())
        signal.signal(signal.SIGINT, self.handle_sigterm)
        await asyncio.wait({running, self._told}, return_when=asyncio.FIRST_COMPLETED)
        while not self.started and not running.done():
            await asyncio.sleep(0.05)  # told before it had begun
        if not running.done():
            await self.astop()
        await running

    def _end(self) -> None:
        if not self._told.done():
            self._told.set_result(None)


def serve_until_told(*, at_once: int, is_alone: bool, accounts: Sequence[str] = ()) -> None:
    """Serve every declared deployment until the process is told to end.

    Schedules are not paused when it ends: one run catches up on what was missed.

    Args:
        at_once: How many runs may run at the same time.
        is_alone: Whether no other process takes runs from this server.
        accounts: Whose, where there are several.
    """
    runner = QuietRunner(pause_on_shutdown=False, limit=at_once)
    # a plain function where no loop runs; Prefect's types allow for a coroutine
    served = [cast("UUID", runner.add_deployment(each)) for each in deployments(accounts)]
    with get_client(sync_client=True) as client:
        catch_up_once(client, served)
        if is_alone:
            bury_dead_runs(client, served)
    try:
        asyncio.run(runner.run_until_told())
    finally:
        APILogHandler().flush()  # while there is a server to send to


def catch_up_once(client: SyncPrefectClient, served: Sequence[UUID]) -> int:
    """Cancel all but the newest of each deployment's late runs; return how many.

    Each would do what the newest does. Where as many may run as there are, the deployment's limit
    does the same; where they wait for their turn, they would run one after the other.
    """
    late = _runs(client, served, StateType.SCHEDULED)
    newest: dict[UUID | None, FlowRun] = {}
    for run in late:
        newest[run.deployment_id] = run
    missed = [run for run in late if newest[run.deployment_id].id != run.id]
    for run in missed:
        state: State[Any] = Cancelled(message="missed; the next run catches up")
        client.set_flow_run_state(run.id, state, force=True)
    return len(missed)


def bury_dead_runs(client: SyncPrefectClient, served: Sequence[UUID]) -> int:
    """Enter as crashed what still counts as running, where nobody else can run it."""
    dead = _runs(client, served, StateType.RUNNING, StateType.PENDING)
    for run in dead:
        state: State[Any] = Crashed(message="the process that served it ended without a word")
        client.set_flow_run_state(run.id, state, force=True)
    return len(dead)


def _runs(client: SyncPrefectClient, served: Sequence[UUID], *states: StateType) -> list[FlowRun]:
    """Return the runs of deployments that were to begin by now, the oldest first."""
    due: list[FlowRun] = []
    by_now = FlowRunFilterExpectedStartTime(before_=cast("Any", datetime.now(UTC)))
    while True:
        page = client.read_flow_runs(
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=list(served))),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states))),
                expected_start_time=by_now,
            ),
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=PAGE,
            offset=len(due),
        )
        due += page
        if len(page) < PAGE:
            return due
