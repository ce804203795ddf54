"""What the sandbox says before a parcel is shipped: carriers, remote areas, lanes, air freight."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from trackingmore_v2.sandbox import Sandbox, Switches
from trackingmore_v2.sandbox.carriers import CARRIERS
from trackingmore_v2.sandbox.numbering import FORMS, detected

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
KEY = {"Trackingmore-Api-Key": "sandbox-key"}
PLACES = [{"country": "Japan", "postcode": f"Kōchi {place}"} for place in range(60)]


def ask(sandbox: Sandbox, path: str, body: Any) -> tuple[int, Any]:
    """Return the meta code and the data of an answer."""
    said = TestClient(sandbox.app, headers=KEY).post(f"/v2/{path}", json=body).json()
    return said["meta"]["code"], said["data"]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(0, now=NOW)


def test_every_number_of_the_account_is_detected_as_its_carrier_s() -> None:
    for item in Sandbox(600, now=NOW).items():
        codes = {carrier.code for carrier in detected(item["tracking_number"])}
        assert item["carrier_code"] in codes
    assert set(FORMS) <= set(CARRIERS)


def test_a_number_is_detected_by_its_looks(sandbox: Sandbox) -> None:
    code, said = ask(sandbox, "carriers/detect", {"tracking_number": "rt204060801fr"})
    assert (code, said) == (200, [{"name": "La Poste", "code": "la-poste"}])
    _, said = ask(sandbox, "carriers/detect/", {"tracking_number": "EB204060801CN", "lang": "en"})
    assert [carrier["code"] for carrier in said] == ["china-post", "china-ems"]
    assert ask(sandbox, "carriers/detect", {"tracking_number": "QQQ-1-QQQ"}) == (4032, [])


def test_a_get_with_a_body_detects_too(sandbox: Sandbox) -> None:
    client = TestClient(sandbox.app, headers=KEY)
    asked = {"tracking_number": "3SKLMN123456789"}
    by_body = client.request("GET", "/v2/carriers/detect", json=asked).json()
    by_query = client.get("/v2/carriers/detect", params=asked).json()
    assert by_body == by_query
    assert by_body["data"] == [{"name": "PostNL", "code": "postnl-parcels"}]


def test_with_the_switch_one_carrier_is_detected() -> None:
    sandbox = Sandbox(0, now=NOW, switches=Switches(detect_as="object"))
    _, said = ask(sandbox, "carriers/detect", {"tracking_number": "EB204060801CN"})
    assert said == {"name": "China post", "code": "china-post"}


def test_an_address_is_remote_to_some_couriers_or_to_none(sandbox: Sandbox) -> None:
    code, said = ask(sandbox, "trackings/remote", [*PLACES, {"country": "Atlantis"}])
    assert (code, said["submitted"]) == (200, 61)
    rows: dict[str, list[str]] = {}
    for row in said["remote"]:
        assert (row["two_code"], row["far_country"]) == ("JP", "Japan")
        rows.setdefault(row["far_city_postcode"], []).append(row["far_express_company"])
    others = {address["postcode"].lower() for address in said["other"]}
    assert others | rows.keys() == {address["postcode"].lower() for address in PLACES}
    assert not others & rows.keys()
    assert {len(companies) for companies in rows.values()} == {1, 2, 3}
    assert all(len(set(companies)) == len(companies) for companies in rows.values())
    assert [error["country"] for error in said["errors"]] == ["Atlantis"]
    assert ask(sandbox, "trackings/remote", PLACES)[1]["remote"] == said["remote"]


def test_a_country_is_known_by_name_and_by_code_and_a_company_narrows(sandbox: Sandbox) -> None:
    _, by_name = ask(sandbox, "trackings/remote", PLACES)
    _, by_code = ask(sandbox, "trackings/remote", [p | {"country": "jp"} for p in PLACES])
    assert by_code["remote"] == by_name["remote"]
    _, unnamed = ask(sandbox, "trackings/remote", [p | {"country": "is"} for p in PLACES])
    assert {row["far_country"] for row in unnamed["remote"]} == {"IS"}
    _, narrow = ask(sandbox, "trackings/remote", [p | {"company": "UPS"} for p in PLACES])
    wanted = [row for row in by_name["remote"] if row["far_express_company"] == "ups"]
    assert narrow["remote"] == wanted


def test_a_lane_s_parcels_divide_into_ranges_of_days(sandbox: Sandbox) -> None:
    asked = [
        {"carrier_code": "dhl", "original": "CN", "destination": "DE"},
        {"carrier_code": "china-post", "original": "cn", "destination": "United States"},
        {"carrier_code": "dhl", "original": "CN", "destination": "RU"},
    ]
    code, said = ask(sandbox, "trackings/costtime", asked)
    assert code == 200
    assert [{field: row[field] for field in asked[0]} for row in said] == asked
    express, post, nobody = said
    ranges = ("range1", "range3", "range4", "range5")
    for row in (express, post):
        assert 0.9 < row["delivered"] / row["total"] < 1
        assert 0.99 < sum(row[name] for name in ranges) <= 1.0001
    assert max(ranges, key=express.get) == "range1"
    assert max(ranges, key=post.get) == "range4"  # the median is 18 days
    assert {nobody[name] for name in ("total", "delivered", *ranges)} == {0}


def test_air_freight_moves_on_with_the_clock(sandbox: Sandbox) -> None:
    asked = {"track_number": ["217-40414043", "21740414043"], "lang": "en"}
    lengths = []
    for _ in range(8):
        code, said = ask(sandbox, "trackings/aircargo", asked)
        assert code == 200
        assert [row.pop("track_number") for row in said] == asked["track_number"]
        assert said[0] == said[1]
        events = said[0]["track_info"]
        assert events == sorted(events, key=lambda event: event["actual_date"], reverse=True)
        lengths.append(len(events))
        sandbox.advance(timedelta(days=1))
    assert lengths == sorted(lengths)
    assert 0 < lengths[0] < lengths[-1] == 8
    assert (events[0]["event"], events[0]["station"]) == ("Delivered", said[0]["destination"])
    assert events[-1]["station"] == said[0]["origin"]


@pytest.mark.parametrize(
    ("said", "code"),
    [("217-4041404", 200), ("217 40414043", 200), ("217-404", 4014), ("", 4013), ([], 4013)],
)
def test_an_air_waybill_is_checked(sandbox: Sandbox, said: Any, code: int) -> None:
    assert ask(sandbox, "trackings/aircargo", {"track_number": said})[0] == code
    assert sandbox.credits == 2_000_000 - (20 if code == 200 else 0)


def test_five_lookups_take_a_credit_and_an_air_waybill_twenty() -> None:
    sandbox = Sandbox(0, now=NOW, credits=22)
    left = []
    for _ in range(5):
        ask(sandbox, "carriers/detect", {"tracking_number": "RT204060801FR"})
        left.append(sandbox.credits)
        ask(sandbox, "trackings/remote", PLACES)
        left.append(sandbox.credits)
    assert left == [22, 22, 22, 22, 21, 21, 21, 21, 21, 20]
    two = {"track_number": ["217-40414043", "217-40414044"]}
    assert ask(sandbox, "trackings/aircargo", two) == (4021, [])
    assert sandbox.credits == 20
    assert ask(sandbox, "trackings/aircargo", {"track_number": "217-40414043"})[0] == 200
    assert sandbox.credits == 0
    assert ask(sandbox, "carriers/detect", {"tracking_number": "RT204060801FR"}) == (4021, [])
    assert ask(sandbox, "trackings/remote", PLACES) == (4021, [])


@pytest.mark.parametrize("path", ["remote", "costtime"])
def test_of_more_than_two_hundred_none_is_answered(sandbox: Sandbox, path: str) -> None:
    assert ask(sandbox, f"trackings/{path}", PLACES * 4) == (4020, [])
