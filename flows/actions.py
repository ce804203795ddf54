"""What changes the account, or asks beside the parcels, as Prefect flows.

Parameters are validated, so that a run can be started from Prefect's UI. Files are not among
them: a flow takes what the queues hold.
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact
from pydantic import Field

from flows.dress import Account, flow_settings, report
from flows.hooks import observed
from flows.steps import annotate, correct_carrier, purge, register, stop_updates
from flows.steps import quota as quota_steps
from flows.steps import transit_benchmark as benchmark_steps
from flows.steps.actions import apply
from flows.steps.air_cargo import plan_air_cargo
from flows.steps.plan import Plan, Report, named
from flows.steps.remote_areas import plan_remote_areas
from flows.steps.run import Run, running
from flows.summary import summary

PlanT = TypeVar("PlanT", bound=Plan)
Credits = Annotated[float, Field(ge=0, description="Stop before more could be spent.")]
OLD = purge.OLD_DAYS
SHOWN = 1000  # rows of an artifact


@flow(
    name="register-shipments",
    description="Register what queues.shipments_to_register holds.",
    **observed("register"),
)
def register_shipments(
    max_credits: Credits = 1000, *, dry_run: bool = False, account: Account = None
) -> dict[str, Any]:
    """Register what the queue holds, as far as the credits allowed reach."""

    def plan(run: Run) -> register.RegisterPlan:
        return register.plan_registrations(run, None, skip_flawed=True, max_credits=max_credits)

    return _change("register", plan, register.carry_out, dry_run=dry_run, account=account)


@flow(
    name="annotate-trackings",
    description="Write what queues.trackings_to_annotate proposes.",
    **observed("annotate"),
)
def annotate_trackings(*, dry_run: bool = False, account: Account = None) -> dict[str, Any]:
    """Archive what the queue proposes."""
    return _change(
        "annotate",
        lambda run: annotate.plan_annotations(run, None),
        apply,
        dry_run=dry_run,
        account=account,
    )


@flow(
    name="correct-carriers",
    description="Correct what queues.carriers_to_correct proposes.",
    **observed("correct-carrier"),
)
def correct_carriers(*, dry_run: bool = True, account: Account = None) -> dict[str, Any]:
    """Correct the carriers that the queue proposes; a dry run unless told otherwise."""
    return _change(
        "correct-carrier",
        lambda run: correct_carrier.plan_corrections(run, None),
        correct_carrier.carry_out,
        dry_run=dry_run,
        account=account,
    )


@flow(
    name="stop-updates",
    description="Have TrackingMore leave alone what has ended.",
    **observed("stop-updates"),
)
def stop_ended_updates(*, dry_run: bool = False, account: Account = None) -> dict[str, Any]:
    """Stop what queues.updates_to_stop proposes."""
    return _change(
        "stop-updates",
        lambda run: stop_updates.plan_stops(run, None),
        apply,
        dry_run=dry_run,
        account=account,
    )


@flow(
    name="purge-trackings",
    description="Archive and delete ended parcels; dry run by default.",
    **observed("purge"),
)
def purge_trackings(
    older_than: Annotated[int, Field(ge=0, description="Days since registration.")] = OLD,
    *,
    dry_run: bool = True,
    account: Account = None,
) -> dict[str, Any]:
    """Delete from the account what queues.trackings_to_purge holds; the warehouse keeps it."""
    return _change(
        "purge",
        lambda run: purge.plan_purge(run, None, older_than=older_than),
        purge.carry_out,
        dry_run=dry_run,
        account=account,
    )


@flow(
    name="check-remote-areas",
    description="Ask for queues.addresses_to_check; costs credits.",
    **observed("remote-areas"),
)
def check_remote_areas(
    max_credits: Credits = 20, *, dry_run: bool = False, account: Account = None
) -> dict[str, Any]:
    """Ask for which couriers the destinations of the queue are remote."""
    return _change(
        "remote-areas",
        lambda run: plan_remote_areas(run, None, skip_flawed=True, max_credits=max_credits),
        apply,
        dry_run=dry_run,
        account=account,
    )


@flow(
    name="follow-air-cargo",
    description="Ask for queues.air_waybills_due; 20 credits each.",
    **observed("air-cargo"),
)
def follow_air_cargo(
    max_credits: Credits = 200, *, dry_run: bool = False, account: Account = None
) -> dict[str, Any]:
    """Ask where the air waybills of the queue are."""
    return _change(
        "air-cargo",
        lambda run: plan_air_cargo(run, None, skip_flawed=True, max_credits=max_credits),
        apply,
        dry_run=dry_run,
        account=account,
    )


@flow(
    name="benchmark-transit",
    description="Ask for all customers' transit times on our lanes.",
    **observed("transit-benchmark"),
)
def benchmark_transit(account: Account = None) -> dict[str, Any]:
    """Read the benchmarks of the lanes that are due."""
    with running(flow_settings(account), "transit-benchmark") as run:
        lanes = benchmark_steps.lanes_due(run)
        told, missing = benchmark_steps.read_benchmarks(run, lanes)
    get_run_logger().info("%d lanes asked for, %d told, %d unknown", len(lanes), told, len(missing))
    return report(run, told=told, unknown=len(missing))


@flow(
    name="read-quota",
    description="Read how many credits are left.",
    **observed("quota"),
)
def read_quota(account: Account = None) -> dict[str, Any]:
    """Enter a reading into ops.quotas; marts.quota_runway says how long the credits last."""
    with running(flow_settings(account), "quota") as run:
        row, lasting = quota_steps.quota(run)
    days_left = lasting.days_left if lasting else None
    get_run_logger().info("%s credits left, %s days", row["credits_left"], days_left)
    return report(run, credits_left=row["credits_left"], days_left=days_left)


def _change(
    command: str,
    plan_of: Callable[[Run], PlanT],
    carry_out: Callable[[Run, PlanT], Report],
    *,
    dry_run: bool,
    account: str | None,
) -> dict[str, Any]:
    """Plan, leave the plan as an artifact, and unless it is a dry run carry it out."""
    logger = get_run_logger()
    with running(flow_settings(account), command) as run:
        plan = plan_of(run)
        planned = plan.summary()
        create_table_artifact(
            key=f"{command}-plan",
            table=[{"parcel": named(act.ref)} for act in plan.acts[:SHOWN]],
            description=f"{command} of account {run.account}: {planned}",
        )
        logger.info("%s account=%s: %s", command, run.account, planned)
        report = None if dry_run else carry_out(run, plan)
    done = None if report is None else report.summary()
    logger.info("%s: %s", command, "dry run, nothing was sent" if done is None else done)
    return summary(run) | {"plan": planned, "done": done}
