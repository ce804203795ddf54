"""The report as a Prefect flow: what is published, as one HTML file, anew by the clock."""

from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows.choosing import chosen_accounts, read_house_settings
from flows.hooks import observed
from reports.reading import ALL
from reports.report import write
from warehouse.connection import open_read_only
from warehouse.snapshot import published


@flow(
    name="write-report",
    description="Write what is published as one HTML file.",
    **observed("report"),
)
def write_report() -> dict[str, Any]:
    """Write `published/report.html`, or `report-ACCOUNT.html` for an account not called main.

    Of several accounts each gets its own, and `report.html` is of all of them.
    """
    accounts = chosen_accounts()
    source = published(read_house_settings().parcelhouse_home)
    if len(accounts) == 1:
        names = {accounts[0]: "report.html" if accounts[0] == "main" else _name(accounts[0])}
    else:
        names = {ALL: "report.html"} | {account: _name(account) for account in accounts}
    with open_read_only(source) as db:
        written = {
            account: write(db, source.with_name(name), account=account)
            for account, name in names.items()
        }
    create_markdown_artifact(
        "\n".join(
            f"`{each.path}`: {each.size / 1e6:.1f} MB, {each.charts} charts\n"
            for each in written.values()
        ),
        key="report",
        description=f"report of account {', '.join(accounts)}",
    )
    first = next(iter(written.values()))
    return {"path": str(first.path), "bytes": first.size, "charts": first.charts}


def _name(account: str) -> str:
    return f"report-{account}.html"
