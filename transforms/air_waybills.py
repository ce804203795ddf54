"""Answers about air waybills as rows: one a waybill, one an event of its flights."""

from datetime import datetime
from typing import Any

import pyarrow as pa

from trackingmore_v2.findings import AirWaybills
from trackingmore_v2.models import Payload
from transforms.account_tables import AIR_WAYBILL_EVENTS, AIR_WAYBILLS
from transforms.identity import canonical

BILL_FIELDS = ("weight", "piece", "origin", "destination", "status_number")
EVENT_FIELDS = ("plan_date", "actual_date", "event", "station", "flight_number")


def air_waybill_rows(
    found: AirWaybills, *, account: str, fetched_at: datetime, run_id: str
) -> tuple[pa.Table, pa.Table]:
    """Return the rows of `core.air_waybills` and of `core.air_waybill_events`."""
    common = {"account": account, "fetched_at": fetched_at, "run_id": run_id}
    bills, events = {}, []
    for bill in {item.track_number: item for item in found.items}.values():
        known = {"track_number", "track_info", *BILL_FIELDS}
        bills[bill.track_number] = common | {
            "air_waybill": bill.track_number,
            **{name: _text(bill.payload.get(name)) for name in BILL_FIELDS},
            "event_count": len(bill.events),
            "extra": _rest(bill.payload, known),
            "first_seen_at": fetched_at,
        }
        events += [
            common
            | {
                "air_waybill": bill.track_number,
                "position": position,
                **{name: _text(event.get(name)) for name in EVENT_FIELDS},
                "extra": _rest(event, set(EVENT_FIELDS)),
            }
            for position, event in enumerate(bill.events, start=1)
        ]
    return (
        pa.Table.from_pylist(list(bills.values()), schema=AIR_WAYBILLS.schema),
        pa.Table.from_pylist(events, schema=AIR_WAYBILL_EVENTS.schema),
    )


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return canonical(value).decode()


def _rest(payload: Payload, known: set[str]) -> str | None:
    rest = {name: value for name, value in payload.items() if name not in known}
    return canonical(rest).decode() if rest else None
