"""The commands that look the warehouse over, and keep it in order, tell the truth about it."""

import json
from pathlib import Path

import pytest

from tests.e2e.command_line import (
    KEY,
    PATIENCE,
    SETTLING,
    CommandLine,
    ended,
    holding,
    new_account,
    parcels_in,
    parcels_of,
)
from trackingmore_v2.sandbox import Sandbox

pytestmark = pytest.mark.e2e


def test_a_healthy_house_has_nothing_to_tell(account: Sandbox, shell: CommandLine) -> None:
    shell.run("sync")
    for arguments in (("gaps",), ("check",), ("doctor",), ("quarantine", "list")):
        assert shell.json(*arguments)
    before = parcels_in(shell)
    assert before == parcels_of(account)
    asked = account.request_count
    replayed = shell.json("replay")
    assert all(each["differing"] == 0 for each in replayed["differences"])
    assert account.request_count == asked
    assert parcels_in(shell) == before


def test_what_cannot_be_read_is_shown_until_it_can(account: Sandbox, shell: CommandLine) -> None:
    spoilt, whole = account.items()[5], dict(account.items()[5])
    account.put(spoilt | {"origin_info": "see attachment"})
    assert shell.run("sync").returncode == 3
    checked = shell.run("check")
    assert checked.returncode == 3
    assert "quarantined_payloads: 1 row" in checked.stdout
    (waiting,) = shell.json("quarantine", "list", status=3)["waiting"]
    assert waiting["tracking_id"] == spoilt["id"]
    shown = shell.json("quarantine", "show", waiting["quarantine_id"][:6], status=3)
    assert shown["payload"]["origin_info"] == "see attachment"
    retried = shell.json("quarantine", "retry", status=3)
    assert (retried["released"], retried["waiting"]) == (0, 1)
    account.put(whole)
    account.touch(whole["id"])
    account.advance(SETTLING)
    assert shell.run("sync").returncode == 0
    assert parcels_in(shell) == parcels_of(account)
    done = shell.run("quarantine", "list")
    assert (done.returncode, done.stdout) == (0, "nothing waits\n")


def test_gaps_shows_what_an_interrupted_backfill_has_not_read(tmp_path: Path) -> None:
    account = new_account(120, page=40)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path, address)
        asked = ("backfill", "--since", "2001-01-01")
        with holding(account, after=5) as hold, shell.start(*asked) as process:
            assert hold.arrived.wait(PATIENCE)
            process.kill()
            ended(process)
        (found,) = shell.json("gaps", status=3)["ledgers"]
        assert found["scope"].startswith("backfill:")
        assert found["unread"]
        assert shell.run(*asked).returncode == 0
        whole = shell.run("gaps")
        assert (whole.returncode, whole.stderr) == (0, "")


def test_the_doctor_writes_nothing_and_keeps_the_key_to_himself(
    account: Sandbox, shell: CommandLine
) -> None:
    done = shell.run("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    for name in shell.environment:
        if name.startswith(("TRACKINGMORE_", "PARCELHOUSE_")):
            assert name in done.stdout
    assert KEY not in done.stdout
    assert 0 < account.request_count <= 8
    assert list(shell.folder.iterdir()) == []
    for sick in (
        shell.lacking("TRACKINGMORE_API_KEY"),
        shell.having(TRACKINGMORE_API_KEY="tm-wrong-0123456789abcdef"),
        shell.having(TRACKINGMORE_BASE_URL="http://127.0.0.1:9/v2"),
    ):
        said = sick.run("doctor", "--json")
        assert (said.returncode, said.stderr) == (1, "")
        assert "tm-wrong" not in said.stdout
        assert any(each["level"] == "fail" for each in json.loads(said.stdout)["findings"])
    assert list(shell.folder.iterdir()) == []
