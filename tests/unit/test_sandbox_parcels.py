"""The sandbox's parcels are plausible, and an account of 2,000 has every oddity of the API."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import pytest
from starlette.testclient import TestClient

from trackingmore_v2.sandbox import Sandbox
from trackingmore_v2.sandbox.carriers import CARRIERS, LANES
from trackingmore_v2.sandbox.growth import Growth
from trackingmore_v2.sandbox.milestones import Milestone
from trackingmore_v2.sandbox.outline import Outlines
from trackingmore_v2.sandbox.places import COUNTRIES
from trackingmore_v2.sandbox.timeline import timeline
from trackingmore_v2.sandbox.wording import LANGUAGES

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
Item = dict[str, Any]
NODES = (
    "ItemReceived",
    "ItemDispatched",
    "DepartfromAirport",
    "ArrivalfromAbroad",
    "CustomsClearance",
    "DestinationArrived",
)


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return Sandbox(2000, now=NOW).items()


def legs(item: Item) -> list[list[Item]]:
    """Return the scans of each leg that has some."""
    infos = (item.get("origin_info"), item.get("destination_info"))
    return [info["trackinfo"] for info in infos if isinstance(info, dict) and info["trackinfo"]]


def scans(item: Item) -> list[Item]:
    return [scan for leg in legs(item) for scan in leg]


def said(scan: Item) -> tuple[str, str, str]:
    return scan["Date"], scan["StatusDescription"], scan["Details"]


def naive(date: str) -> datetime:
    return datetime.fromisoformat(date)


def repeats_a_scan(item: Item) -> bool:
    return any(len(set(map(said, leg))) < len(leg) for leg in legs(item))


def has_equal_dates(item: Item) -> bool:
    return any(len({scan["Date"] for scan in leg}) < len(leg) for leg in legs(item))


def legs_share_scans(item: Item) -> bool:
    if len(legs(item)) < 2:
        return False
    origin, destination = ({scan["Date"][:16] for scan in leg} for leg in legs(item))
    return len(origin & destination) >= 3


def mixes_layouts(item: Item) -> bool:
    return len({len(scan["Date"]) for scan in scans(item)}) == 2


def any_text(test: Callable[[str], bool]) -> Callable[[Item], bool]:
    return lambda item: any(test(scan["StatusDescription"]) for scan in scans(item))


def order_time_is(test: Callable[[object], bool]) -> Callable[[Item], bool]:
    return lambda item: test(item["order_create_time"])


def info_is(field: str, test: Callable[[Any], bool]) -> Callable[[Item], bool]:
    return lambda item: field in item and test(item[field])


ODDITIES: dict[str, Callable[[Item], bool]] = {
    "updated_at is null": lambda i: i.get("updated_at", "") is None,
    "updated_at is absent": lambda i: "updated_at" not in i,
    "delivered, never refreshed": lambda i: i["status"] == "delivered" and not i.get("updated_at"),
    "track_update is absent": lambda i: "track_update" not in i,
    "track_update is false": lambda i: i.get("track_update") is False,
    "created in China's time": lambda i: i["created_at"].endswith("+08:00"),
    "created in UTC": lambda i: i["created_at"].endswith("+00:00"),
    "destination_info is null": info_is("destination_info", lambda d: d is None),
    "destination_info is absent": lambda i: "destination_info" not in i,
    "destination_info is []": info_is("destination_info", lambda d: d == []),
    "destination_info says nothing": info_is(
        "destination_info", lambda d: isinstance(d, dict) and d["trackinfo"] is None
    ),
    "origin_info is null": info_is("origin_info", lambda o: o is None),
    "trackinfo is null": info_is("origin_info", lambda o: o and o["trackinfo"] is None),
    "trackinfo is []": info_is("origin_info", lambda o: o and o["trackinfo"] == []),
    "both legs": lambda i: len(legs(i)) == 2,
    "legs repeat each other": legs_share_scans,
    "a leg repeats a scan": repeats_a_scan,
    "equal dates": has_equal_dates,
    "two layouts of dates": mixes_layouts,
    "midnight means unknown": lambda i: any(s["Date"][11:16] == "00:00" for s in scans(i)),
    "no place": lambda i: any(s["Details"] == "" for s in scans(i)),
    "text starts with -": any_text(lambda text: text.startswith("-")),
    "text ends in a space": any_text(lambda text: text.endswith(" ")),
    "text has two spaces": any_text(lambda text: "  " in text),
    "a courier's telephone": any_text(lambda text: "1380000" in text),
    "Chinese": any_text(lambda text: "已" in text),
    "Cyrillic": any_text(lambda text: "Прибыло" in text or "Прибуло" in text),
    "Japanese": any_text(lambda text: "到着" in text),
    "Korean": any_text(lambda text: "도착" in text),
    "order time null": order_time_is(lambda said: said is None),
    "order time 0": order_time_is(lambda said: said == 0 and isinstance(said, int)),
    "order time empty": order_time_is(lambda said: said == ""),
    "order time 2018/04/01 10:08": order_time_is(
        lambda s: str(s)[4:5] == "/" and len(str(s)) == 16
    ),
    "order time 2017/8/27 16:51": order_time_is(lambda s: str(s)[4:5] == "/" and len(str(s)) < 16),
    "order time 2017-08-26 16:48": order_time_is(lambda said: str(said)[4:5] == "-"),
    "e-mail null": lambda i: i["customer_email"] is None,
    "e-mail empty": lambda i: i["customer_email"] == "",
    "e-mail": lambda i: isinstance(i["customer_email"], str) and "@" in i["customer_email"],
    "e-mails": lambda i: isinstance(i["customer_email"], list),
    "the title null, spelled out": lambda i: i["title"] == "null",
    "order_id empty": lambda i: i["order_id"] == "",
    "Korea, South": lambda i: i.get("destination_country") == "Korea, South",
    "Hong Kong [CN]": lambda i: i["original_country"] == "Hong Kong [CN]",
    "Ratangarh": lambda i: i["original_country"] == "Ratangarh",
    "no original_country": lambda i: i["original_country"] == "",
    "destination_country is absent": lambda i: "destination_country" not in i,
    "mixed case carrier": lambda i: i["carrier_code"] == "Correios-Cabo-Verde",
    "digits-only number": lambda i: i["tracking_number"].isdecimal(),
    "mixed case status": lambda i: i["status"] == "InfoReceived",
    "archived": lambda i: i["archived"] is True,
    "no lengths": lambda i: i["itemTimeLength"] is None and "stayTimeLength" not in i,
    "lastEvent is empty": lambda i: i.get("lastEvent") == "",
    "lastEvent is absent": lambda i: "lastEvent" not in i,
    "ItemNode": lambda i: any("ItemNode" in scan for scan in scans(i)),
    "no checkpoint_status": lambda i: any("checkpoint_status" not in s for s in scans(i)),
    "substatus of a scan": lambda i: any("substatus" in scan for scan in scans(i)),
    "ReferenceNumber": info_is("origin_info", lambda o: o and "ReferenceNumber" in o),
    "no milestones": info_is("origin_info", lambda o: o and "ItemReceived" not in o),
    "phone null": info_is("origin_info", lambda o: o and o["phone"] is None),
    "phone empty": info_is("origin_info", lambda o: o and o["phone"] == ""),
    "weblink null": info_is("origin_info", lambda o: o and o["weblink"] is None),
    "packageStatus": info_is("packageStatus", bool),
    "packageStatus is absent": lambda i: "packageStatus" not in i,
    "status_info": info_is("status_info", bool),
    "status_info is null": info_is("status_info", lambda said: said is None),
    "last_mile_tracking_supported": info_is("last_mile_tracking_supported", bool),
    "customs hold": lambda i: any(s.get("substatus") == "exception006" for s in scans(i)),
    "notfound001": lambda i: i.get("substatus") == "notfound001",
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_an_account_of_2000_has(items: list[Item], oddity: str) -> None:
    assert any(ODDITIES[oddity](item) for item in items)


def test_a_parcel_now_and_then_is_stamped_before_its_creation() -> None:
    start = int(NOW.timestamp())
    growth = Growth(2000, start=start, seed=7)
    outlines = Outlines(seed=7, start=start, imported_at=growth.imported_at)
    coming = (outlines.draw(n, growth.created_at(n)) for n in range(2000, 3000))
    early = next(outline for outline in coming if outline.opening)
    sandbox = Sandbox(2000, now=NOW, seed=7)
    sandbox.advance(timedelta(seconds=early.created - start))
    created = datetime.fromtimestamp(early.created, UTC)
    new = [i for i in sandbox.items() if datetime.fromisoformat(i["created_at"]) == created]
    assert [datetime.fromisoformat(i["updated_at"]) < created for i in new] == [True]


def test_scans_are_newest_first(items: list[Item]) -> None:
    for item in items:
        for leg in legs(item):
            dates = [naive(scan["Date"]) for scan in leg]
            assert dates == sorted(dates, reverse=True)


def test_the_last_event_is_the_newest_of_both_legs(items: list[Item]) -> None:
    for item in items:
        if "lastEvent" not in item or not scans(item):
            continue
        heads = [leg[0] for leg in reversed(legs(item))]  # of equal dates the destination's
        newest = max(heads, key=lambda scan: naive(scan["Date"]))
        date, text, place = said(newest)
        assert item["lastUpdateTime"] == date
        assert item["lastEvent"] == ",".join(filter(None, (text, place, date)))


def test_lengths_are_days_rounded_up(items: list[Item]) -> None:
    for item in items:
        if not scans(item):
            continue
        dates = [naive(scan["Date"]) for scan in scans(item)]
        stamp = item.get("updated_at") or item["created_at"]
        refresh = naive(stamp).astimezone(UTC).replace(tzinfo=None) + timedelta(hours=8)
        end = max(dates) if item["status"] == "delivered" else refresh
        assert item["itemTimeLength"] == max(days(end - min(dates)), 0)
        assert item["stayTimeLength"] == max(days(refresh - max(dates)), 0)


def days(span: timedelta) -> int:
    return ceil(span / timedelta(days=1))


def test_a_milestone_field_is_the_newest_event_with_its_node(items: list[Item]) -> None:
    for item in items:
        for field in ("origin_info", "destination_info"):
            info = item.get(field)
            if not isinstance(info, dict):
                continue
            named = {s["ItemNode"]: s["Date"] for s in info["trackinfo"] or [] if "ItemNode" in s}
            assert all(info[node] == date for node, date in named.items())
            for node in NODES[1:]:
                code = {"ArrivalfromAbroad": "transit004", "CustomsClearance": "transit005"}
                dates = [
                    scan["Date"]
                    for scan in info["trackinfo"] or []
                    if scan.get("substatus") == code.get(node, "")
                ]
                if dates and node in info:
                    assert info[node] == dates[0]


def test_outcomes_come_in_plausible_shares() -> None:
    client = TestClient(Sandbox(4000, now=NOW).app, headers={"Tracking-Api-Key": "sandbox-key"})
    counts = client.get("/v2/trackings/getstatusnumber").json()["data"]
    assert 0.80 < counts["delivered"] / 4000 < 0.92
    assert 0.02 < counts["exception"] / 4000 < 0.06
    assert 0.02 < counts["expired"] / 4000 < 0.06
    assert 0.02 < counts["transit"] / 4000 < 0.08


def test_express_takes_days_and_post_takes_weeks() -> None:
    outlines = Outlines(seed=1, start=0, imported_at=-1)
    spans: dict[bool, list[float]] = {True: [], False: []}
    for outline in (outlines.draw(number, 10**9) for number in range(4000)):
        if outline.fate == 0:
            is_express = LANES[outline.lane].expires_days == 30
            spans[is_express].append((outline.arrives - outline.first) / 86400)
    express, post = (sorted(spans[kind]) for kind in (True, False))
    assert 1.5 < express[len(express) // 2] < 4
    assert 10 < post[len(post) // 2] < 20
    assert post[int(len(post) * 0.95)] < 45


def test_parcels_are_delivered_by_day() -> None:
    outlines = Outlines(seed=1, start=0, imported_at=-1)
    for outline in (outlines.draw(number, 10**9) for number in range(500)):
        country = COUNTRIES[LANES[outline.lane].destination]
        if outline.settled:
            local = datetime.fromtimestamp(outline.arrives, UTC)
            assert 8 <= (local + timedelta(hours=country.offset_hours)).hour < 20


def test_an_outline_sums_up_its_timeline() -> None:
    growth = Growth(1500, start=int(NOW.timestamp()), seed=5)
    outlines = Outlines(seed=5, start=int(NOW.timestamp()), imported_at=growth.imported_at)
    for number in range(1500):
        outline = outlines.draw(number, growth.created_at(number))
        told = timeline(outline, seed=5)
        assert list(told.stamps) == sorted(set(told.stamps))
        assert [scan.at for scan in told.scans] == sorted(scan.at for scan in told.scans)
        if outline.settled:
            assert told.stamps[0] == outline.first_look
            assert told.stamps[-1] == outline.settled
        else:
            assert told.stamps == ()
        assert told.status(outline.settled) == outline.ending


def test_every_language_has_words_for_every_milestone() -> None:
    assert {carrier.language for carrier in CARRIERS.values()} == set(LANGUAGES)
    for phrases in LANGUAGES.values():
        assert set(phrases) == set(Milestone)
        for texts in phrases.values():
            for text in texts:
                text.format(city="a", next="b", courier="c", phone=1)


def test_postal_numbers_carry_their_check_digit(items: list[Item]) -> None:
    postal = [i["tracking_number"] for i in items if i["carrier_code"] == "china-post"]
    assert len(set(postal)) == len(postal) > 300
    for number in postal:
        digits = [int(digit) for digit in number[2:10]]
        weighed = (
            11 - sum(w * d for w, d in zip((8, 6, 4, 2, 3, 5, 9, 7), digits, strict=True)) % 11
        )
        assert int(number[10]) == {10: 0, 11: 5}.get(weighed, weighed)


def test_payloads_are_plain_json(items: list[Item]) -> None:
    assert json.loads(json.dumps(items)) == items
