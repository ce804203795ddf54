"""Annotating, correcting, stopping and purging over real HTTP, and what core says of it then."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow.parquet as pq
import pytest

from flows.errors import UsageError
from flows.steps import actions, correct_carrier, purge
from flows.steps.actions import apply
from flows.steps.annotate import plan_annotations
from flows.steps.correct_carrier import plan_corrections
from flows.steps.plan import Plan, Report
from flows.steps.purge import plan_purge
from flows.steps.run import Run, running
from flows.steps.stop_updates import plan_stops
from tests.factories import parcel
from tests.sheets import asked, done, item_of, outcomes_of, refs_of, sheet
from tests.truth import Mirror
from trackingmore_v2.errors import TrackingMoreError
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.sandbox import Fault, Sandbox

MirrorOf: TypeAlias = Callable[..., Mirror]
NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)
ATTEMPTS = 5


class Killed(BaseException):
    """As if the process had ended here."""


@pytest.fixture
def ours(mirror: MirrorOf) -> Iterator[Mirror]:
    """A resting account that has been synced."""
    made = mirror(Sandbox(12, now=NOW, lively=False))
    made.live_on()
    with made.kept_open():
        made.sync()
        yield made


def some(ours: Mirror, count: int) -> list[TrackingRef]:
    return sorted(refs_of(ours.account))[:count]


def rows_of(refs: list[TrackingRef], **said: str) -> list[dict[str, str]]:
    return [{**ref._asdict(), **said} for ref in refs]


def annotated(ours: Mirror, file: Path | None) -> tuple[Plan, Report, Run]:
    return done(ours, "annotate", lambda run: plan_annotations(run, file), apply)


def stopped(ours: Mirror, file: Path | None) -> tuple[Plan, Report, Run]:
    return done(ours, "stop-updates", lambda run: plan_stops(run, file), apply)


def corrected(ours: Mirror, file: Path | None) -> tuple[Plan, Report, Run]:
    return done(
        ours,
        "correct-carrier",
        lambda run: plan_corrections(run, file),
        correct_carrier.carry_out,
    )


def purged(ours: Mirror, file: Path | None, **options: Any) -> tuple[Plan, Report, Run]:
    return done(ours, "purge", lambda run: plan_purge(run, file, **options), purge.carry_out)


def live_in_core(ours: Mirror) -> set[TrackingRef]:
    rows = ours.query("select carrier_code, tracking_number from core.live_trackings")
    return {TrackingRef(*row) for row in rows}


def killed(*_: object, **__: object) -> None:
    raise Killed


def test_what_is_annotated_shows_in_core_after_a_sync(ours: Mirror, tmp_path: Path) -> None:
    one, two, three = some(ours, 3)
    rows = [
        *rows_of([one, two], title="Two lamps", order_id="#7"),
        *rows_of([three], archived="true", status="4"),
    ]
    file = sheet(tmp_path / "a.csv", rows)
    _, report, _ = annotated(ours, file)
    assert report.states == {"done": 3}
    assert asked(ours.account, "/trackings/updatemore") == 1
    ours.live_on()
    ours.sync()
    ours.assert_true()
    found = ours.query(
        "select carrier_code, tracking_number from core.live_trackings"
        " where title = 'Two lamps' and order_id = '#7' order by all"
    )
    assert found == sorted([tuple(one), tuple(two)])
    assert ours.query(
        "select archived, status from core.live_trackings"
        f" where tracking_number = '{three.tracking_number}'"
    ) == [(True, "delivered")]
    plan, report, _ = annotated(ours, file)
    assert (plan.passed_over, report.states) == ({"done before": 3}, {})


def test_the_same_parcel_can_be_annotated_otherwise_and_back(ours: Mirror, tmp_path: Path) -> None:
    (ref,) = some(ours, 1)
    for title in ("A", "B", "A"):
        _, report, _ = annotated(ours, sheet(tmp_path / "a.csv", rows_of([ref], title=title)))
        assert report.states == {"done": 1}
        assert item_of(ours.account, ref)["title"] == title


def test_the_queue_archives_what_was_delivered_long_ago(mirror: MirrorOf) -> None:
    ours = mirror(Sandbox(0, now=NOW))
    for name, last in (("old", "2026-01-20 12:00"), ("new", "2026-03-01 12:00")):
        stamp = (NOW - timedelta(days=1)).isoformat()
        ours.account.put(
            parcel(
                name, status="delivered", lastUpdateTime=last, created_at=stamp, updated_at=stamp
            )
        )
    ours.live_on()
    ours.sync()
    plan, report, _ = annotated(ours, None)
    assert [act.ref.tracking_number for act in plan.acts] == [parcel("old")["tracking_number"]]
    assert report.states == {"done": 1}
    ours.live_on()
    ours.sync()
    plan, _, _ = annotated(ours, None)
    assert plan.acts == []


@pytest.mark.parametrize("lost", [False, True])
def test_a_parcel_that_is_stopped_stands_still(ours: Mirror, tmp_path: Path, lost: Any) -> None:
    two = some(ours, 2)
    absent = TrackingRef("dhl", "0000000000")
    file = sheet(tmp_path / "s.csv", rows_of([*two, absent]))
    if lost:  # it is repeated, and those that stand still are not named by the answer
        ours.account.script(Fault("reset", endpoint="stop updates"))
    _, report, run = stopped(ours, file)
    assert report.states == {"done": 2, "missing": 1}
    assert not run.needs_attention
    assert [item_of(ours.account, ref)["track_update"] for ref in two] == [False, False]
    ours.live_on()
    ours.sync()
    ours.assert_true()


def test_what_no_answer_told_is_looked_for_by_the_next_run(ours: Mirror, tmp_path: Path) -> None:
    two = some(ours, 2)
    file = sheet(tmp_path / "s.csv", rows_of([*two, TrackingRef("dhl", "0000000000")]))
    ours.account.script(Fault("cut_body", endpoint="stop updates", times=ATTEMPTS))
    with pytest.raises(TrackingMoreError):
        stopped(ours, file)
    assert outcomes_of(ours, "stop-updates") == {"sent": 3}
    with running(ours.settings, "stop-updates") as run:
        plan = plan_stops(run, file)
    assert plan.passed_over == {"done before": 2}
    assert outcomes_of(ours, "stop-updates") == {"done": 2, "missing": 1}


def test_a_corrected_parcel_comes_home_and_the_old_one_is_marked(
    ours: Mirror, tmp_path: Path
) -> None:
    old = next(ref for ref in some(ours, 12) if ref.carrier_code != "dhl")
    new = old._replace(carrier_code="dhl")
    file = sheet(tmp_path / "c.csv", rows_of([old], update_carrier_code="dhl"))
    _, report, _ = corrected(ours, file)
    assert report.states == {"done": 1}
    assert new in refs_of(ours.account)
    assert live_in_core(ours) == refs_of(ours.account)
    assert len(ours.query("from core.trackings where deleted_at is not null")) == 1
    plan, _, _ = corrected(ours, file)
    assert plan.passed_over == {"done before": 1}
    ours.live_on()
    ours.sync()
    assert live_in_core(ours) == refs_of(ours.account)


def test_a_correction_whose_answer_is_lost_is_not_made_twice(ours: Mirror, tmp_path: Path) -> None:
    old = next(ref for ref in some(ours, 12) if ref.carrier_code != "dhl")
    file = sheet(tmp_path / "c.csv", rows_of([old], update_carrier_code="dhl"))
    ours.account.script(Fault("reset", endpoint="correct carrier"))
    with pytest.raises(TrackingMoreError):
        corrected(ours, file)
    assert asked(ours.account, "/trackings/update") == 1
    plan, report, _ = corrected(ours, file)
    assert (plan.passed_over, report.states) == ({"done before": 1}, {})
    assert asked(ours.account, "/trackings/update") == 1
    assert live_in_core(ours) == refs_of(ours.account)


def test_what_was_corrected_before_a_refusal_is_followed_up(ours: Mirror, tmp_path: Path) -> None:
    two = [ref for ref in some(ours, 12) if ref.carrier_code != "dhl"][:2]
    file = sheet(tmp_path / "c.csv", rows_of(two, update_carrier_code="dhl"))
    ours.account.script(Fault("refusal", endpoint="correct carrier", after=1, code=4002))
    with pytest.raises(TrackingMoreError):
        corrected(ours, file)
    assert outcomes_of(ours, "correct-carrier") == {"done": 1, "refused": 1}
    assert live_in_core(ours) == refs_of(ours.account)


def test_the_archive_holds_what_core_holds_before_anything_is_deleted(
    ours: Mirror, tmp_path: Path
) -> None:
    three = some(ours, 3)
    ids = tuple(item_of(ours.account, ref)["id"] for ref in three)
    held = {
        name: ours.query(f"from core.{name} where tracking_id in {ids} order by all")
        for name in ("trackings", "tracking_events", "status_history")
    }
    file = sheet(tmp_path / "p.csv", rows_of(three))
    _, report, run = purged(ours, file)
    assert report.states == {"done": 3}
    folder = ours.settings.parcelhouse_home / "archive" / f"{run.run_id}-001"
    kept = {path.stem: path for path in folder.glob("*.parquet")}
    assert kept.keys() == held.keys()
    for name, path in kept.items():
        assert ours.query(f"from '{path}' order by all") == held[name]
    assert pq.read_metadata(kept["trackings"]).num_rows == 3
    assert len(held["tracking_events"]) > 3
    assert refs_of(ours.account).isdisjoint(three)
    assert live_in_core(ours) == refs_of(ours.account)
    assert len(ours.query("from core.trackings")) == 12
    plan, _, _ = purged(ours, file)
    assert (plan.passed_over, plan.acts) == ({"done before": 3}, [])


def test_nothing_is_deleted_that_could_not_be_archived(ours: Mirror, tmp_path: Path) -> None:
    stranger = parcel("stranger")
    ours.account.put(stranger)
    ref = TrackingRef.from_payload(stranger)
    plan, report, _ = purged(ours, sheet(tmp_path / "p.csv", rows_of([ref])))
    assert plan.passed_over == {"not in the warehouse, so not to be archived": 1}
    assert report.states == {}
    (ours.settings.parcelhouse_home / "archive").write_text("in the way")
    file = sheet(tmp_path / "p.csv", rows_of(some(ours, 1)[:1]))
    before = refs_of(ours.account)
    with pytest.raises(Exception, match="nothing of it was deleted"):
        purged(ours, file)
    assert refs_of(ours.account) == before
    assert asked(ours.account, "/trackings/delete") == 0


def test_a_purge_that_is_killed_behind_its_request_is_gone_on_with(
    ours: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = some(ours, 2)
    file = sheet(tmp_path / "p.csv", rows_of(two))
    with monkeypatch.context() as patch:
        patch.setattr(actions.journal, "settle", killed)
        with pytest.raises(Killed):
            purged(ours, file)
    assert outcomes_of(ours, "purge") == {"sent": 2}
    plan, report, _ = purged(ours, file)
    assert (plan.passed_over, report.states) == ({"done before": 2}, {})
    assert live_in_core(ours) == refs_of(ours.account)
    assert asked(ours.account, "/trackings/delete") == 1


def test_what_is_back_in_the_account_can_be_purged_again(ours: Mirror, tmp_path: Path) -> None:
    (ref,) = some(ours, 1)
    item = item_of(ours.account, ref)
    file = sheet(tmp_path / "p.csv", rows_of([ref]))
    purged(ours, file)
    stamp = ours.account.now.isoformat()
    ours.account.put(item | {"created_at": stamp, "updated_at": stamp})
    ours.live_on()
    ours.sync()
    plan, report, _ = purged(ours, file)
    assert (plan.passed_over, report.states) == ({}, {"done": 1})
    assert live_in_core(ours) == refs_of(ours.account)


def test_a_number_of_two_carriers_is_purged_one_by_one(ours: Mirror, tmp_path: Path) -> None:
    stamp = ours.account.now.isoformat()
    twins = [
        parcel(name, tracking_number="1234567890", carrier_code=code)
        | {"created_at": stamp, "updated_at": stamp}
        for name, code in (("one", "dhl"), ("two", "fedex"))
    ]
    for twin in twins:
        ours.account.put(twin)
    ours.live_on()
    ours.sync()
    file = sheet(tmp_path / "p.csv", rows_of([TrackingRef.from_payload(each) for each in twins]))
    _, report, _ = purged(ours, file)
    assert report.states == {"done": 2}
    assert live_in_core(ours) == refs_of(ours.account)


def test_the_queue_purges_what_ended_and_is_old_enough(mirror: MirrorOf) -> None:
    ours = mirror(Sandbox(0, now=NOW))
    for name, days, status in (
        ("old", 181, "delivered"),
        ("open", 300, "transit"),
        ("young", 20, "delivered"),
    ):
        stamp = (NOW - timedelta(days=days)).isoformat()
        ours.account.put(
            parcel(name, carrier_code="dhl", status=status, created_at=stamp, updated_at=stamp)
        )
    ours.live_on()
    ours.sync()
    with running(ours.settings, "purge") as run:
        wider = plan_purge(run, None, older_than=20)
    assert len(wider.acts) == 2
    plan, report, _ = purged(ours, None)
    assert [act.ref.tracking_number for act in plan.acts] == [parcel("old")["tracking_number"]]
    assert report.states == {"done": 1}
    assert len(refs_of(ours.account)) == 2


@pytest.mark.parametrize(
    ("plan_of", "row", "sentence"),
    [
        (plan_annotations, {"status": "5"}, "The status of an annotation must be 4, 7 or 8."),
        (plan_annotations, {"archived": "maybe"}, "The archived must be true or false."),
        (plan_annotations, {"title": ""}, "An annotation without any field writes nothing."),
        (
            plan_corrections,
            {"update_carrier_code": "dhl"},
            "The update_carrier_code of dhl/12345 is the carrier it has.",
        ),
        (plan_stops, {"carrier_code": ""}, "The carrier_code is missing."),
        (plan_purge, {"tracking_number": ""}, "The tracking_number is missing."),
    ],
)
def test_a_flawed_row_keeps_everything_from_being_sent(
    ours: Mirror, tmp_path: Path, plan_of: Any, row: dict[str, str], sentence: str
) -> None:
    file = sheet(tmp_path / "x.csv", [{"carrier_code": "dhl", "tracking_number": "12345"} | row])
    before = ours.account.request_count
    with (
        pytest.raises(UsageError, match=f"1 row is flawed, nothing was sent .*: row 1: {sentence}"),
        running(ours.settings, "x") as run,
    ):
        plan_of(run, file)
    assert ours.account.request_count == before
