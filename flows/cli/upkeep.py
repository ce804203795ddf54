"""Commands for the house itself: fill, replay, compact, publish, quarantine."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.app import app
from flows.commandline import Debug, Json, command


@app.command()
@command
def fill(
    table: Annotated[str, typer.Argument(help="Such as queues.shipments_to_register.")],
    file: Annotated[Path, typer.Argument(help="CSV or Parquet, columns named as the table's.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Empty the table before.")] = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001  (read by `command`)
) -> int:
    """Add rows to a table that is yours: queues, promises, what texts mean."""
    from flows.commands import upkeep

    return upkeep.fill(table, file, replace=replace, as_json=json)


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


@app.command()
@command
def publish(
    *,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Hand the warehouse over to readers; a run that ends well does so by itself."""
    from flows.commands import upkeep

    return upkeep.publish(as_json=json)


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
