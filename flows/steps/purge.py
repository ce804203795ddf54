"""Delete parcels from the account, once they are archived; the warehouse keeps what it knows."""

from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from flows.steps.actions import apply, not_done_yet
from flows.steps.correct_carrier import GONE, held, mark_absent
from flows.steps.plan import Act, Action, Found, Plan, Portion, Report
from flows.steps.run import Run
from flows.steps.sheets import read_sheet, refuse_flaws
from trackingmore_v2 import endpoints
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.outcomes import Outcome, State
from transforms.plans import REF, Sheet, refs
from warehouse.archive import archive
from warehouse.queues import queued

QUEUE = "trackings_to_purge"
OLD_DAYS = 180


def _look(act: Act, found: Found) -> State:
    return State.UNANSWERED if act.ref in found else State.DONE


PURGE = Action("purge", _look, undone_by=("register", "correct-carrier"))


def plan_purge(
    run: Run, file: Path | None, *, older_than: int = OLD_DAYS, skip_flawed: bool = False
) -> Plan:
    """Return what is to be deleted: by *file*, or by `queues.trackings_to_purge`.

    What the warehouse does not hold is passed over: it could not be archived.

    Args:
        run: The run.
        file: Names parcels, whatever their age; None: those of the queue.
        older_than: Whole days since registration, for those of the queue: as many or more.
        skip_flawed: Whether flawed rows are left out instead of refused.

    Raises:
        UsageError: the file cannot be used, or has flawed rows and *skip_flawed* is not set.
    """
    sheet = _sheet(run, file, older_than)
    refuse_flaws(str(file or f"queues.{QUEUE}"), sheet.flaws, skip=skip_flawed)
    plan = Plan(PURGE, flaws=sheet.flaws)
    if sheet.repeated:
        plan.passed_over["a row before names the same parcel"] += len(sheet.repeated)

    acts = not_done_yet(run, PURGE, [Act(ref, {}) for ref in sheet.orders], plan)
    acts += _back_again(run, plan)
    known = set(held(run, [act.ref for act in acts]))
    if len(known) < len(acts):
        plan.passed_over["not in the warehouse, so not to be archived"] += len(acts) - len(known)
    acts = [act for act in acts if act.ref in known]
    # the answer to many names numbers alone: a number of two carriers goes by itself
    bearers = Counter(act.ref.tracking_number for act in acts)
    many = [act for act in acts if bearers[act.ref.tracking_number] == 1]
    singles = [act for act in acts if bearers[act.ref.tracking_number] > 1]
    parts = count(1)

    def keep(refs_to_keep: list[TrackingRef]) -> None:
        name = f"{run.run_id}-{next(parts):03}"
        with run.warehouse() as db:
            archive(db, run.settings.parcelhouse_home, run.account, refs_to_keep, name=name)

    def delete_many(batch: list[Act]) -> list[Outcome]:
        going = [act.ref for act in batch]
        keep(going)
        return next(run.client.delete_many(going))

    def delete(batch: list[Act]) -> list[Outcome]:
        keep([batch[0].ref])
        return [run.client.delete(batch[0].ref)]

    if many:
        plan.portions.append(Portion(endpoints.DELETE_MANY, many, delete_many))
    if singles:
        plan.portions.append(Portion(endpoints.DELETE, singles, delete))
    return plan


def carry_out(run: Run, plan: Plan) -> Report:
    """Do what *plan* says, then follow up.

    Raises:
        TrackingMoreError: see `apply`.
    """
    return apply(run, plan, follow_up=follow_up)


def follow_up(run: Run, outcomes: Sequence[Outcome]) -> None:
    """Mark in core what is gone; its rows and scans stay."""
    mark_absent(run, [each.ref for each in outcomes if each.state in GONE])


def _back_again(run: Run, plan: Plan) -> list[Act]:
    """Return those deleted before that are in the account again, and mark the others in core.

    Core does not know yet what a run had done that was killed, and finds out here.
    """
    mark_absent(run, held(run, plan.done_before))
    back = held(run, plan.done_before)
    plan.passed_over.subtract({"done before": len(back)})
    plan.passed_over = +plan.passed_over  # without what is none any more
    return [Act(ref, {}) for ref in back]


def _sheet(run: Run, file: Path | None, older_than: int) -> Sheet[TrackingRef]:
    if file is not None:
        return refs(read_sheet(file, columns=REF, needed=REF))
    with run.warehouse() as db:
        rows = queued(db, run.account, QUEUE, (*REF, "age_days"))
    return refs(
        {name: row[name] for name in REF} for row in rows if int(row["age_days"]) >= older_than
    )
