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


def _say_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        print(f"parcelhouse {version('parcelhouse')}")
        raise typer.Exit


@app.callback()
def choose(
    *,
    account: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Which account, as PARCELHOUSE_ACCOUNT would say it."),
    ] = None,
    version: Annotated[  # noqa: ARG001  (answered before any command)
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Say which version this is."
        ),
    ] = False,
) -> None:
    """Your TrackingMore account as a warehouse you can query."""
    if account is not None:
        os.environ["PARCELHOUSE_ACCOUNT"] = account  # so that every step and child is told the same
