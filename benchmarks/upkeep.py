"""What is done now and then: marts anew, publishing, replay, reconcile, each beside its bound.

    python benchmarks/upkeep.py [--trackings N] [--write]

The bound is the least that anybody could do instead: copy the file, read the landed answers.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from harness import FastAccount, fast_account, run
from results import tell

from transforms.tables import FINGERPRINTS
from warehouse import materialised
from warehouse.connection import FILE, open_for_writing, transaction
from warehouse.manifest import FOLDER
from warehouse.publish import publish

CHANGED = 0.01
HEAD = "| | seconds | CPU s | beside it | seconds |\n|---|---:|---:|---|---:|"


class Took(NamedTuple):
    """Seconds by the clock and of the processors."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} | {self.cpu:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trackings", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args()
    tell("What is done now and then", __file__, _lines(asked.trackings), write=asked.write)


def _lines(trackings: int) -> Iterator[str]:
    with fast_account(trackings) as account, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        first = run("sync", address=account.address, home=home)
        yield f"{trackings:,} parcels, {first.said['events_inserted']:,} scans.\n"
        yield HEAD
        yield from _of_the_warehouse(home)
        yield from _of_commands(account, home)


def _of_the_warehouse(home: Path) -> Iterator[str]:
    with open_for_writing(home, "the benchmark") as db:
        with transaction(db):
            db.execute(f"delete from {FINGERPRINTS.name}")
        yield f"| all marts anew | {_timed(partial(_refresh, db))} | | |"
        yield f"| the marts, nothing changed | {_timed(partial(_refresh, db))} | | |"
        shutil.rmtree(home / FOLDER)
        db.execute("checkpoint")
        file_mb = (home / FILE).stat().st_size / 1e6
        copied = _timed(partial(_copy, home / FILE, home / "copy")).wall
        beside = f"a copy of the file, {file_mb:,.0f} MB, on the disk | {copied:.2f}"
        took = _timed(partial(publish, db, home, with_lake=False))
        yield f"| publishing, the file alone | {took} | {beside} |"
        yield f"| publishing, the first lake with it | {_timed(partial(publish, db, home))} | | |"
        yield f"| publishing, nothing changed | {_timed(partial(publish, db, home))} | | |"
        _touch(db)
        yield f"| the marts, {CHANGED:.0%} changed | {_timed(partial(_refresh, db))} | | |"
        yield f"| publishing, {CHANGED:.0%} changed | {_timed(partial(publish, db, home))} | | |"


def _of_commands(account: FastAccount, home: Path) -> Iterator[str]:
    for words, beside in (
        (("replay",), _landed),
        (("reconcile",), None),
        (("compact", "--force"), None),
    ):
        done = run(*words, address=account.address, home=home)
        what = f"`parcelhouse {' '.join(words)}`"
        if requests := done.said.get("requests"):
            what += f", {requests} requests"
        bound = beside(home) if beside else "|"
        yield f"| {what} | {Took(done.wall_seconds, done.cpu_seconds)} | {bound} |"


def _landed(home: Path) -> str:
    files = str(home / "landing" / "**" / "*.parquet")

    def read() -> None:
        with duckdb.connect() as db:
            db.execute("select sum(octet_length(body)) from read_parquet(?)", [files]).fetchall()

    size = sum(file.stat().st_size for file in (home / "landing").rglob("*.parquet")) / 1e6
    return f"reading the landed answers, {size:,.1f} MB | {_timed(read).wall:.2f}"


def _touch(db: duckdb.DuckDBPyConnection) -> None:
    """Have some parcels of all ages seem to have been read again."""
    db.execute(
        f"""
        update core.trackings set fetched_at = fetched_at + interval 1 second
        where tracking_id in (
            select tracking_id from core.trackings order by md5(tracking_id) limit {CHANGED:.0%}
        )
        """
    )


def _refresh(db: duckdb.DuckDBPyConnection) -> None:
    materialised.refresh_in_portions(db)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    target.unlink()


def _timed(do: Callable[[], Any]) -> Took:
    cpu, wall = time.process_time(), time.perf_counter()
    do()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


if __name__ == "__main__":
    main()
