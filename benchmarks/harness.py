"""Runs the real command against a sandbox in a process of its own, and measures it."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

COMMAND = Path(sys.executable).parent / "parcelhouse"
KEY = "sandbox-key"


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


def run(*words: str, address: str, home: Path) -> Measured:
    """Run a command to its end, and return what it says of itself as JSON."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [COMMAND, *words, "--json"],
        stdout=subprocess.PIPE,
        env=os.environ
        | {
            "TRACKINGMORE_API_KEY": KEY,
            "TRACKINGMORE_BASE_URL": address,
            "TRACKINGMORE_REQUESTS_PER_SECOND": "0",
            "PARCELHOUSE_HOME": str(home),
        },
    )
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, out
    return Measured(
        json.loads(out),
        time.perf_counter() - began,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
    )


def megabytes(path: Path) -> float:
    """Return a file's size in MB."""
    return path.stat().st_size / 1e6
