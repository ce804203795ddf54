"""Whatever is done to one account, the other one in the same warehouse stays as it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any, NamedTuple

import pytest

from flows.settings import Settings
from flows.steps import purge, quarantine, register
from flows.steps.actions import apply
from flows.steps.alerts import tell_failure
from flows.steps.annotate import plan_annotations
from flows.steps.backfill import ChosenRange, backfill
from flows.steps.fill import fill, your_table
from flows.steps.findings import failed_run
from flows.steps.quota import quota
from flows.steps.reconcile import reconcile
from flows.steps.repair import repair
from flows.steps.replay import replay
from flows.steps.retention import sweep_landing
from flows.steps.run import Run, local_run
from flows.steps.stop_updates import plan_stops
from flows.steps.sync import sync
from tests.factories import parcel
from tests.listener import listening
from tests.story import NOW, SETTLES, ask, changed, opened, run, settings
from tests.truth import Serve
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.sandbox import Sandbox, Switches
from warehouse.compact import compact

LATER = datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)
OLD = str(parcel("old")["tracking_number"])


class Neighbours(NamedTuple):
    """Two accounts that hold the same parcels, and the home that they share."""

    main: Sandbox
    address: str
    home: Path

    def settings(self, account: str = "main", **told: Any) -> Settings:
        told = {"parcelhouse_account": account, "trackingmore_api_key": self.main.api_key} | told
        return settings(self.home, self.address, **told)


def resting_account() -> Sandbox:
    """An account in which much has been delivered long ago, one payload cannot be read."""
    account = Sandbox(30, now=NOW, lively=False, switches=Switches(max_limit=20))
    long_ago = {"created_at": "2025-01-01T00:00:00+00:00", "lastUpdateTime": "2025-01-02 10:00"}
    for name in ("old", "older"):
        account.put(parcel(name, carrier_code="dhl", status="delivered", **long_ago))
    bad = sorted(item["id"] for item in account.items() if item["updated_at"])[0]
    account.advance(SETTLES)
    account.put(changed(account, bad, lambda _: "soon"))
    account.advance(SETTLES)
    return account


@pytest.fixture(scope="module")
def synced(front_door: Serve, tmp_path_factory: pytest.TempPathFactory) -> Neighbours:
    """Both have been synced, and have the same rows in the tables that are the user's."""
    home = tmp_path_factory.mktemp("two") / "home"
    for name in ("outlet", "main"):
        account = resting_account()
        made = Neighbours(account, front_door(account), home)
        ours = made.settings(name)
        run(ours, sync)
        run(ours, quota, "quota")
        with opened(ours) as db:
            for table, columns, values in (
                ("queues.shipments_to_register", "carrier_code, tracking_number", "'dhl', '7'"),
                ("core.text_overrides", "said, milestone", "'Picked up', 'delivered'"),
                ("core.promises", "promised_days", "3"),
                ("ops.alerts", "alert, level, began_at", "'failed_run:sync', 'fail', now()"),
            ):
                db.execute(f"insert into {table} (account, {columns}) values ('{name}', {values})")
    with local_run(made.settings("outlet"), "publish"):
        pass
    return made


@pytest.fixture
def ours(synced: Neighbours, front_door: Serve, tmp_path: Path) -> Neighbours:
    copytree(synced.home, tmp_path / "home")
    account = resting_account()
    return Neighbours(account, front_door(account), tmp_path / "home")


def of(ours: Neighbours, account: str) -> dict[str, Any]:
    """Every row that has the account's name, marts included, and every file of its landing."""
    held: dict[str, Any] = {}
    with opened(ours.settings()) as db:
        tables = db.execute(
            """
            select distinct schema_name || '.' || table_name from duckdb_columns()
            where column_name = 'account' and schema_name || '.' || table_name in (
                select schema_name || '.' || table_name from duckdb_tables()
            )
            """
        ).fetchall()
        for (table,) in tables:
            held[table] = db.execute(
                f"from {table} where account = ? order by all", [account]
            ).fetchall()
    files = (ours.home / "landing" / f"account={account}").rglob("*.parquet")
    held["landing"] = sorted((path, path.stat().st_size) for path in files)
    return held


def lives_on(ours: Neighbours) -> None:
    """Parcels are touched, some are gone, one is new."""
    ids = sorted(item["id"] for item in ours.main.items())
    ours.main.touch_any(5)
    for each in ids[3:6]:
        ours.main.delete(each)
    ours.main.put(parcel("new", created_at=ours.main.now.isoformat(), updated_at=None))
    ours.main.advance(SETTLES)


def act(plan_of: Callable[[Run], Any], carry_out: Callable[..., Any] = apply) -> Any:
    def work(one: Run) -> None:
        plan = plan_of(one)
        assert plan.acts
        carry_out(one, plan)

    return work


def replayed(one: Any) -> None:
    assert replay(one).answers > 0


def purged(one: Run) -> None:
    plan = purge.plan_purge(one, None, older_than=0)
    assert plan.acts
    purge.carry_out(one, plan)


def reconciled(one: Run) -> None:
    found = reconcile(one, fix=True, force=True)
    assert found.deleted == 3


def swept(one: Run) -> None:
    assert sweep_landing(one, now=LATER).files > 0


def compacted(one: Run) -> None:
    with one.warehouse() as db:
        assert compact(db, one.settings.parcelhouse_home, force=True).is_done


WORK: dict[str, Callable[[Run], object]] = {
    "sync": sync,
    "backfill": lambda one: backfill(one, ChosenRange(0, None)),
    "repair": lambda one: repair(one, [TrackingRef("dhl", OLD)], live=True),
    "quarantine": quarantine.retry,
    "quota": quota,
    "register": act(
        lambda one: register.plan_registrations(one, None, max_credits=10), register.carry_out
    ),
    "annotate": act(lambda one: plan_annotations(one, None)),
    "stop-updates": act(lambda one: plan_stops(one, None)),
    "reconcile": reconciled,
    "replay": replayed,
    "replay since": lambda one: replay(one, since=NOW - DAY),
    "purge": purged,
    "landing": swept,
    "compact": compacted,
}


def test_what_is_done_to_an_account_is_done_to_no_other(ours: Neighbours) -> None:
    before, own = of(ours, "outlet"), of(ours, "main")
    assert all(before[table] for table in ("core.trackings", "marts.events", "ops.quarantine"))
    lives_on(ours)
    for command, work in WORK.items():
        run(ours.settings(parcelhouse_landing_days=1), work, command)
        assert of(ours, "outlet") == before, command
    now = of(ours, "main")
    assert {table for table, rows in now.items() if rows != own[table]} >= {
        "core.status_history",
        "core.tracking_events",
        "core.trackings",
        "landing",
        "marts.events",
        "marts.shipments",
        "ops.api_actions",
        "ops.backfills",
        "ops.deletions",
        "ops.quotas",
        "ops.status_counts",
        "ops.windows",
    }


def test_a_table_that_is_filled_anew_is_emptied_of_one_account_s_rows(
    ours: Neighbours, tmp_path: Path
) -> None:
    sheet = tmp_path / "promises.csv"
    sheet.write_text("promised_days\n9\n")
    before = of(ours, "outlet")
    with local_run(ours.settings(), "fill") as one:
        fill(one, your_table("core.promises"), sheet, replace=True)
    assert of(ours, "outlet") == before
    assert ask(ours.settings(), "select account, promised_days from core.promises order by 1") == [
        ("main", 9),
        ("outlet", 3),
    ]


def test_an_alert_of_one_account_is_no_word_on_the_other(ours: Neighbours) -> None:
    before = of(ours, "outlet")
    with listening() as hook:
        hook.say({})
        told = ours.settings(
            parcelhouse_alert_urls=f"http://127.0.0.1:{hook.server_port}/hook",
        )
        watched = tell_failure(told, failed_run("repair", "it failed"), now=LATER)
    assert watched.delivery is not None
    assert watched.delivery.reached == 1
    assert of(ours, "outlet") == before


def test_an_override_of_one_account_makes_the_marts_of_the_other_no_other(
    ours: Neighbours,
) -> None:
    before = of(ours, "outlet")
    with opened(ours.settings()) as db:
        db.execute("update core.text_overrides set milestone = 'in_transit' where account = 'main'")
    with local_run(ours.settings(), "quota"):
        pass
    assert of(ours, "outlet") == before
    assert of(ours, "main")["marts.events"] != before["marts.events"]
