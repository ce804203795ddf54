"""Commands for the table store that many warehouses share: scale-out load, scale-out compact."""

from enum import StrEnum
from typing import Annotated

import typer

from flows.cli.app import app
from flows.commandline import Debug, Json, command

scale_out = typer.Typer(help="The same tables past one machine.", no_args_is_help=True)
app.add_typer(scale_out, name="scale-out")

Address = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="URL",
        help="s3://…, abfss://…, gs://… or a folder; PARCELHOUSE_SCALE_OUT_URL.",
    ),
]


class EngineName(StrEnum):
    """Who folds the versions."""

    SPARK = "spark"
    DUCKDB = "duckdb"


@scale_out.command("load")
@command
def scale_out_load(*, to: Address = None, json: Json = False, debug: Debug = False) -> int:  # noqa: ARG001
    """Append to the table store what was loaded since the last time."""
    from flows.commands import scaling

    return scaling.load(to, as_json=json)


@scale_out.command("compact")
@command
def scale_out_compact(
    *,
    to: Address = None,
    engine: Annotated[
        EngineName, typer.Option(help="Spark, or DuckDB while one machine does.")
    ] = EngineName.SPARK,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> int:
    """Make the store's current tables anew, of the months that changed."""
    from flows.commands import scaling

    return scaling.compact(to, engine.value, as_json=json)
