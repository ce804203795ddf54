"""What publishing costs by the size of what changed.

    python benchmarks/publish.py [20000 100000 ...]

The parcels are those of sandbox accounts, as in marts.py. What changes are the newest parcels, as
in an account that lives, and in the last line as many of all months. Seconds are of CPU, and in
brackets by the clock: of the marts' refresh, of writing the lake, and of publishing it all.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from marts import fill

from warehouse import catalog, manifest, materialised
from warehouse.connection import open_for_writing, transaction
from warehouse.lake_writer import next_lake
from warehouse.manifest import FOLDER
from warehouse.publish import publish

SIZES = (20_000,)
SHARES = (0.0, 0.001, 0.01, 0.1, 1.0)
NEWEST, ANY = "created_at desc", "md5(tracking_id)"


class Took(NamedTuple):
    """Seconds of the processors, and by the clock."""

    cpu: float
    wall: float

    def __str__(self) -> str:
        return f"{self.cpu:.2f} ({self.wall:.2f})"


def main() -> None:
    for size in [int(word) for word in sys.argv[1:]] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            with open_for_writing(home, "the benchmark") as db:
                with transaction(db):
                    catalog.ensure(db)
                fill(db, size)
                _refresh(db)
                _measure(db, size, home)


def _measure(db: duckdb.DuckDBPyConnection, size: int, home: Path) -> None:
    print(f"\n{size:,} parcels\n")
    print("| changed | marts s | lake s | publish s | files written | MB written | MB kept |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    first, _ = _timed(lambda: publish(db, home))
    print(f"| the first time | | | {first} | | | |", flush=True)
    changes = [(f"{share:.1%} of the newest", NEWEST, share) for share in SHARES]
    for what, order, share in [*changes, ("1.0% of all months", ANY, 0.01)]:
        db.execute(
            f"""
            update core.trackings set fetched_at = fetched_at + interval 1 second
            where tracking_id in (select tracking_id from core.trackings order by {order} limit ?)
            """,
            [round(size * share)],
        )
        marts, _ = _timed(partial(_refresh, db))
        lake, _ = _timed(partial(_write_lake, db, home))
        took, done = _timed(partial(publish, db, home))
        files = f"{done.files_written} of {done.files_written + done.files_kept}"
        written, kept = done.bytes_written / 1e6, done.bytes_kept / 1e6
        print(
            f"| {what} | {marts} | {lake} | {took} | {files} | {written:.1f} | {kept:.1f} |",
            flush=True,
        )


def _refresh(db: duckdb.DuckDBPyConnection) -> None:
    materialised.refresh_in_portions(db)


def _write_lake(db: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Write what publishing would, and let go of it."""
    before = manifest.read(home)
    held = {name: table.files for name, table in before.tables.items()}
    with next_lake(db, home / FOLDER, before.version + 1, held):
        pass


def _timed(do: Callable[[], Any]) -> tuple[Took, Any]:
    cpu, wall = time.process_time(), time.perf_counter()
    done = do()
    return Took(time.process_time() - cpu, time.perf_counter() - wall), done


if __name__ == "__main__":
    main()
