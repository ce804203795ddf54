"""Register shipments: from a sheet, or from the queue that the user's own jobs fill."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from flows.steps.actions import allowed, apply, not_done_yet
from flows.steps.plan import Act, Action, Found, Plan, Portion, Report
from flows.steps.run import Run
from flows.steps.sheets import read_sheet, refuse_flaws
from flows.words import counted
from trackingmore_v2 import endpoints
from trackingmore_v2.credits import cost
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.outcomes import Outcome, State
from transforms.plans import SHIPMENT, Draft, Sheet, drafts, needs_own_request
from warehouse import journal
from warehouse.connection import transaction
from warehouse.journal import SETTLED, Entry, Settled
from warehouse.queues import queued, registered

DETECT = "detect-carrier"
SAME = "a row before says the same"
UNDETECTED = "no carrier can be detected"
QUEUE = "shipments_to_register"
QUEUED = tuple(name for name in SHIPMENT if name != "auto_correct")


def _look(act: Act, found: Found) -> State:
    return State.DONE if act.ref in found else State.UNANSWERED


REGISTER = Action("register", _look, undone_by=("purge",))
# the queue's rows stay, and are not to bring back what was purged
REGISTER_ONCE = REGISTER._replace(undone_by=())


@dataclass
class RegisterPlan(Plan):
    """Shipments to register; of some the carrier must be detected first."""

    undetected: list[Draft] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """How many requests it takes, if every carrier can be detected."""
        batch = endpoints.REGISTER_MANY.batch_limit or 1
        return super().requests + len(self.undetected) + -(-len(self.undetected) // batch)

    @property
    def credits(self) -> Fraction:
        """What it can cost at most."""
        return super().credits + len(self.undetected) * (
            cost(endpoints.DETECT_CARRIER) + cost(endpoints.REGISTER)
        )

    def summary(self) -> dict[str, Any]:
        """Return the plan as plain values, without the parcels."""
        said = super().summary()
        undetected = len(self.undetected)
        return said | {
            "parcels": said["parcels"] + undetected,
            "carriers_to_detect": undetected,
        }


def plan_registrations(
    run: Run, file: Path | None, *, skip_flawed: bool = False, max_credits: float | None = None
) -> RegisterPlan:
    """Return what is to be registered: of *file*, or of `queues.shipments_to_register`.

    What is registered, or was registered by an earlier run, is passed over; a sheet brings back
    what was purged since, the queue does not. Nothing is asked that costs credits.

    Raises:
        UsageError: the file cannot be used, or has flawed rows and *skip_flawed* is not set.
    """
    sheet = _sheet(run, file)
    refuse_flaws(str(file or f"queues.{QUEUE}"), sheet.flaws, skip=skip_flawed)
    plan = RegisterPlan(REGISTER if file else REGISTER_ONCE, flaws=sheet.flaws)
    plan.passed_over[SAME] += len(sheet.repeated)
    with run.warehouse() as db:
        known = registered(db, run.account, ever=file is None)
        asked = journal.latest(db, run.account, (DETECT,))
        moved = journal.latest(db, run.account, ("correct-carrier", "purge"))
    numbers = {ref.tracking_number for ref in known}
    acts: dict[TrackingRef, Act] = {}
    for draft in sheet.orders:
        before = asked.get(TrackingRef("", draft.tracking_number))
        detected = before.message if before and before.outcome == State.DONE else ""
        ref = TrackingRef(draft.carrier_code or detected, draft.tracking_number)
        if ref in known or (draft.carrier_code is None and ref.tracking_number in numbers):
            plan.passed_over["registered already"] += 1
        elif ref in moved and _was_corrected(moved[ref]):
            plan.passed_over["corrected to another carrier since"] += 1
        elif ref in acts:
            plan.passed_over[SAME] += 1
        elif ref.carrier_code:
            acts[ref] = _act(draft, ref.carrier_code)
        elif before and before.outcome == State.MISSING:
            plan.passed_over[UNDETECTED] += 1
        else:
            plan.undetected.append(draft)
    _fill(run, plan, not_done_yet(run, plan.action, list(acts.values()), plan), max_credits)
    _mention_undetected(run, plan)
    plan.passed_over = +plan.passed_over  # without what is none
    return plan


def carry_out(run: Run, plan: RegisterPlan) -> Report:
    """Detect the carriers that are missing, then register.

    Raises:
        TrackingMoreError: see `apply`.
    """
    price = len(plan.undetected) * cost(endpoints.DETECT_CARRIER)
    detect_carriers(run, plan)
    report = apply(run, plan)
    report.credits += price
    return report


def detect_carriers(run: Run, plan: RegisterPlan) -> None:
    """Ask who moves the shipments without a carrier, and move them into the plan's portions.

    Each asking costs a fifth of a credit; an answer is kept in the journal and not asked again.
    """
    acts = {act.ref: act for act in plan.acts}
    found: dict[TrackingRef, Act] = {}
    for draft in plan.undetected:
        code = _detect(run, TrackingRef("", draft.tracking_number))
        ref = TrackingRef(code, draft.tracking_number)
        if not code:
            plan.passed_over[UNDETECTED] += 1
        elif ref in acts or ref in found:
            plan.passed_over[SAME] += 1
        else:
            found[ref] = _act(draft, code)
    _mention_undetected(run, plan)
    plan.undetected.clear()
    new = not_done_yet(run, plan.action, list(found.values()), plan)
    plan.portions.clear()
    _fill(run, plan, [*acts.values(), *new], None)


def _mention_undetected(run: Run, plan: RegisterPlan) -> None:
    if missed := plan.passed_over[UNDETECTED]:
        run.notices["undetected"] = (
            f"no carrier can be detected of {counted(missed, 'number')}: name it in carrier_code"
        )
        run.has_doubts = True


def _was_corrected(entry: Entry) -> bool:
    return entry.action == "correct-carrier" and entry.outcome in SETTLED


def _sheet(run: Run, file: Path | None) -> Sheet[Draft]:
    if file is not None:
        return drafts(read_sheet(file, columns=SHIPMENT, needed=("tracking_number",)))
    with run.warehouse() as db:
        return drafts(queued(db, run.account, QUEUE, QUEUED))


def _act(draft: Draft, carrier_code: str) -> Act:
    shipment = draft.shipment(carrier_code)
    request = {name: value for name, value in shipment.payload().items() if name not in _REF}
    return Act(shipment.ref, request, shipment)


_REF = ("carrier_code", "tracking_number")


def _fill(run: Run, plan: RegisterPlan, acts: Sequence[Act], max_credits: float | None) -> None:
    """Part *acts* by endpoint, as many of them as the credits allow; the undetected come last."""
    if max_credits is not None:
        rest = allowed(max_credits)
        reached = min(len(acts), int(rest / cost(endpoints.REGISTER)))
        rest -= reached * cost(endpoints.REGISTER)
        price = cost(endpoints.DETECT_CARRIER) + cost(endpoints.REGISTER)
        detected = min(len(plan.undetected), int(rest / price))
        plan.left = len(acts) - reached + len(plan.undetected) - detected
        acts = acts[:reached]
        del plan.undetected[detected:]
    singles = [act for act in acts if needs_own_request(act.order)]
    many = [act for act in acts if not needs_own_request(act.order)]

    def register(batch: list[Act]) -> list[Outcome]:
        return [run.client.register(batch[0].order)]

    def register_many(batch: list[Act]) -> list[Outcome]:
        return next(run.client.register_many([act.order for act in batch]))

    if many:
        plan.portions.append(Portion(endpoints.REGISTER_MANY, many, register_many))
    if singles:
        plan.portions.append(Portion(endpoints.REGISTER, singles, register))


def _detect(run: Run, ref: TrackingRef) -> str:
    """Return the likeliest carrier of a number, or ""; journalled before and behind."""
    entry = journal.entry(run.run_id, DETECT, ref, {})
    with run.warehouse() as db, transaction(db):
        journal.enter(db, run.account, [entry], sent_at=datetime.now(UTC), run_id=run.run_id)
    found = run.client.detect(ref.tracking_number)
    code = str(found[0]["code"]) if found else ""
    settled = Settled(
        entry.action_id,
        "done" if code else "missing",
        None,
        code or "no carrier was detected",
        cost(endpoints.DETECT_CARRIER),
    )
    with run.warehouse() as db, transaction(db):
        journal.settle(db, run.account, [settled], answered_at=datetime.now(UTC))
    return code
