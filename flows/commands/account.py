"""`parcelhouse register | annotate | correct-carrier | stop-updates | purge`: what they do."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flows.choosing import read_settings
from flows.commands.printing import exit_status, print_json
from flows.words import counted

if TYPE_CHECKING:
    from flows.steps.plan import Plan, Report
    from flows.steps.register import RegisterPlan
    from flows.steps.run import Run

SHOWN = 10
PlanT = TypeVar("PlanT", bound="Plan")


def register(
    file: Path | None,
    *,
    dry_run: bool,
    skip_flawed: bool,
    max_credits: float | None,
    as_json: bool,
) -> int:
    """Register the shipments of a sheet, or of the queue."""
    from flows.steps.register import carry_out, plan_registrations

    def plan(run: "Run") -> "RegisterPlan":
        return plan_registrations(run, file, skip_flawed=skip_flawed, max_credits=max_credits)

    return change("register", plan, carry_out, dry_run=dry_run, as_json=as_json)


def annotate(file: Path | None, *, dry_run: bool, skip_flawed: bool, as_json: bool) -> int:
    """Write beside parcels what a sheet says, or archive those of the queue."""
    from flows.steps.actions import apply
    from flows.steps.annotate import plan_annotations

    def plan(run: "Run") -> "Plan":
        return plan_annotations(run, file, skip_flawed=skip_flawed)

    return change("annotate", plan, apply, dry_run=dry_run, as_json=as_json)


def correct_carrier(file: Path | None, *, dry_run: bool, skip_flawed: bool, as_json: bool) -> int:
    """Correct the carriers of parcels."""
    from flows.steps.correct_carrier import carry_out, plan_corrections

    def plan(run: "Run") -> "Plan":
        return plan_corrections(run, file, skip_flawed=skip_flawed)

    return change("correct-carrier", plan, carry_out, dry_run=dry_run, as_json=as_json)


def stop_updates(file: Path | None, *, dry_run: bool, skip_flawed: bool, as_json: bool) -> int:
    """Tell TrackingMore to leave parcels alone."""
    from flows.steps.actions import apply
    from flows.steps.stop_updates import plan_stops

    def plan(run: "Run") -> "Plan":
        return plan_stops(run, file, skip_flawed=skip_flawed)

    return change("stop-updates", plan, apply, dry_run=dry_run, as_json=as_json)


def purge(
    file: Path | None,
    *,
    older_than: int,
    yes: bool,
    dry_run: bool,
    skip_flawed: bool,
    as_json: bool,
) -> int:
    """Archive parcels, then delete them from the account."""
    from flows.steps.purge import carry_out, plan_purge

    def plan(run: "Run") -> "Plan":
        return plan_purge(run, file, older_than=older_than, skip_flawed=skip_flawed)

    wants_yes = not (yes or dry_run)
    return change("purge", plan, carry_out, dry_run=dry_run, as_json=as_json, wants_yes=wants_yes)


def change(
    command: str,
    plan_of: "Callable[[Run], PlanT]",
    carry_out: "Callable[[Run, PlanT], Report]",
    *,
    dry_run: bool,
    as_json: bool,
    wants_yes: bool = False,
) -> int:
    """Plan, show the plan, and unless it is to be shown only, carry it out."""
    from flows.errors import UsageError
    from flows.steps.run import running
    from flows.summary import summary

    with running(read_settings(), command) as run:
        plan = plan_of(run)
        planned = plan.summary()
        if not as_json:
            _show_plan(command, planned, plan, run)
        is_unconfirmed = wants_yes and bool(plan.acts)
        report = None if dry_run or is_unconfirmed else carry_out(run, plan)
    if is_unconfirmed:
        raise UsageError(f"{command} cannot be taken back: say --yes, or --dry-run to look")
    said = summary(run)
    if as_json:
        done = None if report is None else report.summary()
        print_json(said | {"plan": planned, "done": done})
    elif report is None:
        print("dry run   nothing was sent")
    else:
        _show_done(said, report)
    return exit_status(said)


def credits_said(credits: float) -> str:
    """Return "1 credit", "2,000.4 credits"."""
    said = f"{credits:,.1f}".removesuffix(".0")
    return f"{said} credit" if said == "1" else f"{said} credits"


def _show_plan(command: str, planned: dict[str, Any], plan: "Plan", run: "Run") -> None:
    from flows.steps.actions import journalled
    from flows.steps.plan import named

    costs = f", {credits_said(planned['credits'])} at most" if planned["credits"] else ""
    things = counted(planned["parcels"], plan.action.thing, plan.action.things)
    print(f"plan      {command}: {things}, {counted(planned['requests'], 'request')}{costs}")
    if planned["carriers_to_detect"]:
        print(f"          {counted(planned['carriers_to_detect'], 'carrier')} to be detected first")
    for act in plan.acts[:SHOWN]:
        what = " ".join(f"{name}={value}" for name, value in journalled(run, act).items())
        print(f"          {named(act.ref)} {what}".rstrip())
    if len(plan.acts) > SHOWN:
        print(f"          … and {len(plan.acts) - SHOWN:,} more")
    for why, how_many in planned["passed_over"].items():
        print(f"passed    {how_many:,}: {why}")
    for flaw in planned["flaws"]:
        print(f"flawed    {flaw}")


def _show_done(said: dict[str, Any], report: "Report") -> None:
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(report.states.items()))
    costs = f", {credits_said(float(report.credits))} at most" if report.credits else ""
    print(f"done      {states or 'nothing to do'}{costs}")
    for name, why in report.refused.items():
        print(f"refused   {name}: {why}")
    for name in report.unanswered:
        print(f"unknown   {name}: TrackingMore did not say what became of it")
    retries = f" ({said['retries']} repeated)" if said["retries"] else ""
    print(f"requests  {said['requests']:,}{retries}")
    for notice in said["notices"]:
        print(f"note      {notice}")
