"""Commands that ask beside the parcels: remote-areas, transit-benchmark, air-cargo, quota."""

from flows.cli.account import DryRun, File, MaxCredits, SkipFlawed
from flows.cli.app import app
from flows.commandline import Debug, Json, command


@app.command()
@command
def remote_areas(
    file: File = None,
    *,
    max_credits: MaxCredits = None,
    skip_flawed: SkipFlawed = False,
    dry_run: DryRun = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001  (read by `command`)
) -> int:
    """Ask for which couriers destinations are remote; five addresses cost a credit."""
    from flows.commands import enrichment

    return enrichment.remote_areas(
        file, dry_run=dry_run, skip_flawed=skip_flawed, max_credits=max_credits, as_json=json
    )


@app.command()
@command
def transit_benchmark(
    *,
    dry_run: DryRun = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Ask how long all customers' parcels take on your lanes; each lane once a week."""
    from flows.commands import enrichment

    return enrichment.transit_benchmark(dry_run=dry_run, as_json=json)


@app.command()
@command
def air_cargo(
    file: File = None,
    *,
    max_credits: MaxCredits = None,
    skip_flawed: SkipFlawed = False,
    dry_run: DryRun = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Ask where air waybills are, 20 credits each."""
    from flows.commands import enrichment

    return enrichment.air_cargo(
        file, dry_run=dry_run, skip_flawed=skip_flawed, max_credits=max_credits, as_json=json
    )


@app.command()
@command
def quota(
    *,
    dry_run: DryRun = False,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Read how many credits are left, and how long they last at the present pace."""
    from flows.commands import enrichment

    return enrichment.quota(dry_run=dry_run, as_json=json)
