"""A Prefect server that ends with the process that started it: `python -m flows.server PORT`."""

import os
import signal
import sys
import threading

HOST = "127.0.0.1"


def main(port: int) -> None:
    """Serve until told to end, or until whoever holds the other end of stdin is gone.

    That covers what no signal does: a parent that is killed takes its server along.
    """
    threading.Thread(target=_end_with_stdin, daemon=True).start()

    import uvicorn
    from prefect.server.api.server import create_app

    uvicorn.run(create_app(final=True), host=HOST, port=port, log_level="warning", lifespan="on")


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(int(sys.argv[1]))
