"""Read how many credits the account has left, and keep the reading."""

from typing import Any

from flows.steps.run import Run
from transforms.account_tables import QUOTAS
from transforms.quotas import quota_row
from warehouse import entries
from warehouse.connection import transaction
from warehouse.runway import Runway, runway


def quota(run: Run) -> tuple[dict[str, Any], Runway | None]:
    """Enter one reading into ops.quotas; return it and how long the credits will last.

    The second is None where the warehouse cannot tell yet: a pace takes two readings a day apart.

    Raises:
        TrackingMoreError: the account could not be asked.
    """
    payload = run.client.account()
    row = quota_row(payload, account=run.account, fetched_at=run.now(), run_id=run.run_id)
    if row["credits_left"] is None:
        run.notices["quota"] = "TrackingMore did not say how many credits are left"
        run.has_doubts = True
    with run.warehouse() as db:
        with transaction(db):
            entries.insert(db, QUOTAS, row)
        return row, runway(db, run.account)
