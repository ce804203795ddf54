"""An account over HTTP that costs next to nothing to ask: benchmarks are to measure who asks.

    python benchmarks/account.py [--trackings N] [--seed N] [--port N]

Prints its base URL. It knows the list of trackings, by both times, page and limit, and the counts
by status; other filters let everything through. The order of the list is that of created_at where
that is filtered, or else of updated_at. Beside it, for whoever measures:

    POST /account/change?fraction=0.01   that many parcels are scanned once more
    POST /account/restore                all is as it was at the start, counts of requests too
    GET  /account                        parcels, scans, changed, requests, bytes
"""

import argparse
import json
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Event, Lock, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from benchmarks.parcels import Parcel, moved, parcels

HOUR = 3600
LARGEST_PAGE = 2000
# A change shows at once with a stamp that has settled; overlaps are longer than that.
SETTLED, BEHIND = 120, 600
EVER = (0, 1 << 40)
A_SECOND = 50  # parcels that change within one second
NOTHING = (
    b'{"meta":{"code":4031,"type":"No Content","message":'
    b'"The request was successful but the response is empty."},"data":[]}'
)
COUNTS = b'{"meta":{"code":200,"type":"Success","message":"Success"},"data":%b}'
PAGE = COUNTS.replace(b"%b", b'{"page":%d,"limit":%d,"total":"%d","items":[%b]}')


class Sorted(NamedTuple):
    """The parcels in the order of one of their times."""

    times: list[int]
    places: list[int]  # in the account, one beside each time

    def between(self, low: int, high: int) -> slice:
        """Return where the parcels of low..high lie, both included."""
        first = bisect_left(self.times, low)
        return slice(first, max(first, bisect_right(self.times, high)))


class Account:
    """Parcels, and what has become of them. May be asked while it changes."""

    def __init__(self, trackings: int, *, seed: int = 7, ends: int | None = None) -> None:
        """Hold *trackings* parcels, the last of which changed at *ends*, unix seconds.

        Without it that is an hour before the last full hour, so that all has settled.
        """
        if ends is None:
            ends = (int(time.time()) // HOUR - 1) * HOUR
        self._parcels = list(parcels(trackings, seed=seed, ends=ends))
        self._ends = ends
        self._scans = sum(parcel.scans for parcel in self._parcels)
        self._lock = Lock()
        self._by_creation = self._sorted(lambda parcel: parcel.created)
        self._before: dict[int, Parcel] = {}
        self.restore()

    def restore(self) -> None:
        """Undo every change, and begin to count anew."""
        with self._lock:
            for place, parcel in self._before.items():
                self._parcels[place] = parcel
            self._before = {}
            self.scans, self._last = self._scans, self._ends
            self.changed = self.requests = self.bytes = 0
            self._by_update = self._sorted(lambda parcel: parcel.updated)

    def change(self, fraction: float) -> int:
        """Scan a *fraction* of the parcels once more, later than ever before; return how many.

        Which ones, hangs on how many have changed since the start: the same for whoever asks.

        Raises:
            ValueError: so much has changed in so short a time that it would not have settled.
        """
        count = max(1, round(len(self._parcels) * fraction))
        first = max(int(time.time()) - BEHIND, self._last + 1)
        pace = max(A_SECOND, count // 20)
        if first + count // pace > time.time() - SETTLED:
            raise ValueError("What changed has not settled yet; try again in a minute.")
        with self._lock:
            chosen = Random(self.changed).sample(range(len(self._parcels)), count)
            for number, place in enumerate(chosen):
                parcel = self._parcels[place]
                self._before.setdefault(place, parcel)
                self._last = first + number // pace
                self._parcels[place] = moved(parcel, self._last)
            self.scans += count
            self.changed += count
            self._by_update = self._sorted(lambda parcel: parcel.updated)
        return count

    def answer(self, asked: dict[str, str]) -> bytes:
        """Return one answer of the list, as the API documents it."""
        page, limit = int(asked.get("page") or 1), int(asked.get("limit") or 100)
        limit = min(limit, LARGEST_PAGE)
        with self._lock:
            found = self._found(asked)
            here = found[(page - 1) * limit : page * limit]
            items = b",".join([self._parcels[place].body for place in here])
            body = PAGE % (page, limit, len(found), items) if here else NOTHING
            self._served(body)
        return body

    def status_counts(self, asked: dict[str, str]) -> bytes:
        """Return how many parcels have each status, as the API documents it."""
        with self._lock:
            counts = Counter(self._parcels[place].status for place in self._found(asked))
            body = COUNTS % json.dumps(counts).encode()
            self._served(body)
        return body

    def said(self) -> dict[str, int]:
        """Return what a benchmark compares with."""
        return {
            "parcels": len(self._parcels),
            "scans": self.scans,
            "changed": self.changed,
            "requests": self.requests,
            "bytes": self.bytes,
        }

    def _served(self, body: bytes) -> None:
        self.requests += 1
        self.bytes += len(body)

    def _found(self, asked: dict[str, str]) -> list[int]:
        """Return the places of the parcels that both times' filters let through, in order."""
        updated, created = _bounds(asked, "update_time"), _bounds(asked, "created_at")
        if created is None:
            return self._by_update.places[self._by_update.between(*(updated or EVER))]
        some = self._by_creation.places[self._by_creation.between(*created)]
        if updated is None:
            return some
        low, high = updated
        return [place for place in some if low <= self._parcels[place].updated <= high]

    def _sorted(self, by: Any) -> Sorted:
        pairs = sorted((by(parcel), place) for place, parcel in enumerate(self._parcels))
        return Sorted([time for time, _ in pairs], [place for _, place in pairs])


def _bounds(asked: dict[str, str], name: str) -> tuple[int, int] | None:
    low, high = asked.get(f"{name}_min"), asked.get(f"{name}_max")
    if not low and not high:
        return None
    return int(float(low or EVER[0])), int(float(high or EVER[1]))


class Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests, one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    account: Account

    def do_GET(self) -> None:
        """Answer the list, or say what has become of the account."""
        path, asked = self._asked()
        if path.endswith("/trackings/get"):
            self._send(self.account.answer(asked))
        elif path.endswith("/trackings/getstatusnumber"):
            self._send(self.account.status_counts(asked))
        else:
            self._send(json.dumps(self.account.said()).encode())

    def do_POST(self) -> None:
        """Do to the account what its path says."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, asked = self._asked()
        try:
            if path == "/account/restore":
                self.account.restore()
            else:
                self.account.change(float(asked["fraction"]))
        except (KeyError, ValueError) as error:
            return self._send(f"{path}: {error}".encode(), status="409 Conflict")
        return self._send(json.dumps(self.account.said()).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _asked(self) -> tuple[str, dict[str, str]]:
        address = urlsplit(self.path)
        return address.path, dict(parse_qsl(address.query))

    def _send(self, body: bytes, *, status: str = "200 OK") -> None:
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
            f"Date: {formatdate(usegmt=True)}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.connection.sendall(head.encode())
        self.connection.sendall(body)


class Server(ThreadingHTTPServer):
    """One thread a connection, and nobody waits for them."""

    daemon_threads = True
    request_queue_size = 64


@contextmanager
def serving(account: Account, *, port: int = 0) -> Iterator[str]:
    """Yield the base URL under which *account* can be asked from another thread or process."""
    handler = type("Bound", (Handler,), {"account": account})
    with Server(("127.0.0.1", port), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v2"
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trackings", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    with serving(Account(asked.trackings, seed=asked.seed), port=asked.port) as address:
        print(address, flush=True)
        with suppress(KeyboardInterrupt):
            Event().wait()


if __name__ == "__main__":
    main()
