"""Tell TrackingMore to leave alone what has ended, or will never say anything again."""

from pathlib import Path

from flows.steps.actions import not_done_yet
from flows.steps.plan import Act, Action, Found, Plan, Portion
from flows.steps.run import Run
from flows.steps.sheets import read_sheet, refuse_flaws
from trackingmore_v2 import endpoints
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.outcomes import Outcome, State
from transforms.plans import REF, Sheet, refs
from warehouse.queues import queued

QUEUE = "updates_to_stop"


def _look(act: Act, found: Found) -> State:
    item = found.get(act.ref)
    if item is None:
        return State.MISSING
    return State.DONE if item.get("track_update") is False else State.UNANSWERED


STOP = Action("stop-updates", _look, undone_by=("register", "correct-carrier", "purge"))


def plan_stops(run: Run, file: Path | None, *, skip_flawed: bool = False) -> Plan:
    """Return which parcels are to be left alone: by *file*, or by `queues.updates_to_stop`.

    Raises:
        UsageError: the file cannot be used, or has flawed rows and *skip_flawed* is not set.
    """
    sheet = _sheet(run, file)
    refuse_flaws(str(file or f"queues.{QUEUE}"), sheet.flaws, skip=skip_flawed)
    plan = Plan(STOP, flaws=sheet.flaws)
    if sheet.repeated:
        plan.passed_over["a row before names the same parcel"] += len(sheet.repeated)

    def stop(batch: list[Act]) -> list[Outcome]:
        return next(run.client.stop_updates([act.ref for act in batch]))

    acts = not_done_yet(run, STOP, [Act(ref, {}) for ref in sheet.orders], plan)
    if acts:
        plan.portions.append(Portion(endpoints.STOP_UPDATES, acts, stop))
    return plan


def _sheet(run: Run, file: Path | None) -> Sheet[TrackingRef]:
    if file is not None:
        return refs(read_sheet(file, columns=REF, needed=REF))
    with run.warehouse() as db:
        return refs(queued(db, run.account, QUEUE, REF))
