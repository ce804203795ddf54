"""Runs the schedules in one process, with a Prefect server of its own where none is named."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from flows.choosing import chosen_accounts, read_settings
from flows.errors import ParcelhouseError

STARTS_WITHIN_SECONDS = 180
ENDS_WITHIN_SECONDS = 20
AT_ONCE = 4  # runs, and one more for each further account; they take turns at the writer's seat
SECRETS = ("TRACKINGMORE_API_KEY", "PARCELHOUSE_ALERT_URLS")  # none of the server's business


class ServerError(ParcelhouseError):
    """The Prefect server did not start."""


def serve_schedules(*, port: int = 0) -> int:
    """Serve every schedule of deployments/prefect.yaml until the process is told to end.

    What was missed while it was down is caught up by one run. Prefect's own data lies in
    `prefect/` beside the warehouse.

    Args:
        port: Of the server where none is named by PREFECT_API_URL; 0: a free one.

    Raises:
        SettingsError: an account has no API key: better now than in every run.
        ServerError: the server did not start.
    """
    accounts = chosen_accounts()
    for account in accounts:
        settings = read_settings(account)
        if not settings.parcelhouse_api_key_block:
            assert settings.api_key  # noqa: S101  (raises where there is none)
    home = settings.parcelhouse_home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PREFECT_HOME", str(home / "prefect"))
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    if os.environ.get("PREFECT_API_URL"):
        return _serve(accounts, is_alone=False)
    with own_server(port, home / "prefect" / "server.log") as address:
        os.environ["PREFECT_API_URL"] = f"{address}/api"
        print(f"schedules are at {address}", flush=True)
        return _serve(accounts, is_alone=True)


def _serve(accounts: Sequence[str], *, is_alone: bool) -> int:
    from flows.runner import serve_until_told

    at_once = AT_ONCE + len(accounts) - 1
    serve_until_told(at_once=at_once, is_alone=is_alone, accounts=accounts)
    return 0


@contextmanager
def own_server(port: int, log: Path) -> Iterator[str]:
    """Yield the address of a Prefect server of ours; however this process ends, so does it."""
    port = port or _free_port()
    address = f"http://127.0.0.1:{port}"
    log.parent.mkdir(parents=True, exist_ok=True)
    ours = {
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_UI_API_URL": f"{address}/api",
        # survive a killed server
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
            "prefect.server.concurrency.lease_storage.filesystem"
        ),
    }
    with log.open("ab") as output:
        server = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "flows.server", str(port)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=without_secrets(os.environ) | ours,
            start_new_session=True,  # Ctrl-C is for us; the server ends after the runs have
        )
    try:
        print("waiting for a Prefect server of our own (20 to 40 s) ...", file=sys.stderr)
        _wait_for(f"{address}/api/ready", server, log)
        yield address
    finally:
        _end(server)


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return *environment* without keys and addresses; those of single accounts have an ending."""
    return {name: it for name, it in environment.items() if not name.startswith(SECRETS)}


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(ENDS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise ServerError(f"the Prefect server ended at once, see {log}")
        try:
            with urlopen(address, timeout=5):  # noqa: S310  (our own, on loopback)
                return
        except (URLError, OSError):
            time.sleep(0.3)
    raise ServerError(
        f"the Prefect server did not start within {STARTS_WITHIN_SECONDS} s, see {log}"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
