"""The command that draws: report."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.app import app
from flows.commandline import Debug, Json, command


class Form(StrEnum):
    """How a picture is stored."""

    SVG = "svg"
    PNG = "png"


@app.command()
@command
def report(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")
    ] = Path("report.html"),
    charts: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Each chart as a picture too, in this folder."),
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="Of those pictures.")] = Form.SVG,
    json: Json = False,
    debug: Debug = False,  # noqa: ARG001  (read by `command`)
) -> int:
    """Write what is published as one HTML file that needs no network."""
    from flows.commands import report as body

    return body.report(output, pictures=charts, form=form.value, as_json=json)
