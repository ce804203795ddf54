"""One row per parcel from its payload, typed as `TRACKINGS` declares."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from transforms.coercion import Coerced, booleans, integers, texts
from transforms.payloads import LEGS, scans
from transforms.times import instants, local_times

Payload = dict[str, Any]


class Field(NamedTuple):
    """Where a column comes from in the payload, and how it is read."""

    column: str
    name: str
    read: Callable[[Sequence[Any]], Coerced]

    @property
    def type(self) -> pa.DataType:
        """What Arrow calls the type of its values, where they are as documented."""
        if self.read is booleans:
            return pa.bool_()
        return pa.int32() if self.read is integers else pa.string()


# column <- API name, where they differ; the others keep the API's name.
_RENAMED = {
    "tracking_id": "id",
    "order_create_time_raw": "order_create_time",
    "package_status": "packageStatus",
    "signed_by": "singed_by",
    "last_event_raw": "lastEvent",
    "last_update_time_raw": "lastUpdateTime",
    "item_time_length_days": "itemTimeLength",
    "stay_time_length_days": "stayTimeLength",
}
_TEXTS = (
    "tracking_id",
    "carrier_code",
    "tracking_number",
    "status",
    "substatus",
    "order_create_time_raw",
    "title",
    "order_id",
    "comment",
    "logistics_channel",
    "customer_name",
    "customer_email",
    "customer_phone",
    "original_country",
    "destination_country",
    "destination_code",
    "service_code",
    "package_status",
    "status_info",
    "last_mile_tracking_supported",
    "signed_by",
    "destination_track_number",
    "last_event_raw",
    "last_update_time_raw",
)
FIELDS = (
    *(Field(column, _RENAMED.get(column, column), texts) for column in _TEXTS),
    Field("track_update", "track_update", booleans),
    Field("archived", "archived", booleans),
    Field("item_time_length_days", "itemTimeLength", integers),
    Field("stay_time_length_days", "stayTimeLength", integers),
)
_KNOWN = {field.name for field in FIELDS} | {"created_at", "updated_at"} | LEGS.keys()

LEG_FIELDS = ("carrier_code", "weblink", "phone")
LEG_REMARKS = (
    "ReferenceNumber",
    "ItemReceived",
    "ItemDispatched",
    "DepartfromAirport",
    "ArrivalfromAbroad",
    "CustomsClearance",
    "DestinationArrived",
)
_LEG_KNOWN = {*LEG_FIELDS, *LEG_REMARKS, "trackinfo"}


class Rows(NamedTuple):
    """Columns by name, and by row the fields that no column is for."""

    columns: dict[str, Any]
    extras: list[Payload]


def tracking_rows(items: Sequence[Payload]) -> Rows:
    """Return what the payloads say of their parcels, one row each, in their order."""
    extras = [_leftovers(item) for item in items]
    columns: dict[str, Any] = {}
    for field in FIELDS:
        coerced = field.read([item.get(field.name) for item in items])
        columns[field.column] = coerced.column
        for row, value in coerced.odd.items():
            extras[row][field.name] = value
    for field_name, leg in LEGS.items():
        infos = [item.get(field_name) or {} for item in items]
        for name in LEG_FIELDS:
            coerced = texts([info.get(name) for info in infos])
            columns[f"{leg}_{name}"] = coerced.column
            for row, value in coerced.odd.items():
                extras[row][f"{field_name}.{name}"] = value
        columns[f"{leg}_info"] = [_remarks(info) for info in infos]
    columns["created_at"] = instants([item.get("created_at") for item in items])
    columns["updated_at"] = instants([item.get("updated_at") for item in items])
    columns["order_create_time"] = local_times(columns["order_create_time_raw"])
    columns["last_update_time"] = local_times(columns["last_update_time_raw"])
    columns["event_count"] = [sum(len(scans(item, leg)) for leg in LEGS) for item in items]
    return Rows(columns, extras)


def unreadable_stamps(items: Sequence[Payload], columns: dict[str, Any]) -> dict[int, str]:
    """Return by row why a payload's stamps cannot be read: without them no version is newer."""
    reasons: dict[int, str] = {}
    for name in ("created_at", "updated_at"):
        missing: pd.Series = columns[name].isna()
        for row in missing.index[missing]:
            if items[row].get(name) is not None:
                reasons[row] = f"{name} is no instant: {items[row][name]!r:.60}"
    return reasons


def _leftovers(item: Payload) -> Payload:
    left = {name: item[name] for name in item.keys() - _KNOWN}
    for field in LEGS:
        info = item.get(field)
        if info:
            for name in info.keys() - _LEG_KNOWN:
                left[f"{field}.{name}"] = info[name]
    return left


def _remarks(info: Payload) -> Payload | None:
    said = {name: info[name] for name in LEG_REMARKS if info.get(name) is not None}
    return said or None
