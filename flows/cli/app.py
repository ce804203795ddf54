"""The application that the commands register with."""

import os
from typing import Annotated

import typer

app = typer.Typer(
    name="parcelhouse",
    help="Your TrackingMore account as a warehouse you can query.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def choose(
    *,
    account: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Which account, as PARCELHOUSE_ACCOUNT would say it."),
    ] = None,
) -> None:
    """Your TrackingMore account as a warehouse you can query."""
    if account is not None:
        os.environ["PARCELHOUSE_ACCOUNT"] = account  # so that every step and child is told the same
