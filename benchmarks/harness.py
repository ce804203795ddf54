"""Runs the real command against an account in a process of its own, and measures it."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

COMMAND = Path(sys.executable).parent / "parcelhouse"
KEY = "sandbox-key"
FAST_ACCOUNT = Path(__file__).parent / "account.py"


class Measured(NamedTuple):
    """One run of a command."""

    said: dict[str, Any]
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float


@contextmanager
def account(trackings: int) -> Iterator[str]:
    """Yield the base URL of a sandbox account of that size."""
    sandbox = subprocess.Popen(
        [COMMAND, "sandbox", "--port", "0", "--trackings", str(trackings)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sandbox.stdout is not None
        for line in sandbox.stdout:
            if found := re.search(r"base url\s+(\S+)", line):
                yield found[1]
                return
        raise SystemExit("the sandbox did not start")
    finally:
        sandbox.terminate()
        sandbox.wait()


class FastAccount(NamedTuple):
    """The account of account.py: its base URL, and what may be done to it."""

    address: str

    def change(self, fraction: float) -> dict[str, int]:
        """Have that many parcels scanned once more; return what the account says of itself."""
        return self._asked(f"/change?fraction={fraction}", "POST")

    def restore(self) -> None:
        """Undo every change, and count requests anew."""
        self._asked("/restore", "POST")

    def said(self) -> dict[str, int]:
        """Return what the account says of itself: parcels, scans, changed, requests, bytes."""
        return self._asked("", "GET")

    def _asked(self, what: str, method: str) -> dict[str, int]:
        address = f"{self.address.removesuffix('/v2')}/account{what}"
        with urlopen(Request(address, method=method), timeout=600) as answer:
            return dict(json.load(answer))


@contextmanager
def fast_account(trackings: int) -> Iterator[FastAccount]:
    """Yield an account of that size which costs next to nothing to ask."""
    account = subprocess.Popen(
        [sys.executable, FAST_ACCOUNT, "--trackings", str(trackings)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert account.stdout is not None
        if not (address := account.stdout.readline().strip()):
            raise SystemExit("the account did not start")
        yield FastAccount(address)
    finally:
        account.terminate()
        account.wait()


def run(*words: str, address: str, home: Path, requests_per_second: int = 0) -> Measured:
    """Run a command to its end, and return what it says of itself as JSON."""
    settings = {
        "TRACKINGMORE_API_KEY": KEY,
        "TRACKINGMORE_BASE_URL": address,
        "TRACKINGMORE_REQUESTS_PER_SECOND": str(requests_per_second),
        "PARCELHOUSE_HOME": str(home),
    }
    out, spent = run_any([COMMAND, *words, "--json"], settings)
    return spent._replace(said=json.loads(out))


def run_any(command: Sequence[str | Path], settings: Mapping[str, str]) -> tuple[str, Measured]:
    """Run a process to its end; return what it printed, and what it cost."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | settings)
    assert process.stdout is not None
    out = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, out
    return out, Measured(
        {},
        time.perf_counter() - began,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * 1024 / 1e6,
    )


def megabytes(path: Path) -> float:
    """Return a file's size in MB."""
    return path.stat().st_size / 1e6
