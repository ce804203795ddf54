"""Made-up parcels as the list shows them, each rendered once: the same seed, the same bytes."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any, NamedTuple

ZONE = timezone(timedelta(hours=8))  # the account's; scans carry no zone at all
SPACING = 3  # seconds between two parcels' updated_at
DAY = 86_400
CARRIERS = (
    # carrier_code, country, weblink, phone
    ("china-post", "China", "http://english.chinapost.com.cn/", "+86 11183"),
    ("yanwen", "China", "http://www.yw56.com.cn/", "+86 400-108-5656"),
    ("poczta-polska", "Poland", "https://www.poczta-polska.pl/", "+48 438 420 600"),
    ("correios", "Brazil", "https://www.correios.com.br/", "+55 61 3003 0100"),
    ("singapore-post", "Singapore", "https://www.singpost.com/", "+65 6841 2000"),
    ("thailand-post", "Thailand", "https://www.thailandpost.co.th/", "+66 2831 3131"),
)
DESTINATIONS = (
    # as above, then the suffix of its tracking numbers
    ("usps", "United States", "https://www.usps.com/", "+1 800-275-8777", "US"),
    ("dhl-germany", "Germany", "https://www.dhl.de/", "+49 228 4333112", "DE"),
    ("colissimo", "France", "https://www.laposte.fr/", "+33 9 69 39 36 31", "FR"),
    ("japan-post", "Japan", "https://www.post.japanpost.jp/", "+81 570-046-666", "JP"),
)
STATUSES = {
    "delivered": 48,
    "transit": 30,
    "pickup": 6,
    "exception": 4,
    "pending": 3,
    "notfound": 3,
    "undelivered": 3,
    "expired": 3,
}
UNSCANNED = {"pending": b"[]", "notfound": b"null"}
STEPS = (
    "Electronic information submitted by shipper",
    "Accepted at the post office",
    "Left the outward office of exchange",
    "Handed to the airline, awaiting departure",
    "已到达【广州国际】处理中心",
    "Arrived at the inward office of exchange",
    "Presented to customs",
    "Released by customs",
    "Arrivée sur le site de distribution",
    "In der Zustellbasis bearbeitet",
    "Out for delivery with the courier",
    "Addressee not at home, a card was left",
)
PLACES = (
    "广州市",
    "GUANGZHOU, Flight: CZ 303",
    "Kraków, WER",
    "CURITIBA / PR",
    "SINGAPORE 918101",
    "ISC LOS ANGELES CA (USPS)",
    "JAMAICA, NY 11430",
    "Köln, Paketzentrum",
    "川崎東郵便局",
    "Roissy-en-France",
    "",
)
CODES = ("", "pickup", "transit", "transit", "delivered")
GIVEN = ("Zoë", "Wei", "Ana", "João", "Mika", "Liam", "Olga", "さくら", "Noah", "Inés")
FAMILY = ("Ng", "Chen", "García", "Smith", "Müller", "Satō", "Kim", "Silva", "Novák", "Brown")

SCAN = '{"Date":"%s","StatusDescription":"%s","Details":"%s","checkpoint_status":"%s"}'
MINUTES = tuple(f" {minute // 60:02d}:{minute % 60:02d}" for minute in range(1440))
DAYS: dict[int, str] = {}  # as they are written, by days since 1970


class Parcel(NamedTuple):
    """One parcel as the account holds it."""

    body: bytes  # its item in an answer
    created: int  # unix seconds, as updated
    updated: int
    status: str
    scans: int


def parcels(count: int, *, seed: int, ends: int) -> Iterator[Parcel]:
    """Yield *count* parcels in the order of updated_at; the last changed at *ends*, unix seconds.

    Registered 2 to 40 days before their last change; 11 scans on average, 6 % without any.
    """
    chance = Random(seed)
    names, weights = list(STATUSES), list(STATUSES.values())
    for number in range(count):
        updated = ends - (count - 1 - number) * SPACING
        created = updated - chance.randint(2, 40) * DAY - number % DAY
        (status,) = chance.choices(names, weights)
        yield _parcel(chance, f"{seed}:{number}", number, status, created, updated)


def moved(parcel: Parcel, at: int) -> Parcel:
    """Return the parcel as it is after one more scan, the delivery, seen at *at*."""
    item: dict[str, Any] = json.loads(parcel.body)
    leg = item["destination_info"]
    scan = {
        "Date": _local(at),
        "StatusDescription": "Delivered, left with the addressee",
        "Details": PLACES[7],
        "checkpoint_status": "delivered",
    }
    leg["trackinfo"] = [scan, *(leg["trackinfo"] or [])]
    item |= {
        "status": "delivered",
        "updated_at": _stamp(at),
        "itemTimeLength": max((at - parcel.created) // DAY, 1),
        "lastEvent": f"{scan['StatusDescription']},{scan['Details']},{scan['Date']}",
        "lastUpdateTime": scan["Date"],
    }
    return Parcel(_rendered(item), parcel.created, at, item["status"], parcel.scans + 1)


def _parcel(
    chance: Random, name: str, number: int, status: str, created: int, updated: int
) -> Parcel:
    carrier, destination = chance.choice(CARRIERS), chance.choice(DESTINATIONS)
    legs = [0, 0]
    if status not in UNSCANNED:
        legs = [
            max(0, min(16, int(chance.gauss(8, 2.5)))),
            max(0, min(10, int(chance.gauss(4.5, 2)))),
        ]
    scans, at = [], created
    pause = min(DAY, (updated - created) / max(sum(legs), 1))
    for _ in range(sum(legs)):
        at += int(chance.random() * pause)
        scans.append(_scan(chance, at))
    given, family = chance.choice(GIVEN), chance.choice(FAMILY)
    last = scans[-1] if scans else None
    item = {
        "id": hashlib.md5(name.encode()).hexdigest(),
        "tracking_number": f"L{chr(65 + number % 26)}{100_000_000 + number}{destination[4]}",
        "carrier_code": carrier[0],
        "status": status,
        "created_at": _stamp(created),
        "updated_at": _stamp(updated),
        "order_create_time": _local(created - DAY),
        "title": "Lampe „Mond“, 2 ×" if number % 3 else None,
        "order_id": f"#{number:07d}" if number % 2 else None,
        "customer_name": f"{given} {family}" if number % 4 else None,
        "customer_email": f"customer.{number}@example.com" if number % 4 else None,
        "archived": number % 5 == 0,
        "original_country": carrier[1],
        "destination_country": destination[1],
        "itemTimeLength": chance.randint(3, 40) if status == "delivered" else None,
        "service_code": None,
    }
    tail = {
        "lastEvent": last and f"{last[1]},{last[2]},{last[0]}",
        "lastUpdateTime": last and last[0],
    }
    newest_first = b'"%b_info":{"weblink":"%b","phone":"%b","carrier_code":"%b","trackinfo":%b}'
    told = [
        newest_first
        % (
            leg.encode(),
            who[2].encode(),
            who[3].encode(),
            who[0].encode(),
            UNSCANNED.get(status) or _scans(some),
        )
        for leg, who, some in (
            ("origin", carrier, scans[: legs[0]]),
            ("destination", destination, scans[legs[0] :]),
        )
    ]
    body = b",".join((_rendered(item)[:-1], *told, _rendered(tail)[1:]))
    return Parcel(body, created, updated, status, len(scans))


def _scan(chance: Random, at: int) -> tuple[str, str, str, str]:
    lot = chance.random
    return (
        _local(at),
        STEPS[int(lot() * len(STEPS))],
        PLACES[int(lot() * len(PLACES))],
        CODES[int(lot() * len(CODES))],
    )


def _scans(scans: list[tuple[str, str, str, str]]) -> bytes:
    """Render one leg's scans, the newest first; nothing in them wants an escape."""
    return f"[{','.join(SCAN % each for each in reversed(scans))}]".encode()


def _local(at: int) -> str:
    """Return an instant as carriers write it: local, to the minute."""
    day, second = divmod(at + 8 * 3600, DAY)
    if day not in DAYS:
        DAYS[day] = datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m-%d")
    return DAYS[day] + MINUTES[second // 60]


def _stamp(at: int) -> str:
    return datetime.fromtimestamp(at, ZONE).isoformat()


def _rendered(item: dict[str, Any]) -> bytes:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()
