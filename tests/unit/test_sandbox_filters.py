"""The sandbox's filters find exactly what a look at every item finds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from starlette.testclient import TestClient

from trackingmore_v2.sandbox import Sandbox, Switches
from trackingmore_v2.sandbox.quirks import ordered_at

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
KEY = {"Trackingmore-Api-Key": "sandbox-key"}
Item = dict[str, Any]


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    sandbox = Sandbox(600, now=NOW)
    for days in range(3):
        sandbox.advance(timedelta(days=days))
    for item in sandbox.items()[::40]:
        sandbox.touch(item["id"])
    for item in sandbox.items()[7::90]:
        sandbox.delete(item["id"])
    item = sandbox.items()[5]
    sandbox.put(item | {"id": "f" * 32, "order_id": "own-1", "created_at": "2024-01-01T00:00:00Z"})
    sandbox.put({"id": "no-dates", "tracking_number": "X1", "carrier_code": "x", "status": "odd"})
    return sandbox


def listed(sandbox: Sandbox, **params: Any) -> tuple[int, list[Item]]:
    """Return the total and the items of one page that holds all."""
    client = TestClient(sandbox.app, headers=KEY)
    said = client.get("/v2/trackings/get", params={"limit": 2000} | params).json()
    if said["meta"]["code"] == 4031:
        return 0, []
    assert said["meta"]["code"] == 200, said
    return int(said["data"]["total"]), said["data"]["items"]


def check(sandbox: Sandbox, belongs: Callable[[Item], bool], **params: Any) -> int:
    """Assert that a filter finds what *belongs*, and return how many those are."""
    total, items = listed(sandbox, **params)
    expected = {item["id"]: item for item in sandbox.items() if belongs(item)}
    assert {item["id"]: item for item in items} == expected
    assert total == len(items) == len(expected)
    return total


def second(item: Item, field: str) -> int:
    said = item.get(field)
    return int(datetime.fromisoformat(said).timestamp()) if said else 0


def ranges(sandbox: Sandbox, field: str) -> list[tuple[int, int]]:
    """Return ranges whose ends fall on, just beside and between the stamps of the account."""
    dice = Random(3)
    stamps = sorted(filter(None, (second(item, field) for item in sandbox.items())))
    ends = [tuple(sorted(dice.sample(stamps, 2))) for _ in range(12)]
    chosen = [(low + dice.randint(-1, 1), high + dice.randint(-1, 1)) for low, high in ends]
    return [*chosen, (stamps[9], stamps[9]), (stamps[0], stamps[-1]), (stamps[4] + 5, stamps[4])]


@pytest.mark.parametrize("bounds", ["inclusive", "exclusive"])
@pytest.mark.parametrize(
    ("parameter", "field"), [("update_time", "updated_at"), ("created_at", "created_at")]
)
def test_a_range_holds_its_stamps_and_no_others(bounds: Any, parameter: str, field: str) -> None:
    sandbox = Sandbox(300, now=NOW, switches=Switches(bounds=bounds))
    slack = 0 if bounds == "inclusive" else 1
    for low, high in ranges(sandbox, field):

        def belongs(item: Item, first: int = low + slack, last: int = high - slack) -> bool:
            return first <= second(item, field) <= last

        check(sandbox, belongs, **{f"{parameter}_min": low, f"{parameter}_max": high})


def test_one_end_is_enough(sandbox: Sandbox) -> None:
    since = int((sandbox.now - timedelta(days=40)).timestamp())
    assert check(sandbox, lambda i: second(i, "updated_at") >= since, update_time_min=since)
    assert check(sandbox, lambda i: 0 < second(i, "updated_at") <= since, update_time_max=since)
    assert check(sandbox, lambda i: 0 < second(i, "created_at") <= since, created_at_max=since)


def test_a_parcel_without_a_stamp_is_in_no_range_of_it(sandbox: Sandbox) -> None:
    never = {item["id"] for item in sandbox.items() if not item.get("updated_at")}
    assert never
    _, items = listed(sandbox, update_time_min=0)
    assert not never & {item["id"] for item in items}


@pytest.mark.parametrize(
    "status", ["pending", "notfound", "transit", "delivered", "exception", "expired", "DELIVERED"]
)
def test_a_status_finds_its_parcels(sandbox: Sandbox, status: str) -> None:
    def belongs(item: Item) -> bool:
        said = str(item["status"]).lower()
        return status.lower() == ("notfound" if said == "inforeceived" else said)

    check(sandbox, belongs, status=status)


def test_archived_is_yes_no_or_both(sandbox: Sandbox) -> None:
    assert check(sandbox, lambda i: bool(i.get("archived")), archived="true")
    assert check(sandbox, lambda i: not i.get("archived"), archived="false")
    assert check(sandbox, lambda i: True, archived="")


def test_filters_narrow_each_other(sandbox: Sandbox) -> None:
    since = int((sandbox.now - timedelta(days=200)).timestamp())
    until = int((sandbox.now - timedelta(days=20)).timestamp())
    found = check(
        sandbox,
        lambda i: (
            i["status"] == "delivered"
            and not i["archived"]
            and second(i, "created_at") >= since
            and 0 < second(i, "updated_at") <= until
        ),
        status="delivered",
        archived="false",
        created_at_min=since,
        update_time_max=until,
    )
    assert found


def test_numbers_and_orders_find_their_parcels(sandbox: Sandbox) -> None:
    some = sandbox.items()[::17]
    numbers = [item["tracking_number"] for item in some][:40]
    check(sandbox, lambda i: i["tracking_number"] in numbers, numbers=",".join(numbers))
    orders = [item["order_id"] for item in some if item.get("order_id")][:40]
    found = check(sandbox, lambda i: i.get("order_id") in orders, orders=",".join(orders))
    assert found >= len(set(orders))
    both = {"numbers": numbers[0], "orders": orders[-1]}
    check(
        sandbox,
        lambda i: i["tracking_number"] == numbers[0] and i.get("order_id") == orders[-1],
        **both,
    )


def test_one_order_may_come_in_two_parcels(sandbox: Sandbox) -> None:
    orders = [item["order_id"] for item in sandbox.items() if item.get("order_id")]
    double = next(order for order in orders if orders.count(order) == 2)
    assert listed(sandbox, orders=double)[0] == 2


def test_unknown_names_find_nothing(sandbox: Sandbox) -> None:
    for params in ({"numbers": "RR123456789CN"}, {"orders": "SO-99999999"}, {"orders": "nonsense"}):
        assert listed(sandbox, **params) == (0, [])


def test_order_times_are_filtered_where_they_can_be_read(sandbox: Sandbox) -> None:
    since = int((sandbox.now - timedelta(days=150)).timestamp())
    found = check(
        sandbox,
        lambda i: since <= ordered_at(i.get("order_create_time")) <= since + 40 * 86400,
        order_created_time_min=since,
        order_created_time_max=since + 40 * 86400,
    )
    assert found


@pytest.mark.parametrize(
    ("order", "field", "falls"),
    [
        ("created_desc", "created_at", True),
        ("created_asc", "created_at", False),
        ("updated_desc", "updated_at", True),
        ("updated_asc", "updated_at", False),
    ],
)
def test_the_order_is_the_switch_s(order: Any, field: str, falls: bool) -> None:
    sandbox = Sandbox(200, now=NOW, switches=Switches(order=order))
    stamps = [second(item, field) for item in listed(sandbox)[1]]
    assert stamps == sorted(stamps, reverse=falls)


def test_an_order_by_id_is_the_ids_order() -> None:
    ids = [i["id"] for i in listed(Sandbox(200, now=NOW, switches=Switches(order="id")))[1]]
    assert ids == sorted(ids)


def test_a_random_order_deals_the_same_parcels_anew() -> None:
    sandbox = Sandbox(200, now=NOW, switches=Switches(order="random"))
    first, second_deal = ([i["id"] for i in listed(sandbox)[1]] for _ in range(2))
    assert first != second_deal
    assert sorted(first) == sorted(second_deal)


def test_every_order_pages_without_gap_or_repetition() -> None:
    for order in ("created_desc", "created_asc", "updated_desc", "updated_asc", "id"):
        sandbox = Sandbox(103, now=NOW, switches=Switches(order=order))
        ids = [i["id"] for page in range(1, 12) for i in listed(sandbox, limit=10, page=page)[1]]
        assert sorted(ids) == sorted(item["id"] for item in sandbox.items())
