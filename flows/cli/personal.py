"""Commands for personal data: forget, personal-data apply."""

from typing import Annotated

import typer

from flows.cli.app import app
from flows.commandline import Debug, Json, command

Yes = Annotated[bool, typer.Option("--yes", help="Yes: it cannot be taken back.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be rewritten.")]


@app.command()
@command
def forget(
    parcels: Annotated[list[str] | None, typer.Argument(metavar="[CARRIER/NUMBER...]")] = None,
    *,
    email: Annotated[
        list[str] | None, typer.Option(help="All parcels of that address; may be repeated.")
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="All parcels of recipients of that name.")
    ] = None,
    phone: Annotated[
        list[str] | None, typer.Option(help="All parcels of that telephone number.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001  (read by `command`)
) -> int:
    """Erase who parcels were for, everywhere, and keep it from being read again."""
    from flows.commands import personal

    return personal.forget(
        parcels or [],
        emails=email or [],
        names=name or [],
        phones=phone or [],
        dry_run=dry_run,
        yes=yes,
        as_json=json,
    )


personal_data = typer.Typer(help="How persons in what is stored are kept.", no_args_is_help=True)
app.add_typer(personal_data, name="personal-data")


@personal_data.command("apply")
@command
def personal_data_apply(
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Rewrite what is stored as PARCELHOUSE_PII wants it; it may be repeated."""
    from flows.commands import personal

    return personal.apply(dry_run=dry_run, yes=yes, as_json=json)
