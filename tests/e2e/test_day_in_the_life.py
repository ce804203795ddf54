"""A shop's account from its first sheet to its purge, by the real command line over real HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.settings import Settings
from flows.steps.run import running
from flows.steps.sync import sync
from tests.e2e.command_line import KEY, PATIENCE, SETTLING, CommandLine, Hold, ended
from tests.sheets import CARRIER, item_of, label, refs_of, sheet, shipments
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.sandbox import Fault, Sandbox
from warehouse import connection

pytestmark = pytest.mark.e2e

DAYS = 7
GOOD = 115  # of 120 rows: 3 are broken, 2 say what another one said
WRONG = TrackingRef("usps", label(900))
UNSAID = TrackingRef(CARRIER, label(901))  # whose carrier the sheet does not name
SHEET = ("register", "shipments.csv", "--skip-flawed")


@pytest.fixture(scope="module")
def account() -> Sandbox:
    """An account with a past of 400 days, which lives on when its clock is moved."""
    return Sandbox(160, now=datetime.now(UTC).replace(microsecond=0), api_key=KEY)


@pytest.fixture(scope="module")
def shell(account: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """The shop's terminal, in a folder with its sheets."""
    folder = tmp_path_factory.mktemp("shop")
    with account.serving() as address:
        yield CommandLine.at(folder, address)


def shop_sheet(folder: Path) -> Path:
    good = shipments(range(GOOD - 2), destination_code="US")
    rows = [
        *good[:50],
        {"carrier_code": CARRIER, "title": "Without a number"},
        *good[50:],
        {"carrier_code": CARRIER, "tracking_number": label(500), "customer_email": "nobody"},
        {"carrier_code": CARRIER, "tracking_number": label(501), "tracking_ship_date": "1 May"},
        *good[:2],
        {**WRONG._asdict(), "destination_code": "US"},
        {"tracking_number": UNSAID.tracking_number},
    ]
    assert len(rows) == 120
    return sheet(folder / "shipments.csv", rows)


def live_and_sync_hourly(account: Sandbox, shell: CommandLine, *, days: int) -> None:
    """Live *days*, with a sync in every hour.

    Those of a day are one run, and the warehouse's file is kept open: to open it again and again
    would take most of the time.
    """
    settings = Settings(
        _env_file=None,
        trackingmore_api_key=KEY,
        trackingmore_base_url=shell.environment["TRACKINGMORE_BASE_URL"],
        trackingmore_requests_per_second=0,
        parcelhouse_home=shell.home,
    )
    with connection._connect(shell.home / connection.FILE, patience=0):
        for _ in range(days):
            with running(settings, "sync") as run:
                for _ in range(24):
                    account.advance(timedelta(hours=1))
                    sync(run)


def refs_in(shell: CommandLine) -> set[TrackingRef]:
    rows = shell.ask("select carrier_code, tracking_number from core.live_trackings")
    return {TrackingRef(*row) for row in rows}


def test_a_day_in_the_life(account: Sandbox, shell: CommandLine) -> None:
    """One story from its beginning to its end: each part stands on those before it."""
    _register(account, shell)
    before = account.request_count
    live_and_sync_hourly(account, shell, days=DAYS)
    assert account.request_count - before >= DAYS * 24 * 2
    assert shell.json("quota")["days_left"] > 0
    _change(account, shell)
    _ask(account, shell)
    _purge(account, shell)
    account.advance(SETTLING)
    assert shell.run("sync").returncode == 0
    shell.run("reconcile", "--fix")  # the account's own life deletes some, too
    agreed = shell.json("reconcile")
    assert (agreed["differences"], agreed["api_count"]) == ([], agreed["warehouse_count"])
    assert refs_in(shell) == refs_of(account)
    assert shell.ask("from checks.unsettled_actions") == []


def _register(account: Sandbox, shell: CommandLine) -> None:
    shop_sheet(shell.folder)
    assert shell.run("sync").returncode == 0
    shell.json("quota")
    had, had_credits = refs_of(account), account.credits

    refused = shell.run("register", "shipments.csv")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "3 rows are flawed, nothing was sent" in refused.stderr
    assert all(f"row {number}:" in refused.stderr for number in (51, 115, 116))
    planned = shell.json(*SHEET, "--dry-run", status=0)["plan"]
    assert (planned["parcels"], planned["carriers_to_detect"]) == (GOOD, 1)
    assert (planned["credits"], len(planned["flaws"])) == (GOOD + 0.2, 3)
    assert planned["passed_over"] == {"a row before says the same": 2}
    assert refs_of(account) == had

    hold = Hold()
    account.script(Fault("change", endpoint="register many", change=hold, after=1))
    with shell.start(*SHEET) as process:
        assert hold.arrived.wait(PATIENCE)
        process.kill()
        ended(process)
    hold.release()
    done = shell.json(*SHEET, status=3)
    assert done["notices"] == ["3 flawed rows skipped"]
    assert done["done"].get("refusals") == {}
    new = refs_of(account) - had
    assert len(new) == GOOD
    assert {WRONG, UNSAID} < new
    assert had_credits - account.credits == GOOD
    again = shell.json(*SHEET, status=3)
    assert again["plan"]["parcels"] == 0
    assert sum(again["plan"]["passed_over"].values()) == GOOD + 2
    assert had_credits - account.credits == GOOD


def _change(account: Sandbox, shell: CommandLine) -> None:
    right = WRONG._replace(carrier_code=CARRIER)
    sheet(shell.folder / "carriers.csv", [{**WRONG._asdict(), "update_carrier_code": CARRIER}])
    assert shell.json("correct-carrier", "carriers.csv")["done"]["done"] == 1
    assert {WRONG, right} & refs_in(shell) == {right}

    orders = [TrackingRef(CARRIER, label(n)) for n in range(5)]
    rows = [{**ref._asdict(), "order_id": f"#{n}"} for n, ref in enumerate(orders)]
    sheet(shell.folder / "orders.csv", rows)
    assert shell.json("annotate", "orders.csv")["done"]["done"] == 5
    assert [item_of(account, ref)["order_id"] for ref in orders] == [f"#{n}" for n in range(5)]

    query = "select carrier_code, tracking_number from queues.updates_to_stop"
    due = {TrackingRef(*row) for row in shell.ask(query)}
    assert due
    stopped = shell.json("stop-updates")
    assert stopped["done"]["done"] + stopped["done"].get("missing", 0) == len(due)
    there = [each for each in due if each in refs_of(account)]
    assert {item_of(account, ref)["track_update"] for ref in there} == {False}
    assert shell.ask(query) == []


def _ask(account: Sandbox, shell: CommandLine) -> None:
    asked = account.request_count
    assert shell.json("quota", "--dry-run") == {"plan": {"requests": 1, "credits": 0}, "done": None}
    assert account.request_count == asked
    account.script(Fault("refusal", code=4001))
    refused = shell.run("transit-benchmark")
    assert refused.returncode == 1
    assert refused.stdout.startswith("plan      transit-benchmark: ")  # shown before it is asked
    lanes = shell.json("transit-benchmark")
    assert lanes["told"] == len(lanes["lanes"]) > 0
    assert shell.json("transit-benchmark")["lanes"] == []
    sheet(
        shell.folder / "addresses.csv",
        [{"country": "us", "postcode": f"{n:05}"} for n in range(99501, 99507)],
    )
    assert shell.json("remote-areas", "addresses.csv")["done"]["done"] == 6
    assert shell.ask("select count(distinct postcode) from core.remote_areas") == [(6,)]
    sheet(shell.folder / "waybills.csv", [{"air_waybill": "020-12345675"}])
    had_credits = account.credits
    assert shell.json("air-cargo", "waybills.csv", "--max-credits", "20")["done"]["done"] == 1
    assert had_credits - account.credits == 20
    assert shell.ask("select min(event_count) > 0 from core.air_waybills") == [(True,)]


def _purge(account: Sandbox, shell: CommandLine) -> None:
    query = "select count(*) from queues.trackings_to_purge where age_days >= 180"
    ((due,),) = shell.ask(query)
    assert due > 0
    unconfirmed = shell.run("purge")
    assert unconfirmed.returncode == 2
    assert "say --yes" in unconfirmed.stderr
    before = len(refs_of(account))
    purged = shell.json("purge", "--yes")
    gone = purged["done"]["done"]
    assert gone + purged["done"].get("missing", 0) == due
    assert before - len(refs_of(account)) == gone
    (archived,) = shell.home.glob("archive/*/trackings.parquet")
    assert pq.read_metadata(archived).num_rows == due
    assert shell.ask(query) == [(0,)]
