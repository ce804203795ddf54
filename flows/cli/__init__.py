"""`parcelhouse …`: each command is a line or two of glue over what `flows/commands` does."""

import atexit
import os
import sys
from contextlib import suppress
from datetime import datetime
from typing import Annotated, NoReturn

import typer

from flows.commandline import FAILED, Debug, Json, Prefect, command

app = typer.Typer(
    name="parcelhouse",
    help="Your TrackingMore account as a warehouse you can query.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


@app.command()
@command
def sync(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read.")] = False,
    prefect: Prefect = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001  (read by `command`)
) -> int:
    """Bring home whatever changed since the watermark; at first, the whole account."""
    from flows.commands import sync as body

    if dry_run:
        return body.preview_sync(as_json=json)
    return body.sync(as_json=json, as_flow=prefect)


@app.command()
@command
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
@command
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
@command
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
@command
def status(*, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """How far the warehouse is: watermarks, rows, the last runs."""
    from flows.commands import asking

    return asking.status(as_json=json)


@app.command()
@command
def gaps(*, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """List the ranges that were never read, or not with certainty."""
    from flows.commands import health

    return health.gaps(as_json=json)


@app.command()
@command
def check(*, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Run the checks of `checks.*`: what they find should not be there."""
    from flows.commands import health

    return health.check(as_json=json)


@app.command()
@command
def doctor(*, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Look at the settings, the server and the house; at most 8 requests, nothing is written."""
    from flows.commands import health

    return health.doctor(as_json=json)


@app.command()
@command
def replay(
    *,
    since: Annotated[
        datetime | None, typer.Option(help="Keep core; parse again what was read since, UTC.")
    ] = None,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Rebuild core from the landing, without the API."""
    from flows.commands import upkeep

    return upkeep.replay(since, as_json=json)


@app.command()
@command
def compact(
    *,
    force: Annotated[bool, typer.Option("--force", help="Even if little is free.")] = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Write the warehouse's file anew where much of it is free."""
    from flows.commands import upkeep

    return upkeep.compact(force=force, as_json=json)


quarantine = typer.Typer(help="Payloads that could not be read.", no_args_is_help=True)
app.add_typer(quarantine, name="quarantine")


@quarantine.command("list")
@command
def quarantine_list(*, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """List what waits, and why."""
    from flows.commands import upkeep

    return upkeep.quarantine_list(as_json=json)


@quarantine.command("show")
@command
def quarantine_show(
    quarantine_id: Annotated[str, typer.Argument(metavar="ID", help="Or its beginning.")],
    *,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Print one payload as it was sent."""
    from flows.commands import upkeep

    return upkeep.quarantine_show(quarantine_id, as_json=json)


@quarantine.command("retry")
@command
def quarantine_retry(*, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Read again what waits, for a parser that has been repaired."""
    from flows.commands import upkeep

    return upkeep.quarantine_retry(as_json=json)


@app.command()
@command
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
@command
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
