"""How the warehouse's file grows over many incremental syncs, and what compaction gives back.

python benchmarks/growth.py [--trackings N] [--runs N]
"""

import argparse
import tempfile
from pathlib import Path
from urllib.request import Request, urlopen

from harness import account, megabytes, run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trackings", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=200)
    asked = parser.parse_args()
    changed = asked.trackings // 100
    print(f"{asked.trackings:,} parcels, {changed:,} changed before each of {asked.runs} syncs:\n")
    print("| syncs | file MB |\n|---:|---:|")
    with account(asked.trackings) as address, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        file = home / "warehouse.duckdb"
        control = address.removesuffix("/v2") + "/sandbox"
        for number in range(asked.runs + 1):
            run("sync", address=address, home=home)
            if number % (asked.runs // 5) == 0:
                print(f"| {number} | {megabytes(file):,.1f} |", flush=True)
            _post(f"{control}/touch?count={changed}")
            _post(f"{control}/advance?seconds=960")
        run("compact", "--force", address=address, home=home)
        print(f"| compacted | {megabytes(file):,.1f} |")


def _post(address: str) -> None:
    with urlopen(Request(address, method="POST")) as answer:
        answer.read()


if __name__ == "__main__":
    main()
