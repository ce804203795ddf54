"""What the sandbox's endpoints promise: envelope, keys, paging, and one answer for each."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from trackingmore_v2.endpoints import ENDPOINTS
from trackingmore_v2.sandbox import Sandbox
from trackingmore_v2.sandbox.answers import ANSWERS

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
KEY = {"Trackingmore-Api-Key": "sandbox-key"}


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox(250, now=NOW)


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Iterator[TestClient]:
    with TestClient(sandbox.app, headers=KEY) as client:
        yield client


def data(client: TestClient, path: str, **params: Any) -> Any:
    said = client.get(f"/v2{path}", params=params).json()
    assert said["meta"]["code"] == 200, said["meta"]
    return said["data"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_every_endpoint_has_an_answer(endpoint: Any) -> None:
    assert endpoint in ANSWERS


def test_the_pages_of_a_list_are_the_account_newest_first(
    sandbox: Sandbox, client: TestClient
) -> None:
    pages = [data(client, "/trackings/get", limit=60, page=page) for page in range(1, 6)]
    assert [page["count"] for page in pages] == [60, 60, 60, 60, 10]
    assert {(page["total"], page["limit"]) for page in pages} == {("250", 60)}
    listed = [item for page in pages for item in page["items"]]
    created = [datetime.fromisoformat(item["created_at"]) for item in listed]
    assert created == sorted(created, reverse=True)
    assert {item["id"]: item for item in listed} == {item["id"]: item for item in sandbox.items()}


def test_without_a_limit_a_page_has_a_hundred(client: TestClient) -> None:
    page = data(client, "/trackings/get")
    assert (page["page"], page["limit"], len(page["items"])) == (1, 100, 100)


def test_answers_are_escaped_as_php_does(client: TestClient) -> None:
    body = client.get("/v2/trackings/get", params={"limit": 250}).content
    assert body.isascii()
    assert b"http:\\/\\/" in body
    assert b"http://" not in body
    assert b"\\u" in body


def test_the_date_header_is_the_sandbox_s_own(client: TestClient) -> None:
    assert client.get("/v2/carriers").headers["date"] == "Mon, 06 May 2024 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (KEY, 200),
        ({"Tracking-Api-Key": "sandbox-key"}, 200),
        ({"Trackingmore-Api-Key": "another"}, 4001),
        ({"Trackingmore-Api-Key": ""}, 4001),
        ({}, 4001),
    ],
)
def test_only_the_key_of_the_account_opens_it(
    sandbox: Sandbox, headers: dict[str, str], code: int
) -> None:
    answer = TestClient(sandbox.app).get("/v2/trackings/getuserinfo", headers=headers)
    assert answer.status_code == 200
    assert answer.json()["meta"]["code"] == code


@pytest.mark.parametrize("suffix", ["", "/", "/en", "/en/"])
def test_a_single_tracking_is_the_list_s_item(client: TestClient, suffix: str) -> None:
    for item in data(client, "/trackings/get", limit=20)["items"]:
        path = f"/trackings/{item['carrier_code']}/{item['tracking_number']}{suffix}"
        assert data(client, path) == item


def test_an_unknown_tracking_does_not_exist(client: TestClient) -> None:
    item = data(client, "/trackings/get", limit=1)["items"][0]
    for path in (f"usps-of-mars/{item['tracking_number']}", "usps/9400111699512345678900"):
        said = client.get(f"/v2/trackings/{path}").json()
        assert (said["meta"]["code"], said["data"]) == (4017, [])


def test_a_carrier_code_in_mixed_case_is_not_folded() -> None:
    sandbox = Sandbox(400, now=NOW)
    item = next(i for i in sandbox.items() if i["carrier_code"] == "Correios-Cabo-Verde")
    client = TestClient(sandbox.app, headers=KEY)
    path = f"/trackings/Correios-Cabo-Verde/{item['tracking_number']}"
    assert data(client, path)["id"] == item["id"]
    assert client.get(f"/v2{path.lower()}").json()["meta"]["code"] == 4017


def test_status_counts_are_those_of_the_items(sandbox: Sandbox, client: TestClient) -> None:
    counts = data(client, "/trackings/getstatusnumber/")
    said = [item["status"].lower().replace("inforeceived", "notfound") for item in sandbox.items()]
    assert counts == {status: said.count(status) for status in counts}
    assert sum(counts.values()) == 250
    assert len(counts) == 8


def test_status_counts_of_a_range_are_those_of_its_items(client: TestClient) -> None:
    since = int(NOW.timestamp()) - 90 * 86400
    counts = data(client, "/trackings/getstatusnumber", created_at_min=since)
    listed = data(client, "/trackings/get", created_at_min=since, limit=250)
    assert sum(counts.values()) == int(listed["total"]) < 250


def test_the_account_says_whose_it_is(client: TestClient) -> None:
    said = data(client, "/trackings/getuserinfo")
    assert set(said) == {"email", "regtime", "phone", "money", "track_number"}
    assert said["regtime"].isdecimal()
    assert isinstance(said["track_number"], int)


def test_carriers_are_named_in_the_language_of_the_header(client: TestClient) -> None:
    english = client.get("/v2/carriers/").json()["data"]
    chinese = client.get("/v2/carriers", headers={"Lang": "cn"}).json()["data"]
    by_code = {row["code"]: row for row in english}
    assert by_code["china-post"]["name"] == "China post"
    assert {row["code"]: row["name"] for row in chinese}["china-post"] == "中国邮政"
    assert any(row["phone"] == "" for row in english)
    assert any("name_cn" not in row for row in english)
    assert all(row["picture"].startswith("//") for row in english)


def test_every_carrier_of_a_parcel_is_listed(sandbox: Sandbox, client: TestClient) -> None:
    codes = {row["code"] for row in data(client, "/carriers")}
    assert {item["carrier_code"] for item in sandbox.items()} <= codes


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_filters_may_come_in_a_json_body(client: TestClient, method: str) -> None:
    body = json.dumps({"limit": "7", "page": 2})
    said = client.request(method, "/v2/trackings/get/", content=body).json()
    assert said["data"]["items"] == data(client, "/trackings/get", limit=7, page=2)["items"]


def test_empty_parameters_and_an_empty_body_say_nothing(client: TestClient) -> None:
    empty = dict.fromkeys(["orders", "numbers", "status", "update_time_min", "page", "limit"], "")
    said = client.request("GET", "/v2/trackings/get", params=empty, content=b"").json()
    assert said["data"] == data(client, "/trackings/get")


def test_a_body_that_is_no_json_is_refused(client: TestClient) -> None:
    assert client.post("/v2/trackings/get", content=b"limit=3").json()["meta"]["code"] == 4015


@pytest.mark.parametrize(
    "params",
    [{"limit": 0}, {"page": 0}, {"limit": "many"}, {"page": -1}, {"update_time_min": "x"}],
)
def test_numbers_that_make_no_sense_are_refused(
    client: TestClient, params: dict[str, object]
) -> None:
    said = client.get("/v2/trackings/get", params=params).json()
    assert (said["meta"]["code"], said["data"]) == (4012, [])


def test_an_unknown_status_is_refused(client: TestClient) -> None:
    said = client.get("/v2/trackings/get", params={"status": "lost"}).json()
    assert said["meta"]["code"] == 4033


def test_more_than_forty_numbers_are_refused(client: TestClient) -> None:
    numbers = ",".join(f"RR{n:09d}CN" for n in range(41))
    said = client.get("/v2/trackings/get", params={"numbers": numbers}).json()
    assert said["meta"] == {
        "code": 202,
        "type": "Bad Request",
        "message": "The largest number of 40 each operation.",
    }


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [("GET", "/nothing", 404), ("DELETE", "/carriers", 405), ("POST", "/carriers", 405)],
)
def test_what_is_not_there_is_an_application_error(
    client: TestClient, method: str, path: str, code: int
) -> None:
    answer = client.request(method, f"/v2{path}")
    assert answer.status_code == 200
    assert answer.json()["meta"]["code"] == code


def test_requests_are_on_record() -> None:
    sandbox = Sandbox(5, now=NOW)
    client = TestClient(sandbox.app, headers=KEY)
    client.get("/v2/trackings/get", params={"limit": 3})
    client.post("/v2/trackings/get/", json={"page": 1})
    assert sandbox.requests == [
        ("GET", "/trackings/get", {"limit": "3"}),
        ("POST", "/trackings/get/", {"page": 1}),
    ]
    assert sandbox.request_count == 2


def test_the_controls_move_the_clock_and_touch_parcels() -> None:
    sandbox = Sandbox(50, now=NOW)
    client = TestClient(sandbox.app)
    said = client.post("/sandbox/advance", params={"days": 1, "hours": 2, "seconds": 3}).json()
    assert said["now"] == "2024-05-07T14:00:03+00:00" == sandbox.now.isoformat()
    touched = client.post("/sandbox/touch", params={"count": 4}).json()["touched"]
    stamped = {i["id"] for i in sandbox.items() if i.get("updated_at") and stamp(i) == sandbox.now}
    assert set(touched) <= stamped
    state = client.get("/sandbox/state").json()
    assert state["trackings"] == len(sandbox.items()) == sum(state["counts"].values())
    assert client.post("/sandbox/advance", params={"days": "soon"}).status_code == 400


def stamp(item: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(item["updated_at"])
