"""What the marts cost: all of them anew, each when asked, and after a small change.

    python benchmarks/marts.py [20000 100000 ...]

The parcels are those of sandbox accounts, read by the parser and merged as a sync does, without
HTTP. `s/M` are seconds for a million scans.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox import Sandbox
from transforms.batch import flatten
from warehouse import catalog, materialised, vocabulary
from warehouse.connection import FILE, open_for_writing, transaction
from warehouse.memory import MEMORY
from warehouse.upsert import merge

SIZES = (20_000,)
ACCOUNT = "main"
SANDBOX = 10_000  # parcels in one account: its items are all in memory
ANSWER = 2_000  # parcels in one answer
CHANGED_SHARE = 0.01
ANALYST = "4GB"  # of memory, for whoever asks the published file


def main() -> None:
    for size in [int(word) for word in sys.argv[1:]] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            with open_for_writing(home, "the benchmark") as db:
                _measure(db, size, home)


def _measure(db: duckdb.DuckDBPyConnection, size: int, home: Path) -> None:
    with transaction(db):
        catalog.ensure(db)
    last = fill(db, size)
    ((scans,),) = db.execute("select count(*) from core.tracking_events").fetchall()
    core_mb = _megabytes(db, home)
    print(f"\n{size:,} parcels, {scans:,} scans, {core_mb:,.0f} MB\n")
    print("| | s | s/M |\n|---|---|---|")
    with transaction(db):
        vocabulary.ensure(db)
        with timed("names of countries", scans):
            vocabulary.name_countries(db, ACCOUNT)
        with timed("texts read", scans):
            vocabulary.classify_new(db, ACCOUNT)
    db.execute(f"set memory_limit = '{ANALYST}'")
    db.execute("begin transaction")
    for view in materialised.materialised():
        with timed(f"{view.name}, anew", scans):
            db.execute(f"insert into {view.name} from {view.definition}")
    db.execute("rollback")
    db.execute(f"set memory_limit = '{MEMORY}'")
    whole = "all of them and the commit, as a run does it: the first refresh"
    with timed(whole, scans), transaction(db):
        materialised.refresh(db)
    db.execute(f"set memory_limit = '{ANALYST}'")
    for view in catalog.views():
        if view.name.startswith("marts.") and not view.is_materialised:
            with timed(f"{view.name}, asked", scans):
                db.execute(f"create or replace temp table answer as from {view.name}")
    db.execute(f"set memory_limit = '{MEMORY}'")
    with timed("a refresh of nothing", scans), transaction(db):
        materialised.refresh(db)
    changed = _touch(db, last, round(size * CHANGED_SHARE))
    with timed(f"a refresh of {changed:,} parcels", scans), transaction(db):
        materialised.refresh(db)
    db.execute(f"set memory_limit = '{ANALYST}'")
    print(f"\nthe file with the marts: {_megabytes(db, home):,.0f} MB")
    for view in materialised.materialised():
        query = f"select count(*) from (from {view.name} except all from {view.definition})"
        assert db.execute(query).fetchall() == [(0,)], f"{view.name} is not its definition"


@contextmanager
def timed(what: str, scans: int) -> Iterator[None]:
    began = time.perf_counter()
    yield
    took = time.perf_counter() - began
    print(f"| {what} | {took:.2f} | {took / scans * 1e6:.2f} |", flush=True)


def fill(db: duckdb.DuckDBPyConnection, size: int) -> Sandbox:
    """Load the parcels of as many accounts as it takes, and return the last account."""
    for seed, begin in enumerate(range(0, size, SANDBOX)):
        account = Sandbox(min(SANDBOX, size - begin), seed=seed)
        _load(db, account.items(), read_at=account.now, run_id="the first")
    return account


def _touch(db: duckdb.DuckDBPyConnection, account: Sandbox, count: int) -> int:
    touched = set(account.touch_any(count))
    items = [item for item in account.items() if item["id"] in touched]
    _load(db, items, read_at=datetime.now(UTC), run_id="the second")
    return len(items)


def _load(
    db: duckdb.DuckDBPyConnection, items: list[Payload], *, read_at: datetime, run_id: str
) -> None:
    for begin in range(0, len(items), ANSWER):
        page = items[begin : begin + ANSWER]
        batch = flatten(page, account=ACCOUNT, fetched_at=read_at, run_id=run_id)
        with transaction(db):
            merge(db, batch)


def _megabytes(db: duckdb.DuckDBPyConnection, home: Path) -> float:
    db.execute("checkpoint")
    return (home / FILE).stat().st_size / 1e6


if __name__ == "__main__":
    main()
