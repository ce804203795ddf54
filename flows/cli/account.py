"""Commands that change the account: register, annotate, correct-carrier, stop-updates, purge."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.app import app
from flows.commandline import Debug, Json, command

File = Annotated[
    Path | None,
    typer.Argument(help="CSV or Parquet, columns as the API names them; else the queue's rows."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan, send nothing.")]
SkipFlawed = Annotated[bool, typer.Option("--skip-flawed", help="Leave flawed rows out.")]
MaxCredits = Annotated[
    float | None, typer.Option(min=0, help="Stop before more credits than that could be spent.")
]


@app.command()
@command
def register(
    file: File = None,
    *,
    max_credits: MaxCredits = None,
    skip_flawed: SkipFlawed = False,
    dry_run: DryRun = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001  (read by `command`)
) -> int:
    """Register shipments, a credit each; the carrier is detected where it is missing."""
    from flows.commands import account

    return account.register(
        file, dry_run=dry_run, skip_flawed=skip_flawed, max_credits=max_credits, as_json=json
    )


@app.command()
@command
def annotate(
    file: File = None,
    *,
    skip_flawed: SkipFlawed = False,
    dry_run: DryRun = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Write beside parcels: titles, orders, customers, archived, a status by hand."""
    from flows.commands import account

    return account.annotate(file, dry_run=dry_run, skip_flawed=skip_flawed, as_json=json)


@app.command()
@command
def correct_carrier(
    file: File = None,
    *,
    skip_flawed: SkipFlawed = False,
    dry_run: DryRun = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Tell TrackingMore which carrier really moves a parcel: update_carrier_code."""
    from flows.commands import account

    return account.correct_carrier(file, dry_run=dry_run, skip_flawed=skip_flawed, as_json=json)


@app.command()
@command
def stop_updates(
    file: File = None,
    *,
    skip_flawed: SkipFlawed = False,
    dry_run: DryRun = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Have TrackingMore leave alone what has ended, or fell silent long ago."""
    from flows.commands import account

    return account.stop_updates(file, dry_run=dry_run, skip_flawed=skip_flawed, as_json=json)


@app.command()
@command
def purge(
    file: File = None,
    *,
    older_than: Annotated[int, typer.Option(min=0, help="Days, of the queue's parcels.")] = 180,
    yes: Annotated[bool, typer.Option("--yes", help="Really delete.")] = False,
    skip_flawed: SkipFlawed = False,
    dry_run: DryRun = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Delete ended parcels from the account, archived before; the warehouse keeps them."""
    from flows.commands import account

    return account.purge(
        file,
        older_than=older_than,
        yes=yes,
        dry_run=dry_run,
        skip_flawed=skip_flawed,
        as_json=json,
    )
