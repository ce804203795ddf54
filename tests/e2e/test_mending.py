"""The commands that mend by hand keep the command line's word too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.command_line import (
    PATIENCE,
    CommandLine,
    holding,
    interrupted,
    live_on,
    new_account,
    parcels_in,
    parcels_of,
)
from trackingmore_v2.sandbox import Sandbox

pytestmark = pytest.mark.e2e


def registered_since(account: Sandbox, day: datetime) -> set[str]:
    """Return the ids of what was registered from *day* on."""
    items = account.items()
    return {item["id"] for item in items if datetime.fromisoformat(item["created_at"]) >= day}


def test_a_backfill_reads_the_chosen_range_and_nothing_else(
    account: Sandbox, shell: CommandLine
) -> None:
    stamps = sorted(datetime.fromisoformat(item["created_at"]) for item in account.items())
    day = stamps[60].astimezone(UTC).replace(hour=0, minute=0, second=0)
    wanted = registered_since(account, day)
    assert 0 < len(wanted) < 120
    since = ("--since", f"{day:%Y-%m-%d}")
    (planned,) = shell.json("backfill", *since, "--dry-run")["ranges"]
    assert planned["trackings"] == len(wanted)
    assert not shell.home.exists()
    done = shell.run("backfill", *since)
    assert done.returncode == 0
    assert {row[0] for row in parcels_in(shell)} == wanted
    assert shell.json("backfill", *since)["trackings_inserted"] == 0
    assert shell.run("sync").returncode == 0
    assert parcels_in(shell) == parcels_of(account)


def test_a_backfill_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    account = new_account(200, page=50)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path, address)
        asked = ("backfill", "--since", "2001-01-01")
        with holding(account, after=6) as hold, shell.start(*asked) as process:
            assert hold.arrived.wait(PATIENCE)
            assert interrupted(process, hold).returncode == 130
        said = shell.json(*asked)
        assert 0 < said["trackings_inserted"] < 200
        assert any("goes on with the backfill" in notice for notice in said["notices"])
        assert parcels_in(shell) == parcels_of(account)


def test_reconcile_says_what_differs_and_mends_it_when_told_to(
    account: Sandbox, shell: CommandLine
) -> None:
    shell.run("sync")
    agreed = shell.json("reconcile")
    assert (agreed["agrees"], agreed["api_count"], agreed["warehouse_count"]) == (True, 120, 120)
    gone = sorted(item["id"] for item in account.items())[:3]
    for tracking_id in gone:
        account.delete(tracking_id)
    seen = shell.run("reconcile")
    assert seen.returncode == 3
    assert "API        117 parcels, warehouse 120" in seen.stdout
    deleted = "select tracking_id from core.trackings where deleted_at is not null order by all"
    assert shell.ask(deleted) == []
    mended = shell.json("reconcile", "--fix")
    assert (mended["agrees"], mended["deleted"]) == (True, 3)
    assert shell.ask(deleted) == [(tracking_id,) for tracking_id in gone]
    assert shell.run("reconcile").returncode == 0


def test_repair_brings_single_parcels(account: Sandbox, shell: CommandLine) -> None:
    shell.run("sync")
    (touched,) = live_on(account, touched=1)
    names = {
        item["id"]: f"{item['carrier_code']}/{item['tracking_number']}" for item in account.items()
    }
    said = shell.json("repair", names[touched])
    assert (said["read"], said["trackings_updated"]) == ([names[touched]], 1)
    assert parcels_in(shell) == parcels_of(account)
    other = next(name for tracking_id, name in names.items() if tracking_id != touched)
    unknown = shell.run("repair", other, "dhl/0000000000")
    assert unknown.returncode == 3
    assert "dhl/0000000000 is not registered in this account" in unknown.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("repair", "1234567890"),
        ("repair",),
        ("backfill",),
        ("backfill", "--since", "yesterday"),
        ("backfill", "--since", "2024-02-02", "--until", "2024-02-01"),
        ("backfill", "--since", f"{datetime.now(UTC) + timedelta(days=400):%Y-%m-%d}"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_2_and_asks_nobody(
    account: Sandbox, shell: CommandLine, arguments: tuple[str, ...]
) -> None:
    done = shell.run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert account.request_count == 0
    assert not shell.home.exists()
