"""Payloads that somebody put into the account as they are, whatever their shape."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, NamedTuple

from trackingmore_v2.models import Payload


class Facts(NamedTuple):
    """What of a literal payload can be filtered and sorted by; 0 and "" = unreadable."""

    created: int
    updated: int
    status: str
    archived: bool


class Literals:
    """Literal payloads by row, with those of their versions that the list may still show."""

    def __init__(self, delay: Callable[[int, int], int]) -> None:
        """*delay* says how long after its stamp the list shows a change of a row."""
        self._delay = delay
        self._versions: dict[int, list[tuple[int, Payload]]] = {}  # (shown from, payload)
        self._rows: dict[str, int] = {}

    def add(self, row: int, item: Payload) -> None:
        """Keep a copy of *item* under *row*; the list shows it at once."""
        self._versions[row] = [(0, deepcopy(item))]
        self._rows[str(item.get("id", ""))] = row

    def forget(self, row: int) -> None:
        """Drop what is kept under *row*, if anything is."""
        for _, item in self._versions.pop(row, ())[:1]:
            self._rows.pop(str(item.get("id", "")), None)

    def item(self, row: int) -> Payload:
        """Return a copy of the payload as it is."""
        return deepcopy(self._versions[row][-1][1])

    def listed_item(self, row: int, now: int) -> Payload:
        """Return a copy of the payload as the list shows it *now*."""
        return deepcopy(self._shown(row, now))

    def facts(self, row: int, now: int) -> Facts:
        """Return what the payload that the list shows says about itself."""
        item = self._shown(row, now)
        return Facts(
            created=instant(item.get("created_at")),
            updated=instant(item.get("updated_at")),
            status=str(item.get("status", "")),
            archived=item.get("archived") in (True, "true"),
        )

    def next_change(self, row: int, now: int) -> int:
        """Return when the list shows another version; 0 = never."""
        return min((shown for shown, _ in self._versions[row] if shown > now), default=0)

    def row_of_id(self, tracking_id: str) -> int | None:
        """Return the row of a payload with that id."""
        return self._rows.get(tracking_id)

    def rows_with(self, field: str, value: str) -> list[int]:
        """Return the rows of the payloads whose *field* holds *value*."""
        return [row for row in self._versions if self._versions[row][-1][1].get(field) == value]

    def touch(self, row: int, now: int) -> None:
        """Stamp the payload with *now*, and add a scan where it has room for one."""
        item = self.item(row)
        moment = datetime.fromtimestamp(now, UTC)
        item["updated_at"] = moment.isoformat(timespec="seconds")
        info = item.get("origin_info")
        if isinstance(info, dict):
            scans = info.get("trackinfo")
            scan = {
                "Date": f"{moment:%Y-%m-%d %H:%M:%S}",
                "StatusDescription": "Shipment information updated",
                "Details": "",
                "checkpoint_status": "transit",
            }
            info["trackinfo"] = [scan, *scans] if isinstance(scans, list) else [scan]
        self._versions[row].append((now + self._delay(row, now), item))

    def change(self, row: int, fields: Payload, *, now: int) -> None:
        """Stamp the payload with *now* and set *fields*; a status of None is the first one."""
        item = self.item(row) | fields
        if item.get("status", "") is None:
            item["status"] = self._versions[row][0][1].get("status")
        item["updated_at"] = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
        self._versions[row].append((now + self._delay(row, now), item))

    def _shown(self, row: int, now: int) -> Payload:
        return [item for shown, item in self._versions[row] if shown <= now][-1]


def instant(said: Any) -> int:
    """Return the unix second of an ISO instant; 0 = it is none."""
    if not isinstance(said, str):
        return 0
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
