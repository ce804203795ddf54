"""A server on this machine that hears what a client sends and says what it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.models import Answer
from trackingmore_v2.transport import Transport


class Heard(NamedTuple):
    """One request."""

    method: str
    path: str  # below /v2, as sent
    body: Any


class Listener(ThreadingHTTPServer):
    """Answers with what it was told to say, one after the other; the last one stays."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[bytes] = []
        self.heard: list[Heard] = []
        self.landed: list[Answer] = []

    def say(self, *data: Any, code: Any = 200, message: str = "m") -> None:
        self.answers += [
            json.dumps(
                {"meta": {"code": code, "type": "t", "message": message}, "data": each}
            ).encode()
            for each in data
        ]


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.removeprefix("/v2")
        self.server.heard.append(Heard(self.command, path, json.loads(body) if body else None))
        answers = self.server.answers
        self.send_response_only(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(answers.pop(0) if len(answers) > 1 else answers[0])

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def listening() -> Iterator[Listener]:
    with Listener() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def client_of(server: Listener) -> Iterator[TrackingMoreClient]:
    with Transport(
        base_url=f"http://127.0.0.1:{server.server_port}/v2",
        api_key="a-key-of-nobody",
        requests_per_second=0,
        tap=server.landed.append,
        sleep=lambda _: None,
    ) as transport:
        yield TrackingMoreClient(transport)
