"""The command that runs by the clock: serve."""

from typing import Annotated

import typer

from flows.cli.app import app
from flows.commandline import Debug, command


@app.command()
@command
def serve(
    *,
    port: Annotated[int, typer.Option(min=0, help="Of our own Prefect server; 0: a free one.")] = 0,
    debug: Debug = False,  # noqa: ARG001  (read by `command`)
) -> int:
    """Run the schedules in one process, without a Prefect server of your own."""
    from flows.serve import serve_schedules

    return serve_schedules(port=port)
