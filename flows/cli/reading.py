"""Commands that read the account: sync, backfill, reconcile, repair."""

from datetime import datetime
from typing import Annotated

import typer

from flows.cli.app import app
from flows.commandline import Debug, Json, Prefect, command

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be read.")]


@app.command()
@command
def sync(
    *,
    look_back_days: Annotated[
        int, typer.Option(min=0, help="Read again from so far behind the watermark.")
    ] = 0,
    all_accounts: Annotated[
        bool, typer.Option("--all-accounts", help="All of PARCELHOUSE_ACCOUNTS, at once.")
    ] = False,
    dry_run: DryRun = False,
    prefect: Prefect = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001  (read by `command`)
) -> int:
    """Bring home whatever changed since the watermark; at first, the whole account.

    Where PARCELHOUSE_ACCOUNTS names several and none is picked, all of them.
    """
    from flows.commands import sync as body

    if dry_run:
        return body.preview_sync(all_accounts=all_accounts, as_json=json)
    return body.sync(
        look_back_days=look_back_days, all_accounts=all_accounts, as_json=json, as_flow=prefect
    )


@app.command()
@command
def backfill(
    *,
    since: Annotated[datetime, typer.Option(help="Registered from then on, UTC.")],
    until: Annotated[datetime | None, typer.Option(help="Up to then; else up to now.")] = None,
    dry_run: DryRun = False,
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
