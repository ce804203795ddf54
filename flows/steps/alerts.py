"""Tells people what is wrong with the warehouse: once when it begins, once when it is over."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import duckdb

from flows.settings import Settings
from flows.steps.delivery import Delivery, Message, deliver
from flows.steps.findings import Finding, Look, look
from flows.steps.gaps import open_newest
from flows.words import counted
from warehouse import alerts
from warehouse.alerts import OpenAlert
from warehouse.connection import FILE, open_for_writing, transaction
from warehouse.errors import WarehouseError

FAILED_RUN = "failed_run:"
PATIENCE_SECONDS = 10.0  # for the seat: a message that is told twice is better than a late one
WITHHELD = "***"


class News(NamedTuple):
    """What is to be told, and what people know already."""

    new: list[Finding]
    over: list[OpenAlert]
    known: list[Finding]


class Watched(NamedTuple):
    """What one watch found, and what became of it."""

    news: News
    delivery: Delivery | None  # None: nothing was to be told, nobody to tell it to, or a dry run
    doubt: str | None = None  # why it could not be noted that it was told

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.news.new and not self.news.known


def watch(
    settings: Settings,
    *,
    now: datetime,
    seen: Sequence[Finding] = (),
    dry_run: bool = False,
) -> Watched:
    """Look the warehouse over, and tell what is new and what is over.

    What nobody could be told of is new again the next time. Nothing is noted while there is
    nobody to tell it to.

    Args:
        settings: Whose `parcelhouse_alert_urls` are told.
        now: By the clock of ops.runs.
        seen: What somebody else has found besides.
        dry_run: Tell nobody and note nothing.
    """
    found = look(settings, now=now)
    names = {each.alert for each in found.findings}
    besides = [each for each in seen if each.alert not in names]
    found = found._replace(findings=[*found.findings, *besides])
    return _tell(settings, news_of(found, _known(settings)), now=now, dry_run=dry_run)


def tell_failure(settings: Settings, finding: Finding, *, now: datetime) -> Watched:
    """Tell of one failure at once, unless it is known."""
    known = [each for each in _known(settings) if each.alert == finding.alert]
    return _tell(settings, news_of(Look([finding], {}), known), now=now)


def tell_recovery(settings: Settings, command: str, *, now: datetime) -> Watched:
    """Tell that *command* has ended well, if people believe that it fails."""
    known = [each for each in _known(settings) if each.alert == f"{FAILED_RUN}{command}"]
    return _tell(settings, News([], known, []), now=now)


def news_of(found: Look, known: Sequence[OpenAlert]) -> News:
    """Return what of *found* is new to who knows what is *known*, and what of that is over.

    A failed run is over once a later one has ended well: one that failed before it could enter
    itself in ops.runs is not over because it is not there.
    """
    told = {each.alert: each for each in known}
    new = [each for each in found.findings if _is_news(each, told.get(each.alert))]
    names = {each.alert for each in found.findings}
    over = [
        each
        for each in known
        if found.is_whole and each.alert not in names and _is_over(each, found)
    ]
    still = [each for each in found.findings if each not in new]
    return News(new, over, still)


def message_of(account: str, news: News) -> Message:
    """Return the one message that tells all the *news*."""
    parts = [counted(len(news.new), "alert")] if news.new else []
    parts += [f"{len(news.over):,} over"] if news.over else []
    lines = [f"{each.level}: {each.sentence}" for each in news.new]
    lines += [f"over: {each.sentence}" for each in news.over]
    levels = {each.level for each in news.new}
    kind = "failure" if "fail" in levels else "warning" if levels else "success"
    return Message(f"Parcelhouse {account}: {', '.join(parts)}", "\n".join(lines), kind)  # type: ignore[arg-type]


def _is_news(finding: Finding, known: OpenAlert | None) -> bool:
    if known is None:
        return True
    # one more each hour would be told each hour, and soon not be read
    return finding.size >= 2 * known.size > 0


def _is_over(alert: OpenAlert, found: Look) -> bool:
    if not alert.alert.startswith(FAILED_RUN):
        return True
    well = found.went_well.get(alert.alert.removeprefix(FAILED_RUN))
    return well is not None and well > alert.began_at


def _tell(settings: Settings, news: News, *, now: datetime, dry_run: bool = False) -> Watched:
    urls = settings.alert_urls
    if dry_run or not urls or not (news.new or news.over):
        return Watched(news, None)
    told = message_of(settings.parcelhouse_account, news)
    delivery = deliver(urls, told._replace(body=without_key(settings, told.body)))
    doubt = _note(settings, news, now) if delivery.reached else None
    return Watched(news, delivery, doubt)


def without_key(settings: Settings, text: str) -> str:
    """Return *text* without the API key, should it be in there against all odds."""
    key = settings.trackingmore_api_key
    secret = key.get_secret_value().strip() if key else ""
    return text.replace(secret, WITHHELD) if secret else text


def _known(settings: Settings) -> list[OpenAlert]:
    """Return what people were told; nothing where it cannot be read: rather twice than never."""
    with suppress(WarehouseError, duckdb.Error), open_newest(settings.parcelhouse_home) as db:
        return alerts.open_alerts(db, settings.parcelhouse_account)
    return []


def _note(settings: Settings, news: News, now: datetime) -> str | None:
    """Enter what was told; return why that was not possible."""
    home, account = settings.parcelhouse_home, settings.parcelhouse_account
    if not (home / FILE).exists():
        return f"there is no warehouse in {home} to note it in"
    try:
        with open_for_writing(home, "alerts", patience=PATIENCE_SECONDS) as db:
            alerts.prepare(db)
            with transaction(db):
                for each in news.new:
                    alerts.note_told(
                        db,
                        account,
                        each.alert,
                        level=each.level,
                        sentence=without_key(settings, each.sentence),
                        size=each.size,
                        at=now,
                    )
                for past in news.over:
                    alerts.note_over(db, account, past.alert, at=now)
    except (WarehouseError, duckdb.Error) as error:
        return str(error).strip().splitlines()[0]
    return None
