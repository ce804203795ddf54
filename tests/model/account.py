"""An account that lives: its parcels, in all their versions, and what the list shows of them."""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from tests.factories import leg, parcel, parcel_id, payload_hash, scan
from trackingmore_v2.models import Payload

DAWN = 100_000  # the present when a world begins, in unix seconds; its parcels are as old
STATUSES = ("transit", "delivered", "exception", "pickup")
ORDERS = ("created_asc", "created_desc", "updated_asc", "updated_desc", "id", "ties", "random")
CLOSED, OPEN = (True, True), (False, False)
BOUNDS = (CLOSED, OPEN, (True, False), (False, True))


class Manners(NamedTuple):
    """What nobody documents about the list."""

    limit: int = 6  # clamps whatever is asked
    order: str = "created_desc"
    update_bounds: tuple[bool, bool] = CLOSED  # whether min and max belong to the range
    created_bounds: tuple[bool, bool] = CLOSED
    empty_is_4031: bool = True  # else 200 without items
    echoes_when_empty: bool = True  # the limit
    delay: int = 0  # seconds until the list shows a change, at most
    hours: int = 8  # the zone of its stamps


class Version(NamedTuple):
    """How a parcel looks from an instant on."""

    payload: Payload
    hashed: str
    stamp: int | None  # updated_at
    seen_from: float


@dataclass
class Parcel:
    """One parcel of the account in all its versions, oldest first."""

    id: str
    number: str
    created: int
    versions: list[Version]
    returns_unstamped: bool = False  # created again, with its old created_at and no updated_at

    @property
    def latest(self) -> Version:
        return self.versions[-1]


CHANGES = ("withdraw", "status", "scan", "return", "withdraw", "repeat", "hand over", "remark")


@dataclass
class Account:
    """The truth: which parcels there are, and what time it is on the server."""

    manners: Manners = field(default_factory=Manners)
    now: float = float(DAWN)
    local_ahead: float = 0.0  # what the local clock is wrong by
    parcels: dict[str, Parcel] = field(default_factory=dict)
    graves: dict[str, Parcel] = field(default_factory=dict)
    ever: dict[str, dict[str, Payload]] = field(default_factory=dict)
    """Every version there was: payload by hash by id."""
    ever_deleted: set[str] = field(default_factory=set)
    dice: Random = field(default_factory=lambda: Random(7))
    born: int = 0
    passed: float = 0.0  # what a monotonic clock shows
    shown: list[str] = field(default_factory=list)  # who was in the last answer with anybody in it

    # --- time

    def local(self) -> datetime:
        return datetime.fromtimestamp(self.now + self.local_ahead, UTC)

    def tick(self, seconds: float) -> None:
        self.now += seconds
        self.passed += seconds

    @property
    def second(self) -> int:
        return int(self.now)

    # --- life

    def insert(
        self, *, created: int | None = None, stamp: int | None = None, status: str = "transit"
    ) -> Parcel:
        """A parcel of its own making; without *stamp* it was never looked at."""
        self.born += 1
        name = f"{self.born}"
        created = self.second if created is None else created
        payload = parcel(
            name,
            id=parcel_id(name),
            tracking_number=f"N{self.born:05}",
            status=status,
            created_at=self._iso(created),
            archived=self.born % 3 == 0,
            origin_info=leg(*self._some_scans()),
        )
        new = Parcel(payload["id"], payload["tracking_number"], created, [])
        self.parcels[new.id] = new
        self._show(new, payload, stamp)
        return new

    def born_in(self, second: int) -> int:
        """Return how many parcels of a second there are."""
        return sum(each.created == second for each in self.parcels.values())

    def update(self, chosen: Parcel, change: str, luck: int) -> None:
        """TrackingMore looks at a parcel, and something about it is different."""
        payload = deepcopy(chosen.latest.payload)
        trackinfo = payload["origin_info"]["trackinfo"]
        if change == "scan":
            trackinfo.insert(0, self._scan(luck))
        elif change == "repeat" and trackinfo:
            trackinfo.insert(0, dict(trackinfo[luck % len(trackinfo)]))
        elif change == "withdraw" and trackinfo:
            del trackinfo[luck % len(trackinfo)]
        elif change == "return" and len(chosen.versions) > 1:
            payload["origin_info"] = deepcopy(chosen.versions[-2].payload["origin_info"])
        elif change == "hand over":
            payload["destination_info"] = leg(self._scan(luck), carrier_code="posten")
        elif change == "remark" and trackinfo:
            trackinfo[luck % len(trackinfo)]["checkpoint_status"] = STATUSES[luck % 4]
        else:
            payload["status"] = STATUSES[luck % 4]
            payload["archived"] = luck % 3 == 0
        self._show(chosen, payload, self.second)

    def delete(self, chosen: Parcel) -> None:
        del self.parcels[chosen.id]
        self.graves[chosen.id] = chosen
        self.ever_deleted.add(chosen.id)

    def recreate(self, dead: Parcel, *, stamped: bool) -> None:
        """The API gives it its old id and its old created_at."""
        del self.graves[dead.id]
        again = Parcel(dead.id, dead.number, dead.created, [], returns_unstamped=not stamped)
        self.parcels[again.id] = again
        payload = deepcopy(dead.versions[0].payload)
        payload["title"] = f"once more, {self.second}"
        self._show(again, payload, self.second if stamped else None)

    def _show(self, chosen: Parcel, payload: Payload, stamp: int | None) -> None:
        payload["updated_at"] = None if stamp is None else self._iso(stamp)
        delay = self.dice.uniform(0, self.manners.delay)
        version = Version(payload, payload_hash(payload), stamp, self.now + delay)
        if stamp is not None:
            chosen.returns_unstamped = False
        chosen.versions.append(version)
        self.ever.setdefault(chosen.id, {})[version.hashed] = payload

    def _some_scans(self) -> list[Payload]:
        return [self._scan(self.dice.randrange(12)) for _ in range(self.dice.randrange(1, 5))]

    def _scan(self, luck: int) -> Payload:
        """Few different ones, so that equal scans meet."""
        return scan(f"2026-02-2{luck % 4} 09:15", STATUSES[luck % 3], "LEIPZIG")

    def _iso(self, second: int) -> str:
        hours = self.manners.hours
        moment = datetime.fromtimestamp(second, UTC) + timedelta(hours=hours)
        return f"{moment:%Y-%m-%dT%H:%M:%S}+{hours:02}:00"

    # --- the list

    def listing(self, asked: dict[str, str]) -> tuple[int, list[Payload]]:
        """Return how many trackings match, and the page asked for."""
        found = self._matching(asked)
        self._sort(found)
        limit = self.limit(asked)
        first = (int(asked.get("page", 1)) - 1) * limit
        return len(found), [version.payload for _, version in found[first : first + limit]]

    def counts(self, asked: dict[str, str]) -> dict[str, int]:
        """Return how many of those that match have each status."""
        return dict(Counter(version.payload["status"] for _, version in self._matching(asked)))

    def _matching(self, asked: dict[str, str]) -> list[tuple[Parcel, Version]]:
        found = []
        for each in self.parcels.values():
            shown = [version for version in each.versions if version.seen_from <= self.now]
            if shown and self._matches(each, shown[-1], asked):
                found.append((each, shown[-1]))
        return found

    def limit(self, asked: dict[str, str]) -> int:
        return min(int(asked.get("limit", 100)), self.manners.limit)

    def _matches(self, each: Parcel, shown: Version, asked: dict[str, str]) -> bool:
        if "status" in asked and shown.payload["status"] != asked["status"]:
            return False
        if "archived" in asked and shown.payload["archived"] != (asked["archived"] == "true"):
            return False
        if "numbers" in asked and each.number not in asked["numbers"].split(","):
            return False
        return _inside(shown.stamp, "update_time", asked, self.manners.update_bounds) and _inside(
            each.created, "created_at", asked, self.manners.created_bounds
        )

    def _sort(self, found: list[tuple[Parcel, Version]]) -> None:
        order = self.manners.order
        if order in {"random", "ties"}:
            self.dice.shuffle(found)
        if order == "id":
            found.sort(key=lambda each: each[0].id)
        elif order != "random":
            by_update = order.startswith("updated")
            found.sort(
                key=lambda each: (each[1].stamp or 0) if by_update else each[0].created,
                reverse=order.endswith("desc"),
            )


def _inside(
    second: int | None, cursor: str, asked: dict[str, str], closed: tuple[bool, bool]
) -> bool:
    low, high = asked.get(f"{cursor}_min"), asked.get(f"{cursor}_max")
    if low is None and high is None:
        return True
    if second is None:
        return False
    above = low is None or second > int(low) or (closed[0] and second == int(low))
    below = high is None or second < int(high) or (closed[1] and second == int(high))
    return above and below
