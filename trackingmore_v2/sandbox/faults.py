"""Scripted misbehaviour: what a server does on its bad days, when a test asks for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from trackingmore_v2.endpoints import Endpoint

if TYPE_CHECKING:
    from trackingmore_v2.sandbox.account import Sandbox

Kind = Literal[
    "http_429",
    "meta_429",
    "http_500",
    "http_503",
    "html_200",
    "cut_body",
    "slow",
    "reset",
    "change",
]
UNHEARD = frozenset({"http_429", "meta_429", "refusal"})  # nothing was done


@dataclass(frozen=True)
class Fault:
    """One misbehaviour.

    Attributes:
        kind: `http_429`, `http_500`, `http_503` answer with that HTTP status; `meta_429` with HTTP
            200 and meta code 429; `html_200` with a web page and HTTP 200; `cut_body` promises
            more bytes than it sends and hangs up; `reset` hangs up without an answer; `slow`
            waits before the answer; `change` calls *change* before the answer is computed;
            `refusal` answers HTTP 200 with meta code *code*. What is refused so, or with a 429,
            has not been done; with every other kind it has, and only the answer is lost.
        endpoint: Only requests to this endpoint, or to the one of this name; None = any.
        times: How many requests it befalls.
        after: How many matching requests it lets pass first.
        seconds: How long `slow` waits.
        retry_after: The `Retry-After` header of a 429; None = no such header.
        code: The meta code of a `refusal`.
        change: What `change` does to the sandbox: a change between two pages.

    """

    kind: Kind | Literal["refusal"]
    endpoint: str | Endpoint | None = None
    times: int = 1
    after: int = 0
    seconds: float = 1.0
    retry_after: int | None = None
    code: int = 4018
    change: "Callable[[Sandbox], object] | None" = None


class Befallen(NamedTuple):
    """The faults of one request: at most one of each column."""

    answer: Fault | None = None  # in place of the answer, or instead of its end
    slow: Fault | None = None
    change: Fault | None = None


class Script:
    """The faults still to come, in the order in which they were scripted."""

    def __init__(self) -> None:
        self._pending: list[_Pending] = []

    def add(self, fault: Fault) -> None:
        """Queue a fault."""
        self._pending.append(_Pending(fault))

    def next(self, endpoint: Endpoint | None) -> Befallen:
        """Return what befalls a request to *endpoint*, and count it.

        Of several faults that are due the first is taken and the others wait, but a change, a
        delay and a spoilt answer may befall the same request.
        """
        struck: dict[str, Fault] = {}
        for pending in self._pending:
            fault = pending.fault
            if fault.endpoint is not None and (
                endpoint is None or fault.endpoint not in (endpoint, endpoint.name)
            ):
                continue
            if pending.pass_by > 0:
                pending.pass_by -= 1
                continue
            column = fault.kind if fault.kind in ("slow", "change") else "answer"
            if column not in struck:
                struck[column] = fault
                pending.left -= 1
        self._pending = [pending for pending in self._pending if pending.left > 0]
        return Befallen(**struck)


class _Pending:
    """A fault and what is left of it."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.pass_by = fault.after
        self.left = fault.times
