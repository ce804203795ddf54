"""What an earlier release has written is opened, gone on with, and replayed by this one."""

import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from flows.settings import Settings
from flows.steps.replay import replay
from flows.steps.run import local_run, running
from flows.steps.sync import sync
from tests.truth import REST, assert_true
from trackingmore_v2.sandbox import Sandbox
from transforms.tables import TRACKINGS
from warehouse.connection import FILE, open_for_writing, open_read_only
from warehouse.snapshot import published

RELEASES = sorted((Path(__file__).parents[1] / "releases").glob("*.tar.xz"))
BEGAN, BETWEEN = datetime(2026, 3, 1, 8, tzinfo=UTC), timedelta(days=5)


@pytest.fixture(params=RELEASES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with tarfile.open(request.param) as archive:
        # what the first releases of Python 3.11 do not know, they do not need
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def account() -> Sandbox:
    """The account that the release has synced, as it is five days behind its second sync."""
    account = Sandbox(40, seed=7, now=BEGAN)
    for _ in range(2):
        account.advance(BETWEEN)
    return account


def settings(home: Path, address: str = "http://127.0.0.1:9/v2") -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        trackingmore_api_key=SecretStr("sandbox-key"),
        trackingmore_base_url=address,
        trackingmore_requests_per_second=0,
        parcelhouse_home=home,
        parcelhouse_landing_days=0,
    )


def first_seen(db: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    return dict(db.execute("select tracking_id, first_seen_at from core.trackings").fetchall())


def scan_ids(db: duckdb.DuckDBPyConnection) -> set[tuple[Any, ...]]:
    return set(
        db.execute(
            "select tracking_id, event_id, first_seen_at from core.tracking_events"
        ).fetchall()
    )


def tables(home: Path) -> list[list[Any]]:
    """Parcels, scans and states as they are, but for the names of payloads."""
    with open_for_writing(home, "the test") as db:
        return [
            db.execute(
                "select columns(lambda name: not list_contains($aside, name))"
                f" from core.{name} order by all",
                {"aside": ["payload_hash", *TRACKINGS.aside]},
            ).fetchall()
            for name in ("trackings", "tracking_events", "status_history")
        ]


def test_there_is_a_release_to_come_from() -> None:
    assert RELEASES


def test_a_sync_goes_on_where_the_release_before_stopped(home: Path, account: Sandbox) -> None:
    with open_read_only(home / FILE) as db:
        seen, scans = first_seen(db), scan_ids(db)
    assert len(seen) >= 40
    account.advance(REST)
    with account.serving() as address, running(settings(home, address), "sync") as run:
        sync(run)
    assert run.tally.trackings_inserted < len(seen) / 4
    with open_for_writing(home, "the test") as db:
        assert_true(db, account.items(), gone=seen, hashed=False)
        now = first_seen(db)
        assert {name: now[name] for name in seen} == seen
        assert scan_ids(db) >= scans
        assert db.execute("select count(*) from checks.miscounted_events").fetchall() == [(0,)]
    with open_read_only(published(home)) as db:
        ((shipments,),) = db.execute("select count(*) from marts.shipments").fetchall()
        assert shipments == len(now)


def test_its_landing_is_replayed_to_the_same_tables(home: Path) -> None:
    """But for what 0.1.0 took for the name of a payload; with this one's, to the very same."""
    before = tables(home)
    with local_run(settings(home), "replay") as run:
        assert replay(run).answers > 0
    assert tables(home) == before
    with local_run(settings(home), "replay") as again:
        done = replay(again)
    assert [each for each in done.differences if each.is_any] == []
