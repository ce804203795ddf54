"""Write beside parcels what the shop knows: titles, orders, customers, a status by hand."""

from pathlib import Path
from typing import Any

from flows.steps.actions import not_done_yet
from flows.steps.plan import Act, Action, Found, Plan, Portion
from flows.steps.run import Run
from flows.steps.sheets import read_sheet, refuse_flaws
from trackingmore_v2 import endpoints
from trackingmore_v2.orders import STATUSES, Annotation
from trackingmore_v2.outcomes import Outcome, State
from transforms.plans import ANNOTATION, Marked, Sheet, annotations
from warehouse.queues import queued

QUEUE = "trackings_to_annotate"
QUEUED = ("carrier_code", "tracking_number", "archived")
BY_HAND = {number: word for number, word in STATUSES.items() if number != 8}


def _look(act: Act, found: Found) -> State:
    item = found.get(act.ref)
    if item is None:
        return State.MISSING
    written = all(_says(item.get(name), name, value) for name, value in act.request.items())
    return State.DONE if written else State.UNANSWERED


def _says(said: Any, name: str, value: Any) -> bool:
    if name == "status":
        return str(said).lower() == BY_HAND.get(value)
    return str(said).lower() == str(value).lower()


ANNOTATE = Action("annotate", _look, undone_by=("register", "correct-carrier", "purge"))


def plan_annotations(run: Run, file: Path | None, *, skip_flawed: bool = False) -> Plan:
    """Return what is to be written: by *file*, or by `queues.trackings_to_annotate`.

    Raises:
        UsageError: the file cannot be used, or has flawed rows and *skip_flawed* is not set.
    """
    sheet = _sheet(run, file)
    refuse_flaws(str(file or f"queues.{QUEUE}"), sheet.flaws, skip=skip_flawed)
    plan = Plan(ANNOTATE, flaws=sheet.flaws)
    if sheet.repeated:
        plan.passed_over["a row before names the same parcel"] += len(sheet.repeated)
    acts = [Act(each.ref, _said(each.annotation), each.annotation) for each in sheet.orders]
    acts = not_done_yet(run, ANNOTATE, acts, plan)

    def annotate(batch: list[Act]) -> list[Outcome]:
        return [run.client.annotate(batch[0].ref, batch[0].order)]

    def annotate_many(batch: list[Act]) -> list[Outcome]:
        return next(run.client.annotate_many({act.ref: act.order for act in batch}))

    many = [act for act in acts if act.order.fits_many]
    singles = [act for act in acts if not act.order.fits_many]
    if many:
        plan.portions.append(Portion(endpoints.ANNOTATE_MANY, many, annotate_many))
    if singles:
        plan.portions.append(Portion(endpoints.ANNOTATE, singles, annotate))
    return plan


def _sheet(run: Run, file: Path | None) -> Sheet[Marked]:
    if file is not None:
        needed = ("carrier_code", "tracking_number")
        return annotations(read_sheet(file, columns=ANNOTATION, needed=needed))
    with run.warehouse() as db:
        return annotations(queued(db, run.account, QUEUE, QUEUED))


def _said(annotation: Annotation) -> dict[str, Any]:
    return {**annotation.payload(), **_status(annotation)}


def _status(annotation: Annotation) -> dict[str, Any]:
    return {} if annotation.status is None else {"status": annotation.status}
