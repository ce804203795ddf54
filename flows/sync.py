"""The scheduled sync as a Prefect flow: the same steps as the command, recorded by a server."""

from typing import Any

from prefect import flow

from flows.dress import in_task_dress, logging_watch, report
from flows.settings import read_settings
from flows.steps.run import running
from flows.steps.sync import sync


@flow(name="sync-trackings", description="Bring home whatever changed since the watermarks.")
def sync_trackings() -> dict[str, Any]:
    """Run one sync as the settings say, and return its summary."""
    with running(read_settings(), "sync") as run:
        sync(run, steps=in_task_dress(run), watch=logging_watch())
    return report(run)
