"""Commands for trying things out: demo, sandbox."""

from typing import Annotated

import typer

from flows.cli.app import app
from flows.commandline import Debug, Json, command


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
