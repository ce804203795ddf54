"""At the end of a run the marts are up to date in the file, and readers find them as tables."""

from pathlib import Path
from typing import Any

import pytest

from flows.settings import Settings
from flows.steps.replay import replay
from flows.steps.run import Run, local_run
from flows.steps.sync import sync
from tests.factories import read_nothing
from tests.story import (
    DAY,
    SETTLES,
    Past,
    ask,
    new_account,
    opened,
    run,
    settings,
    tables,
)
from tests.truth import Serve
from transforms import batch
from transforms.trackings import Rows, tracking_rows
from warehouse.compact import compact
from warehouse.connection import open_read_only
from warehouse.declarations import MATERIALISED, views
from warehouse.materialised import materialised
from warehouse.snapshot import published


def marts(ours: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the materialised marts, in a fixed order."""
    return tables(ours, "marts")


def assert_as_defined(ours: Settings) -> None:
    found = marts(ours)
    assert sorted(found) == sorted(MATERIALISED)
    for view in materialised():
        assert found[view.name] == ask(ours, f"from {view.definition} order by all")


def sync_and_fail(run: Run) -> None:
    sync(run)
    raise ZeroDivisionError


def test_readers_find_every_parcel_in_a_plain_table(past: Past, ours: Settings) -> None:
    with open_read_only(published(past.home)) as db:
        kinds = db.execute(
            "select table_schema || '.' || table_name, table_type from information_schema.tables"
        ).fetchall()
        shipments = db.execute(
            "select tracking_id, is_deleted from marts.shipments order by all"
        ).fetchall()
        events = db.execute("select count(*) from marts.events").fetchall()
        read = {
            view.name: db.execute(f"select count(*) from {view.name}").fetchall()
            for view in views()
        }
    assert {name for name, kind in kinds if kind == "BASE TABLE"} >= set(MATERIALISED)
    assert shipments == ask(
        ours, "select tracking_id, deleted_at is not null from core.trackings order by all"
    )
    assert [each for each, is_deleted in shipments if is_deleted] == past.gone
    assert events == ask(ours, "select count(*) from core.live_events")
    assert read["marts.lane_performance"] > [(0,)]


def test_the_tables_are_their_definitions_after_all_that_can_happen(ours: Settings) -> None:
    assert_as_defined(ours)
    assert {outcome for (outcome,) in ask(ours, "select outcome from marts.shipments")} >= {
        "delivered"
    }
    assert ask(ours, "select count(*) from marts.events where milestone is not null") > ask(
        ours, "select count(*) from marts.events where milestone is null"
    )


def test_a_run_makes_again_what_changed_and_nothing_else(ours: Settings, past: Past) -> None:
    """What is spoilt by hand stays spoilt where nothing changed."""
    with opened(ours) as db:
        db.execute("update marts.shipments set lane = 'spoilt'")
        db.execute("update core.trackings set run_id = 'x' where tracking_id = ?", [past.revived])
    with local_run(ours, "quota"):
        pass
    assert ask(ours, "select tracking_id, run_id from marts.shipments where lane <> 'spoilt'") == [
        (past.revived, "x")
    ]
    assert len(marts(ours)["marts.shipments"]) > 1


def test_what_a_failed_run_stored_is_in_the_marts_of_the_next(
    front_door: Serve, tmp_path: Path
) -> None:
    account = new_account()
    ours = settings(tmp_path / "home", front_door(account), trackingmore_api_key=account.api_key)
    account.advance(SETTLES)
    with pytest.raises(ZeroDivisionError):
        run(ours, sync_and_fail)
    ((stored,),) = ask(ours, "select count(*) from core.trackings")
    assert stored == 60
    assert marts(ours) == {name: [] for name in MATERIALISED}
    assert not (ours.parcelhouse_home / "published").exists()
    account.advance(DAY)
    run(ours, sync)
    assert len(marts(ours)["marts.shipments"]) == 60
    assert_as_defined(ours)


def test_marts_that_cannot_be_made_end_the_run_as_failed_and_core_stays(ours: Settings) -> None:
    before = tables(ours)
    with opened(ours) as db:
        db.execute("delete from build.fingerprints")
        db.execute("drop table marts.gaps")
    with pytest.raises(Exception, match="gaps"), local_run(ours, "quota"):
        pass
    assert tables(ours) == before
    assert ask(ours, "select arg_max(state, started_at) from ops.runs") == [("failed",)]
    assert marts(ours)["marts.shipments"]


def test_a_replay_and_a_repaired_reader_reach_the_marts(
    ours: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = marts(ours)
    with local_run(ours, "replay") as again:
        replay(again)
    assert marts(ours) == before

    def repaired(items: Any) -> Rows:
        rows = tracking_rows(items)
        rows.columns["original_country"] = ["Japan" for _ in rows.columns["original_country"]]
        return rows

    monkeypatch.setattr(batch, "read", read_nothing)
    monkeypatch.setattr(batch, "tracking_rows", repaired)
    with local_run(ours, "replay") as again:
        replay(again)
    assert ask(ours, "select distinct origin_iso2 from marts.shipments") == [("JP",)]
    assert_as_defined(ours)


def test_a_compacted_file_has_the_same_marts_and_goes_on(ours: Settings) -> None:
    before = marts(ours)
    with opened(ours) as db:
        assert compact(db, ours.parcelhouse_home, force=True).is_done
    assert marts(ours) == before
    assert ask(ours, "select comment from duckdb_tables() where table_name = 'gaps'") == [
        (next(view.sentence for view in views() if view.name == "marts.gaps"),)
    ]
    with local_run(ours, "quota"):
        pass
    assert marts(ours) == before
