"""What a flow run is called: its command, its account, and the stretch of time it is about."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from flows.choosing import chosen_accounts, read_settings
from flows.errors import ParcelhouseError
from flows.settings import Settings
from trackingmore_v2.models import Cursor
from warehouse import entries, ledger
from warehouse.connection import open_read_only
from warehouse.errors import WarehouseError
from warehouse.snapshot import published


def named_after(command: str) -> Callable[[], str]:
    """Return what names the runs of *command* as they begin, such as "sync main, 09:15 to 09:45".

    The beginning is read from what is published; where that cannot be, the name tells less, and
    no run fails for want of a name.
    """

    def name() -> str:
        from prefect.runtime import flow_run

        begun = flow_run.scheduled_start_time or datetime.now(UTC)
        parameters = dict(flow_run.parameters or {})
        account = parameters.get("account")
        try:
            if not account and len(chosen_accounts()) > 1:
                return f"{command} all accounts, {_minute(begun)} UTC"
            settings = read_settings(account)
        except ParcelhouseError:  # the run itself says what is wrong with them
            return f"{command}, {_minute(begun)} UTC"
        about = _about(command, settings, parameters, begun)
        return f"{command} {settings.parcelhouse_account}, {about} UTC"

    return name


def _about(command: str, settings: Settings, parameters: dict[str, Any], begun: datetime) -> str:
    if command == "backfill":
        since, until = parameters.get("since"), parameters.get("until")
        return f"{_as_minute(since)} to {_as_minute(until) if until else _minute(begun)}"
    if command == "sync":
        days = int(parameters.get("look_back_days") or 0)
        overlap = timedelta(seconds=settings.parcelhouse_overlap_seconds)
        read_to = _watermark(settings, Cursor.UPDATE_TIME)
        if read_to is None:
            return f"whole account to {_minute(begun)}"
        low = read_to - max(overlap, timedelta(days=days))
        return f"{_minute(low)} to {_minute(begun)}"
    return _minute(begun)


def _watermark(settings: Settings, cursor: Cursor) -> datetime | None:
    with (
        suppress(WarehouseError, duckdb.Error),
        open_read_only(published(settings.parcelhouse_home)) as db,
    ):
        second = ledger.watermarks(db, settings.parcelhouse_account).get(cursor)
        return None if second is None else entries.instant(second)
    return None


def _as_minute(value: object) -> str:
    return _minute(value) if isinstance(value, datetime) else str(value)


def _minute(instant: datetime) -> str:
    zoned = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return f"{zoned.astimezone(UTC):%Y-%m-%d %H:%M}"
