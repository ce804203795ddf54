"""Each switch of the sandbox changes the one thing that it says."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from trackingmore_v2.sandbox import Sandbox, Switches

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
KEY = {"Trackingmore-Api-Key": "sandbox-key"}


def client(size: int = 120, **switches: Any) -> TestClient:
    sandbox = Sandbox(size, now=NOW, switches=Switches(**switches))
    return TestClient(sandbox.app, headers=KEY)


def page(where: TestClient, **params: Any) -> Any:
    return where.get("/v2/trackings/get", params=params).json()


@pytest.mark.parametrize("params", [{"numbers": "none"}, {"page": 9}])
def test_nothing_is_said_in_one_of_two_ways(params: dict[str, Any]) -> None:
    assert page(client(), **params)["meta"]["code"] == 4031
    assert page(client(), **params)["data"] == []
    said = page(client(empty_as="items"), **params)
    assert (said["meta"]["code"], said["data"]["items"]) == (200, [])


def test_an_empty_account_has_a_total_of_zero() -> None:
    assert page(client(0, empty_as="items"))["data"]["total"] == "0"


def test_a_larger_limit_is_clamped_and_the_clamp_is_echoed() -> None:
    said = page(client(max_limit=50), limit=2000)["data"]
    assert (said["limit"], said["count"], said["total"]) == (50, 50, "120")
    assert page(client(max_limit=50))["data"]["limit"] == 50
    assert page(client(), limit=5000)["data"]["limit"] == 2000


def test_a_bulk_import_exceeds_a_small_page() -> None:
    sandbox = Sandbox(1000, now=NOW)
    (second, count), *_ = Counter(item["created_at"][:19] for item in sandbox.items()).most_common(
        1
    )
    assert count > 20, second
    stamps = Counter(str(item.get("updated_at"))[:19] for item in sandbox.items())
    del stamps["None"]
    assert stamps.most_common(1)[0][1] > 10


def test_an_unknown_tracking_has_the_switch_s_code() -> None:
    where = client(unknown_tracking=4031)
    assert where.get("/v2/trackings/usps/12345678").json()["meta"]["code"] == 4031


def test_a_missing_key_has_the_switch_s_code() -> None:
    where = TestClient(client(missing_key=401).app)
    assert where.get("/v2/carriers").json()["meta"]["code"] == 401


def test_the_key_may_be_tied_to_one_header() -> None:
    for form, header in (
        ("trackingmore", "Tracking-Api-Key"),
        ("tracking", "Trackingmore-Api-Key"),
    ):
        where = TestClient(client(key_headers=form).app, headers={header: "sandbox-key"})
        assert where.get("/v2/carriers").json()["meta"]["code"] == 4001


def test_total_and_count_are_optional_in_form() -> None:
    said = page(client(total_as="number", with_count=False))["data"]
    assert said["total"] == 120
    assert "count" not in said


@pytest.mark.parametrize(
    ("form", "status", "kind"),
    [("meta", 200, "json"), ("http", 429, "json"), ("html", 502, "html")],
)
def test_haste_is_refused_in_the_switch_s_form(form: str, status: int, kind: str) -> None:
    where = client(5, rate_limited=True, too_many_requests=form)
    assert where.get("/v2/trackings/get").status_code == 200
    refused = where.get("/v2/trackings/get")
    assert refused.status_code == status
    assert kind in refused.headers["content-type"]
    if kind == "json":
        assert refused.json()["meta"]["code"] == 429
    assert where.get("/v2/carriers").json()["meta"]["code"] == 200, "each endpoint has its own"


def test_without_the_switch_haste_is_borne() -> None:
    where = client(5)
    assert {page(where)["meta"]["code"] for _ in range(5)} == {200}


@pytest.mark.parametrize(
    ("way", "kinds"),
    [
        ("null", {"null"}),
        ("absent", {"absent"}),
        ("all_null", {"all null"}),
        ("empty_list", {"[]"}),
        ("mixed", {"null", "absent", "all null", "[]"}),
    ],
)
def test_a_missing_destination_is_told_in_the_switch_s_way(way: str, kinds: set[str]) -> None:
    items = page(client(no_destination=way), limit=120)["data"]["items"]
    assert {destination(item) for item in items} - {"told"} == kinds


def destination(item: dict[str, Any]) -> str:
    info = item.get("destination_info", "absent")
    if isinstance(info, dict):
        return "told" if info["trackinfo"] else "all null"
    return "null" if info is None else str(info)


def test_a_change_may_take_its_time_to_show() -> None:
    sandbox = Sandbox(200, now=NOW, switches=Switches(visibility_delay_seconds=60), lively=False)
    sandbox.advance(timedelta(days=1))
    where = TestClient(sandbox.app, headers=KEY)
    before = {item["id"]: item for item in sandbox.items()}
    for tracking_id in before:
        sandbox.touch(tracking_id)
    touched = {item["id"]: item for item in sandbox.items()}
    shown = []
    for _ in range(7):
        items = {item["id"]: item for item in page(where, limit=2000)["data"]["items"]}
        assert all(item in (before[key], touched[key]) for key, item in items.items())
        shown.append(sum(items[key] == touched[key] for key in items))
        sandbox.advance(timedelta(seconds=10))
    assert shown == sorted(shown)
    assert shown[0] < 20 < shown[3] < 180
    items = page(where, limit=2000)["data"]["items"]
    assert {item["id"]: item for item in items} == touched


def test_a_late_stamp_is_still_found_by_its_range() -> None:
    sandbox = Sandbox(300, now=NOW, switches=Switches(visibility_delay_seconds=12 * 3600))
    where = TestClient(sandbox.app, headers=KEY)
    sandbox.advance(timedelta(days=2))
    since = int(NOW.timestamp())
    early = int(page(where, update_time_min=since)["data"]["total"])
    true = sum(
        datetime.fromisoformat(item["updated_at"]) >= NOW
        for item in sandbox.items()
        if item.get("updated_at")
    )
    assert early < true
    until = int(sandbox.now.timestamp())
    sandbox.advance(timedelta(hours=12))
    found = page(where, update_time_min=since, update_time_max=until, limit=2000)["data"]
    later = page(where, update_time_min=until + 1, limit=2000)
    overtaken = int(later["data"]["total"]) if later["data"] else 0
    assert true - overtaken <= int(found["total"]) <= true
