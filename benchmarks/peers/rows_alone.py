"""What Parcelhouse must make of an account in any case, and nothing else: its bound.

    python rows_alone.py BASE_URL KEY FOLDER

Pages like `hand_written.py`, lands each answer, flattens it as Parcelhouse does (every column, the
key of each scan, the hashes by which a payload is known again) and replaces the rows: no window is
proven, no version guarded, no history or ledger kept. One thread reads, one flattens, one stores.
"""

import re
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from queue import Queue
from threading import Thread

import duckdb
import pyarrow as pa
import requests
from measuring import measured, tell

from trackingmore_v2.listing import parse_listing
from trackingmore_v2.models import Answer
from transforms.batch import Batch, flatten, joined
from transforms.tables import TRACKING_EVENTS, TRACKINGS
from warehouse.connection import LITTLE, LOG, STORAGE
from warehouse.landing import land

LIMIT = 2000
TOGETHER = 4  # answers in one insert
COMMITTED_AT_ONCE = 40_000  # parcels
AHEAD = 3  # answers that wait
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
            for answer in _answers(base_url, key, since):
                land(home / "landing", answer, account="main", run_id=RUN)
                waiting.put(flattening.submit(_flat, answer))
            waiting.put(None)
            storing.join()
        counts = [
            db.execute(f"select count(*) from {table.name}").fetchall()[0][0]
            for table in (TRACKINGS, TRACKING_EVENTS)
        ]
    tell(parcels=counts[0], scans=counts[1], cost=cost.so_far())


def _answers(base_url: str, key: str, since: int | None) -> Iterator[Answer]:
    """Yield each page that changed after *since*, unix seconds, as it came."""
    page, pages = 1, 1
    with requests.Session() as session:
        session.headers["Trackingmore-Api-Key"] = key
        while page <= pages:
            params = {"page": page, "limit": LIMIT, "update_time_min": (since or 0) + 1}
            answer = session.get(f"{base_url}/trackings/get", params=params, timeout=60)
            answer.raise_for_status()
            if (total := re.search(rb'"total":"(\d+)"', answer.content[:300])) is None:
                return
            pages = -(-int(total[1]) // LIMIT)
            yield Answer("list", {}, datetime.now(UTC), answer.content)
            page += 1


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
