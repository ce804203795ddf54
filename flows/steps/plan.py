"""What a change of the account is made of: acts, requests' worth of them, a plan, a report."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from trackingmore_v2.credits import cost
from trackingmore_v2.endpoints import Endpoint
from trackingmore_v2.models import Payload, TrackingRef
from trackingmore_v2.outcomes import Outcome, State
from transforms.plans import Flaw


class Act(NamedTuple):
    """What is done to one parcel."""

    ref: TrackingRef
    request: Payload
    """As journalled, beside carrier and number."""
    order: Any = None
    """As the client takes it."""


Found: TypeAlias = Mapping[TrackingRef, Payload]
"""Parcels as the account has them now."""


class Portion(NamedTuple):
    """Acts that go through one endpoint, and how they are sent, a request's worth at a time."""

    endpoint: Endpoint
    acts: list[Act]
    send: Callable[[list[Act]], list[Outcome]]

    @property
    def per_request(self) -> int:
        """How many acts one request holds."""
        return self.endpoint.batch_limit or 1

    @property
    def requests(self) -> int:
        """How many requests it takes."""
        return -(-len(self.acts) // self.per_request)

    @property
    def credits(self) -> Fraction:
        """What it can cost at most."""
        return cost(self.endpoint, len(self.acts))


class Action(NamedTuple):
    """One kind of change: its name in the journal, and how to see that it has happened."""

    name: str
    look: Callable[[Act, Found], State] | None = None
    """What the account, as it is now, shows of an act: DONE, MISSING, or UNANSWERED where it does
    not show that it has happened; None: it cannot show it."""
    undone_by: tuple[str, ...] = ()
    """Actions after which it makes sense to do the same again."""
    thing: str = "parcel"
    things: str = "parcels"


@dataclass
class Plan:
    """What a run is about to do, and what it passes over."""

    action: Action
    portions: list[Portion] = field(default_factory=list)
    passed_over: Counter[str] = field(default_factory=Counter)
    """How many parcels nothing is done to, by why."""
    done_before: list[TrackingRef] = field(default_factory=list)
    """Those of them that the journal holds as done."""
    flaws: list[Flaw] = field(default_factory=list)
    left: int = 0
    """How many acts the credits allowed do not reach for."""

    @property
    def acts(self) -> list[Act]:
        """Everything that is about to be done."""
        return [act for portion in self.portions for act in portion.acts]

    @property
    def requests(self) -> int:
        """How many requests it takes."""
        return sum(portion.requests for portion in self.portions)

    @property
    def credits(self) -> Fraction:
        """What it can cost at most."""
        return sum((each.credits for each in self.portions), Fraction(0))

    def summary(self) -> dict[str, Any]:
        """Return the plan as plain values, without the parcels."""
        return {
            "parcels": len(self.acts),
            "carriers_to_detect": 0,
            "requests": self.requests,
            "credits": float(self.credits),
            "left": self.left,
            "passed_over": dict(self.passed_over),
            "flaws": [str(flaw) for flaw in self.flaws],
        }


@dataclass
class Report:
    """What was done."""

    states: Counter[str] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)
    """Why, by parcel."""
    unanswered: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    credits: Fraction = Fraction(0)

    def add(self, outcome: Outcome) -> None:
        """Count what became of one parcel."""
        self.outcomes.append(outcome)
        self.states[outcome.state.value] += 1
        if outcome.state is State.REFUSED:
            self.refused[named(outcome.ref)] = f"{outcome.code} {outcome.message}".strip()
        elif outcome.state is State.UNANSWERED:
            self.unanswered.append(named(outcome.ref))

    def summary(self) -> dict[str, Any]:
        """Return what was done as plain values."""
        return {
            **dict(self.states),
            "credits": float(self.credits),
            "refusals": self.refused,
            "unanswered_parcels": self.unanswered,
        }


def named(ref: TrackingRef) -> str:
    """Return how a person reads a ref; what is no parcel has no carrier before the slash."""
    return str(ref) if ref.carrier_code else ref.tracking_number
