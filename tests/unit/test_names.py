"""A run's name tells its command, its account and its stretch of time, whatever can be read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.runtime import flow_run

from flows.names import named_after
from warehouse import catalog, ledger
from warehouse.connection import open_for_writing, transaction
from warehouse.publish import publish

BEGUN = datetime(2026, 6, 1, 12, tzinfo=UTC)
READ_TO = datetime(2026, 6, 1, 11, 45, tzinfo=UTC)


@pytest.fixture
def name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Names a run of a command with the parameters given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARCELHOUSE_HOME", str(tmp_path))
    monkeypatch.setenv("PARCELHOUSE_ACCOUNT", "main")
    monkeypatch.setattr(flow_run, "scheduled_start_time", BEGUN, raising=False)

    def named(command: str, **parameters: Any) -> str:
        monkeypatch.setattr(flow_run, "parameters", parameters, raising=False)
        return named_after(command)()

    return named


@pytest.fixture
def synced(tmp_path: Path) -> None:
    """A warehouse whose account is read up to a quarter to twelve."""
    with open_for_writing(tmp_path, "a test") as db:
        with transaction(db):
            catalog.ensure(db)
            second = int(READ_TO.timestamp())
            ledger.set_watermark(db, "main", "update_time", second, run_id="r")
        publish(db, tmp_path)


def test_a_first_sync_reads_the_whole_account(name: Any) -> None:
    assert name("sync") == "sync main, whole account to 2026-06-01 12:00 UTC"


@pytest.mark.usefixtures("synced")
def test_a_sync_reads_from_its_overlap_or_from_so_far_back(name: Any) -> None:
    assert name("sync") == "sync main, 2026-06-01 11:30 to 2026-06-01 12:00 UTC"
    assert name("sync", look_back_days=3) == "sync main, 2026-05-29 11:45 to 2026-06-01 12:00 UTC"


@pytest.mark.parametrize(
    ("until", "shown"),
    [(None, "2026-06-01 12:00"), (BEGUN - timedelta(days=9), "2026-05-23 12:00")],
)
def test_a_backfill_says_its_range(until: datetime | None, shown: str, name: Any) -> None:
    since = datetime(2026, 1, 1)  # noqa: DTZ001  (as somebody types it)
    assert name("backfill", since=since, until=until) == (
        f"backfill main, 2026-01-01 00:00 to {shown} UTC"
    )


def test_no_run_fails_for_want_of_a_name(name: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert name("quota") == "quota main, 2026-06-01 12:00 UTC"
    monkeypatch.setenv("PARCELHOUSE_LAG_SECONDS", "soon")
    assert name("sync") == "sync, 2026-06-01 12:00 UTC"


@pytest.mark.usefixtures("synced")
def test_of_several_accounts_the_name_tells_whose_run_it_is(
    name: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARCELHOUSE_ACCOUNTS", "main,outlet")
    monkeypatch.delenv("PARCELHOUSE_ACCOUNT")
    assert name("sync", account="main") == "sync main, 2026-06-01 11:30 to 2026-06-01 12:00 UTC"
    assert name("sync", account="outlet") == "sync outlet, whole account to 2026-06-01 12:00 UTC"
    assert name("compact") == "compact all accounts, 2026-06-01 12:00 UTC"
    assert name("sync", account="nobody") == "sync, 2026-06-01 12:00 UTC"
