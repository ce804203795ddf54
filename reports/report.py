"""Writes the report of an account: one HTML file, and its charts as pictures where asked."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

import duckdb

from reports.page import page
from reports.parts import Chart, Section
from reports.pictures import draw
from reports.reading import Reading, accounts, read
from reports.sections.action import action
from reports.sections.cohorts import cohorts
from reports.sections.durations import durations
from reports.sections.on_the_way import on_the_way
from reports.sections.outcomes import outcomes
from reports.sections.overview import overview
from reports.sections.phases import phases
from reports.sections.promises import promises
from reports.sections.quality import quality
from reports.sections.quota import quota
from warehouse.errors import CannotOpenError

SECTIONS: tuple[Callable[[Reading], Section], ...] = (
    overview,
    action,
    durations,
    promises,
    cohorts,
    on_the_way,
    outcomes,
    phases,
    quality,
    quota,
)

Format = Literal["svg", "png"]


class Written(NamedTuple):
    """What was written."""

    path: Path
    size: int  # bytes
    charts: int
    pictures: tuple[Path, ...] = ()


def write(
    db: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    account: str,
    pictures: Path | None = None,
    form: Format = "svg",
) -> Written:
    """Write the report of *account* to *path*, replacing what is there.

    The file is never half written. Nothing in it hangs on the clock: what is published and the
    account say it all.

    Args:
        db: The published file, open for reading.
        path: Where to.
        account: Whose parcels; `(all)`: those of all accounts.
        pictures: A folder for each chart as a picture of its own; made where it is missing.
        form: Of those pictures.

    Raises:
        CannotOpenError: a file cannot be written.
        IncompatibleError: the published file has not the views that this version reads.
    """
    reading = read(db, account)
    sections = [section(reading) for section in SECTIONS]
    others = [each for each in accounts(db) if each != account]
    html = page(reading, sections, others).encode()
    charts = [chart for section in sections for chart in section.charts]
    try:
        _replace(path, html)
        drawn = _drawn(charts, pictures, form) if pictures else ()
    except OSError as error:
        msg = f"cannot write {error.filename or path}: {error.strerror or error}"
        raise CannotOpenError(msg) from error
    return Written(path, len(html), len(charts), drawn)


def _drawn(charts: list[Chart], folder: Path, form: Format) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for chart in charts:
        path = folder / f"{chart.name}.{form}"
        _replace(path, draw(chart, form))
        paths.append(path)
    return tuple(paths)


def _replace(path: Path, contents: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(contents)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
