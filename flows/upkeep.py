"""What keeps the warehouse true and small, as Prefect flows: reconcile, compact, publish."""

from typing import Any

from prefect import flow, get_run_logger

from flows.choosing import read_house_settings
from flows.dress import Account, flow_settings, report
from flows.hooks import observed
from flows.steps.reconcile import reconcile
from flows.steps.run import local_run, running
from warehouse.compact import compact


@flow(
    name="reconcile-account",
    description="Counts against the API; --fix mends what differs.",
    **observed("reconcile"),
)
def reconcile_account(
    *, fix: bool = True, force: bool = False, account: Account = None
) -> dict[str, Any]:
    """Compare counts with the API and, if asked, read again what differs.

    Args:
        fix: Read again what differs and mark deletions.
        force: Mark as deleted even a large share of the account.
        account: Whose; None: of the only one.
    """
    with running(flow_settings(account), "reconcile") as run:
        found = reconcile(run, fix=fix, force=force)
    return report(
        run,
        agrees=found.agrees,
        api_count=found.api_count,
        warehouse_count=found.warehouse_count,
        differences=len(found.differences),
        deleted=found.deleted,
    )


@flow(
    name="compact-warehouse",
    description="Give the disk back what the file does not need.",
    **observed("compact"),
)
def compact_warehouse(*, force: bool = False) -> dict[str, Any]:
    """Write the warehouse's file anew where much of it is free, or anyway with *force*."""
    settings = read_house_settings()
    with local_run(settings, "compact") as run, run.warehouse() as db:
        done = compact(db, settings.parcelhouse_home, force=force)
    get_run_logger().info(
        "%s to %s bytes, %.0f %% were free",
        done.bytes_before,
        done.bytes_after,
        100 * done.free_share,
    )
    return report(run, **done._asdict())


@flow(
    name="publish-warehouse",
    description="Hand the warehouse over to readers.",
    **observed("publish"),
)
def publish_warehouse() -> dict[str, Any]:
    """Publish what the warehouse holds; a run that ends well does so by itself."""
    with local_run(read_house_settings(), "publish") as run:
        pass
    return report(run, version=run.published and run.published.version)
