"""Tell TrackingMore which carrier really moves a parcel."""

from collections.abc import Sequence
from pathlib import Path

from flows.steps.actions import apply, look_up, not_done_yet
from flows.steps.plan import Act, Action, Found, Plan, Portion, Report
from flows.steps.run import Run
from flows.steps.sheets import read_sheet, refuse_flaws
from trackingmore_v2 import endpoints
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.outcomes import Outcome, State
from transforms.plans import CORRECTION, Correction, Sheet, corrections
from warehouse.connection import transaction
from warehouse.deletions import mark_deleted
from warehouse.queues import queued, registered, tracking_ids

QUEUE = "carriers_to_correct"


def _look(act: Act, found: Found) -> State:
    if act.ref in found:
        return State.UNANSWERED
    new = act.ref._replace(carrier_code=str(act.order))
    return State.DONE if new in found else State.MISSING


CORRECT = Action("correct-carrier", _look, undone_by=("register", "purge"))
GONE = {State.DONE, State.ALREADY, State.MISSING}


def plan_corrections(run: Run, file: Path | None, *, skip_flawed: bool = False) -> Plan:
    """Return what is to be corrected: by *file*, or by `queues.carriers_to_correct`.

    Raises:
        UsageError: the file cannot be used, or has flawed rows and *skip_flawed* is not set.
    """
    sheet = _sheet(run, file)
    refuse_flaws(str(file or f"queues.{QUEUE}"), sheet.flaws, skip=skip_flawed)
    plan = Plan(CORRECT, flaws=sheet.flaws)
    if sheet.repeated:
        plan.passed_over["a row before names the same parcel"] += len(sheet.repeated)
    acts = [
        Act(each.ref, {"update_carrier_code": each.carrier_code}, each.carrier_code)
        for each in sheet.orders
    ]

    def correct(batch: list[Act]) -> list[Outcome]:
        return [run.client.correct_carrier(batch[0].ref, batch[0].order)]

    acts = not_done_yet(run, CORRECT, acts, plan)
    # of a run that was killed before it could note in core what it had done
    mark_absent(run, held(run, plan.done_before))
    if acts:
        plan.portions.append(Portion(endpoints.CORRECT_CARRIER, acts, correct))
    return plan


def carry_out(run: Run, plan: Plan) -> Report:
    """Do what *plan* says, then follow up.

    Raises:
        TrackingMoreError: see `apply`.
    """
    return apply(run, plan, follow_up=follow_up)


def follow_up(run: Run, outcomes: Sequence[Outcome]) -> None:
    """Bring home the parcels under their new carriers, and mark what the old ones left behind."""
    mark_absent(run, [each.ref for each in outcomes if each.state in GONE])


def held(run: Run, refs: Sequence[TrackingRef]) -> list[TrackingRef]:
    """Return those of *refs* that the warehouse takes to be in the account."""
    with run.warehouse() as db:
        known = registered(db, run.account)
    return [ref for ref in refs if ref in known]


def mark_absent(run: Run, refs: Sequence[TrackingRef]) -> int:
    """Look for *refs* in the account; mark as deleted what is not there, and return how many.

    A parcel that is there under another carrier with the id it had is not deleted.
    """
    if not refs:
        return 0
    found = look_up(run, refs)
    asked_at = run.client.server_now()
    present = {str(item.get("id")) for item in found.values()}
    with run.warehouse() as db, transaction(db):
        absent = tracking_ids(db, run.account, [ref for ref in refs if ref not in found])
        gone = [tracking_id for tracking_id in absent if tracking_id not in present]
        if not gone or asked_at is None:
            return 0
        return mark_deleted(
            db, run.account, tracking_ids=gone, deleted_at=asked_at, run_id=run.run_id
        )


def _sheet(run: Run, file: Path | None) -> Sheet[Correction]:
    if file is not None:
        return corrections(read_sheet(file, columns=CORRECTION, needed=CORRECTION))
    with run.warehouse() as db:
        return corrections(queued(db, run.account, QUEUE, CORRECTION))
