"""What it takes to start: commands that have next to nothing to do, beside what they are made of.

    python benchmarks/startup.py [--trackings N] [--repeats N] [--write]

The flow is Prefect's own without a server told to it: it starts one for itself, on a database that
is there already. Nothing of Prefect is imported by a command unless it is asked for.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from harness import COMMAND, KEY, fast_account, run, run_any
from results import tell

FLOW = """
from prefect import flow

@flow
def nothing() -> None:
    pass

nothing()
"""
HEAD = "| | seconds | CPU s | peak MB |\n|---|---:|---:|---:|"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trackings", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args()
    tell("Starting", __file__, _lines(asked.trackings, asked.repeats), write=asked.write)


def _lines(trackings: int, repeats: int) -> Iterator[str]:
    yield (
        f"Medians of {repeats}, after one that does not count; {trackings:,} parcels stored. Memory"
        " is that of the largest process.\n"
    )
    yield HEAD
    with fast_account(trackings) as account, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        run("sync", address=account.address, home=home)
        settings = {
            "TRACKINGMORE_API_KEY": KEY,
            "TRACKINGMORE_BASE_URL": account.address,
            "TRACKINGMORE_REQUESTS_PER_SECOND": "0",
            "PARCELHOUSE_HOME": str(home),
            "PREFECT_HOME": str(home / "prefect"),
            "PREFECT_LOGGING_LEVEL": "CRITICAL",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }
        for what, command in _commands():
            yield _row(what, command, settings, repeats)


def _commands() -> Iterator[tuple[str, list[str | Path]]]:
    python = sys.executable
    yield "Python, nothing else", [python, "-c", "pass"]
    yield "importing DuckDB", [python, "-c", "import duckdb"]
    yield "`parcelhouse --help`", [COMMAND, "--help"]
    yield "`parcelhouse status`", [COMMAND, "status"]
    yield "`parcelhouse sync`, nothing to do", [COMMAND, "sync", "--json"]
    yield "importing Prefect", [python, "-c", "import prefect"]
    yield "importing what a flow needs of it", [python, "-c", "from prefect import flow"]
    yield "an empty Prefect flow", [python, "-c", FLOW]


def _row(
    what: str, command: Sequence[str | Path], settings: Mapping[str, str], repeats: int
) -> str:
    run_any(command, settings)
    spent = [run_any(command, settings)[1] for _ in range(repeats)]
    return (
        f"| {what} | {median(each.wall_seconds for each in spent):.2f}"
        f" | {median(each.cpu_seconds for each in spent):.2f}"
        f" | {median(each.peak_mb for each in spent):,.0f} |"
    )


if __name__ == "__main__":
    main()
