"""Every flow has a deployment, and every deployment can be served as it is written down."""

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ParameterTypeError

from flows.schedules import declared, deployments, flow_of, of_each

FLOWS = Path(__file__).parents[2] / "flows"
ENTRIES = declared()
SCHEDULED = [
    (entry["entrypoint"], each) for entry in ENTRIES for each in entry.get("schedules", [])
]


def full_name(entry: dict[str, Any]) -> str:
    return f"{flow_of(entry).name}/{entry['name']}"


def flows_of_this_project() -> set[str]:
    found = set()
    for file in FLOWS.glob("*.py"):
        if "@flow(" in file.read_text("utf-8"):
            module = import_module(f"flows.{file.stem}")
            found |= {
                f"flows/{file.name}:{name}"
                for name, it in vars(module).items()
                if isinstance(it, Flow) and it.fn.__module__ == module.__name__
            }
    return found


def test_every_flow_has_a_deployment() -> None:
    flows = flows_of_this_project() - {"flows/demo.py:demo"}
    assert "flows/sync.py:sync_trackings" in flows
    assert {entry["entrypoint"] for entry in ENTRIES} == flows


def test_names_are_unique_within_their_flow() -> None:
    names = [full_name(entry) for entry in ENTRIES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("entry", ENTRIES, ids=full_name)
def test_an_entry_says_what_it_is_and_overlaps_with_nothing_of_its_own(
    entry: dict[str, Any],
) -> None:
    assert entry["description"].endswith(".")
    assert entry["tags"][0] == "parcelhouse"
    assert ("scheduled" in entry["tags"]) == bool(entry.get("schedules"))
    assert ("by-hand" in entry["tags"]) == (not entry.get("schedules"))
    wanted = "CANCEL_NEW" if entry.get("schedules") else "ENQUEUE"
    assert entry["concurrency_limit"] == {"limit": 1, "collision_strategy": wanted}
    assert entry["work_pool"] == {"name": "parcelhouse"}
    assert "job_variables" not in entry["work_pool"]  # no place for secrets


@pytest.mark.parametrize(("entrypoint", "schedule"), SCHEDULED)
def test_a_schedule_is_a_valid_cron_in_utc_that_can_be_paused_for_good(
    entrypoint: str, schedule: dict[str, Any]
) -> None:
    assert CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])  # else it raises
    assert schedule["timezone"] == "UTC"
    assert schedule["slug"]


@pytest.mark.parametrize("entry", ENTRIES, ids=full_name)
def test_parameters_are_ones_that_the_flow_takes(entry: dict[str, Any]) -> None:
    given = entry.get("parameters", {})
    asked_for = {"since": datetime(2026, 1, 1, tzinfo=UTC)} if "backfill" in str(entry) else {}
    taken = flow_of(entry).validate_parameters(given | asked_for)
    assert taken.items() >= given.items()


def test_what_changes_or_spends_by_itself_is_shown_or_paused_at_first() -> None:
    # stopping updates of what has ended, and reading, is all that happens unasked
    unasked = set()
    for entry in ENTRIES:
        active = any(each.get("active", True) for each in entry.get("schedules", []))
        dry = entry.get("parameters", {}).get("dry_run", False)
        if "changes" in entry["tags"] and active and not dry:
            unasked.add(full_name(entry))
    assert unasked == {"stop-updates/daily"}


def test_a_purge_deletes_nothing_unless_somebody_says_so() -> None:
    (purge,) = [entry for entry in ENTRIES if entry["entrypoint"].endswith(":purge_trackings")]
    assert purge["parameters"]["dry_run"] is True
    assert flow_of(purge).validate_parameters({})["dry_run"] is True


def test_what_is_served_is_what_is_written_down() -> None:
    made = deployments()
    assert [f"{each.flow_name}/{each.name}" for each in made] == [
        full_name(entry) for entry in ENTRIES
    ]
    for each, entry in zip(made, ENTRIES, strict=True):
        assert (each.description, each.tags) == (entry["description"], entry["tags"])
        assert each.parameters == entry.get("parameters", {})
        assert each.concurrency_limit == 1
        assert each.concurrency_options is not None
        strategy = entry["concurrency_limit"]["collision_strategy"]
        assert each.concurrency_options.collision_strategy == strategy
        crons = []
        for one in each.schedules or []:
            assert isinstance(one.schedule, CronSchedule)
            crons.append((one.schedule.cron, one.schedule.timezone, one.slug, one.active))
        assert crons == [
            (one["cron"], "UTC", one["slug"], one.get("active", True))
            for one in entry.get("schedules", [])
        ]


def test_each_of_several_accounts_has_its_own_schedule_and_limit() -> None:
    made = {f"{each.flow_name}/{each.name}": each for each in deployments(["main", "my-shop"])}
    one, other = (made[f"sync-trackings/every-quarter-hour-{it}"] for it in ("main", "my-shop"))
    assert (one.parameters, other.parameters) == ({"account": "main"}, {"account": "my-shop"})
    assert one.concurrency_limit == other.concurrency_limit == 1
    assert [len(each.schedules or []) for each in (one, other)] == [1, 1]
    assert made["purge-trackings/monthly-my-shop"].parameters == {
        "older_than": 180,
        "dry_run": True,
        "account": "my-shop",
    }
    of_the_warehouse = {name for name, each in made.items() if "account" not in each.parameters}
    assert of_the_warehouse == {
        "publish-warehouse/by-hand",
        "write-report/daily",
        "watch-warehouse/hourly",
        "compact-warehouse/weekly",
    }
    assert len(made) == 4 + 2 * (len(ENTRIES) - 4)


def test_one_account_has_the_schedules_as_they_are_written_down() -> None:
    assert of_each(ENTRIES, ["my-shop"]) == of_each(ENTRIES, []) == ENTRIES


@pytest.mark.parametrize("entry", of_each(ENTRIES, ["main", "my-shop"]), ids=full_name)
def test_an_account_s_parameters_are_ones_that_the_flow_takes(entry: dict[str, Any]) -> None:
    asked_for = {"since": datetime(2026, 1, 1, tzinfo=UTC)} if "backfill" in str(entry) else {}
    given = entry.get("parameters", {})
    assert flow_of(entry).validate_parameters(given | asked_for).items() >= given.items()
    if "account" in given:
        with pytest.raises(ParameterTypeError, match="account"):
            flow_of(entry).validate_parameters({**given, **asked_for, "account": "a/b"})
