"""Ask for which couriers destinations are remote, and keep the answers: each costs credits."""

from pathlib import Path

from flows.steps.actions import not_done_yet, within_credits
from flows.steps.plan import Act, Action, Plan, Portion
from flows.steps.run import Run
from flows.steps.sheets import read_sheet, refuse_flaws
from trackingmore_v2 import endpoints
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.orders import Address
from trackingmore_v2.outcomes import Outcome, State
from transforms.account_tables import REMOTE_AREAS
from transforms.plans import ADDRESS, Sheet, addresses
from transforms.remote_areas import remote_area_rows
from warehouse.connection import transaction
from warehouse.enrichment import replace_rows
from warehouse.queues import queued

QUEUE = "addresses_to_check"
CHECK = Action("remote-areas", thing="address", things="addresses")


def plan_remote_areas(
    run: Run, file: Path | None, *, skip_flawed: bool = False, max_credits: float | None = None
) -> Plan:
    """Return which destinations are to be asked for: of *file*, or of the queue, each once.

    Raises:
        UsageError: the file cannot be used, or has flawed rows and *skip_flawed* is not set.
    """
    sheet = _sheet(run, file)
    refuse_flaws(str(file or f"queues.{QUEUE}"), sheet.flaws, skip=skip_flawed)
    plan = Plan(CHECK, flaws=sheet.flaws)
    if sheet.repeated:
        plan.passed_over["a row before says the same"] += len(sheet.repeated)

    def ask(batch: list[Act]) -> list[Outcome]:
        found = next(run.client.remote_areas([act.order for act in batch]))
        rows = remote_area_rows(found, account=run.account, fetched_at=run.now(), run_id=run.run_id)
        with run.warehouse() as db, transaction(db):
            replace_rows(db, REMOTE_AREAS, rows, subject=REMOTE_AREAS.key[:-1])
        unsettled = set(found.unsettled)
        return [
            Outcome(act.ref, State.UNANSWERED if act.order in unsettled else State.DONE)
            for act in batch
        ]

    acts = [Act(_ref(each), {}, each) for each in sheet.orders]
    if acts := not_done_yet(run, CHECK, acts, plan):
        plan.portions.append(Portion(endpoints.REMOTE_AREAS, acts, ask))
    within_credits(plan, max_credits)
    return plan


def _ref(address: Address) -> TrackingRef:
    """Return how the journal names a destination."""
    return TrackingRef(address.company or "", f"{address.country}/{address.postcode}")


def _sheet(run: Run, file: Path | None) -> Sheet[Address]:
    if file is not None:
        needed = ("country", "postcode")
        return addresses(read_sheet(file, columns=ADDRESS, needed=needed))
    with run.warehouse() as db:
        return addresses(queued(db, run.account, QUEUE, ADDRESS))
