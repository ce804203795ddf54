"""Serves an application from a thread of this process, on a port of its own."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.applications import Starlette


@contextmanager
def serve(app: "Starlette", *, host: str, port: int) -> Iterator[int]:
    """Yield the port once the server accepts; it has stopped when the block is left."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        date_header=False,  # the Date of an answer is the sandbox's own
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    # named as TCP, so that asyncio sends at once: else every answer waits 40 ms for an ACK
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        server = uvicorn.Server(config)
        app.state.server = server
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            sleep(0.005)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
    finally:
        listener.close()
