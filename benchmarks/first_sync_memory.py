"""Peak memory and requests of a first sync, by the size of the account: memory must not grow.

python benchmarks/first_sync_memory.py [20000 100000 ...]
"""

import sys
import tempfile
from pathlib import Path

from harness import account, megabytes, run

SIZES = (20_000, 100_000)


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    print("| parcels | scans | peak memory MB | requests | most allowed | warehouse MB |")
    print("|---|---|---|---|---|---|")
    for size in sizes:
        with account(size) as address, tempfile.TemporaryDirectory() as folder:
            first = run("sync", address=address, home=Path(folder))
            assert first.said["trackings_inserted"] == size, first.said
            print(
                f"| {size:,} | {first.said['events_inserted']:,} | {first.peak_mb:,.0f}"
                f" | {first.said['requests']} | {int(1.5 * size / 2000 + 20)}"
                f" | {megabytes(Path(folder) / 'warehouse.duckdb'):,.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
