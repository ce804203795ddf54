"""The application that the commands register with."""

import typer

app = typer.Typer(
    name="parcelhouse",
    help="Your TrackingMore account as a warehouse you can query.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
