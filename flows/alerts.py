"""The watch as a Prefect flow: looks the warehouse over by the clock, and tells people."""

from datetime import UTC, datetime
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact

from flows.dress import flow_settings
from flows.errors import DeliveryError
from flows.hooks import observed
from flows.steps.alerts import watch
from flows.steps.findings import failed_run


@flow(
    name="watch-warehouse",
    description="Tell people what is wrong with the warehouse, and when it is over.",
    **observed("watch"),
)
def watch_warehouse(ended_badly: str | None = None, *, dry_run: bool = False) -> dict[str, Any]:
    """Look the warehouse over once; what people know already is not told again.

    Args:
        ended_badly: Name and end of a run that an automation has seen end badly: one that was
            killed could tell nobody.
        dry_run: Tell nobody, note nothing.

    Raises:
        DeliveryError: there was something to tell, and none of the places could be reached.
    """
    settings = flow_settings()
    seen = [failed_run(ended_badly.split()[0], ended_badly)] if ended_badly else []
    watched = watch(settings, now=datetime.now(UTC), seen=seen, dry_run=dry_run)
    news = watched.news
    rows = [
        {"what": what, "alert": each.alert, "level": each.level, "sentence": each.sentence}
        for what, group in (("new", news.new), ("over", news.over), ("known", news.known))
        for each in group
    ]
    create_table_artifact(
        key="alerts",
        table=rows,
        description=f"what is wrong with account {settings.parcelhouse_account}",
    )
    logger = get_run_logger()
    for row in rows:
        logger.warning("%(what)s alert=%(alert)s level=%(level)s %(sentence)s", row)
    if watched.doubt:
        logger.warning("could not note what was told: %s", watched.doubt)
    if watched.delivery is not None and watched.delivery.missed:
        if not watched.delivery.reached:
            raise DeliveryError(watched.delivery.sentence)
        logger.warning("%s", watched.delivery.sentence)
    return {
        "new": [each.alert for each in news.new],
        "over": [each.alert for each in news.over],
        "known": [each.alert for each in news.known],
    }
