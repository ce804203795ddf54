"""Commands that look: status, gaps, check, doctor, alerts, sql."""

from typing import Annotated

import typer

from flows.cli.app import app
from flows.commandline import Debug, Json, command


@app.command()
@command
def status(
    *,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="In Prometheus' text format.")
    ] = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """How far the warehouse is: watermarks, rows, the last runs."""
    from flows.commands import asking

    if prometheus:
        return asking.metrics()
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
def alerts(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell nobody, note nothing.")] = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Tell people what is wrong, once, and when it is over: PARCELHOUSE_ALERT_URLS."""
    from flows.commands import alerts as body

    return body.alerts(dry_run=dry_run, as_json=json)


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
