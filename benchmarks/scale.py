"""What an incremental sync costs by what is stored: the same change, a small and a large account.

    python benchmarks/scale.py [100000 1000000 ...]

Per size: a first sync, then incremental syncs of 1,000 changed parcels each; medians of them.
"""

import statistics
import sys
import tempfile
from pathlib import Path
from urllib.request import Request, urlopen

from harness import account, megabytes, run

SIZES = (100_000, 1_000_000)
CHANGED = 1000
REPEATS = 5


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    print(
        "| parcels | scans | first sync s | peak MB | requests | file MB"
        f" | incremental s ({CHANGED:,} changed) | cpu s | peak MB | file MB after {REPEATS} |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for size in sizes:
        with account(size) as address, tempfile.TemporaryDirectory() as folder:
            print(_row(size, address, Path(folder)), flush=True)


def _row(size: int, address: str, home: Path) -> str:
    first = run("sync", address=address, home=home)
    file = home / "warehouse.duckdb"
    file_mb = megabytes(file)
    control = address.removesuffix("/v2") + "/sandbox"
    later = []
    for _ in range(REPEATS):
        _post(f"{control}/touch?count={CHANGED}")
        _post(f"{control}/advance?seconds=120")
        later.append(run("sync", address=address, home=home))
        assert later[-1].said["trackings_updated"] >= CHANGED * 0.9, later[-1].said
    return (
        f"| {size:,} | {first.said['events_inserted']:,} | {first.wall_seconds:,.1f}"
        f" | {first.peak_mb:,.0f} | {first.said['requests']:,} | {file_mb:,.0f}"
        f" | {statistics.median(each.wall_seconds for each in later):.2f}"
        f" | {statistics.median(each.cpu_seconds for each in later):.2f}"
        f" | {max(each.peak_mb for each in later):,.0f} | {megabytes(file):,.0f} |"
    )


def _post(address: str) -> None:
    with urlopen(Request(address, method="POST")) as answer:
        answer.read()


if __name__ == "__main__":
    main()
