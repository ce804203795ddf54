"""Registering over real HTTP: each parcel once, whatever happens to the answers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from flows.errors import UsageError
from flows.steps import actions
from flows.steps.plan import Report
from flows.steps.register import RegisterPlan, carry_out, plan_registrations
from flows.steps.run import Run, running
from tests.sheets import (
    CARRIER,
    asked,
    done,
    item_of,
    label,
    outcomes_of,
    refs_of,
    sheet,
    shipments,
)
from tests.truth import Mirror
from trackingmore_v2.errors import QuotaError, TrackingMoreError
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.sandbox import Fault, Sandbox, Switches

MirrorOf: TypeAlias = Callable[..., Mirror]
NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)
MANY, ONE, DETECT = "/trackings/batch", "/trackings/post", "/carriers/detect"
ATTEMPTS = 5


class Killed(BaseException):
    """As if the process had ended here."""


@pytest.fixture
def ours(mirror: MirrorOf) -> Iterator[Mirror]:
    """An empty account that has been synced."""
    made = mirror(Sandbox(0, now=NOW, credits=1000))
    with made.kept_open():
        made.sync()
        yield made


def registered(ours: Mirror, file: Path | None, **options: Any) -> tuple[RegisterPlan, Report, Run]:
    return done(ours, "register", lambda run: plan_registrations(run, file, **options), carry_out)


def test_each_row_is_a_parcel_forty_a_request(ours: Mirror, tmp_path: Path) -> None:
    rows = shipments(range(81), title="A lamp")
    plan, report, run = registered(ours, sheet(tmp_path / "s.csv", rows))
    assert (len(plan.acts), plan.requests, plan.credits) == (81, 3, 81)
    assert report.states == {"done": 81}
    assert report.credits == 81
    assert refs_of(ours.account) == {TrackingRef(CARRIER, label(n)) for n in range(81)}
    assert item_of(ours.account, TrackingRef(CARRIER, label(7)))["title"] == "A lamp"
    assert asked(ours.account, MANY) == 3
    assert ours.account.credits == 1000 - 81
    assert not run.needs_attention
    journal = ours.query(
        "select action, carrier_code, tracking_number, request, outcome, code, credits, run_id,"
        " answered_at >= sent_at from ops.api_actions order by tracking_number limit 1"
    )
    title = '{"title":"A lamp"}'
    assert journal == [("register", CARRIER, label(0), title, "done", None, 1, run.run_id, True)]
    assert ours.query("select count(*) from ops.api_actions") == [(81,)]
    ours.live_on()
    ours.sync()
    ours.assert_true()


def test_the_same_sheet_twice_sends_nothing_twice(ours: Mirror, tmp_path: Path) -> None:
    file = sheet(tmp_path / "s.csv", shipments(range(3)))
    registered(ours, file)
    before = ours.account.request_count
    plan, report, run = registered(ours, file)
    assert (plan.passed_over, plan.acts, report.states) == ({"done before": 3}, [], {})
    assert ours.account.request_count == before
    ours.live_on()
    ours.sync()
    plan, _, _ = registered(ours, file)
    assert plan.passed_over == {"registered already": 3}
    assert outcomes_of(ours, "register") == {"done": 3}
    assert not run.needs_attention


def test_what_somebody_else_registered_is_already_there_and_costs_nothing(
    ours: Mirror, tmp_path: Path
) -> None:
    file = sheet(tmp_path / "s.csv", shipments(range(2)))
    registered(ours, file)
    with ours.warehouse() as db:
        db.execute("delete from ops.api_actions")
    _, report, _ = registered(ours, file)
    assert (report.states, report.credits) == ({"already": 2}, 0)
    assert ours.query("select distinct code, credits from ops.api_actions") == [(4016, 0)]
    assert ours.account.credits == 998


def test_a_shipment_with_a_field_of_its_carrier_goes_by_itself(
    ours: Mirror, tmp_path: Path
) -> None:
    rows = [*shipments([1, 2]), *shipments([3], tracking_postal_code="10115")]
    plan, report, _ = registered(ours, sheet(tmp_path / "s.csv", rows))
    assert plan.requests == 2
    assert report.states == {"done": 3}
    assert (asked(ours.account, MANY), asked(ours.account, ONE)) == (1, 1)
    assert ours.account.requests[-1][2]["tracking_postal_code"] == "10115"


def test_a_carrier_that_is_missing_is_detected_once(ours: Mirror, tmp_path: Path) -> None:
    rows = [{"tracking_number": label(1)}, {"tracking_number": "nobody-knows"}]
    file = sheet(tmp_path / "s.csv", rows)
    plan, report, run = registered(ours, file)
    assert report.states == {"done": 1}
    assert float(report.credits) == 1.4
    assert refs_of(ours.account) == {TrackingRef(CARRIER, label(1))}
    assert plan.passed_over == {"no carrier can be detected": 1}
    assert run.notices["undetected"] == (
        "no carrier can be detected of 1 number: name it in carrier_code"
    )
    assert outcomes_of(ours, "detect-carrier") == {"done": 1, "missing": 1}
    again, report, run = registered(ours, file)
    assert again.passed_over == {"done before": 1, "no carrier can be detected": 1}
    assert (again.credits, report.states) == (0, {})
    assert run.needs_attention
    assert asked(ours.account, DETECT) == 2


def test_the_same_parcel_with_and_without_its_carrier_is_registered_once(
    ours: Mirror, tmp_path: Path
) -> None:
    rows = [*shipments([1]), {"tracking_number": label(1), "title": "Differs"}]
    plan, report, _ = registered(ours, sheet(tmp_path / "s.csv", rows))
    assert report.states == {"done": 1}
    assert plan.passed_over == {"a row before says the same": 1}
    assert asked(ours.account, MANY) == 1
    assert outcomes_of(ours, "register") == {"done": 1}


def test_a_plan_tells_the_cost_and_sends_nothing(ours: Mirror, tmp_path: Path) -> None:
    rows = [*shipments(range(41)), {"tracking_number": label(99)}]
    file = sheet(tmp_path / "s.csv", rows)
    before = ours.account.request_count
    with running(ours.settings, "register") as run:
        said = plan_registrations(run, file).summary()
    assert (said["parcels"], said["carriers_to_detect"], said["credits"]) == (42, 1, 42.2)
    assert said["requests"] == 2 + 1 + 1
    assert ours.account.request_count == before
    assert ours.query("select count(*) from ops.api_actions") == [(0,)]


@pytest.mark.parametrize(
    ("most", "registers", "credits"),
    [(0, 0, 0), (2.9, 2, 2), (3, 3, 3), (4.1, 3, 3), (4.2, 4, 4.2), (100, 5, 5.4)],
)
def test_no_more_credits_are_spent_than_allowed(
    ours: Mirror, tmp_path: Path, most: float, registers: int, credits: float
) -> None:
    undetected = [{"tracking_number": label(n)} for n in (8, 9)]
    file = sheet(tmp_path / "s.csv", [*undetected, *shipments(range(3))])
    plan, report, run = registered(ours, file, max_credits=most)
    assert report.states.total() == registers
    assert float(report.credits) == credits
    assert plan.left == 5 - registers
    assert ("credits" in run.notices) == bool(plan.left)
    registered(ours, file)
    assert len(refs_of(ours.account)) == 5
    assert outcomes_of(ours, "register") == {"done": 5}


def test_flawed_rows_keep_everything_from_being_sent_unless_they_are_skipped(
    ours: Mirror, tmp_path: Path
) -> None:
    rows = [*shipments([1]), *shipments([2], customer_email="nobody"), *shipments([3])]
    file = sheet(tmp_path / "s.csv", [*rows, {"title": "No number"}])
    before = ours.account.request_count
    with pytest.raises(UsageError) as caught:
        registered(ours, file)
    assert str(caught.value) == (
        f"{file}: 2 rows are flawed, nothing was sent (--skip-flawed sends the others):"
        f" row 2: The customer_email of {CARRIER}/{label(2)} is none.;"
        " row 4: The tracking_number is missing."
    )
    assert ours.account.request_count == before
    _, report, run = registered(ours, file, skip_flawed=True)
    assert report.states == {"done": 2}
    assert run.notices == {"flaws": "2 flawed rows skipped"}


def test_a_parcel_that_is_refused_is_told_and_keeps_nobody_else_away(
    ours: Mirror, tmp_path: Path
) -> None:
    rows = [*shipments([1]), {"carrier_code": "no-such-post", "tracking_number": label(2)}]
    file = sheet(tmp_path / "s.csv", rows)
    for _ in range(2):  # it is tried again
        _, report, run = registered(ours, file)
        assert list(report.refused) == [f"no-such-post/{label(2)}"]
        assert report.refused[f"no-such-post/{label(2)}"].startswith("4015 ")
        assert run.notices["refused"] == "TrackingMore refused 1 parcel, see ops.api_actions"
    assert outcomes_of(ours, "register") == {"done": 1, "refused": 2}
    assert ours.query("select distinct code from ops.api_actions where outcome = 'refused'") == [
        (4015,)
    ]


@pytest.mark.parametrize("kind", ["http_500", "cut_body", "reset", "html_200"])
def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_done_twice(
    ours: Mirror, tmp_path: Path, kind: Any
) -> None:
    ours.account.script(Fault(kind, endpoint="register many"))
    _, report, _ = registered(ours, sheet(tmp_path / "s.csv", shipments(range(3))))
    assert report.states == {"already": 3}
    assert len(refs_of(ours.account)) == 3
    assert ours.account.credits == 997


@pytest.mark.parametrize("kind", ["http_500", "cut_body", "reset", "html_200", "http_429"])
def test_a_run_that_gets_no_answer_is_gone_on_with(ours: Mirror, tmp_path: Path, kind: Any) -> None:
    file = sheet(tmp_path / "s.csv", shipments(range(90)))
    ours.account.script(Fault(kind, endpoint="register many", after=1, times=ATTEMPTS))
    with pytest.raises(TrackingMoreError) as caught:
        registered(ours, file)
    assert caught.value.retryable
    assert outcomes_of(ours, "register") == {"done": 40, "sent": 40}
    assert len(ours.query("from checks.unsettled_actions")) == 40
    worked = kind != "http_429"
    assert len(refs_of(ours.account)) == (80 if worked else 40)
    plan, report, _ = registered(ours, file)
    assert plan.passed_over == {"done before": 80 if worked else 40}
    assert report.states == {"done": 10 if worked else 50}
    assert len(refs_of(ours.account)) == 90
    assert ours.account.credits == 1000 - 90
    assert ours.query("from checks.unsettled_actions") == []
    ours.live_on()
    ours.sync()
    ours.assert_true()


def test_a_run_that_ends_between_request_and_answer_is_gone_on_with(
    ours: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = sheet(tmp_path / "s.csv", shipments(range(50)))

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(actions.journal, "settle", killed)
        with pytest.raises(Killed):
            registered(ours, file)
    assert outcomes_of(ours, "register") == {"sent": 40}
    plan, report, _ = registered(ours, file)
    assert plan.passed_over == {"done before": 40}
    assert report.states == {"done": 10}
    assert ours.account.credits == 1000 - 50
    messages = ours.query("select distinct message from ops.api_actions where message is not null")
    assert messages == [("seen in the account later",)]


def test_a_refusal_of_the_account_ends_the_run_and_is_in_the_journal(
    ours: Mirror, tmp_path: Path
) -> None:
    file = sheet(tmp_path / "s.csv", shipments(range(50)))
    ours.account.script(Fault("refusal", endpoint="register many", after=1, code=4018))
    with pytest.raises(QuotaError):
        registered(ours, file)
    assert outcomes_of(ours, "register") == {"done": 40, "refused": 10}
    assert ours.query("select distinct code from ops.api_actions where code is not null") == [
        (4018,)
    ]
    _, report, _ = registered(ours, file)
    assert report.states == {"done": 10}


def test_when_the_credits_run_out_the_others_are_refused_one_by_one(
    mirror: MirrorOf, tmp_path: Path
) -> None:
    ours = mirror(Sandbox(0, now=NOW, credits=2))
    _, report, _ = registered(ours, sheet(tmp_path / "s.csv", shipments(range(3))))
    assert report.states == {"done": 2, "refused": 1}
    assert report.credits == 2


def test_the_queue_is_registered_once_and_does_not_bring_back_what_is_gone(
    ours: Mirror,
) -> None:
    with ours.warehouse() as db:
        for number, code in ((1, CARRIER), (2, None)):
            db.execute(
                "insert into queues.shipments_to_register by name"
                " select 'main' as account, ? as carrier_code, ? as tracking_number",
                [code, label(number)],
            )
        db.execute(
            "insert into queues.shipments_to_register by name"
            " select 'theirs' as account, 'dhl' as carrier_code, '1234567890' as tracking_number"
        )
    _, report, _ = registered(ours, None)
    assert report.states == {"done": 2}
    ours.live_on()
    ours.sync()
    for item in ours.account.items():
        ours.account.delete(item["id"])
    with ours.warehouse() as db:  # what a purge leaves behind
        db.execute("update core.trackings set deleted_at = now()")
        db.execute("update ops.api_actions set action = 'purge' where action = 'register'")
    plan, report, _ = registered(ours, None)
    assert (plan.passed_over, report.states) == ({"registered already": 2}, {})


def test_a_sheet_brings_back_what_was_purged(ours: Mirror, tmp_path: Path) -> None:
    file = sheet(tmp_path / "s.csv", shipments([1]))
    registered(ours, file)
    with ours.warehouse() as db:
        db.execute(
            "insert into ops.api_actions by name select * replace ('purge' as action,"
            " 'later' as action_id, sent_at + interval 1 hour as sent_at) from ops.api_actions"
        )
    plan, report, _ = registered(ours, file)
    assert (len(plan.acts), report.states) == (1, {"already": 1})


def test_what_has_another_carrier_by_now_is_not_registered_under_the_old_one(
    ours: Mirror, tmp_path: Path
) -> None:
    with ours.warehouse() as db:
        db.execute(
            "insert into ops.api_actions by name select 'main' as account, 'x' as action_id,"
            " 'correct-carrier' as action, ? as carrier_code, ? as tracking_number, '{}' as"
            " request, 'done' as outcome, now() as sent_at",
            [CARRIER, label(1)],
        )
    plan, _, _ = registered(ours, sheet(tmp_path / "s.csv", shipments([1, 2])))
    assert plan.passed_over == {"corrected to another carrier since": 1}
    assert refs_of(ours.account) == {TrackingRef(CARRIER, label(2))}


def test_a_carrier_that_trackingmore_corrects_is_registered_once(
    mirror: MirrorOf, tmp_path: Path
) -> None:
    ours = mirror(Sandbox(0, now=NOW, switches=Switches(corrects_carriers=True)))
    rows = [{"carrier_code": "usps", "tracking_number": label(1)}]
    file = sheet(tmp_path / "s.csv", rows)
    ours.account.script(Fault("reset", endpoint="register many", times=ATTEMPTS))
    with pytest.raises(TrackingMoreError):
        registered(ours, file)
    _, report, _ = registered(ours, file)
    assert report.states == {"already": 1}
    assert refs_of(ours.account) == {TrackingRef(CARRIER, label(1))}
    ours.account.advance(timedelta(minutes=5))
    plan, _, _ = registered(ours, file)
    assert plan.passed_over == {"done before": 1}
