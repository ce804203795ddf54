"""What Parcelhouse must make of an account in any case, and nothing else: its bound.

    python rows_alone.py BASE_URL KEY FOLDER

Pages like `hand_written.py`, lands each answer, flattens it as Parcelhouse does (every column, the
key of each scan, the hashes by which a payload is known again) and replaces the rows: no window is
proven, no version guarded, no history or ledger kept. One thread reads, one flattens, one stores.
"""

import sys
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from queue import Queue
from threading import Thread

import duckdb
import paging
import pyarrow as pa
from measuring import measured, tell

from trackingmore_v2.listing import parse_listing
from trackingmore_v2.models import Answer
from transforms.batch import Batch, flatten, joined
from transforms.tables import TRACKING_EVENTS, TRACKINGS
from warehouse.connection import LOG, STORAGE
from warehouse.landing import land
from warehouse.memory import LITTLE

TOGETHER = 3  # answers in one insert
COMMITTED_AT_ONCE = 40_000  # parcels
AHEAD = 2  # answers that wait
RUN = "20260101T000000Z-00000000"


def main() -> None:
    base_url, key, folder = sys.argv[1:]
    home = Path(folder)
    home.mkdir(exist_ok=True)
    pa.set_memory_pool(pa.system_memory_pool())
    file, config = home / "rows.duckdb", {"storage_compatibility_version": STORAGE}
    with measured() as cost, duckdb.connect(str(file), config=config) as db:
        db.execute(f"set checkpoint_threshold = '{LOG}'; set memory_limit = '{LITTLE}'")
        db.execute("set threads = 1; set TimeZone = 'UTC'; create schema if not exists core")
        for table in (TRACKINGS, TRACKING_EVENTS):
            columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
            db.execute(f"create table if not exists {table.name} ({columns})")
        newest = f"select max(epoch(updated_at))::bigint from {TRACKINGS.name}"
        ((since,),) = db.execute(newest).fetchall()
        waiting: Queue[Future[Batch] | None] = Queue(AHEAD)
        storing = Thread(target=_store, args=(db, waiting))
        storing.start()
        with ThreadPoolExecutor(1) as flattening:
            for body in paging.answers(base_url, key, since):
                answer = Answer("list", {}, datetime.now(UTC), body)
                land(home / "landing", answer, account="main", run_id=RUN)
                waiting.put(flattening.submit(_flat, answer))
            waiting.put(None)
            storing.join()
        counts = [
            db.execute(f"select count(*) from {table.name}").fetchall()[0][0]
            for table in (TRACKINGS, TRACKING_EVENTS)
        ]
    tell(parcels=counts[0], scans=counts[1], cost=cost.so_far())


def _flat(answer: Answer) -> Batch:
    items = parse_listing(answer.body)["data"]["items"]
    return flatten(items, account="main", fetched_at=answer.fetched_at, run_id=RUN)


def _store(db: duckdb.DuckDBPyConnection, waiting: "Queue[Future[Batch] | None]") -> None:
    """Replace the parcels of what comes, until it is over."""
    stored, coming = 0, iter(waiting.get, None)
    db.execute("begin")
    while group := list(islice(coming, TOGETHER)):
        stored += _replace(db, joined([flat.result() for flat in group]))
        if stored >= COMMITTED_AT_ONCE:
            stored = 0
            db.execute("commit; begin")
    db.execute("commit")


def _replace(db: duckdb.DuckDBPyConnection, rows: Batch) -> int:
    for name, table in (("new_parcels", rows.trackings), ("new_scans", rows.events)):
        db.register(name, table)
    for table, name in ((TRACKINGS, "new_parcels"), (TRACKING_EVENTS, "new_scans")):
        ids = "select tracking_id from new_parcels"
        db.execute(f"delete from {table.name} where tracking_id in ({ids})")
        db.execute(f"insert into {table.name} by name from {name}")
    for name in ("new_parcels", "new_scans"):
        db.unregister(name)
    return rows.payloads


if __name__ == "__main__":
    main()
