"""What is asked beside the parcels, over real HTTP: kept, not paid for twice, and told."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from flows.steps.actions import apply
from flows.steps.air_cargo import plan_air_cargo
from flows.steps.plan import Plan, Report
from flows.steps.quota import quota
from flows.steps.remote_areas import plan_remote_areas
from flows.steps.run import Run, running
from flows.steps.transit_benchmark import lanes_due, read_benchmarks
from tests.sheets import asked, done, outcomes_of, sheet
from tests.truth import Mirror
from trackingmore_v2.errors import NoAnswerError
from trackingmore_v2.sandbox import Fault, Sandbox

MirrorOf: TypeAlias = Callable[..., Mirror]
NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)
REMOTE, AIR, LANES = "/trackings/remote", "/trackings/aircargo", "/trackings/costtime"
BILLS = [{"air_waybill": f"020-1234567{n}"} for n in range(3)]


@pytest.fixture
def ours(mirror: MirrorOf) -> Iterator[Mirror]:
    made = mirror(Sandbox(0, now=NOW, credits=100))
    with made.kept_open():
        made.sync()
        yield made


def remote(ours: Mirror, file: Path | None, most: float | None = None) -> tuple[Plan, Report, Run]:
    return done(
        ours,
        "remote-areas",
        lambda run: plan_remote_areas(run, file, max_credits=most),
        apply,
    )


def followed(
    ours: Mirror, file: Path | None, most: float | None = None
) -> tuple[Plan, Report, Run]:
    return done(ours, "air-cargo", lambda run: plan_air_cargo(run, file, max_credits=most), apply)


def test_each_address_is_asked_for_once(ours: Mirror, tmp_path: Path) -> None:
    rows = [{"country": "us", "postcode": f"{n:05}"} for n in range(12)]
    file = sheet(tmp_path / "r.csv", [*rows, rows[0]])
    plan, report, _ = remote(ours, file)
    assert float(plan.credits) == float(report.credits) == 2.4
    assert plan.passed_over == {"a row before says the same": 1}
    assert report.states == {"done": 12}
    kept = ours.query(
        "select is_remote, count(distinct postcode) from core.remote_areas group by all order by 1"
    )
    assert [is_remote for is_remote, _ in kept] == [False, True]
    assert sum(count for _, count in kept) == 12
    plan, _, _ = remote(ours, file)
    assert plan.passed_over == {"a row before says the same": 1, "done before": 12}
    assert asked(ours.account, REMOTE) == 1


def test_an_address_that_is_refused_is_unsettled_and_asked_again(
    ours: Mirror, tmp_path: Path
) -> None:
    rows = [{"country": "us", "postcode": "00001"}, {"country": "Atlantis", "postcode": "1"}]
    file = sheet(tmp_path / "r.csv", rows)
    for _ in range(2):
        _, report, run = remote(ours, file)
        assert report.unanswered == ["Atlantis/1"]
        assert run.notices["unanswered"] == ("TrackingMore did not say what became of 1 address")
    assert ours.query(
        "select is_remote, message is not null from core.remote_areas where country = 'Atlantis'"
    ) == [(None, True)]


@pytest.mark.parametrize(("most", "addresses"), [(0.19, 0), (0.6, 3), (1, 5)])
def test_addresses_stop_at_the_credits_allowed(
    ours: Mirror, tmp_path: Path, most: float, addresses: int
) -> None:
    rows = [{"country": "us", "postcode": f"{n:05}"} for n in range(6)]
    plan, report, run = remote(ours, sheet(tmp_path / "r.csv", rows), most)
    assert (report.states.total(), plan.left) == (addresses, 6 - addresses)
    left = {1: "1 address", 3: "3 addresses", 6: "6 addresses"}[plan.left]
    assert run.notices["credits"].startswith(f"{left} more would exceed the credits allowed;")


def test_an_air_waybill_is_kept_with_its_events_and_not_paid_for_twice_a_day(
    ours: Mirror, tmp_path: Path
) -> None:
    file = sheet(tmp_path / "w.csv", BILLS[:1])
    plan, report, _ = followed(ours, file)
    assert (plan.credits, report.credits, ours.account.credits) == (20, 20, 80)
    ((count, first),) = ours.query("select event_count, first_seen_at from core.air_waybills")
    assert count > 0
    assert ours.query("select count(*) from core.air_waybill_events") == [(count,)]
    plan, report, _ = followed(ours, file)
    assert plan.passed_over == {"asked for within twelve hours": 1}
    assert ours.account.credits == 80
    ours.account.advance(timedelta(days=5))
    with ours.warehouse() as db:
        db.execute("update ops.api_actions set sent_at = sent_at - interval 12 hours")
    followed(ours, file)
    ((later, still),) = ours.query("select event_count, first_seen_at from core.air_waybills")
    assert later > count
    assert still == first
    assert ours.query("select count(*) from core.air_waybill_events") == [(later,)]


def test_air_waybills_stop_at_the_credits_allowed(ours: Mirror, tmp_path: Path) -> None:
    plan, report, run = followed(ours, sheet(tmp_path / "w.csv", BILLS), 59)
    assert (report.states, plan.left) == ({"done": 2}, 1)
    assert run.notices["credits"] == (
        "1 air waybill more would exceed the credits allowed; the same command goes on there"
    )
    _, report, _ = followed(ours, sheet(tmp_path / "w.csv", BILLS))
    assert report.states == {"done": 1}
    assert ours.account.credits == 40


def test_an_inquiry_whose_answer_is_lost_is_not_repeated_by_itself(
    ours: Mirror, tmp_path: Path
) -> None:
    ours.account.script(Fault("reset", endpoint="air waybills"))
    with pytest.raises(NoAnswerError):
        followed(ours, sheet(tmp_path / "w.csv", BILLS[:1]))
    assert asked(ours.account, AIR) == 1
    assert outcomes_of(ours, "air-cargo") == {"sent": 1}


def test_the_queue_follows_a_waybill_as_long_as_it_is_told(ours: Mirror) -> None:
    for number, until in ((1, None), (2, NOW - timedelta(days=1)), (3, NOW + timedelta(days=9))):
        with ours.warehouse() as db:
            db.execute(
                "insert into queues.air_waybills_to_follow values ('main', ?, ?)",
                [f"020-1234567{number}", until],
            )
    with running(ours.settings, "air-cargo") as run:
        plan = plan_air_cargo(run, None)
    assert sorted(act.ref.tracking_number for act in plan.acts) == ["020-12345671", "020-12345673"]


def test_a_lane_is_asked_for_once_a_week_and_every_reading_stays(mirror: MirrorOf) -> None:
    ours = mirror(Sandbox(40, now=NOW, lively=False))
    ours.live_on()
    ours.sync()
    with ours.warehouse() as db:
        items = ours.account.items()
        names = {item.get("original_country") for item in items}
        names |= {item.get("destination_country") for item in items}
        for name in names - {None, ""}:
            iso2 = {"China": "CN", "United States": "US"}.get(name)
            db.execute(
                "insert into core.country_names by name"
                " select 'main' as account, ? as name, ? as iso2",
                [name, iso2],
            )

    def read() -> int:
        with running(ours.settings, "transit-benchmark") as run:
            lanes = lanes_due(run)
            if lanes:
                read_benchmarks(run, lanes)
        return len(lanes)

    lanes = read()
    assert lanes > 0
    assert ours.query("select count(*), min(total) > 0 from core.transit_benchmarks") == [
        (lanes, True)
    ]
    assert read() == 0
    ours.account.advance(timedelta(days=7, minutes=5))
    ours.sync()
    assert read() == lanes
    assert ours.query("select count(*) from core.transit_benchmarks") == [(2 * lanes,)]
    assert asked(ours.account, LANES) == 2


def test_the_quota_tells_how_long_the_credits_last(mirror: MirrorOf) -> None:
    ours = mirror(Sandbox(500, now=NOW, credits=200))

    def read() -> tuple[int, float | None]:
        with running(ours.settings, "quota") as run:
            row, lasting = quota(run)
        return row["credits_left"], lasting and lasting.days_left

    assert read() == (200, None)
    ours.account.advance(timedelta(days=20))
    left, days = read()
    assert left == ours.account.credits < 200
    assert days == pytest.approx(left / (200 - left) * 20, rel=1e-3)
    warned = ours.query("select credits_left from checks.quota_runway")
    assert warned == ([(left,)] if days is not None and days < 14 else [])
