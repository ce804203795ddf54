"""`parcelhouse gaps`: what is missing in the ledgers, also behind a killed process."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.commands import health
from flows.settings import Settings
from trackingmore_v2.models import Cursor, Window
from warehouse import catalog, ledger
from warehouse.connection import FILE, open_for_writing
from warehouse.errors import CannotOpenError, NothingPublishedError
from warehouse.publish import publish

HOME = Path("parcelhouse-data")
DAY = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def enter(*windows: tuple[str, int, int, bool], hand_over: bool = True) -> None:
    """Enter (scope, low, high, proven) in the ledger; seconds counted from DAY."""
    with open_for_writing(HOME, "test") as db:
        catalog.ensure(db)
        for scope, low, high, proven in windows:
            window = Window(Cursor.CREATED_AT, DAY + low, DAY + high)
            read = ledger.WindowRead(scope, window, 12, 11, 1, proven, AT)
            ledger.record_windows(db, "main", [read], run_id="r")
        if hand_over:
            publish(db, HOME)


def test_a_ledger_without_gaps_needs_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    enter(("created_at", 0, 99, True), ("created_at", 100, 3600, True))
    assert health.gaps(as_json=False) == 0
    assert capsys.readouterr().out == (
        "created_at  2026-03-01T00:00:00+00:00 to 2026-03-01T01:00:00+00:00: all proven\n"
    )


def test_gaps_are_told_in_words_and_need_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    enter(
        ("update_time", 0, 59, True),
        ("update_time", 120, 120, False),
        ("update_time", 180, 239, True),
    )
    assert health.gaps(as_json=False) == 3
    assert capsys.readouterr().out.splitlines() == [
        "update_time  2026-03-01T00:00:00+00:00 to 2026-03-01T00:03:59+00:00:"
        " 2 ranges unread, 1 window unproven",
        "  unread    2026-03-01T00:01:00+00:00 to 2026-03-01T00:01:59+00:00 (60 s)",
        "  unread    2026-03-01T00:02:01+00:00 to 2026-03-01T00:02:59+00:00 (59 s)",
        "  unproven  2026-03-01T00:02:00+00:00 to 2026-03-01T00:02:00+00:00,"
        " 11 read for 12 parcels",
    ]


def test_as_json_it_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    enter(("created_at", 0, 59, True), ("created_at", 61, 99, True))
    assert health.gaps(as_json=True) == 3
    assert json.loads(capsys.readouterr().out) == {
        "ledgers": [
            {
                "scope": "created_at",
                "low": "2026-03-01T00:00:00+00:00",
                "high": "2026-03-01T00:01:39+00:00",
                "unread": [
                    {
                        "low": "2026-03-01T00:01:00+00:00",
                        "high": "2026-03-01T00:01:00+00:00",
                        "seconds": 1,
                    }
                ],
                "unproven": [],
            }
        ]
    }


def test_where_there_is_no_warehouse_there_are_no_ledgers() -> None:
    with pytest.raises(NothingPublishedError):
        health.gaps(as_json=True)


def test_a_warehouse_that_has_read_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    enter()
    assert health.gaps(as_json=False) == 0
    assert capsys.readouterr().out == "nothing is read yet\n"


def test_while_somebody_writes_the_published_ledger_is_read() -> None:
    enter(("created_at", 0, 59, True))
    enter(("created_at", 70, 99, True), hand_over=False)
    with open_for_writing(HOME, "sync"):
        assert health.gaps(as_json=True) == 0
    assert health.gaps(as_json=True) == 3


def test_a_killed_backfill_shows_what_it_left_unread(capsys: pytest.CaptureFixture[str]) -> None:
    enter(("created_at", 0, 99, True))
    script = f"""
import os
from datetime import UTC, datetime
from pathlib import Path
from trackingmore_v2.models import Cursor, Window
from warehouse import backfills, ledger
from warehouse.connection import open_for_writing, transaction
at = datetime.now(UTC)
with open_for_writing(Path({str(HOME)!r}), "killed") as db:
    with transaction(db):
        job = backfills.Backfill("backfill:r", {DAY}, {DAY + 999}, False, "r")
        backfills.begin_backfill(db, "main", job, at=at)
        window = Window(Cursor.CREATED_AT, {DAY}, {DAY + 499})
        read = ledger.WindowRead("backfill:r", window, 1, 1, 1, True, at)
        ledger.record_windows(db, "main", [read], run_id="r")
    os._exit(9)
"""
    checkout = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(checkout)},
        check=False,
    )
    assert (HOME / f"{FILE}.wal").stat().st_size
    assert health.gaps(as_json=True) == 3
    said = {each["scope"]: each for each in json.loads(capsys.readouterr().out)["ledgers"]}
    assert said["created_at"]["unread"] == []
    (left,) = said["backfill:r"]["unread"]
    assert left["seconds"] == 500
    assert (HOME / f"{FILE}.wal").stat().st_size, "left as it was"


def test_a_live_file_that_cannot_be_read_is_not_passed_over() -> None:
    enter(("created_at", 0, 59, True))
    (HOME / FILE).write_text("no database at all")
    with pytest.raises(CannotOpenError, match=FILE):
        health.gaps(as_json=True)


def test_a_lost_live_file_leaves_what_is_published() -> None:
    enter(("created_at", 0, 59, True))
    (HOME / FILE).unlink()
    assert health.gaps(as_json=True) == 0
