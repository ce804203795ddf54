"""What a monitor reads: numbers with their unit, and nothing where nothing is known."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.exposition import exposition
from flows.settings import Settings
from flows.status import status, status_lines
from transforms.account_tables import QUOTAS
from transforms.tables import QUARANTINE, RUNS
from warehouse import catalog, entries, ledger, materialised
from warehouse.connection import open_for_writing, transaction
from warehouse.errors import NothingPublishedError
from warehouse.publish import publish

SAMPLE = re.compile(r'^parcelhouse_[a-z_]+\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\} -?[0-9.e+]+$')


@pytest.fixture
def house(tmp_path: Path) -> Settings:
    """A warehouse that synced an hour ago, failed to backfill since, and waits for a person."""
    settings = Settings(_env_file=None, parcelhouse_home=tmp_path)  # type: ignore[call-arg]
    now = datetime.now(UTC)
    with open_for_writing(tmp_path, "a test") as db:
        with transaction(db):
            catalog.ensure(db)
            enter(db, RUNS, run("sync", "attention", now - timedelta(hours=1)))
            ledger.set_watermark(db, "main", "update_time", int(now.timestamp()) - 4000, run_id="r")
            enter(db, QUARANTINE, {"account": "main", "quarantine_id": "q", "payload": "{}"})
            for days, left in ((10, 1000), (0, 500)):
                at = now - timedelta(days=days)
                enter(db, QUOTAS, {"account": "main", "fetched_at": at, "credits_left": left})
            materialised.refresh(db)
        publish(db, tmp_path)
        with transaction(db):  # a failed run publishes nothing
            enter(db, RUNS, run("backfill", "failed", now) | {"error": 'a "word"'})
    return settings


def run(command: str, state: str, at: datetime) -> dict[str, Any]:
    return {
        "account": "main",
        "run_id": command,
        "command": command,
        "state": state,
        "started_at": at,
        "finished_at": at,
    }


def enter(db: Any, table: Any, row: dict[str, Any]) -> None:
    entries.insert(db, table, row)


def test_a_monitor_finds_what_it_needs(house: Settings) -> None:
    said = status(house, with_checks=True)
    assert 3600 <= said["seconds_since_sync"] < 3660
    assert 4000 <= said["watermarks"]["update_time"]["lag_seconds"] < 4060
    assert said["last_states"] == {"backfill": "failed", "sync": "attention"}
    assert (said["quarantined"], said["unproven_windows"]) == (1, 0)
    assert (said["credits_left"], said["days_left"]) == (500, 10.0)
    assert said["failed_checks"] == 2
    assert said["checks"] == [
        {"check": "quarantined_payloads", "level": "warn", "rows": 1},
        {"check": "quota_runway", "level": "warn", "rows": 1},
    ]
    assert "checks" not in status(house)


def test_a_person_sees_the_failure_that_is_not_published_and_the_credits(house: Settings) -> None:
    lines = status_lines(status(house))
    assert any(line.startswith("run        backfill") and "failed" in line for line in lines)
    assert "credits    500 left, which last 10.0 days" in lines


def test_every_line_is_one_that_prometheus_reads(house: Settings) -> None:
    lines = exposition(status(house, with_checks=True)).splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert [line for line in samples if not SAMPLE.match(line)] == []
    metrics = [line.partition("{")[0] for line in samples]
    types = [line.split()[2:] for line in lines if line.startswith("# TYPE")]
    helps = [line.split()[2] for line in lines if line.startswith("# HELP")]
    assert [name for name, _ in types] == helps == list(dict.fromkeys(metrics))
    assert {kind for _, kind in types} == {"gauge"}
    assert 'parcelhouse_credits_days_left{account="main"} 10.0' in samples
    assert 'parcelhouse_last_run_ok{account="main",command="backfill"} 0' in samples
    assert 'parcelhouse_last_run_ok{account="main",command="sync"} 1' in samples
    assert 'parcelhouse_check_rows{account="main",check="quota_runway",level="warn"} 1' in samples


def test_what_is_not_known_has_no_line(house: Settings) -> None:
    other = house.model_copy(update={"parcelhouse_account": "other"})
    text = exposition(status(other, with_checks=True))
    assert 'parcelhouse_parcels{account="other"} 0' in text
    for unknown in ("seconds_since_sync", "lag_seconds", "credits", "last_run_ok", "check_rows"):
        assert f"parcelhouse_{unknown}" not in text


def test_labels_are_escaped() -> None:
    said = {
        **dict.fromkeys(
            (
                "seconds_since_sync",
                "trackings",
                "trackings_deleted",
                "events",
                "quarantined",
                "unproven_windows",
                "failed_checks",
                "credits_left",
                "days_left",
            )
        ),
        "account": 'a"b\\c\nd',
        "watermarks": {},
        "checks": [],
        "last_states": {"sync": "done"},
    }
    (sample,) = [line for line in exposition(said).splitlines() if not line.startswith("#")]
    assert sample == r'parcelhouse_last_run_ok{account="a\"b\\c\nd",command="sync"} 1'


def test_where_there_is_no_warehouse_there_is_no_status(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError):
        status(Settings(_env_file=None, parcelhouse_home=tmp_path))  # type: ignore[call-arg]
