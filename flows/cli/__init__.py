"""`parcelhouse …`: each command is a line or two of glue over what `flows/commands` does."""

import atexit
import os
import sys
from contextlib import suppress
from typing import NoReturn

from flows.cli.app import app
from flows.commandline import FAILED

# in the order in which the help lists their commands
from flows.cli import trial, reading, asking, report, upkeep  # isort: skip
from flows.cli import personal, account, enrichment, schedule, scaling  # isort: skip

__all__ = [
    "account",
    "app",
    "asking",
    "enrichment",
    "main",
    "personal",
    "reading",
    "report",
    "scaling",
    "schedule",
    "trial",
    "upkeep",
]


def main() -> NoReturn:
    """Run the command line."""
    status = FAILED

    def leave() -> None:
        with suppress(BrokenPipeError):  # `| head` has read enough
            sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)

    # Registered first, so run last: DuckDB's binding counts its own leaks on stderr when an
    # interpreter that also holds Prefect is torn down. Nothing is left to do by then.
    atexit.register(leave)
    try:
        app()
        raise SystemExit(0)  # noqa: TRY301  (what Typer itself raises)
    except SystemExit as exit_:
        status = exit_.code if isinstance(exit_.code, int) else FAILED
        raise
