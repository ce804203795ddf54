"""`parcelhouse check`: the rows that ought not to be there, from what readers read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.choosing import read_settings
from flows.commands import health
from flows.settings import Settings
from flows.steps.run import running
from flows.steps.sync import sync
from trackingmore_v2.sandbox import Sandbox
from warehouse import catalog
from warehouse.connection import FILE, open_for_writing
from warehouse.errors import NothingPublishedError
from warehouse.publish import publish
from warehouse.snapshot import snapshot_path

HOME = Path("parcelhouse-data")
KEY = "tm-live-4f9d2c81b7e60a35"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def _synced(folder: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    sandbox = Sandbox(40, now=now - timedelta(minutes=5), api_key=KEY, lively=False)
    sandbox.advance(timedelta(minutes=5))
    with sandbox.serving() as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("TRACKINGMORE_API_KEY", KEY)
        environment.setenv("TRACKINGMORE_BASE_URL", url)
        environment.setenv("TRACKINGMORE_REQUESTS_PER_SECOND", "0")
        with running(read_settings(), "sync") as run:
            sync(run)


def spoil(*statements: str, hand_over: bool = True) -> None:
    with open_for_writing(HOME, "spoiler") as db:
        for statement in statements:
            db.execute(statement)
        if hand_over:
            publish(db, HOME)


REPEATED = "insert into core.trackings select * from core.trackings limit 1"
QUARANTINED = """
    insert into ops.quarantine by name
    select 'main' as account, 'q' || i as quarantine_id, 'no object' as reason
    from range(7) as t(i)
"""


@pytest.mark.usefixtures("_synced")
def test_a_sound_warehouse_passes_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert health.check(as_json=False) == 0
    said = capsys.readouterr().out.splitlines()
    checks = [view.name for view in catalog.views() if view.name.startswith("checks.")]
    assert [line.split()[0] for line in said] == ["ok"] * len(checks)
    assert {line.split()[1] for line in said} == {
        f"{name.removeprefix('checks.')}:" for name in checks
    }


@pytest.mark.usefixtures("_synced")
@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (REPEATED, "fail  repeated_trackings: 1 row"),
        (QUARANTINED, "warn  quarantined_payloads: 7 "),
    ],
)
def test_a_finding_of_either_level_needs_a_person(
    statement: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(statement)
    assert health.check(as_json=False) == 3
    said = capsys.readouterr().out
    assert line in said
    assert "One row per" in said


@pytest.mark.usefixtures("_synced")
def test_the_first_rows_are_shown_and_the_rest_is_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(QUARANTINED)
    assert health.check(as_json=True) == 3
    said = json.loads(capsys.readouterr().out)
    found = {each["name"]: each for each in said["checks"]}["quarantined_payloads"]
    assert (found["level"], found["row_count"], len(found["examples"])) == ("warn", 7, 5)
    assert found["examples"][0]["quarantine_id"] == "q0"
    assert found["sentence"].startswith("One row per payload")
    assert said["checked"].endswith(str(snapshot_path(HOME)))


@pytest.mark.usefixtures("_synced")
def test_grave_checks_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    health.check(as_json=True)
    levels = [each["level"] for each in json.loads(capsys.readouterr().out)["checks"]]
    assert levels == sorted(levels)
    assert set(levels) == {"fail", "warn"}


@pytest.mark.usefixtures("_synced")
def test_what_readers_read_is_checked_while_somebody_writes() -> None:
    spoil(REPEATED, hand_over=False)
    with open_for_writing(HOME, "sync"):
        assert health.check(as_json=True) == 0


@pytest.mark.usefixtures("_synced")
def test_where_nothing_is_published_the_live_file_is_checked() -> None:
    snapshot_path(HOME).unlink()
    spoil(REPEATED, hand_over=False)
    assert health.check(as_json=True) == 3


def test_where_there_is_no_warehouse_there_is_nothing_to_check() -> None:
    with pytest.raises(NothingPublishedError):
        health.check(as_json=True)


@pytest.mark.usefixtures("_synced")
def test_a_check_that_is_newer_than_the_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect(str(snapshot_path(HOME))) as db:
        db.execute("drop view checks.repeated_events")
    assert health.check(as_json=False) == 0
    assert "later repeated_events" in capsys.readouterr().out


@pytest.mark.usefixtures("_synced")
def test_checking_writes_nothing() -> None:
    before = {path: path.stat().st_mtime_ns for path in HOME.rglob("*")}
    health.check(as_json=True)
    assert {path: path.stat().st_mtime_ns for path in HOME.rglob("*")} == before
    assert (HOME / FILE).exists()
