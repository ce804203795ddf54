"""Sheets as a shop writes them, and what an account and a journal say after they were sent."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from flows.steps.plan import Plan, Report
from flows.steps.run import Run, running
from tests.truth import Mirror
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.sandbox import Sandbox

CARRIER = "china-post"
PlanT = TypeVar("PlanT", bound=Plan)


def label(number: int) -> str:
    """A number that is one of CARRIER's."""
    return f"RS{number:09}CN"


def shipments(numbers: Iterable[int], **said: str) -> list[dict[str, str]]:
    return [{"carrier_code": CARRIER, "tracking_number": label(each)} | said for each in numbers]


def sheet(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """Write *rows* to *path* as CSV; a row without a cell has it empty."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def done(
    ours: Mirror,
    command: str,
    plan_of: Callable[[Run], PlanT],
    carry_out: Callable[[Run, PlanT], Report],
) -> tuple[PlanT, Report, Run]:
    """Plan and carry out as the command does."""
    with running(ours.settings, command) as run:
        plan = plan_of(run)
        report = carry_out(run, plan)
    return plan, report, run


def refs_of(account: Sandbox) -> set[TrackingRef]:
    """Every parcel of an account."""
    return {TrackingRef.from_payload(item) for item in account.items()}


def item_of(account: Sandbox, ref: TrackingRef) -> dict[str, Any]:
    """One parcel of an account."""
    return next(item for item in account.items() if TrackingRef.from_payload(item) == ref)


def outcomes_of(ours: Mirror, action: str) -> dict[str, int]:
    """How often the journal has which outcome of *action*."""
    rows = ours.query(f"select outcome from ops.api_actions where action = '{action}'")
    return dict(Counter(outcome for (outcome,) in rows))


def asked(account: Sandbox, path: str) -> int:
    """How many requests came for a path of the API."""
    return sum(said == path for _, said, _ in account.requests)
