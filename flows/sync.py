"""The scheduled sync as a Prefect flow: the same steps as the command, recorded by a server."""

from datetime import timedelta
from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from flows.dress import Account, flow_settings, in_task_dress, report, watching
from flows.hooks import observed
from flows.steps.run import running
from flows.steps.sync import sync


@flow(
    name="sync-trackings",
    description="Bring home whatever changed since the watermarks.",
    **observed("sync"),
)
def sync_trackings(
    look_back_days: Annotated[int, Field(ge=0, description="Read again from so far back.")] = 0,
    account: Account = None,
) -> dict[str, Any]:
    """Run one sync as the settings say, and return its summary."""
    with running(flow_settings(account), "sync") as run:
        sync(
            run,
            look_back=timedelta(days=look_back_days),
            steps=in_task_dress(run),
            watch=watching(run),
        )
    return report(run)
