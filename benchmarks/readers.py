"""Eight processes ask what is published without a pause while syncs commit and publish.

    python benchmarks/readers.py [--seconds 60] [--trackings 5000]

Every answer must be that of one published version, and no reader may be led back.
"""

import argparse
import tempfile
from pathlib import Path
from time import monotonic
from urllib.request import Request, urlopen

from continuous_reader import Answer, judge, reading, truth
from harness import account, run

READERS = 8


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--trackings", type=int, default=5000)
    asked = parser.parse_args()
    published: dict[int, Answer] = {}
    with account(asked.trackings) as address, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _sync(address, home, published)
        with reading(home, READERS) as told:
            end = monotonic() + asked.seconds
            while monotonic() < end:
                control = address.removesuffix("/v2") + "/sandbox"
                _post(f"{control}/touch?count={asked.trackings // 100}")
                _post(f"{control}/advance?seconds=120")
                _sync(address, home, published)
        judge(told, published)
    reads = sum(each.reads for each in told)
    seen = {version for each in told for version in each.versions}
    print(
        f"{READERS} readers for {asked.seconds:.0f} s, {asked.trackings:,} parcels:"
        f" {len(published):,} versions published, {len(seen):,} of them seen,"
        f" {reads:,} reads of file and lake, each of one version"
    )


def _sync(address: str, home: Path, published: dict[int, Answer]) -> None:
    run("sync", address=address, home=home)
    version, answer = truth(home)
    published[version] = answer


def _post(address: str) -> None:
    with urlopen(Request(address, method="POST")) as answer:
        answer.read()


if __name__ == "__main__":
    main()
