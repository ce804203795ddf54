"""A warehouse that two accounts share: the same parcels at two instants of their lives."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import duckdb

from tests.factories import leg, parcel, scan, warehouse
from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox import Sandbox
from transforms.batch import flatten
from warehouse import materialised
from warehouse.upsert import merge

NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)
LATER = timedelta(days=3)
CARRIER, LANE = "dhl", ("DE", "NO")
DELIVERED = (scan("2026-03-08 09:15", "Delivered", "OSLO"),)


class Look(NamedTuple):
    """What an account held at one instant."""

    items: list[Payload]
    at: datetime


@cache
def looks(parcels: int = 100, *, seed: int = 7, times: int = 3) -> list[Look]:
    """Return an account's parcels, looked at so many times three days apart."""
    account = Sandbox(parcels, seed=seed, now=NOW)
    found = []
    for number in range(times):
        found.append(Look([*account.items(), *_odd(account.now, seed, number)], account.now))
        account.advance(LATER)
    return found


def filled(**accounts: list[Look]) -> duckdb.DuckDBPyConnection:
    """Return a warehouse in which each of *accounts* was read so, and knows what else one knows."""
    db = warehouse()
    for account, read in accounts.items():
        for look in read:
            batch = flatten(look.items, account=account, fetched_at=look.at, run_id=str(look.at))
            merge(db, batch)
        know_more(db, account, read[-1].at, size=len(account))
    materialised.refresh(db)
    return db


def know_more(db: duckdb.DuckDBPyConnection, account: str, at: datetime, *, size: int) -> None:
    """Fill what checks and queues read besides parcels: of the same keys, with other values."""
    day = timedelta(days=1)
    ref = {"carrier_code": CARRIER, "tracking_number": "1"}
    origin, destination = LANE
    for table, row in (
        ("ops.quotas", {"fetched_at": at - 2 * day, "credits_left": 100 * size}),
        ("ops.quotas", {"fetched_at": at, "credits_left": 10 * size}),
        ("ops.quarantine", {"quarantine_id": "q", "reason": f"{size}", "fetched_at": at}),
        ("ops.unknown_fields", {"field": "colour"}),
        (
            "ops.status_counts",
            {"status": "(total)", "api_count": size, "warehouse_count": 0, "fetched_at": at},
        ),
        (
            "ops.windows",
            {"scope": "update_time", "low": NOW, "high": at, "proven": False, "fetched_at": at},
        ),
        ("ops.watermarks", {"scope": "update_time", "watermark_at": at}),
        (
            "ops.api_actions",
            {"action_id": "a", "action": "purge", "outcome": "sent", "sent_at": at} | ref,
        ),
        ("queues.air_waybills_to_follow", {"air_waybill": f"020-{size}"}),
        ("core.promises", {"promised_days": size}),
        ("core.text_overrides", {"said": f"Nobody says {size}", "milestone": "delivered"}),
        ("core.text_overrides", {"said": f"Overridden {size}", "milestone": "customs_hold"}),
        (
            "core.transit_benchmarks",
            {
                "carrier_code": CARRIER,
                "original": origin,
                "destination": destination,
                "total": 100,
                "days_0_7_share": 0.1 * size,
                "fetched_at": at,
            },
        ),
    ):
        cells: dict[str, Any] = {"account": account} | row
        columns = ", ".join(f"${name} as {name}" for name in cells)
        db.execute(f"insert into {table} by name select {columns}", cells)


def _odd(now: datetime, seed: int, number: int) -> list[Payload]:
    """Return what a sandbox has not: a lane of its own, a text unread, a wrong carrier, a return.

    Args:
        now: When they changed last.
        seed: Told apart by it.
        number: How often they were looked at before.
    """
    stamp = now.isoformat(timespec="seconds")
    told: dict[str, Any] = {"created_at": stamp, "updated_at": stamp}
    of_one_lane = [
        parcel(
            f"one lane {seed} {each}",
            carrier_code=CARRIER,
            tracking_number=f"ABC{seed:04}{each:05}",
            status="delivered" if number else "transit",
            origin_info=leg(*(DELIVERED if number else ()), scan("2026-02-26 18:40", "Picked up")),
            **told,
        )
        for each in range(20 + number)
    ]
    unread = parcel(f"unread {seed}", **told)
    unread["origin_info"]["trackinfo"] = [
        scan(says=f"Overridden {size}") for size in range(3, 8)
    ] + [scan(says=f"blorp {number}")]
    wrong = parcel(
        f"wrong {seed}",
        carrier_code="usps",
        tracking_number=f"XYZ{seed:09}",
        status="notfound",
        updated_at=stamp,
        created_at=(NOW - timedelta(days=30)).isoformat(),
    )
    back = parcel(f"back {seed}", status=("delivered", "transit", "4")[number], **told)
    return [*of_one_lane, unread, wrong, back]
