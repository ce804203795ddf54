"""Two accounts of one warehouse at a terminal: read at once, told apart, and told together."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from tests.e2e.command_line import PATIENCE, CommandLine, ended, holding, new_account
from tests.e2e.test_prefect_flow import eventually
from trackingmore_v2.sandbox import Fault, Sandbox

pytestmark = pytest.mark.e2e

OUTLET_KEY = "tm-live-9b1e60a354f9d2c8"
NOWHERE = "http://127.0.0.1:9/v2"


class Two(NamedTuple):
    """Two accounts with parcels of the same ids, and somebody who has the keys of both."""

    main: Sandbox
    outlet: Sandbox
    shell: CommandLine

    def counts(self) -> list[tuple[Any, ...]]:
        return self.shell.ask("select account, count(*) from core.trackings group by 1 order by 1")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    main, outlet = new_account(60), new_account(40)
    with main.serving() as address, outlet.serving() as other:
        shell = CommandLine.at(tmp_path, address, PARCELHOUSE_ACCOUNTS="main,outlet").having(
            TRACKINGMORE_API_KEY__OUTLET=OUTLET_KEY, TRACKINGMORE_BASE_URL__OUTLET=other
        )
        outlet.api_key = OUTLET_KEY
        yield Two(main, outlet, shell)


def test_both_are_read_at_once_and_told_apart_and_together(two: Two) -> None:
    with (
        holding(two.main) as one,
        holding(two.outlet) as other,
        two.shell.start("sync", "--json") as process,
    ):
        # neither is answered before both are asked: one after the other would wait for ever
        assert one.arrived.wait(PATIENCE)
        assert other.arrived.wait(PATIENCE)
        one.release()
        other.release()
        done = ended(process)
    said = json.loads(done.stdout)["accounts"]
    assert (done.returncode, done.stderr) == (0, "")
    assert OUTLET_KEY not in done.stdout
    assert [(each["account"], each["trackings_inserted"]) for each in said] == [
        ("main", 60),
        ("outlet", 40),
    ]
    assert two.counts() == [("main", 60), ("outlet", 40)]
    assert two.shell.ask("select account, command, state from ops.runs order by all") == [
        ("main", "sync", "done"),
        ("outlet", "sync", "done"),
    ]
    scanned = "select count(*) from marts.shipments where first_scan_at is not null"
    assert two.shell.ask(
        "select account, parcel_count from marts.lane_performance where grain = 'account'"
        " order by account"
    ) == [
        ("(all)", two.shell.ask(scanned)[0][0]),
        ("main", two.shell.ask(f"{scanned} and account = 'main'")[0][0]),
        ("outlet", two.shell.ask(f"{scanned} and account = 'outlet'")[0][0]),
    ]


def test_each_command_knows_whose_it_is(two: Two) -> None:
    assert two.shell.run("--account", "outlet", "sync").returncode == 0
    assert two.counts() == [("outlet", 40)]
    assert two.shell.run("sync", "--all-accounts").returncode == 0
    assert two.counts() == [("main", 60), ("outlet", 40)]
    said = two.shell.json("status")["accounts"]
    assert [(each["account"], each["trackings"]) for each in said] == [("main", 60), ("outlet", 40)]
    outlet = two.shell.having(PARCELHOUSE_ACCOUNT="outlet")
    assert (outlet.json("status")["account"], outlet.json("quota")["account"]) == ("outlet",) * 2
    metrics = two.shell.run("status", "--prometheus").stdout
    assert metrics.count("# TYPE parcelhouse_parcels gauge") == 1
    assert 'parcelhouse_parcels{account="main"} 60' in metrics
    assert 'parcelhouse_parcels{account="outlet"} 40' in metrics
    refused = two.shell.run("quota")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "PARCELHOUSE_ACCOUNTS names main, outlet: say which one" in refused.stderr
    assert len(two.shell.json("gaps")["accounts"]) == 2
    assert two.shell.json("report")["charts"] > 3
    report = (two.shell.folder / "report.html").read_text()
    assert "Parcels of all accounts" in report
    assert "those of main and outlet together" in report
    outlet.json("report")
    assert "Parcels of outlet" in (two.shell.folder / "report.html").read_text()


def test_an_account_that_is_dead_or_has_no_key_holds_no_other_up(two: Two) -> None:
    dead = two.shell.having(TRACKINGMORE_BASE_URL__OUTLET=NOWHERE).run("sync")
    assert dead.returncode == 1
    assert "parcelhouse: account outlet: TrackingMore gave no answer" in dead.stderr
    assert two.counts() == [("main", 60)]
    told = two.shell.json("status")["accounts"]
    assert [each["last_states"] for each in told] == [{"sync": "done"}, {"sync": "failed"}]
    keyless = two.shell.lacking("TRACKINGMORE_API_KEY__OUTLET").run("sync", "--json")
    main, outlet = json.loads(keyless.stdout)["accounts"]
    assert (keyless.returncode, main["state"], outlet["state"]) == (1, "done", "failed")
    assert outlet["error"].startswith("TRACKINGMORE_API_KEY__OUTLET is not set")


def test_an_account_that_stalls_holds_no_other_up(two: Two) -> None:
    two.outlet.script(Fault("http_429", retry_after=0))
    with (
        holding(two.main) as first,
        holding(two.outlet, after=1) as stalled,
        two.shell.start("sync", "--json") as process,
    ):
        assert first.arrived.wait(PATIENCE)
        assert stalled.arrived.wait(PATIENCE)  # after its 429
        first.release()
        published = two.shell.home / "published" / "warehouse.duckdb"
        assert eventually(lambda: states(published).get("main"), lambda it: it == "done") == "done"
        assert states(published)["outlet"] == "running"
        stalled.release()
        done = ended(process)
    main, outlet = json.loads(done.stdout)["accounts"]
    assert (done.returncode, main["retries"], outlet["retries"]) == (0, 0, 1)
    assert two.counts() == [("main", 60), ("outlet", 40)]


def test_what_was_killed_is_gone_on_with_for_both(two: Two) -> None:
    with (
        holding(two.main, after=1) as one,
        holding(two.outlet, after=1) as other,
        two.shell.start("sync") as process,
    ):
        assert one.arrived.wait(PATIENCE)
        assert other.arrived.wait(PATIENCE)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
    assert two.shell.run("sync").returncode == 0
    assert two.counts() == [("main", 60), ("outlet", 40)]
    assert two.shell.ask("select account, state from ops.runs order by account, started_at") == [
        ("main", "failed"),
        ("main", "done"),
        ("outlet", "failed"),
        ("outlet", "done"),
    ]
    assert two.shell.run("check").returncode == 0


def states(published: Path) -> dict[str, str]:
    """How each account's run stands by what is published."""
    if not published.exists():
        return {}
    with duckdb.connect(str(published), read_only=True) as db:
        return dict(db.execute("select account, state from ops.runs").fetchall())
