"""Clients that others wrote for the API get along with the sandbox, and what they send does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from trackingmore import trackingmore as package

from tests.truth import Serve
from trackingmore_v2.sandbox import Sandbox

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
Send = Callable[..., Any]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(12, now=NOW)


@pytest.fixture
def client(sandbox: Sandbox, front_door: Serve, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The package of PyPI, with its requests sent to the sandbox."""
    monkeypatch.setattr(package, "BASE_URL", front_door(sandbox))
    monkeypatch.setattr(package, "headers", None)
    package.set_api_key(sandbox.api_key)
    return package


@pytest.fixture
def send(sandbox: Sandbox, front_door: Serve) -> Send:
    """Sends a request in the manner of one of the vendor's classes; returns code and data."""
    address = front_door(sandbox)

    def sent(method: str, path: str, body: Any = None, **params: Any) -> tuple[int, Any]:
        headers = {
            "Content-Type": "application/json",
            "Trackingmore-Api-Key": sandbox.api_key,
            "X-Requested-With": "XMLHttpRequest",
        }
        told = {"data": b""} if body is None else {"json": body}
        url = f"{address}/{path}"
        answer = requests.request(
            method, url, headers=headers, params=params, timeout=60, **told
        ).json()
        return answer["meta"]["code"], answer["data"]

    return sent


def test_the_package_registers_reads_and_deletes_a_parcel(client: Any, sandbox: Sandbox) -> None:
    parcel = client.create_tracking_data(
        "poste-italiane", "RP500600705IT", title="lampada", order_id="#31", lang="it"
    )
    begun = client.create_tracking_item(parcel)
    assert (begun["status"], begun["title"], begun["order_id"]) == ("pending", "lampada", "#31")
    with pytest.raises(client.TrackingMoreAPIException) as twice:
        client.create_tracking_item(parcel)
    assert (twice.value.err_code, twice.value.err_type) == (4016, "Bad Request")
    sandbox.advance(timedelta(days=2))
    item = client.get_tracking_item("poste-italiane", "RP500600705IT")
    assert item["id"] == begun["id"]
    [live] = client.realtime_tracking(parcel)["items"]
    assert live["id"] == begun["id"]
    assert client.delete_tracking_item("poste-italiane", "RP500600705IT") == []
    for absent in (client.get_tracking_item, client.delete_tracking_item):
        with pytest.raises(client.TrackingMoreAPIException) as gone:
            absent("poste-italiane", "RP500600705IT")
        assert gone.value.err_code == 4017


def test_the_package_registers_many_and_lists_all(client: Any) -> None:
    before = client.get_all_trackings()["data"]["items"]
    parcels = [
        client.create_tracking_data(code, number, customer_email="n@shop.example")
        for code, number in (
            ("usps", "9400111202555512345678"),
            ("dhl", "5551234567"),
            ("usps", "9400111202555512345678"),
        )
    ]
    said = client.create_tracking_items_batch(parcels)
    assert (said["submitted"], said["added"], len(said["trackings"])) == (3, 2, 2)
    assert [error["code"] for error in said["errors"]] == [4016]
    after = client.get_all_trackings()["data"]
    assert int(after["total"]) == len(before) + 2


def test_the_package_annotates_with_an_empty_body_and_changes_nothing(client: Any) -> None:
    item = client.get_all_trackings()["data"]["items"][0]
    named = {field: item[field] for field in ("carrier_code", "tracking_number")}
    echo = client.update_tracking_item(named | {"title": "never sent"})
    assert (echo["id"], echo["title"]) == (item["id"], item["title"])
    assert client.get_tracking_item(**named) == item


def test_the_package_detects_carriers(client: Any, sandbox: Sandbox) -> None:
    for item in sandbox.items():
        found = client.detect_carrier_from_code(f" {item['tracking_number']} ")
        assert item["carrier_code"] in {carrier["code"] for carrier in found}
    with pytest.raises(client.TrackingMoreAPIException) as none:
        client.detect_carrier_from_code("no-such-form")
    assert (none.value.err_code, none.value.err_type) == (4032, "No Content")


def test_the_package_is_told_about_a_wrong_key(client: Any) -> None:
    client.set_api_key("another")
    with pytest.raises(client.TrackingMoreAPIException) as wrong:
        client.get_all_trackings()
    assert wrong.value.err_code == 4001


def test_the_vendor_s_seventeen_calls_are_answered(send: Send) -> None:
    ems = {"carrier_code": "china-ems", "tracking_number": "EC700800905CN"}
    post = {"carrier_code": "china-post", "tracking_number": "RC700800905CN"}
    notes = {
        "title": "Tischlampe",
        "customer_name": "Robin",
        "customer_email": "robin@shop.example",
        "order_id": "#4711",
        "destination_code": "IL",
        "logistics_channel": "4PX挂号小包",
    }
    more = {
        "order_create_time": "2024-05-02 10:15",
        "tracking_ship_date": "1714644900",
        "tracking_postal_code": "10115",
        "lang": "en",
    }
    code, carriers = send("GET", "carriers")
    assert code == 200
    assert {"dhl", "china-ems"} <= {carrier["code"] for carrier in carriers}
    code, found = send("GET", "carriers/detect", {"tracking_number": ems["tracking_number"]})
    assert "china-ems" in {carrier["code"] for carrier in found}

    code, begun = send("POST", "trackings/post", post | notes | more)
    assert (code, begun["order_create_time"]) == (200, "2024-05-02 10:15")
    assert begun["logistics_channel"] == "4PX挂号小包"
    code, batch = send("POST", "trackings/batch", [ems | notes | more, post | notes])
    assert (code, batch["submitted"], batch["added"], len(batch["errors"])) == (201, 2, 1, 1)

    span = {"min": 1_700_000_000, "max": 1_900_000_000}
    ranges = {f"created_at_{end}": second for end, second in span.items()}
    ranges |= {f"order_created_time_{end}": second for end, second in span.items()}
    numbers = f"{post['tracking_number']},{ems['tracking_number']}"
    code, page = send(
        "GET",
        "trackings/get",
        page=1,
        limit=100,
        numbers=numbers,
        orders="#4711",
        lang="en",
        **ranges,
    )
    assert {item["id"] for item in page["items"]} == {begun["id"], batch["trackings"][0]["id"]}
    assert send("POST", "trackings/get", {"numbers": numbers, "page": "1"})[1]["total"] == "2"
    code, item = send("GET", f"trackings/china-post/{post['tracking_number']}/cn")
    assert item["id"] == begun["id"]

    said = notes | {"customer_phone": "+49 30 1", "status": "7", "archived": "true"}
    code, echo = send("PUT", f"trackings/china-ems/{ems['tracking_number']}", said)
    assert (code, echo["status"], echo["archived"]) == (200, "7", "true")
    code, more_of_it = send("POST", "trackings/updatemore", [ems | notes | {"status": "8"}])
    assert (code, more_of_it["change"]) == (200, 1)
    asked = ems | {"order": "#4711", "specialNumberDestination": "IL", "lang": "en"}
    code, live = send("POST", "trackings/realtime", asked)
    assert len(live["items"]) == 1
    assert send("POST", "trackings/update", post | {"update_carrier_code": "china-ems"}) == (
        200,
        {"Usertag": ""},
    )
    code, stopped = send("POST", "trackings/notupdate", [ems])
    assert (code, stopped) == (200, {"submitted": 1, "change": 1, "trackings": [ems]})

    code, account = send("GET", "trackings/getuserinfo")
    assert isinstance(account["track_number"], int)
    code, counts = send("GET", "trackings/getstatusnumber")
    assert sum(counts.values()) == 14
    code, remote = send("POST", "trackings/remote", [{"country": "CN", "postcode": "850000"}])
    assert set(remote) == {"submitted", "other", "remote", "errors"}
    lanes = [{"carrier_code": "dhl", "original": "CN", "destination": to} for to in ("DE", "RU")]
    code, times = send("POST", "trackings/costtime", lanes)
    assert [row["destination"] for row in times] == ["DE", "RU"]
    freight = {"track_number": ["217-40414043", "217-40414043"], "lang": "en"}
    code, ways = send("POST", "trackings/aircargo", freight)
    assert [way["track_number"] for way in ways] == freight["track_number"]

    renamed = post | {"carrier_code": "china-ems"}
    code, deleted = send("POST", "trackings/delete", [renamed])
    assert (code, deleted["delete"]) == (200, 1)
    assert deleted["trackings"][0]["meta"]["tracking_number"] == post["tracking_number"]
    assert send("DELETE", f"trackings/china-ems/{ems['tracking_number']}") == (200, [])


def test_of_many_who_register_the_same_parcel_at_once_one_does(
    send: Send, sandbox: Sandbox
) -> None:
    before = sandbox.credits
    parcel = {"carrier_code": "china-post", "tracking_number": "RC700800905CN"}
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda _: send("POST", "trackings/post", parcel)[0], range(12)))
    assert sorted(codes) == [200] + [4016] * 11
    assert sandbox.credits == before - 1
