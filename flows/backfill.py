"""A chosen range of created_at as a Prefect flow, to be started by hand from Prefect's UI."""

from datetime import datetime
from typing import Any

from prefect import flow

from flows.dress import in_task_dress, logging_watch, report
from flows.settings import read_settings
from flows.steps.backfill import backfill, chosen_range
from flows.steps.run import running


@flow(name="backfill-trackings", description="Read a chosen range of created_at; resumable.")
def backfill_trackings(since: datetime, until: datetime | None = None) -> dict[str, Any]:
    """Run one backfill as the settings say, and return its summary.

    Args:
        since: Parcels registered from this instant on; without an offset, UTC.
        until: Up to this instant, inclusive; None: up to now.
    """
    asked = chosen_range(since, until)
    with running(read_settings(), "backfill") as run:
        backfill(run, asked, steps=in_task_dress(run), watch=logging_watch())
    return report(run)
