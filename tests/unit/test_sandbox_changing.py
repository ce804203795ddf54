"""What a merchant changes of a parcel shows in the list, under a new stamp."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.asked import Item, account, ask, name
from trackingmore_v2.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Sandbox:
    return account()


def put(sandbox: Sandbox, item: Item, said: Any) -> tuple[int, Any]:
    return ask(sandbox, "PUT", f"{item['carrier_code']}/{item['tracking_number']}", json=said)


def listed(sandbox: Sandbox, item: Item, **params: Any) -> Item | None:
    """Return a parcel as the list has it."""
    found = {"numbers": item["tracking_number"]} | params
    _, data = ask(sandbox, "GET", "get", params=found)
    return data["items"][0] if data else None


def by_status(sandbox: Sandbox, *statuses: str) -> Item:
    return next(item for item in sandbox.items() if item["status"] in statuses)


def stamp(item: Item) -> datetime:
    return datetime.fromisoformat(item["updated_at"])


def counts(sandbox: Sandbox) -> dict[str, int]:
    return ask(sandbox, "GET", "getstatusnumber")[1]


ANNOTATED = {
    "title": "two lamps",
    "logistics_channel": "Luftpost",
    "customer_name": "N. N.",
    "customer_email": "n@shop.example",
    "customer_phone": "+49 1",
    "order_id": "#7001",
    "destination_code": "DE",
}


def test_an_annotation_is_echoed_and_shows_in_the_list(sandbox: Sandbox) -> None:
    for item in sandbox.items():
        sandbox.advance(timedelta(seconds=1))
        said = ANNOTATED | {"archived": "true", "status": 7}
        code, echo = put(sandbox, item, said)
        assert (code, echo["archived"], echo["status"]) == (200, "true", "7")
        assert {field: echo[field] for field in ANNOTATED} == ANNOTATED
        after = listed(sandbox, item)
        assert after is not None
        assert {field: after[field] for field in ANNOTATED} == ANNOTATED
        assert (after["archived"], after["status"]) == (True, "exception")
        assert stamp(after) == stamp(echo) == sandbox.now
        assert after["id"] == item["id"]


def test_the_filters_see_an_annotation(sandbox: Sandbox) -> None:
    item = next(i for i in sandbox.items() if i.get("order_id") and not i["archived"])
    sandbox.advance(timedelta(seconds=1))
    put(sandbox, item, {"order_id": "#7001", "archived": "true", "status": "7"})
    second = int(sandbox.now.timestamp())
    for found in (
        {"orders": "#7001"},
        {"archived": "true"},
        {"status": "exception"},
        {"update_time_min": second, "update_time_max": second},
    ):
        after = listed(sandbox, item, **found)
        assert after is not None
        assert after["id"] == item["id"]
    for missed in ({"orders": item["order_id"]}, {"archived": "false"}, {"status": "transit"}):
        assert listed(sandbox, item, **missed) is None


def test_a_status_set_by_hand_stays_until_it_is_taken_back(sandbox: Sandbox) -> None:
    item = by_status(sandbox, "transit", "pickup")
    before = counts(sandbox)
    put(sandbox, item, {"status": "4"})
    after = counts(sandbox)
    assert after["delivered"] == before["delivered"] + 1
    assert sum(after.values()) == sum(before.values())
    sandbox.advance(timedelta(minutes=30))
    said = listed(sandbox, item)
    assert said is not None
    assert said["status"] == "delivered"
    assert put(sandbox, item, {"status": 8})[1]["status"] == "8"
    said = listed(sandbox, item)
    assert said is not None
    assert said["status"] in ("transit", "pickup", "undelivered")


def test_an_item_put_there_as_it_is_gets_its_own_status_back(sandbox: Sandbox) -> None:
    own = {"tracking_number": "OWN-1", "carrier_code": "x"}
    put(sandbox, own, {"status": 4})
    assert sandbox.items()[-1]["status"] == "delivered"
    put(sandbox, own, {"status": 8})
    assert sandbox.items()[-1]["status"] == "odd"


@pytest.mark.parametrize("request_", [{"content": b""}, {"json": {}}, {"json": {"status": ""}}])
def test_an_annotation_that_says_nothing_changes_nothing(
    sandbox: Sandbox, request_: dict[str, Any]
) -> None:
    item = by_status(sandbox, "delivered")
    sandbox.advance(timedelta(seconds=1))
    path = f"{item['carrier_code']}/{item['tracking_number']}"
    code, echo = ask(sandbox, "PUT", path, **request_)
    assert (code, echo["id"], echo["status"]) == (200, item["id"], "delivered")
    assert listed(sandbox, item) == item


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"status": 5}, 4033),
        ({"status": "delivered"}, 4033),
        ({"status": 0}, 4033),
        ({"archived": "perhaps"}, 4012),
        ({"title": ["x"]}, 4012),
        ({"status": True}, 4012),
    ],
)
def test_what_cannot_be_set_is_refused_and_changes_nothing(
    sandbox: Sandbox, said: Item, code: int
) -> None:
    item = by_status(sandbox, "transit")
    assert put(sandbox, item, {"order_id": "#1"} | said) == (code, [])
    of_many = 200 if "archived" in said else code  # where it is not heard
    assert ask(sandbox, "POST", "updatemore", json=[name(item) | said])[0] == of_many
    after = listed(sandbox, item)
    assert after is not None
    assert (after["order_id"], after["status"]) == (item["order_id"], "transit")


def test_many_are_annotated_at_once_but_not_archived(sandbox: Sandbox) -> None:
    first, second = sandbox.items()[:2]
    sandbox.advance(timedelta(seconds=1))
    entries = [name(first) | {"title": "one", "archived": "true"}, name(second) | {"status": 7}]
    absent = {"tracking_number": "RA000000000CN", "carrier_code": "china-post"}
    code, said = ask(sandbox, "POST", "updatemore", json=[*entries, absent | {"title": "none"}])
    assert (code, said["submitted"], said["change"]) == (200, 3, 2)
    assert [(e["code"], e["tracking_number"]) for e in said["errors"]] == [(4017, "RA000000000CN")]
    one, two = listed(sandbox, first), listed(sandbox, second)
    assert one is not None
    assert two is not None
    assert (one["title"], one["archived"], stamp(one)) == ("one", first["archived"], sandbox.now)
    assert (two["status"], stamp(two)) == ("exception", sandbox.now)


@pytest.mark.parametrize("path", ["updatemore", "notupdate", "delete"])
def test_of_more_than_two_hundred_nothing_is_changed(sandbox: Sandbox, path: str) -> None:
    before = sandbox.items()
    many = [name(before[0])] * 201
    assert ask(sandbox, "POST", path, json=many) == (4020, [])
    assert ask(sandbox, "POST", path, json=[]) == (4012, [])
    assert ask(sandbox, "POST", path, json=name(before[0]))[0] == 4012
    assert sandbox.items() == before


def test_realtime_knows_nothing_of_what_a_merchant_says(sandbox: Sandbox) -> None:
    item = by_status(sandbox, "delivered")
    put(sandbox, item, ANNOTATED | {"status": 7})
    [live] = ask(sandbox, "POST", "realtime", json=name(item))[1]["items"]
    assert live["status"] == "delivered"
    assert not {"title", "order_id", "customer_phone", "logistics_channel"} & live.keys()
