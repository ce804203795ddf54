"""The report as a Prefect flow: what is published, as one HTML file, anew by the clock."""

from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows.dress import flow_settings
from flows.hooks import observed
from reports.report import write
from warehouse.connection import open_read_only
from warehouse.publish import published


@flow(
    name="write-report",
    description="Write what is published as one HTML file.",
    **observed("report"),
)
def write_report() -> dict[str, Any]:
    """Write `published/report.html`, or `report-ACCOUNT.html` for an account not called main."""
    settings = flow_settings()
    source = published(settings.parcelhouse_home)
    account = settings.parcelhouse_account
    name = "report.html" if account == "main" else f"report-{account}.html"
    with open_read_only(source) as db:
        written = write(db, source.with_name(name), account=account)
    create_markdown_artifact(
        f"`{written.path}`: {written.size / 1e6:.1f} MB, {written.charts} charts",
        key="report",
        description=f"report of account {account}",
    )
    return {"path": str(written.path), "bytes": written.size, "charts": written.charts}
