"""The request budget's promises, on a clock that passes only while somebody sleeps."""

import threading
import time as real_time
from datetime import UTC, datetime

import pytest

from trackingmore_v2.budget import Budget, backoff, http_date, pause_after_429
from trackingmore_v2.endpoints import Rate

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Time:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def budget_of(per_second: float, time: Time) -> Budget:
    return Budget(per_second, monotonic=time.monotonic, sleep=time.sleep)


def test_the_first_request_starts_at_once(time: Time) -> None:
    budget_of(1, time).wait(Rate.LIST)
    assert time.slept == []


@pytest.mark.parametrize(
    ("rate", "per_second", "distance"),
    [
        (Rate.LIST, 1, 1),
        (Rate.LIST, 0.5, 2),
        (Rate.LIST, 10, 0.1),
        (Rate.REALTIME, 1, 1 / 3),
        (Rate.REALTIME, 0.5, 1 / 3),
        (Rate.LIST, 0, 0),
        (Rate.REALTIME, 0, 0),
    ],
)
def test_requests_start_at_the_documented_distance(
    time: Time, rate: Rate, per_second: float, distance: float
) -> None:
    budget = budget_of(per_second, time)
    starts = []
    for _ in range(4):
        budget.wait(rate)
        starts.append(time.now)
    assert starts == pytest.approx([n * distance for n in range(4)])
    assert budget.waited_seconds == pytest.approx(3 * distance)


def test_the_distance_counts_from_start_to_start(time: Time) -> None:
    budget = budget_of(1, time)
    budget.wait(Rate.LIST)
    time.now += 0.7  # the request takes its time
    budget.wait(Rate.LIST)
    assert time.slept == pytest.approx([0.3])
    time.now += 5
    budget.wait(Rate.LIST)
    budget.wait(Rate.LIST)
    assert time.slept == pytest.approx([0.3, 1])  # what was not used is not saved up


def test_a_sleep_that_lasts_too_long_does_not_shorten_the_next_distance(time: Time) -> None:
    def oversleep(seconds: float) -> None:
        time.sleep(seconds + 0.4)

    budget = Budget(1, monotonic=time.monotonic, sleep=oversleep)
    starts = []
    for _ in range(3):
        budget.wait(Rate.LIST)
        starts.append(time.now)
    assert starts == pytest.approx([0, 1.4, 2.8])


def test_rates_do_not_wait_for_each_other(time: Time) -> None:
    budget = budget_of(1, time)
    budget.wait(Rate.LIST)
    budget.wait(Rate.REALTIME)
    assert time.slept == []


@pytest.mark.parametrize("per_second", [0, 1])
def test_a_pause_holds_every_rate_back(time: Time, per_second: float) -> None:
    budget = budget_of(per_second, time)
    budget.pause(120)
    budget.pause(5)
    for rate in Rate:
        budget.wait(rate)
    assert time.slept == [120]
    assert budget.waited_seconds == 120


def test_a_pause_also_reaches_whoever_is_waiting_already(time: Time) -> None:
    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        if len(time.slept) == 1:
            budget.pause(120)

    budget = Budget(1, monotonic=time.monotonic, sleep=sleep)
    budget.wait(Rate.LIST)
    budget.wait(Rate.LIST)
    assert time.slept == [1, 120]


def test_a_sleep_that_does_nothing_does_not_hang_the_budget() -> None:
    budget = Budget(1, monotonic=lambda: 0.0, sleep=lambda _: None)
    for _ in range(3):
        budget.wait(Rate.LIST)
    assert budget.waited_seconds == 1 + 2


def test_threads_keep_the_distance_together() -> None:
    budget = Budget(100, monotonic=real_time.monotonic, sleep=real_time.sleep)
    starts: list[float] = []

    def work() -> None:
        for _ in range(3):
            budget.wait(Rate.LIST)
            starts.append(real_time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(starts) - min(starts) >= 0.01 * 11 - 0.005


@pytest.mark.parametrize("per_second", [-1, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(time: Time, per_second: float) -> None:
    with pytest.raises(ValueError, match="Requests a second"):
        budget_of(per_second, time)


def test_backoff_doubles_to_thirty_seconds_and_leaves_half_to_chance() -> None:
    for attempt, longest in enumerate([0.5, 1, 2, 4, 8, 16, 30, 30], start=1):
        assert [backoff(attempt, chance) for chance in (0, 0.5, 1)] == [
            longest / 2,
            longest * 3 / 4,
            longest,
        ]
    assert backoff(1000, 1) == 30


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 120),
        ("", 120),
        ("soon", 120),
        ("1.5", 120),
        ("-1", 120),
        ("0", 0),
        (" 30 ", 30),
        ("999999", 3600),
        ("Mon, 01 Jun 2026 12:05:00 GMT", 300),
        ("Mon, 01 Jun 2026 11:05:00 GMT", 0),
        ("Mon, 01 Jun 2029 12:00:00 GMT", 3600),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float) -> None:
    assert pause_after_429(header, now=NOON) == seconds


@pytest.mark.parametrize(
    ("header", "instant"),
    [
        ("Mon, 01 Jun 2026 12:00:00 GMT", NOON),
        ("Mon, 01 Jun 2026 20:00:00 +0800", NOON),
        ("Mon, 01 Jun 2026 12:00:00 -0000", NOON),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("Mon, 99 Jun 2026 12:00:00 GMT", None),
        ("2026-06-01T12:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_header_is_an_instant_or_nothing(
    header: str | None, instant: datetime | None
) -> None:
    assert http_date(header) == instant
