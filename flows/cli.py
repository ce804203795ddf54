"""`parcelhouse …`: each command is a line or two of glue over a flow, a step or a query."""

import atexit
import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Annotated, NoReturn, ParamSpec

import typer

P = ParamSpec("P")

FAILED, WRONG_USE = 1, 2

app = typer.Typer(
    name="parcelhouse",
    help="Your TrackingMore account as a warehouse you can query.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Prefect = Annotated[
    bool, typer.Option("--prefect", help="As a flow run; so it is where PREFECT_API_URL is set.")
]


def main() -> NoReturn:
    """Run the command line."""
    status = FAILED

    def leave() -> None:
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


def _command(body: Callable[P, int]) -> Callable[P, None]:
    """Turn a body's return value into the exit status, and its errors into one sentence."""

    @wraps(body)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            status = body(*args, **kwargs)
        except KeyboardInterrupt:
            _fail("interrupted; what was committed stays, the next run goes on from there", 130)
        except Exception as error:
            if kwargs.get("debug"):
                raise
            _fail(_sentence(error), WRONG_USE if _is_wrong_use(error) else FAILED)
        raise typer.Exit(status)

    return run


def _fail(sentence: str, status: int) -> NoReturn:
    print(f"parcelhouse: {sentence}", file=sys.stderr)
    raise typer.Exit(status) from None


def _is_wrong_use(error: Exception) -> bool:
    from flows.errors import UsageError

    return isinstance(error, UsageError)


def _sentence(error: Exception) -> str:
    """Return what went wrong as one line; ours say it themselves."""
    text = str(error).strip().splitlines()
    first = text[0] if text else "no further word"
    ours = ("flows.", "warehouse.", "trackingmore_v2.", "transforms.")
    if type(error).__module__.startswith(ours):
        return first
    return f"unexpected {type(error).__name__}: {first} (--debug shows where)"


@app.command()
@_command
def sync(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read.")] = False,
    prefect: Prefect = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001  (read by _command)
) -> int:
    """Bring home whatever changed since the watermark; at first, the whole account."""
    from flows.commands import sync as command

    if dry_run:
        return command.preview_sync(as_json=json)
    return command.sync(as_json=json, as_flow=prefect)


@app.command()
@_command
def backfill(
    *,
    since: Annotated[datetime, typer.Option(help="Registered from then on, UTC.")],
    until: Annotated[datetime | None, typer.Option(help="Up to then; else up to now.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read.")] = False,
    prefect: Prefect = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Read a chosen range of created_at again; resumable, and safe beside a schedule."""
    from flows.commands import recovery

    return recovery.backfill(since, until, dry_run=dry_run, as_flow=prefect, as_json=json)


@app.command()
@_command
def reconcile(
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what differs.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Mark many deletions too.")] = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Compare counts with the API; --fix reads again what differs and marks deletions."""
    from flows.commands import recovery

    return recovery.reconcile(fix=fix, force=force, as_json=json)


@app.command()
@_command
def repair(
    parcels: Annotated[list[str], typer.Argument(metavar="CARRIER/NUMBER...")],
    *,
    live: Annotated[bool, typer.Option("--live", help="Ask the carrier now.")] = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Read single parcels again."""
    from flows.commands import recovery

    return recovery.repair(parcels, live=live, as_json=json)


@app.command()
@_command
def status(*, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """How far the warehouse is: watermarks, rows, the last runs."""
    from flows.commands import asking

    return asking.status(as_json=json)


@app.command()
@_command
def gaps(*, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """List the ranges that were never read, or not with certainty."""
    from flows.commands import health

    return health.gaps(as_json=json)


@app.command()
@_command
def check(*, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Run the checks of `checks.*`: what they find should not be there."""
    from flows.commands import health

    return health.check(as_json=json)


@app.command()
@_command
def doctor(*, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Look at the settings, the server and the house; at most 8 requests, nothing is written."""
    from flows.commands import health

    return health.doctor(as_json=json)


@app.command()
@_command
def sql(
    query: Annotated[str, typer.Argument(help="One SQL statement; it can only read.")],
    *,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Ask what is published: never locks the sync out, and is never locked out by it."""
    from flows.commands import asking

    return asking.sql(query, as_json=json)


@app.command()
@_command
def demo(
    *,
    trackings: Annotated[int, typer.Option(min=1, help="Parcels in the account.")] = 3000,
    seed: Annotated[int, typer.Option(help="Another seed, another account.")] = 7,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Show the whole way without an account: sync a sandbox, let it live on, sync again, ask."""
    from flows.demo import demo as run_demo

    return run_demo(trackings=trackings, seed=seed, as_json=json)


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
def sandbox(context: typer.Context) -> None:
    """Serve an account for tests and trials; `parcelhouse sandbox --help` lists its options."""
    from flows.demo import serve_sandbox

    raise typer.Exit(serve_sandbox(context.args))
