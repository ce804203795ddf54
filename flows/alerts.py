"""The watch as a Prefect flow: looks the warehouse over by the clock, and tells people."""

from datetime import UTC, datetime
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact

from flows.choosing import chosen_accounts, read_settings
from flows.errors import DeliveryError
from flows.hooks import observed
from flows.steps.alerts import Watched, watch
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
    accounts = chosen_accounts()
    seen = {}
    if ended_badly:  # its name tells the account; where that is none of ours it is told once
        whose = next((each for each in accounts if f" {each}, " in ended_badly), accounts[0])
        seen[whose] = [failed_run(ended_badly.split()[0], ended_badly)]
    found = {
        account: watch(
            read_settings(account),
            now=datetime.now(UTC),
            seen=seen.get(account, ()),
            dry_run=dry_run,
        )
        for account in accounts
    }
    rows = [
        {
            "account": account,
            "what": what,
            "alert": each.alert,
            "level": each.level,
            "sentence": each.sentence,
        }
        for account, watched in found.items()
        for what, group in (
            ("new", watched.news.new),
            ("over", watched.news.over),
            ("known", watched.news.known),
        )
        for each in group
    ]
    create_table_artifact(
        key="alerts", table=rows, description=f"what is wrong with account {', '.join(accounts)}"
    )
    _log(rows, list(found.values()))
    return {
        what: [row["alert"] for row in rows if row["what"] == what]
        for what in ("new", "over", "known")
    }


def _log(rows: list[dict[str, Any]], found: list[Watched]) -> None:
    logger = get_run_logger()
    for row in rows:
        logger.warning(
            "%(what)s account=%(account)s alert=%(alert)s level=%(level)s %(sentence)s", row
        )
    for watched in found:
        if watched.doubt:
            logger.warning("could not note what was told: %s", watched.doubt)
        if watched.delivery is not None and watched.delivery.missed:
            if not watched.delivery.reached:
                raise DeliveryError(watched.delivery.sentence)
            logger.warning("%s", watched.delivery.sentence)
