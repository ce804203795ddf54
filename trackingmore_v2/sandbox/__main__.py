"""Serves an account from the command line, until somebody presses Ctrl-C."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime
from threading import Event
from typing import Any, Literal, get_args, get_origin

from trackingmore_v2.sandbox import Sandbox, Switches

EPILOG = """\
The switches settle what no public source establishes about the API; see Switches for each.
While it runs: POST /sandbox/advance?days=1, POST /sandbox/touch?count=5, GET /sandbox/state,
GET /sandbox/openapi.json.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve an account as the arguments say; returns the exit status."""
    options = _parser().parse_args(argv)
    switches = Switches(**{field.name: getattr(options, field.name) for field in fields(Switches)})
    sandbox = Sandbox(
        options.trackings,
        seed=options.seed,
        now=options.now,
        switches=switches,
        api_key=options.key,
        credits=options.credits,
        clock_rate=options.clock_rate,
    )
    try:
        with suppress(KeyboardInterrupt), sandbox.serving(options.host, options.port) as url:
            print(f"An account of {options.trackings} trackings (seed {options.seed})")
            print(f"  base url  {url}")
            print(f"  key       {options.key}")
            print(f"  curl -H 'Trackingmore-Api-Key: {options.key}' '{url}/trackings/get?limit=2'")
            print("Ctrl-C ends it.", flush=True)
            Event().wait()
    except OSError as error:
        print(f"Cannot serve on {options.host}:{options.port}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trackingmore_v2.sandbox",
        description="A whole TrackingMore v2 account in one process.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8787)
    parser.add_argument("--trackings", type=int, default=2000, help="how many (default 2000)")
    parser.add_argument("--seed", type=int, default=7, help="what everything follows from")
    parser.add_argument("--now", type=_instant, help="the clock's start, ISO 8601")
    parser.add_argument(
        "--clock-rate", type=float, default=1.0, help="simulated seconds per second (default 1)"
    )
    parser.add_argument("--credits", type=int, help="how many are left (default: plenty)")
    parser.add_argument("--key", default="sandbox-key", help="the API key it accepts")
    group = parser.add_argument_group("switches")
    for field in fields(Switches):
        group.add_argument(
            f"--{field.name.replace('_', '-')}", **_option(field.type, field.default)
        )
    return parser


def _option(kind: Any, default: Any) -> dict[str, Any]:
    """Return how argparse is told about a switch of that type."""
    if kind is bool:
        return {"action": argparse.BooleanOptionalAction, "default": default}
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        return {"type": type(choices[0]), "choices": choices, "default": default}
    return {"type": kind, "default": default}


def _instant(said: str) -> datetime:
    """Return an ISO instant; without a zone it is UTC."""
    moment = datetime.fromisoformat(said)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
