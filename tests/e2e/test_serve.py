"""The schedules in one process: it brings its server along, and takes it away again."""

import re
import signal
import socket
import subprocess
from typing import Any

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.e2e.command_line import PATIENCE, CommandLine, holding, parcels_in, parcels_of
from tests.e2e.test_prefect_flow import asked, eventually
from trackingmore_v2.sandbox import Sandbox

pytestmark = pytest.mark.e2e

BAD_WORDS = ("Warning", "Traceback", "never awaited", "Error")


def address_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
    assert found
    return found[0]


def is_listening(address: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) == 0


def trigger(name: str) -> FlowRun:
    def ask(client: Any) -> FlowRun:
        deployment = client.read_deployment_by_name(name)
        run: FlowRun = client.create_flow_run_from_deployment(deployment.id)
        return run

    return eventually(lambda: asked(ask), bool)


def test_it_ends_quietly_whatever_it_is_doing_and_goes_on_where_it_was(
    account: Sandbox, shell: CommandLine
) -> None:
    ours = shell.lacking("PREFECT_HOME")
    with holding(account) as hold, ours.start("serve") as process:
        address = address_of(process)
        with temporary_settings({PREFECT_API_URL: f"{address}/api"}):
            eventually(lambda: asked(lambda client: client.read_deployments(limit=200)), bool)
            trigger("sync-trackings/every-quarter-hour")
            assert hold.arrived.wait(PATIENCE)
        process.send_signal(signal.SIGTERM)
        hold.release()
        _, complained = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, complained
    assert [line for line in complained.splitlines() if any(w in line for w in BAD_WORDS)] == []
    assert not is_listening(address)
    assert (shell.home / "prefect" / "prefect.db").exists()

    # the second time it is killed, and has no chance to take anything along
    with ours.start("serve") as process:
        address = address_of(process)
        with temporary_settings({PREFECT_API_URL: f"{address}/api"}):
            trigger("sync-trackings/nightly-look-back")
            eventually(lambda: parcels_in(shell) if is_published(shell) else None, bool)
        process.kill()
        assert not eventually(lambda: is_listening(address), lambda it: not it)
    assert parcels_in(shell) == parcels_of(account)


def is_published(shell: CommandLine) -> bool:
    return (shell.home / "published" / "warehouse.duckdb").exists()


def test_without_a_key_it_does_not_begin(shell: CommandLine) -> None:
    refused = shell.lacking("TRACKINGMORE_API_KEY").run("serve")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("parcelhouse: TRACKINGMORE_API_KEY is not set")
