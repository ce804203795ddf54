"""What an incremental sync costs by what is stored: the same change, a small and a large account.

    python benchmarks/scale.py [--sizes 20000,100000,1000000] [--write]

Per size: a first sync, then incremental syncs of 1,000 changed parcels each; medians of them.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness import FastAccount, fast_account, megabytes, run
from results import tell

SIZES = "20000,100000"
CHANGED = 1000
REPEATS = 5
NOTES = """\
`parcelhouse sync` from start to end, marts and publishing included. The syncs follow each other
within the overlap: the fifth incremental one reads 5,000 parcels, of which 1,000 have changed.
"""
HEAD = (
    "| parcels | scans | first sync s | peak MB | requests | file MB"
    f" | incremental s ({CHANGED:,} changed) | CPU s | peak MB | file MB after {REPEATS} |\n"
    "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    tell("By the size of the account", __file__, _lines(sizes), write=asked.write)


def _lines(sizes: list[int]) -> Iterator[str]:
    yield NOTES
    yield HEAD
    for size in sizes:
        with fast_account(size) as account, tempfile.TemporaryDirectory() as folder:
            yield _row(size, account, Path(folder))


def _row(size: int, account: FastAccount, home: Path) -> str:
    first = run("sync", address=account.address, home=home)
    file = home / "warehouse.duckdb"
    file_mb = megabytes(file)
    later = []
    for _ in range(REPEATS):
        account.change(CHANGED / size)
        later.append(run("sync", address=account.address, home=home))
        assert later[-1].said["trackings_updated"] == CHANGED, later[-1].said
    return (
        f"| {size:,} | {first.said['events_inserted']:,} | {first.wall_seconds:,.1f}"
        f" | {first.peak_mb:,.0f} | {first.said['requests']:,} | {file_mb:,.0f}"
        f" | {statistics.median(each.wall_seconds for each in later):.2f}"
        f" | {statistics.median(each.cpu_seconds for each in later):.2f}"
        f" | {max(each.peak_mb for each in later):,.0f} | {megabytes(file):,.0f} |"
    )


if __name__ == "__main__":
    main()
