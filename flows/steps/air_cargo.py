"""Ask where air waybills are, and keep their events; each asking costs 20 credits."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.steps.actions import within_credits
from flows.steps.plan import Act, Action, Plan, Portion
from flows.steps.run import Run
from flows.steps.sheets import read_sheet, refuse_flaws
from trackingmore_v2 import endpoints
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.outcomes import Outcome, State
from transforms.air_waybills import air_waybill_rows
from transforms.plans import AIR_WAYBILL, Sheet, waybills
from warehouse import journal
from warehouse.connection import transaction
from warehouse.enrichment import store_air_waybills
from warehouse.queues import queued

QUEUE = "air_waybills_due"
FOLLOW = Action("air-cargo", thing="air waybill", things="air waybills")
ASKED_AGAIN_AFTER = timedelta(hours=12)


def plan_air_cargo(
    run: Run, file: Path | None, *, skip_flawed: bool = False, max_credits: float | None = None
) -> Plan:
    """Return which air waybills are to be asked for: of *file*, or of the queue.

    One that was asked for less than twelve hours ago is passed over, also where nothing is known
    of it: each asking costs.

    Raises:
        UsageError: the file cannot be used, or has flawed rows and *skip_flawed* is not set.
    """
    sheet = _sheet(run, file)
    refuse_flaws(str(file or f"queues.{QUEUE}"), sheet.flaws, skip=skip_flawed)
    plan = Plan(FOLLOW, flaws=sheet.flaws)
    if sheet.repeated:
        plan.passed_over["a row before says the same"] += len(sheet.repeated)
    with run.warehouse() as db:
        since = datetime.now(UTC) - ASKED_AGAIN_AFTER
        fresh = journal.answered_since(db, run.account, FOLLOW.name, since)
    numbers = [each for each in sheet.orders if TrackingRef("", each) not in fresh]
    if len(numbers) < len(sheet.orders):
        plan.passed_over["asked for within twelve hours"] += len(sheet.orders) - len(numbers)

    def ask(batch: list[Act]) -> list[Outcome]:
        found = next(run.client.air_waybills([act.order for act in batch]))
        bills, events = air_waybill_rows(
            found, account=run.account, fetched_at=run.now(), run_id=run.run_id
        )
        with run.warehouse() as db, transaction(db):
            store_air_waybills(db, bills, events)
        missing = set(found.missing)
        return [
            Outcome(act.ref, State.MISSING if act.order in missing else State.DONE) for act in batch
        ]

    acts = [Act(TrackingRef("", number), {}, number) for number in numbers]
    if acts:
        plan.portions.append(Portion(endpoints.AIR_WAYBILLS, acts, ask))
    within_credits(plan, max_credits)
    return plan


def _sheet(run: Run, file: Path | None) -> Sheet[str]:
    if file is not None:
        return waybills(read_sheet(file, columns=AIR_WAYBILL, needed=AIR_WAYBILL))
    with run.warehouse() as db:
        return waybills(queued(db, run.account, QUEUE, AIR_WAYBILL))
