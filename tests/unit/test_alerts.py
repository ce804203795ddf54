"""People are told once when something begins, again when it doubles, and once when it is over."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.settings import Settings
from flows.steps import alerts
from flows.steps.alerts import Watched, news_of, tell_failure, tell_recovery, watch
from flows.steps.findings import Finding, Look, failed_run, look
from tests.listener import Listener, listening
from trackingmore_v2.models import Cursor, Window
from transforms.account_tables import QUOTAS
from transforms.alert_tables import ALERTS
from transforms.tables import QUARANTINE, RUNS
from warehouse import catalog, entries, ledger, materialised
from warehouse.alerts import OpenAlert
from warehouse.connection import open_for_writing, transaction
from warehouse.publish import publish

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = "tm-live-4f9d2c81b7e60a35"


@pytest.fixture
def receiver() -> Iterator[Listener]:
    """Somebody who listens."""
    with listening() as server:
        server.say({})
        yield server


@pytest.fixture
def house(tmp_path: Path, receiver: Listener) -> Settings:
    """Settings of a warehouse whose sync ended well a minute ago."""
    made = Settings(
        _env_file=None,  # type: ignore[call-arg]
        trackingmore_api_key=KEY,  # type: ignore[arg-type]
        parcelhouse_home=tmp_path / "home",
        parcelhouse_alert_urls=f"http://127.0.0.1:{receiver.server_port}/hook",  # type: ignore[arg-type]
    )
    enter(made, run_of("sync", "done", minutes_ago=1))
    return made


def run_of(command: str, state: str, *, minutes_ago: float, **more: Any) -> Callable[..., None]:
    began = NOW - timedelta(minutes=minutes_ago)
    row = {
        "account": "main",
        "run_id": f"{command}{minutes_ago}",
        "command": command,
        "state": state,
        "started_at": began,
        "finished_at": None if state == "running" else began,
        **more,
    }
    return lambda db: entries.insert(db, RUNS, row)


def payload(number: int) -> Callable[..., None]:
    row = {
        "account": "main",
        "quarantine_id": f"q{number}",
        "reason": "origin_info is text",
        "payload": "{}",
        "fetched_at": NOW,
    }
    return lambda db: entries.insert(db, QUARANTINE, row)


def reading(days_ago: float, credits_left: int) -> Callable[..., None]:
    at = NOW - timedelta(days=days_ago)
    row = {"account": "main", "fetched_at": at, "credits_left": credits_left}
    return lambda db: entries.insert(db, QUOTAS, row)


def window(*, proven: bool) -> Callable[..., None]:
    seen = ledger.WindowRead("created_at", Window(Cursor.CREATED_AT, 0, 9), 3, 2, 1, proven, NOW)
    return lambda db: ledger.record_windows(db, "main", [seen], run_id="r")


def enter(settings: Settings, *entries: Callable[..., None]) -> None:
    """Write to the warehouse, and publish it."""
    with open_for_writing(settings.parcelhouse_home, "a test") as db:
        with transaction(db):
            catalog.ensure(db)
            for each in entries:
                each(db)
            materialised.refresh(db)
        publish(db, settings.parcelhouse_home)


def found(settings: Settings, *, now: datetime = NOW) -> dict[str, str]:
    return {each.alert: each.sentence for each in look(settings, now=now).findings}


def told(receiver: Listener) -> list[dict[str, Any]]:
    """Return the messages heard since the last time."""
    heard = [each.body for each in receiver.heard]
    receiver.heard.clear()
    return heard


def test_a_house_in_order_has_nothing_to_tell(house: Settings, receiver: Listener) -> None:
    assert watch(house, now=NOW) == Watched(alerts.News([], [], []), None)
    assert told(receiver) == []


def test_no_sync_for_longer_than_the_setting_says(house: Settings) -> None:
    last = NOW - timedelta(minutes=1)
    assert found(house, now=last + 3 * HOUR) == {}
    later = found(house, now=last + 3 * HOUR + timedelta(seconds=1))
    assert list(later) == ["stale_sync"]
    assert later["stale_sync"].endswith("the last ended 2026-06-01 11:59 UTC")
    patient = house.model_copy(update={"parcelhouse_alert_after_hours": 4})
    assert found(patient, now=last + 3.5 * HOUR) == {}


def test_a_warehouse_in_which_no_sync_has_ended_is_stale_once_it_has_had_its_time(
    tmp_path: Path,
) -> None:
    empty = Settings(_env_file=None, parcelhouse_home=tmp_path)  # type: ignore[call-arg]
    assert list(found(empty)) == ["stale_sync"]
    enter(empty, run_of("sync", "running", minutes_ago=179))
    assert found(empty) == {}
    assert list(found(empty, now=NOW + HOUR)) == ["stale_sync"]


def test_only_the_last_run_of_a_command_counts_and_only_for_a_week(house: Settings) -> None:
    enter(
        house,
        run_of("backfill", "failed", minutes_ago=9, error="it broke"),
        run_of("reconcile", "failed", minutes_ago=9, error="it broke"),
        run_of("reconcile", "done", minutes_ago=8),
        run_of("reconcile", "running", minutes_ago=7),
        run_of("purge", "failed", minutes_ago=8 * 24 * 60, error="long ago"),
    )
    assert found(house) == {
        "failed_run:backfill": "the last backfill failed: it broke (began 11:51 UTC)"
    }


def test_another_account_in_the_same_warehouse_is_not_ours(house: Settings) -> None:
    enter(house, payload(1), window(proven=False))
    other = house.model_copy(update={"parcelhouse_account": "other"})
    assert set(found(house)) == {"quarantine", "unproven_windows"}
    assert set(found(other)) == {"stale_sync"}


def test_quarantine_windows_and_credits_have_words_of_their_own(house: Settings) -> None:
    enter(
        house,
        payload(1),
        payload(2),
        window(proven=False),
        reading(10, 1000),
        reading(0, 500),
    )
    said = found(house)
    assert said["quarantine"] == "2 payloads in quarantine, such as: origin_info is text"
    assert said["unproven_windows"].startswith("1 window unproven")
    assert said["low_quota"] == "500 credits left, which last 10.0 days at the present pace"
    assert set(said) == {"quarantine", "unproven_windows", "low_quota"}


def test_what_is_told_is_told_once_and_once_more_when_it_is_over(
    house: Settings, receiver: Listener
) -> None:
    enter(house, run_of("backfill", "failed", minutes_ago=5, error="it broke"))
    first = watch(house, now=NOW)
    assert [each.alert for each in first.news.new] == ["failed_run:backfill"]
    (message,) = told(receiver)
    assert (message["title"], message["type"]) == ("Parcelhouse main: 1 alert", "failure")
    assert message["message"] == "fail: the last backfill failed: it broke (began 11:55 UTC)"
    again = watch(house, now=NOW)
    assert (again.news.new, [each.alert for each in again.news.known]) == (
        [],
        ["failed_run:backfill"],
    )
    assert told(receiver) == []
    enter(house, run_of("backfill", "done", minutes_ago=-5))
    watch(house, now=NOW + HOUR)
    (message,) = told(receiver)
    assert (message["title"], message["type"]) == ("Parcelhouse main: 1 over", "success")
    watch(house, now=NOW + HOUR)
    assert told(receiver) == []
    with open_for_writing(house.parcelhouse_home, "a test") as db:
        rows = db.execute(f"select alert, began_at, told_at, over_at from {ALERTS.name}").fetchall()
    assert rows == [("failed_run:backfill", NOW, NOW, NOW + HOUR)]


def test_more_in_quarantine_is_told_again_when_it_has_doubled(
    house: Settings, receiver: Listener
) -> None:
    enter(house, payload(1), payload(2))
    watch(house, now=NOW)
    assert len(told(receiver)) == 1
    enter(house, payload(3))
    watch(house, now=NOW)
    assert told(receiver) == []
    enter(house, payload(4))
    watch(house, now=NOW + HOUR)
    (message,) = told(receiver)
    assert message["message"] == "warn: 4 payloads in quarantine, such as: origin_info is text"
    assert message["type"] == "warning"


def test_a_dry_run_tells_nobody_and_notes_nothing(house: Settings, receiver: Listener) -> None:
    enter(house, payload(1))
    assert watch(house, now=NOW, dry_run=True).delivery is None
    assert told(receiver) == []
    assert [each.alert for each in watch(house, now=NOW).news.new] == ["quarantine"]
    assert len(told(receiver)) == 1


def test_what_reached_nobody_is_new_again(house: Settings, receiver: Listener) -> None:
    enter(house, payload(1))
    deaf = house.model_copy(
        update={"parcelhouse_alert_urls": type(house.parcelhouse_alert_urls)("http://127.0.0.1:9")}
    )
    missed = watch(deaf, now=NOW)
    assert missed.delivery is not None
    assert (missed.delivery.reached, missed.delivery.missed) == (0, ("number 1 (http)",))
    assert [each.alert for each in watch(house, now=NOW).news.new] == ["quarantine"]
    assert len(told(receiver)) == 1


@pytest.mark.parametrize("wrong", ["nonsense", "ftp://nobody", "http://"])
def test_one_bad_address_keeps_nobody_else_from_hearing(
    wrong: str, house: Settings, receiver: Listener
) -> None:
    enter(house, payload(1))
    secret = house.parcelhouse_alert_urls
    assert secret is not None
    both = house.model_copy(
        update={"parcelhouse_alert_urls": type(secret)(f"{wrong} {secret.get_secret_value()}")}
    )
    watched = watch(both, now=NOW)
    assert watched.delivery is not None
    assert watched.delivery.reached == 1
    assert len(watched.delivery.missed) == 1
    assert len(told(receiver)) == 1


def test_a_failure_is_told_at_once_and_the_hourly_watch_knows_of_it(
    house: Settings, receiver: Listener
) -> None:
    broken = failed_run("sync", f"SettingsError: no such thing as {KEY}")
    tell_failure(house, broken, now=NOW)
    (message,) = told(receiver)
    assert message["message"] == "fail: the last sync failed: SettingsError: no such thing as ***"
    tell_failure(house, broken, now=NOW)
    # it never entered itself in ops.runs: that it is not there does not mean that it is over
    assert watch(house, now=NOW).news.over == []
    assert told(receiver) == []
    tell_recovery(house, "backfill", now=NOW)
    assert told(receiver) == []
    tell_recovery(house, "sync", now=NOW + HOUR)
    (message,) = told(receiver)
    assert message["title"] == "Parcelhouse main: 1 over"
    tell_recovery(house, "sync", now=NOW + HOUR)
    assert told(receiver) == []


def test_a_damaged_warehouse_is_told_of_and_nothing_else_is_believed_to_be_over(
    house: Settings, receiver: Listener
) -> None:
    enter(house, payload(1))
    watch(house, now=NOW)
    told(receiver)
    for file in house.parcelhouse_home.rglob("warehouse.duckdb"):
        file.write_bytes(b"x" * 9000)
    watched = watch(house, now=NOW)
    assert [each.alert for each in watched.news.new] == ["warehouse"]
    assert watched.news.over == []
    assert watched.doubt is not None
    assert len(told(receiver)) == 1


def test_where_the_seat_is_taken_people_are_told_all_the_same(
    house: Settings, receiver: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "PATIENCE_SECONDS", 0.1)
    enter(house, payload(1))
    with open_for_writing(house.parcelhouse_home, "a long backfill"):
        watched = watch(house, now=NOW)
    assert len(told(receiver)) == 1
    assert "a long backfill" in str(watched.doubt)


def test_a_file_older_than_the_table_of_alerts_gets_it(house: Settings, receiver: Listener) -> None:
    enter(house, payload(1))
    with open_for_writing(house.parcelhouse_home, "a test") as db:
        db.execute(f"drop table {ALERTS.name}")
        db.execute("delete from ops.catalog")
    assert watch(house, now=NOW).doubt is None
    assert watch(house, now=NOW).news.new == []
    assert len(told(receiver)) == 1


def test_nobody_to_tell_is_no_news_noted(house: Settings) -> None:
    enter(house, payload(1))
    silent = house.model_copy(update={"parcelhouse_alert_urls": None})
    for _ in range(2):
        watched = watch(silent, now=NOW)
        assert ([each.alert for each in watched.news.new], watched.delivery) == (
            ["quarantine"],
            None,
        )


def test_the_news_of_an_unread_warehouse_are_what_was_found_and_no_more() -> None:
    known = [OpenAlert("quarantine", "warn", "1 payload", 1, NOW)]
    finding = Finding("warehouse", "fail", "it is broken")
    assert news_of(Look([finding], {}, is_whole=False), known) == alerts.News([finding], [], [])
    assert news_of(Look([], {}), known).over == known


def test_the_addresses_show_in_no_picture_of_the_settings(house: Settings) -> None:
    secret = house.parcelhouse_alert_urls
    assert secret is not None
    url = secret.get_secret_value()
    assert house.alert_urls == (url,)
    assert url not in repr(house)
    assert url not in json.dumps(house.model_dump(mode="json"), default=str)
