"""`parcelhouse report`: what is published, as one HTML file."""

from pathlib import Path
from typing import Literal

from flows.commands.printing import DONE, print_json
from flows.settings import read_settings
from flows.words import counted


def report(path: Path, *, pictures: Path | None, form: Literal["svg", "png"], as_json: bool) -> int:
    """Write the report of the account that the settings name."""
    from reports.report import write
    from warehouse.connection import open_read_only
    from warehouse.publish import published

    settings = read_settings()
    with open_read_only(published(settings.parcelhouse_home)) as db:
        written = write(
            db, path, account=settings.parcelhouse_account, pictures=pictures, form=form
        )
    if as_json:
        print_json(
            {
                "path": written.path,
                "bytes": written.size,
                "charts": written.charts,
                "pictures": list(written.pictures),
            }
        )
    else:
        beside = f", {counted(len(written.pictures), 'picture')} in {pictures}" if pictures else ""
        print(
            f"{written.path}: {written.size / 1e6:.1f} MB,"
            f" {counted(written.charts, 'chart')}{beside}"
        )
    return DONE
