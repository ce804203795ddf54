"""One row per carrier scan from a payload's two legs, typed as `TRACKING_EVENTS` declares."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from transforms.coercion import texts
from transforms.identity import event_id
from transforms.payloads import LEGS, REMARKS, WORDS, scans
from transforms.times import local_times

_KNOWN = {*WORDS, *REMARKS}


class EventRows(NamedTuple):
    """Columns by name, and by row the fields that no column is for (rows without: absent)."""

    columns: dict[str, Any]
    extras: dict[int, dict[str, Any]]


def event_rows(items: Sequence[dict[str, Any]]) -> EventRows:
    """Return every scan of the payloads; positions and repetitions count from the oldest.

    The API puts the newest first, so a scan's position does not change when others follow.
    """
    ids: list[str] = []
    tracking_ids: list[str] = []
    legs: list[str] = []
    positions: list[int] = []
    repetitions: list[int] = []
    carriers: list[Any] = []
    said: list[dict[str, Any]] = []
    for item in items:
        tracking_id = item["id"]
        for field, leg in LEGS.items():
            trackinfo = scans(item, field)
            if not trackinfo:
                continue
            count = len(trackinfo)
            met: dict[tuple[Any, ...], int] = {}
            for scan in reversed(trackinfo):
                words = (scan.get("Date"), scan.get("StatusDescription"), scan.get("Details"))
                repetition = met[words] = met.get(words, 0) + 1
                ids.append(event_id(tracking_id, leg, words, repetition))
                repetitions.append(repetition)
                said.append(scan)
            tracking_ids += [tracking_id] * count
            legs += [leg] * count
            positions += range(1, count + 1)
            carriers += [item[field].get("carrier_code")] * count
    extras = {
        row: {name: scan[name] for name in scan.keys() - _KNOWN}
        for row, scan in enumerate(said)
        if not scan.keys() <= _KNOWN
    }
    columns: dict[str, Any] = {
        "tracking_id": tracking_ids,
        "event_id": ids,
        "leg": legs,
        "position": positions,
        "repetition": repetitions,
        "event_time_raw": [scan.get("Date") for scan in said],
        "description": [scan.get("StatusDescription") for scan in said],
        "details": [scan.get("Details") for scan in said],
        "carrier_code": texts(carriers).column,
    }
    for name, column in REMARKS.items():
        coerced = texts([scan.get(name) for scan in said])
        columns[column] = coerced.column
        for row, value in coerced.odd.items():
            extras.setdefault(row, {})[name] = value
    columns["event_time_local"] = local_times(columns["event_time_raw"])
    return EventRows(columns, extras)
