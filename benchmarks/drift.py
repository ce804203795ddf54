"""What is lost when the account changes while it is read: ours beside dlt, in one run.

    python benchmarks/drift.py [--trackings N] [--changes-per-second N] [--peer-python PATH]

Per server order and peer, a fresh account behind HTTP whose answers take 0.2 s: a first sync while
another thread changes parcels, then quiet, then a second sync. Whatever is missing or old after
that stays so until the parcel happens to change again; a delivered one never does. dlt takes part
once `make peers` has installed it.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple

import duckdb
from harness import KEY, run

from trackingmore_v2.sandbox import Fault, Sandbox, Switches

ORDERS = ("updated_asc", "updated_desc", "created_desc", "id", "random")
SECONDS_AN_ANSWER = 0.2
STEP = 0.05  # seconds between two bursts of changes
REST = timedelta(minutes=3)  # longer than any lag
DLT = Path(__file__).parent / "peers" / "dlt_rest_api.py"
DLT_PYTHON = Path(__file__).parents[1] / ".venv-peers" / "dlt" / "bin" / "python"
OURS = "select tracking_id, epoch(updated_at)::bigint from core.trackings where deleted_at is null"
DLTS = "select id, epoch(updated_at)::bigint from account.trackings"


class Peer(NamedTuple):
    """One way to bring the account home."""

    name: str
    sync: Callable[[str, Path], Path]
    """Given the base URL and a folder of its own, syncs once and returns the DuckDB file."""
    stored: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trackings", type=int, default=20_000)
    parser.add_argument("--changes-per-second", type=int, default=100)
    parser.add_argument("--peer-python", type=Path, default=DLT_PYTHON, help="one that has dlt")
    asked = parser.parse_args()
    peers = [Peer("Parcelhouse", _ours, OURS)]
    if asked.peer_python.exists():
        peers.append(Peer("dlt rest_api", _dlt(asked.peer_python), DLTS))
    print(
        f"{asked.trackings:,} parcels, {asked.changes_per_second} changes a second during the first"
        " sync, a quiet second one behind it:\n"
    )
    print("| order of the server | | changed while it was read | parcels missing | parcels stale |")
    print("|---|---|---:|---:|---:|")
    for order in ORDERS:
        for peer in peers:
            print(_row(peer, order, asked.trackings, asked.changes_per_second), flush=True)


def _row(peer: Peer, order: str, trackings: int, rate: int) -> str:
    account = Sandbox(
        trackings,
        switches=Switches(order=order),  # type: ignore[arg-type]
        lively=False,
        clock_rate=1.0,
        api_key=KEY,
    )
    account.script(Fault("slow", times=sys.maxsize, seconds=SECONDS_AN_ANSWER))
    with tempfile.TemporaryDirectory() as folder, account.serving() as address:
        with changing(account, rate) as changed:
            file = peer.sync(address, Path(folder))
        account.advance(REST)
        peer.sync(address, Path(folder))
        with duckdb.connect(str(file), read_only=True) as db:
            stored = dict(db.execute(peer.stored).fetchall())
    truth = {item["id"]: _second(item.get("updated_at")) for item in account.items()}
    missing = truth.keys() - stored.keys()
    stale = [each for each in truth.keys() - missing if stored[each] != truth[each]]
    return f"| {order} | {peer.name} | {sum(changed):,} | {len(missing):,} | {len(stale):,} |"


@contextmanager
def changing(account: Sandbox, rate: int) -> Iterator[list[int]]:
    """Change *rate* parcels a second from a thread of its own; yields how many, burst by burst."""
    done, changed = Event(), list[int]()

    def change() -> None:
        began = monotonic()
        while not done.wait(STEP):
            due = int((monotonic() - began) * rate) - sum(changed)
            changed.append(len(account.touch_any(due)))

    thread = Thread(target=change)
    thread.start()
    try:
        yield changed
    finally:
        done.set()
        thread.join()


def _ours(address: str, folder: Path) -> Path:
    run("sync", address=address, home=folder)
    return folder / "warehouse.duckdb"


def _dlt(python: Path) -> Callable[[str, Path], Path]:
    def sync(address: str, folder: Path) -> Path:
        file = folder / "dlt.duckdb"
        done = subprocess.run([python, DLT, address, KEY, file], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"dlt ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return file

    return sync


def _second(stamp: str | None) -> int | None:
    return None if stamp is None else int(datetime.fromisoformat(stamp).timestamp())


if __name__ == "__main__":
    main()
