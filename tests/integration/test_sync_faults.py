"""Bad days of a server: whatever happens between two requests, the warehouse ends up equal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias, get_args

import pytest

from flows.steps import run as runs
from tests.factories import parcel
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
from warehouse.landing import landed_paths

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


def account(size: int = 60, *, max_limit: int = 2000, **switches: Any) -> Sandbox:
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
    ours.account.script(*(Fault(kind, after=passed, seconds=seconds) for passed in (0, 2)))
    run = ours.sync()
    ours.assert_true()
    assert run.costs()["retries"] == 2
    assert naps.count(PAUSE_SECONDS) == (2 if kind.endswith("429") else 0)

    before = ours.watermarks()
    ours.live_on(timedelta(days=4), touched=20)
    ours.account.script(Fault(kind, after=1, times=ATTEMPTS, seconds=seconds))
    with pytest.raises(ENDS_IN[kind]) as caught:
        ours.sync()
    assert caught.value.retryable
    after = ours.watermarks()
    assert after["created_at"] > before["created_at"], "what was read first is stored"
    assert after["update_time"] == before["update_time"]
    ours.sync()
    ours.assert_true()


@pytest.mark.parametrize("kind", ["reset", "html_200", "meta_429"])
def test_a_first_sync_that_fails_half_way_is_gone_on_with(mirror: MirrorOf, kind: Any) -> None:
    ours = mirror(account(max_limit=15))
    ours.live_on()
    ours.account.script(Fault(kind, after=6, times=ATTEMPTS))
    with pytest.raises(ENDS_IN[kind]):
        ours.sync()
    windows = ours.tables("ops")["windows"]
    assert len(windows) > 2
    ours.sync()
    ours.assert_true()
    assert set(windows) <= set(ours.tables("ops")["windows"])


def test_a_429_pauses_as_long_as_it_asks_for(mirror: MirrorOf, naps: list[float]) -> None:
    ours = mirror(account())
    ours.live_on()
    ours.account.script(Fault("http_429", retry_after=7), Fault("meta_429", retry_after=11))
    ours.sync()
    ours.assert_true()
    assert naps == [7, 11]


@contextmanager
def unrest(sandbox: Sandbox) -> Iterator[None]:
    """Let parcels be updated and deleted before every answer."""
    restless = [True]

    def live(sandbox: Sandbox) -> None:
        if restless:
            sandbox.advance(timedelta(seconds=20))
            sandbox.touch_any(6)
            sandbox.delete(sandbox.touch_any(1)[0])

    sandbox.script(Fault("change", times=1000, change=live))
    yield
    restless.clear()


@pytest.mark.parametrize("order", ["created_desc", "random"])
def test_what_changes_between_two_answers_of_a_first_sync_is_not_lost(
    mirror: MirrorOf, order: Any
) -> None:
    ours = mirror(account(60, max_limit=12, order=order))
    for number in range(15):  # more than a page in one second
        ours.account.put(parcel(f"bulk {number}"))
    ours.live_on()
    with unrest(ours.account):
        ours.sync()
    assert ours.query("select max(total) > 12 from ops.windows") == [(True,)]
    ours.live_on()
    ours.sync()
    ours.assert_true()


@pytest.mark.parametrize("order", ["updated_asc", "id"])
def test_what_changes_between_two_answers_of_a_daily_sync_is_not_lost(
    mirror: MirrorOf, order: Any
) -> None:
    ours = mirror(account(max_limit=20, order=order))
    ours.live_on()
    ours.sync()
    ours.live_on(timedelta(days=2), touched=45)
    with unrest(ours.account):
        ours.sync()
    windows = "select count(*) > 2 from ops.windows where scope = 'update_time'"
    assert ours.query(windows) == [(True,)]
    ours.live_on()
    ours.sync()
    ours.assert_true()


def test_a_refusal_on_the_way_is_landed_and_nothing_to_load(
    mirror: MirrorOf, naps: list[float]
) -> None:
    ours = mirror(account())
    ours.account.script(Fault("meta_429"))
    run = ours.sync()
    ours.assert_true()
    landed = landed_paths(run.settings.landing, run.account)
    assert len(landed) == run.costs()["requests"]
    assert ours.query("select path from ops.landings order by path") == [
        (str(path),) for path in landed[1:]
    ]
