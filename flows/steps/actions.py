"""Change the account: plan, show, apply, journal; whatever the action.

Each request is entered in ops.api_actions before it is sent and settled by its answer, so that a
run that was killed in between leaves `sent` behind. The next run of the action asks the account
what became of those before it plans anything: nothing is done twice.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from fractions import Fraction

from flows.steps.load import load_answers
from flows.steps.plan import Act, Action, Plan, Portion, Report
from flows.steps.run import Run
from flows.words import counted
from trackingmore_v2.credits import cost
from trackingmore_v2.errors import ApiError, TrackingMoreError
from trackingmore_v2.models import Payload, TrackingRef
from trackingmore_v2.orders import batches
from trackingmore_v2.outcomes import Outcome, State
from transforms.identity import canonical
from transforms.personal.fields import PERSONS
from transforms.personal.texts import MARK
from warehouse import journal
from warehouse.connection import transaction
from warehouse.journal import SENT, SETTLED, Settled

SEEN = {
    State.DONE: "seen in the account later",
    State.MISSING: "not in the account later",
    State.UNANSWERED: "not seen in the account later",
}


def not_done_yet(run: Run, action: Action, acts: Sequence[Act], plan: Plan) -> list[Act]:
    """Return those of *acts* that the journal does not hold as done; count the others in *plan*.

    What an earlier run had sent when it ended is looked for in the account first.
    """
    with run.warehouse() as db:
        entries = journal.latest(db, run.account, (action.name, *action.undone_by))
    by_ref = {act.ref: act for act in acts}
    adrift = {
        ref: entry
        for ref, entry in entries.items()
        if entry.outcome == SENT and entry.action == action.name and ref in by_ref
    }
    if adrift and action.look is not None:
        found = look_up(run, list(adrift))
        settled = []
        for ref, sent in adrift.items():
            state = action.look(by_ref[ref], found)
            settled.append(Settled(sent.action_id, state, None, SEEN[state], Fraction(0)))
        with run.warehouse() as db, transaction(db):
            journal.settle(db, run.account, settled, answered_at=datetime.now(UTC))
            entries = journal.latest(db, run.account, (action.name, *action.undone_by))
    left = []
    for act in acts:
        entry = entries.get(act.ref)
        was_done = (
            entry is not None
            and entry.action == action.name
            and entry.outcome in SETTLED
            and entry.request == canonical(journalled(run, act)).decode()
            and not is_withheld(entry.request)  # nobody knows whether it was this name
        )
        if was_done:
            plan.passed_over["done before"] += 1
            plan.done_before.append(act.ref)
        else:
            left.append(act)
    return left


def within_credits(plan: Plan, most: float | None) -> None:
    """Take from *plan* what *most* credits do not reach for; None: no bound."""
    if most is None:
        return
    rest = allowed(most)
    for place, portion in enumerate(plan.portions):
        price = cost(portion.endpoint)
        if not price:
            continue
        reached = min(len(portion.acts), int(rest / price))
        plan.left += len(portion.acts) - reached
        plan.portions[place] = portion._replace(acts=portion.acts[:reached])
        rest -= price * reached


def allowed(most: float) -> Fraction:
    """Return a bound of credits as it was written: 0.6 is three fifths, and not a bit less."""
    return Fraction(str(most))


def apply(
    run: Run, plan: Plan, *, follow_up: Callable[[Run, Sequence[Outcome]], object] | None = None
) -> Report:
    """Do what *plan* says, one journalled request after the other.

    Args:
        run: The run.
        plan: What to do.
        follow_up: What is to be done in the end about those that were answered, also where the
            account or the network has refused to go on with the others.

    Raises:
        TrackingMoreError: the account or the network refuses to go on; what was done is in the
            journal, and the same command goes on behind it.
    """
    report = Report()
    try:
        for portion in plan.portions:
            for acts in batches(portion.acts, portion.per_request):
                _send(run, plan.action, portion, acts, report)
    except TrackingMoreError:
        if follow_up is not None:
            with suppress(TrackingMoreError):  # the first one says what is wrong
                follow_up(run, report.outcomes)
        raise
    _describe(run, plan, report)
    if follow_up is not None:
        follow_up(run, report.outcomes)
    return report


def journalled(run: Run, act: Act) -> Payload:
    """Return an act's request as it is journalled and shown."""
    ref = act.ref
    return run.masker.request(
        act.request, carrier_code=ref.carrier_code, tracking_number=ref.tracking_number
    )


def is_withheld(request: str) -> bool:
    """Return whether a journalled request lacks what it was about: a person who was dropped."""
    asked = json.loads(request)
    return MARK in request or any(name in asked and asked[name] is None for name in PERSONS)


def _send(run: Run, action: Action, portion: Portion, acts: list[Act], report: Report) -> None:
    entries = [
        journal.entry(run.run_id, action.name, act.ref, journalled(run, act)) for act in acts
    ]
    with run.warehouse() as db, transaction(db):
        journal.enter(db, run.account, entries, sent_at=datetime.now(UTC), run_id=run.run_id)
    try:
        outcomes = portion.send(acts)
    except ApiError as error:
        if not error.retryable:  # else it may have worked: the next run looks
            said = run.masker.words(error.message)
            rows = [(each.action_id, "refused", error.code, said) for each in entries]
            _settle(run, rows)
        raise
    outcomes = [
        each._replace(message=run.masker.words(each.message))
        for each in _verified(run, action, acts, outcomes)
    ]
    price = cost(portion.endpoint)
    charged = {each.ref for each in outcomes if each.state is State.DONE}
    with run.warehouse() as db, transaction(db):
        journal.settle(
            db,
            run.account,
            [
                Settled(
                    entry.action_id,
                    outcome.state.value,
                    outcome.code,
                    outcome.message,
                    price if outcome.ref in charged else Fraction(0),
                )
                for entry, outcome in zip(entries, outcomes, strict=True)
            ],
            answered_at=datetime.now(UTC),
        )
    report.credits += price * len(charged)
    for outcome in outcomes:
        report.add(outcome)


def _settle(run: Run, rows: Sequence[tuple[str, str, int | None, str]]) -> None:
    with run.warehouse() as db, transaction(db):
        journal.settle(
            db,
            run.account,
            [Settled(*row, Fraction(0)) for row in rows],
            answered_at=datetime.now(UTC),
        )


def _verified(run: Run, action: Action, acts: list[Act], outcomes: list[Outcome]) -> list[Outcome]:
    """Look in the account for what the answer left open."""
    open_refs = [each.ref for each in outcomes if each.state is State.UNANSWERED]
    if not open_refs or action.look is None:
        return outcomes
    found = look_up(run, open_refs)
    by_ref = {act.ref: act for act in acts}
    settled = []
    for each in outcomes:
        if each.state is State.UNANSWERED:
            state = action.look(by_ref[each.ref], found)
            message = f"the answer did not say; {SEEN[state]}"
            settled.append(each._replace(state=state, message=message))
        else:
            settled.append(each)
    return settled


def look_up(run: Run, refs: Sequence[TrackingRef]) -> dict[TrackingRef, Payload]:
    """Return the parcels with the numbers of *refs* as the account has them now, and load them."""
    run.landed_paths.clear()
    numbers = list(dict.fromkeys(ref.tracking_number for ref in refs))
    items = run.client.find(numbers=numbers)
    with run.warehouse() as db, transaction(db):
        run.tally.add(load_answers(db, run, tuple(run.landed_paths)))
    run.landed_paths.clear()
    return {
        TrackingRef(str(item.get("carrier_code")), str(item.get("tracking_number"))): item
        for item in items
    }


def _describe(run: Run, plan: Plan, report: Report) -> None:
    """Leave what needs a person as notices of the run."""
    thing, things = plan.action.thing, plan.action.things
    if plan.left:
        run.notices["credits"] = (
            f"{counted(plan.left, thing, things)} more would exceed the credits allowed; the same"
            " command goes on there"
        )
    if report.refused:
        run.notices["refused"] = (
            f"TrackingMore refused {counted(len(report.refused), thing, things)},"
            " see ops.api_actions"
        )
    if report.unanswered:
        run.notices["unanswered"] = (
            "TrackingMore did not say what became of"
            f" {counted(len(report.unanswered), thing, things)}"
        )
    if plan.flaws:
        run.notices["flaws"] = f"{counted(len(plan.flaws), 'flawed row')} skipped"
    run.has_doubts = run.has_doubts or bool(run.notices)
