"""Bad days of a server: whatever happens between two requests, the warehouse ends up equal."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias, get_args

import pytest

from flows.steps import run as runs
from tests.truth import Mirror
from trackingmore_v2.budget import PAUSE_SECONDS
from trackingmore_v2.errors import (
    NoAnswerError,
    RateLimitedError,
    ServerError,
    TrackingMoreError,
    UnreadableAnswerError,
)
from trackingmore_v2.sandbox import Fault, Sandbox, Switches
from trackingmore_v2.sandbox.faults import Kind

MirrorOf: TypeAlias = Callable[..., Mirror]
NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)
ENDS_IN: dict[str, type[TrackingMoreError]] = {
    "http_429": RateLimitedError,
    "meta_429": RateLimitedError,
    "http_500": ServerError,
    "http_503": UnreadableAnswerError,
    "html_200": UnreadableAnswerError,
    "cut_body": NoAnswerError,
    "reset": NoAnswerError,
    "slow": NoAnswerError,
}
ATTEMPTS = 5


def account(size: int = 100, *, max_limit: int = 50, **switches: Any) -> Sandbox:
    return Sandbox(size, now=NOW, switches=Switches(max_limit=max_limit, **switches))


def test_every_kind_of_fault_is_tried_here() -> None:
    assert {*ENDS_IN, "change"} == set(get_args(Kind))


@pytest.mark.parametrize("kind", ENDS_IN)
def test_a_fault_that_passes_is_outlived_and_one_that_stays_is_gone_on_from(
    mirror: MirrorOf, naps: list[float], monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    ours = mirror(account())
    monkeypatch.setattr(runs, "Transport", partial(runs.Transport, timeout=(5, 0.2)))
    seconds = 0.3 if kind == "slow" else 0
    ours.live_on()
    ours.account.script(*(Fault(kind, after=passed, seconds=seconds) for passed in (0, 2, 4)))
    run = ours.sync()
    ours.assert_true()
    assert run.costs()["retries"] == 3
    assert naps.count(PAUSE_SECONDS) == (3 if kind.endswith("429") else 0)

    ours.live_on(timedelta(days=4), touched=60)
    stored, marks = len(ours.tables()["trackings"]), ours.watermarks()
    ours.account.script(Fault(kind, after=3, times=ATTEMPTS, seconds=seconds))
    with pytest.raises(ENDS_IN[kind]) as caught:
        ours.sync()
    assert caught.value.retryable
    assert len(ours.tables()["trackings"]) >= stored
    assert all(ours.watermarks()[scope] >= second for scope, second in marks.items())
    ours.sync()
    ours.assert_true()


def test_a_429_pauses_as_long_as_it_asks_for(mirror: MirrorOf, naps: list[float]) -> None:
    ours = mirror(account(max_limit=2000))
    ours.live_on()
    ours.account.script(Fault("http_429", retry_after=7), Fault("meta_429", retry_after=11))
    ours.sync()
    ours.assert_true()
    assert naps == [7, 11]


@pytest.mark.parametrize("order", ["created_desc", "updated_asc", "random"])
def test_what_changes_between_two_answers_of_a_first_sync_is_not_lost(
    mirror: MirrorOf, order: Any
) -> None:
    """The bulk import of this account fills more than a page, so pages are turned, too."""
    ours = mirror(account(240, max_limit=10, order=order))
    ours.live_on()

    def live(sandbox: Sandbox) -> None:
        sandbox.advance(timedelta(seconds=20))
        sandbox.touch_any(7)
        sandbox.delete(sandbox.touch_any(1)[0])

    ours.account.script(Fault("change", times=60, change=live))
    for _ in range(3):
        run = ours.sync()
        if not run.needs_attention:
            break
    assert ours.query("select max(answers) from ops.windows")[0][0] > 3
    ours.live_on()
    run = ours.sync()
    assert not run.needs_attention
    ours.assert_true()


def test_what_changes_between_two_answers_of_a_daily_sync_is_not_lost(mirror: MirrorOf) -> None:
    ours = mirror(account(max_limit=20))
    ours.live_on()
    ours.sync()
    ours.live_on(timedelta(days=2), touched=70)
    change = Fault("change", times=30, change=lambda sandbox: sandbox.touch_any(5))
    ours.account.script(change)
    ours.sync()
    ours.live_on()
    ours.sync()
    ours.assert_true()
