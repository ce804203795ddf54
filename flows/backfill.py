"""A chosen range of created_at as a Prefect flow, to be started by hand from Prefect's UI."""

from datetime import datetime
from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from flows.dress import Account, flow_settings, in_task_dress, report, watching
from flows.hooks import observed
from flows.steps.backfill import backfill, chosen_range
from flows.steps.run import running

# Prefect's server, which refuses a run before it is one, looks at patterns and not at formats
WRITTEN = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"
Instant = Annotated[datetime, Field(json_schema_extra={"pattern": WRITTEN})]


@flow(
    name="backfill-trackings",
    description="Read a chosen range of created_at; resumable.",
    **observed("backfill"),
)
def backfill_trackings(
    since: Instant, until: Instant | None = None, account: Account = None
) -> dict[str, Any]:
    """Run one backfill as the settings say, and return its summary.

    Args:
        since: Parcels registered from this instant on; without an offset, UTC.
        until: Up to this instant, inclusive; None: up to now.
        account: Whose; None: of the only one.
    """
    asked = chosen_range(since, until)
    with running(flow_settings(account), "backfill") as run:
        backfill(run, asked, steps=in_task_dress(run), watch=watching(run))
    return report(run)
