"""`parcelhouse forget | personal-data apply`: what they do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flows.choosing import read_settings
from flows.commands.printing import NEEDS_A_PERSON, exit_status, print_json
from flows.words import counted

if TYPE_CHECKING:
    from flows.steps.apply_policy import PolicyPlan
    from flows.steps.forget import ForgetPlan
    from warehouse.masking import Rewritten

SHOWN = 10
OUT_OF_REACH = (
    "TrackingMore itself still has it: `parcelhouse purge FILE` deletes the parcels there,"
    " `parcelhouse annotate FILE` writes over names",
    "copies that somebody made of files, and backups, are not reached",
)


def apply(*, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Bring what is stored in line with PARCELHOUSE_PII."""
    from flows.display import progress_display
    from flows.errors import UsageError
    from flows.steps.apply_policy import apply_policy, plan_policy
    from flows.steps.run import local_run
    from flows.summary import summary

    with (
        progress_display(quiet=as_json) as watch,
        local_run(read_settings(), "personal-data apply", is_rewriting=True) as run,
    ):
        plan = plan_policy(run, watch=watch)
        if not as_json:
            _show_policy_plan(plan)
        is_unconfirmed = plan.is_rewriting and not (yes or dry_run)
        done = None if dry_run or is_unconfirmed else apply_policy(run, plan, watch=watch)
    if is_unconfirmed:
        msg = "personal-data apply cannot be taken back: say --yes, or --dry-run to look"
        raise UsageError(msg)
    said = summary(run)
    if as_json:
        print_json(said | {"plan": plan.summary(), "done": done and done._asdict()})
    elif done is None:
        print("dry run    nothing was rewritten")
    else:
        _show_done(done, said)
    return exit_status(said)


def forget(
    parcels: Sequence[str],
    *,
    emails: Sequence[str],
    names: Sequence[str],
    phones: Sequence[str],
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Erase the personal data of parcels, or of all parcels of a customer."""
    from flows.display import progress_display
    from flows.errors import UsageError
    from flows.steps.forget import forget as forget_steps
    from flows.steps.forget import plan_forgetting
    from flows.steps.repair import parse_refs
    from flows.steps.run import local_run
    from flows.summary import summary

    refs = parse_refs(parcels)
    with (
        progress_display(quiet=as_json) as watch,
        local_run(read_settings(), "forget", is_rewriting=True) as run,
    ):
        plan = plan_forgetting(
            run, refs, {"email": emails, "name": names, "phone": phones}, watch=watch
        )
        if not as_json:
            _show_forget_plan(plan)
        is_unconfirmed = bool(plan.wishes) and not (yes or dry_run)
        done = None
        if plan.wishes and yes and not dry_run:
            done = forget_steps(run, plan, watch=watch)
    if is_unconfirmed:
        raise UsageError("forget cannot be taken back: say --yes, or --dry-run to look")
    said = summary(run)
    if as_json:
        told = {"plan": plan.summary(), "done": done and done._asdict()}
        print_json(said | told | {"out_of_reach": OUT_OF_REACH})
    elif done is None:
        print("dry run    nothing was erased" if plan.wishes else "nothing to do")
    else:
        _show_done(done, said)
        for sentence in OUT_OF_REACH:
            print(f"note       {sentence}")
    return NEEDS_A_PERSON if plan.unknown else exit_status(said)


def _show_policy_plan(plan: "PolicyPlan") -> None:
    if plan.is_done:
        print(f"plan       what is stored is kept by `{plan.wanted}` already")
        return
    print(
        f"plan       from `{plan.stored.policy}` to `{plan.wanted}`:"
        f" {counted(plan.trackings, 'parcel')} to look through,"
        f" {counted(len(plan.survey.files), 'file')} of the landing to rewrite"
    )
    if plan.unfinished:
        print(f"           {plan.unfinished:,} entries of ops.forgotten to be finished")
    for note in plan.notes():
        print(f"note       {note}")


def _show_forget_plan(plan: "ForgetPlan") -> None:
    print(
        f"plan       forget {counted(len(plan.found.parcels), 'parcel')}:"
        f" {counted(len(plan.found.survey.files), 'file')} of the landing to rewrite"
    )
    refs = list(plan.found.parcels.values())
    for ref in refs[:SHOWN]:
        print(f"           {ref}")
    if len(refs) > SHOWN:
        print(f"           … and {len(refs) - SHOWN:,} more")
    for ref in plan.unknown:
        print(f"missing    nothing is stored of {ref}")


def _show_done(done: "Rewritten", said: dict[str, Any]) -> None:
    print(
        f"rewritten  {counted(done.trackings, 'parcel')}, {counted(done.events, 'scan')},"
        f" {counted(done.others, 'other row')}, {counted(done.files, 'file')}"
    )
    for notice in said["notices"]:
        print(f"note       {notice}")
