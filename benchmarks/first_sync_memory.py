"""Peak memory and requests of a first sync, by the size of the account: it must not grow.

    python benchmarks/first_sync_memory.py [20000 100000 ...]

The real command against the sandbox over HTTP, each in a process of its own.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BIN = Path(sys.executable).parent
SIZES = (20_000, 100_000)


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    print("| parcels | scans | peak memory MB | requests | most allowed | warehouse MB |")
    print("|---|---|---|---|---|---|")
    for size in sizes:
        print(_row(size), flush=True)


def _row(size: int) -> str:
    sandbox = subprocess.Popen(
        [BIN / "parcelhouse", "sandbox", "--port", "0", "--trackings", str(size)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = _address(sandbox)
        with tempfile.TemporaryDirectory() as home:
            said, peak = _sync(address, home)
            size_mb = (Path(home) / "warehouse.duckdb").stat().st_size / 1e6
    finally:
        sandbox.terminate()
        sandbox.wait()
    assert said["trackings_inserted"] == size, said
    allowed = int(1.5 * size / 2000 + 20)
    return (
        f"| {size:,} | {said['events_inserted']:,} | {peak:,.0f} | {said['requests']}"
        f" | {allowed} | {size_mb:,.0f} |"
    )


def _address(sandbox: "subprocess.Popen[str]") -> str:
    assert sandbox.stdout is not None
    for line in sandbox.stdout:
        if found := re.search(r"base url\s+(\S+)", line):
            return found[1]
    raise SystemExit("the sandbox did not start")


def _sync(address: str, home: str) -> tuple[dict[str, int], float]:
    """Return what the sync says of itself, and its peak resident memory in MB."""
    process = subprocess.Popen(
        [BIN / "parcelhouse", "sync", "--json"],
        stdout=subprocess.PIPE,
        env=os.environ
        | {
            "TRACKINGMORE_API_KEY": "sandbox-key",
            "TRACKINGMORE_BASE_URL": address,
            "TRACKINGMORE_REQUESTS_PER_SECOND": "0",
            "PARCELHOUSE_HOME": home,
        },
    )
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, out
    return json.loads(out), usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
