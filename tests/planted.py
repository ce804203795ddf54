"""An account whose parcels name persons wherever one can be named, and who looks for them."""

import io
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from tests.factories import leg, parcel, scan
from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox import Sandbox
from trackingmore_v2.sandbox.switches import Switches

NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)

NAME = "Zebulon Quillfeather"
EMAIL = "zebulon.q@quillfeather.example"
PHONE = "+49 151 70441988"
SIGNED = "Xanthippe Oldcastle"
COURIER = "Ignatius"
COURIER_PHONE = "+7 912 555-31-77"
UNKNOWN = "Wilhelmina Drachenfels"
QUARANTINED = "Balthasar Nachtigall"
PLANTED = (
    "Zebulon",
    "QUILLFEATHER",
    "Quillfeather",
    "quillfeather.example",
    "70441988",
    "Xanthippe",
    "Oldcastle",
    COURIER,
    "555-31-77",
    "Wilhelmina",
    "Balthasar",
    "Nachtigall",
)
"""What nobody is to find; no other parcel has any of it."""

TELLING, SECOND, PLAIN, BROKEN = "telling", "second", "plain", "broken"


def telling(name: str = TELLING, **fields: Any) -> Payload:
    """A parcel that names its recipient, who signed, a courier, and somebody in a new field."""
    return parcel(
        name,
        **(
            {
                "carrier_code": "dhl",
                "customer_name": NAME,
                "customer_email": EMAIL,
                "customer_phone": PHONE,
                "title": f"Lamp for {NAME}",
                "comment": f"call {PHONE} or write to {EMAIL}",
                "order_id": "1017",
                "singed_by": SIGNED,
                "gift": {"to": UNKNOWN, "wrapped": True},
                "origin_info": leg(
                    scan("2026-02-28 12:00", f"Delivered, signed by {SIGNED}", "OSLO"),
                    scan("2026-02-28 09:00", f"Courier {COURIER}, tel. {COURIER_PHONE}", "OSLO"),
                    scan("2026-02-27 09:15", "Handed in for QUILLFEATHER ZEBULON", "HALLE"),
                    scan("2026-02-26 18:40", "Picked up", "HALLE"),
                ),
                "lastEvent": f"Delivered, signed by {SIGNED},OSLO,2026-02-28 12:00",
                "lastUpdateTime": "2026-02-28 12:00",
                "status": "delivered",
            }
            | fields
        ),
    )


def broken() -> Payload:
    """A parcel that nobody can read, and that names somebody."""
    return parcel(
        BROKEN,
        carrier_code="dhl",
        customer_name=QUARANTINED,
        origin_info=leg() | {"trackinfo": [{"Date": 7, "StatusDescription": f"by {QUARANTINED}"}]},
    )


def planted_account(max_limit: int = 2000) -> Sandbox:
    """An account of four parcels: two of one customer, one that names nobody, one unreadable."""
    account = Sandbox(0, now=NOW, switches=Switches(max_limit=max_limit), lively=False)
    second = telling(SECOND, origin_info=leg(scan("2026-02-26 18:40", "Picked up", "HALLE")))
    for item in (telling(), second, parcel(PLAIN, carrier_code="dhl"), broken()):
        account.put(item)
    return account


def found_in(folder: Path, words: tuple[str, ...] = PLANTED) -> list[tuple[str, str]]:
    """Return which of *words* which files hold, as bytes or unpacked where they are packed."""
    spellings = {word: tuple(_spellings(word)) for word in words}
    return [
        (str(path.relative_to(folder)), word)
        for path in sorted(each for each in folder.rglob("*") if each.is_file())
        for raw in [path.read_bytes()]
        for unpacked in [_unpacked(path, raw)]
        for word in words
        if word in unpacked or any(spelt in raw for spelt in spellings[word])
    ]


def _spellings(word: str) -> Iterator[bytes]:
    yield word.encode()
    with suppress(UnicodeEncodeError):
        yield word.encode("latin-1")


def _unpacked(path: Path, raw: bytes) -> str:
    if path.suffix == ".parquet":
        return str(pq.read_table(io.BytesIO(raw)).to_pylist())  # type: ignore[no-untyped-call]
    if ".duckdb" in path.name and raw[8:12] == b"DUCK":
        return _rows(path)
    return ""


def _rows(path: Path) -> str:
    with duckdb.connect(str(path), read_only=True) as db:
        names = db.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
        ).fetchall()
        return "".join(str(db.execute(f"from {name}").fetchall()) for (name,) in names)


def named(name: str) -> str:
    """The parcel as the command line takes it."""
    return f"dhl/{parcel(name)['tracking_number']}"


def renew(account: Sandbox) -> None:
    """Stamp every parcel with the present; nothing else of it changes."""
    now = f"{account.now:%Y-%m-%dT%H:%M:%S}+00:00"
    for item in account.items():
        account.put(item | {"updated_at": now})
