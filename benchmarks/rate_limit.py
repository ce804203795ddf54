"""A sync at the pace that the API allows: what it waits for, and what it adds to that.

    python benchmarks/rate_limit.py [--trackings N] [--write]

At one request a second n requests take n - 1 seconds, whoever sends them. What a sync does between
two of them costs nothing as long as it is done within the second.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness import Measured, fast_account, run
from results import tell

CHANGED = 0.01
HEAD = (
    "| | requests | the least they take, s | took, s | waited for the API, s | CPU s |\n"
    "|---|---:|---:|---:|---:|---:|"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trackings", type=int, default=20_000)
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args()
    tell("Under the API's rate limit", __file__, _lines(asked.trackings), write=asked.write)


def _lines(trackings: int) -> Iterator[str]:
    yield (
        f"{trackings:,} parcels at one request a second: `parcelhouse sync` from start to end,"
        " marts and publishing included.\n"
    )
    yield HEAD
    with fast_account(trackings) as account, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        yield _row(
            "first sync", run("sync", address=account.address, home=home, requests_per_second=1)
        )
        account.change(CHANGED)
        later = run("sync", address=account.address, home=home, requests_per_second=1)
        assert later.said["trackings_updated"] == round(trackings * CHANGED), later.said
        yield _row(f"after {CHANGED:.0%} changed", later)


def _row(what: str, sync: Measured) -> str:
    requests = sync.said["requests"]
    return (
        f"| {what} | {requests} | {requests - 1} | {sync.wall_seconds:.1f}"
        f" | {sync.said['waited_seconds']:.1f} | {sync.cpu_seconds:.1f} |"
    )


if __name__ == "__main__":
    main()
