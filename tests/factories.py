"""Payloads as the API sends them, all of them made up, and a warehouse to put them in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

import duckdb
from hypothesis import strategies as st

from trackingmore_v2.models import Payload
from transforms import plain
from transforms.batch import Batch, flatten, payload_hashes
from transforms.tables import CATALOG, TABLES
from warehouse import catalog
from warehouse.connection import transaction
from warehouse.upsert import Merged, merge

BEGIN = datetime(2026, 3, 1, 8, tzinfo=UTC)
"""Second 0 of every story told here."""


def at(second: float) -> datetime:
    return BEGIN + timedelta(seconds=second)


def stamp(second: float, *, hours: int = 8) -> str:
    """The instant as the API spells it, in the zone that is *hours* ahead of UTC."""
    local = at(second) + timedelta(hours=hours)
    return f"{local:%Y-%m-%dT%H:%M:%S}{'+' if hours >= 0 else '-'}{abs(hours):02}:00"


def parcel_id(name: str) -> str:
    return md5(name.encode(), usedforsecurity=False).hexdigest()


def scan(
    date: str | None = "2026-02-27 09:15",
    says: str | None = "Arrived at the sorting centre",
    where: str | None = "LEIPZIG",
    **fields: Any,
) -> Payload:
    return {"Date": date, "StatusDescription": says, "Details": where, **fields}


def leg(*scans: Payload, carrier_code: str = "dhl-parcel", **fields: Any) -> Payload:
    """One leg as the list sends it; *scans* newest first, as there."""
    return {
        "ReferenceNumber": None,
        "ItemReceived": scans[-1]["Date"] if scans else None,
        "ItemDispatched": None,
        "DepartfromAirport": None,
        "ArrivalfromAbroad": None,
        "CustomsClearance": None,
        "DestinationArrived": None,
        "weblink": "https://carrier.example/track",
        "phone": None,
        "carrier_code": carrier_code,
        "trackinfo": list(scans),
        **fields,
    }


def parcel(name: str = "parcel", **fields: Any) -> Payload:
    """One item of the list; *fields* replace what it says or add to it."""
    return {
        "id": parcel_id(name),
        "tracking_number": f"00340{len(name):04}{name.upper()}",
        "carrier_code": "dhl-parcel",
        "status": "transit",
        "track_update": True,
        "created_at": stamp(-86_400),
        "updated_at": stamp(0),
        "order_create_time": "2026/02/24 17:03",
        "customer_email": "",
        "title": "",
        "order_id": None,
        "comment": None,
        "customer_name": None,
        "archived": False,
        "original_country": "Germany",
        "destination_country": "Norway",
        "itemTimeLength": 3,
        "stayTimeLength": 2,
        "service_code": None,
        "status_info": None,
        "packageStatus": None,
        "substatus": "transit001",
        "origin_info": leg(
            scan("2026-02-27 09:15", "Arrived at the sorting centre", "LEIPZIG"),
            scan("2026-02-26 18:40", "Picked up", "HALLE", ItemNode="ItemReceived"),
        ),
        "destination_info": {**dict.fromkeys(leg()), "trackinfo": None},
        "lastEvent": "Arrived at the sorting centre,LEIPZIG,2026-02-27 09:15",
        "lastUpdateTime": "2026-02-27 09:15",
        **fields,
    }


def registered(name: str = "parcel", **fields: Any) -> Payload:
    """The same parcel as the answer to its registration has it: no legs, no updated_at."""
    return {
        "id": parcel_id(name),
        "tracking_number": f"00340{len(name):04}{name.upper()}",
        "carrier_code": "dhl-parcel",
        "order_create_time": 0,
        "status": "pending",
        "created_at": stamp(-86_400, hours=0),
        "customer_email": "",
        "customer_name": "",
        "customer_phone": "",
        "destination": "",
        "order_id": "",
        "title": "",
        **fields,
    }


def aged(name: str = "parcel", **fields: Any) -> Payload:
    """The same parcel in the shape of 2017: fewer fields, bare scans, e-mails in an array."""
    return {
        "id": parcel_id(name),
        "tracking_number": f"00340{len(name):04}{name.upper()}",
        "carrier_code": "dhl-parcel",
        "status": "delivered",
        "created_at": stamp(-86_400, hours=0),
        "updated_at": stamp(0, hours=0),
        "title": "Two lamps",
        "order_id": "#1017",
        "customer_name": "N. N.",
        "customer_email": ["one@shop.example", "two@shop.example"],
        "original_country": "Germany",
        "origin_info": {
            "weblink": "https://carrier.example/track",
            "phone": "",
            "carrier_code": "dhl-parcel",
            "trackinfo": [scan("2026-02-26 18:40", "Delivered", "")],
        },
        "lastEvent": "Delivered,2026-02-26 18:40",
        "lastUpdateTime": "2026-02-26 18:40",
        **fields,
    }


def flat(*items: Any, second: float = 0, account: str = "main") -> Batch:
    """The rows of one answer, read in that second."""
    return flatten(items, account=account, fetched_at=at(second), run_id=f"run at {second}")


def read_nothing(spelt: Sequence[bytes]) -> plain.Read:
    """What reads answers as columns, but leaves every payload to who reads value by value."""
    return plain.read([b""] * len(spelt))


def payload_hash(payload: Any) -> str:
    """The name of a payload's content."""
    (hashed,) = payload_hashes([payload]).values()
    return hashed


def warehouse() -> duckdb.DuckDBPyConnection:
    """An empty warehouse in memory."""
    db = duckdb.connect()
    db.execute("set TimeZone = 'UTC'")
    catalog.ensure(db)
    return db


def empty(db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The same warehouse without rows: to make a new one takes longer than most tests."""
    for table in TABLES:
        if table is not CATALOG:
            db.execute(f"delete from {table.name}")
    for name in catalog.MATERIALISED:
        db.execute(f"delete from {name}")
    return db


def load(
    db: duckdb.DuckDBPyConnection, *items: Any, second: float = 0, account: str = "main"
) -> Merged:
    """Load one answer as a run does, read in that second."""
    with transaction(db):
        return merge(db, flat(*items, second=second, account=account))


def contents(db: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """Every table as it is, down to the place of each row."""
    return {
        table.name: db.execute(f"select rowid, * from {table.name} order by rowid").fetchall()
        for table in TABLES
    }


def rows(
    db: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    result = db.execute(query, list(values))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def texts(*, max_size: int = 12) -> st.SearchStrategy[str]:
    """Any text that JSON can carry, with a liking for what separates, ends or escapes."""
    awkward = st.sampled_from(
        ["\x00", "\x1f", "\x1e", "\\", '"', ",", " ", "-", "\n", "é", "包", "🚚"]
    )
    return st.text(awkward | st.characters(codec="utf-8"), max_size=max_size)


def json_values() -> st.SearchStrategy[Any]:
    """Any value that JSON can carry."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | texts()
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=8,
    )
