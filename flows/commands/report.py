"""`parcelhouse report`: what is published, as one HTML file."""

from pathlib import Path
from typing import Literal

from flows.choosing import chosen_accounts, read_house_settings
from flows.commands.printing import DONE, print_json
from flows.words import counted


def report(path: Path, *, pictures: Path | None, form: Literal["svg", "png"], as_json: bool) -> int:
    """Write the report of the account that the settings pick, or of all where they name several."""
    from reports.reading import ALL
    from reports.report import write
    from warehouse.connection import open_read_only
    from warehouse.snapshot import published

    accounts = chosen_accounts()
    account = accounts[0] if len(accounts) == 1 else ALL
    with open_read_only(published(read_house_settings().parcelhouse_home)) as db:
        written = write(db, path, account=account, pictures=pictures, form=form)
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
