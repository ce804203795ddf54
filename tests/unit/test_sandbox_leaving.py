"""Parcels whose carrier is corrected, that are stopped, or that are deleted."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.asked import NOW, Item, account, ask, name
from trackingmore_v2.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Sandbox:
    return account()


def listed(sandbox: Sandbox, item: Item, **params: Any) -> Item | None:
    """Return a parcel as the list has it."""
    found = {"numbers": item["tracking_number"]} | params
    _, data = ask(sandbox, "GET", "get", params=found)
    return data["items"][0] if data else None


def stamp(item: Item) -> datetime:
    return datetime.fromisoformat(item["updated_at"])


def test_a_parcel_lives_on_under_its_corrected_carrier(sandbox: Sandbox) -> None:
    wrong = {"tracking_number": "RT204060801JP", "carrier_code": "usps"}
    ask(sandbox, "POST", "post", json=wrong | {"order_id": "#9", "title": "lamp"})
    sandbox.advance(timedelta(days=5))
    lost = listed(sandbox, wrong)
    assert lost is not None
    assert lost["status"] == "notfound"
    left = sandbox.credits
    request = wrong | {"update_carrier_code": "japan-post"}
    assert ask(sandbox, "POST", "update", json=request) == (200, {"Usertag": ""})
    assert sandbox.credits == left
    found = listed(sandbox, wrong, orders="#9")
    assert found is not None
    assert (found["carrier_code"], found["title"]) == ("japan-post", "lamp")
    assert found["id"] != lost["id"]
    assert lost["id"] not in {item["id"] for item in sandbox.items()}
    sandbox.advance(timedelta(days=3))
    alive = listed(sandbox, wrong)
    assert alive is not None
    assert alive["origin_info"]["trackinfo"]
    assert ask(sandbox, "POST", "update", json=request)[0] == 4017


@pytest.mark.parametrize(
    ("differing", "code"),
    [
        ({"tracking_number": ""}, 4013),
        ({"update_carrier_code": "pony-express"}, 4015),
        ({"update_carrier_code": ""}, 4012),
        ({"carrier_code": "usps"}, 4017),
    ],
)
def test_a_wrong_correction_is_refused(sandbox: Sandbox, differing: Item, code: int) -> None:
    item = sandbox.items()[0]
    request = name(item) | {"update_carrier_code": "royal-mail"} | differing
    assert ask(sandbox, "POST", "update", json=request) == (code, [])
    assert listed(sandbox, item) == item


def test_a_stopped_parcel_stands_still(sandbox: Sandbox) -> None:
    moving = [item for item in sandbox.items() if item["status"] in ("transit", "pickup")]
    moving.append({"tracking_number": "OWN-1", "carrier_code": "usps"})
    code, said = ask(sandbox, "POST", "notupdate", json=[name(item) for item in moving])
    assert code == 200
    assert (said["submitted"], said["change"]) == (len(moving), len(moving) - 1)
    assert said["trackings"] == [name(item) for item in moving[:-1]]
    stopped = {item["id"]: item for item in sandbox.items()}
    sandbox.advance(timedelta(days=30))
    later = {item["id"]: item for item in sandbox.items()}
    for item in moving[:-1]:
        if item["id"] in later:
            assert later[item["id"]] == stopped[item["id"]]
            assert (later[item["id"]]["track_update"], stamp(later[item["id"]])) == (False, NOW)
    again = ask(sandbox, "POST", "notupdate", json=[name(moving[0])])[1]
    assert (again["change"], again["trackings"]) == (0, [])


@pytest.mark.parametrize("lively", [True, False])
def test_an_annotation_brings_no_scans_to_what_stands_still(lively: bool) -> None:
    sandbox = Sandbox(60, now=NOW, lively=lively)
    moving = [item for item in sandbox.items() if item["status"] == "transit"]
    sandbox.advance(timedelta(seconds=1))
    if lively:
        ask(sandbox, "POST", "notupdate", json=[name(item) for item in moving])
    before = {item["id"]: item for item in sandbox.items()}
    sandbox.advance(timedelta(days=25))
    noted = 0
    for item in moving:
        path = f"{item['carrier_code']}/{item['tracking_number']}"
        code, _ = ask(sandbox, "PUT", path, json={"title": "late"})
        noted += code == 200  # but for those that were deleted meanwhile
        after = listed(sandbox, item)
        if after is not None:
            assert (after.pop("title"), stamp(after)) == ("late", sandbox.now)
            differing = {field for field in after if after[field] != before[item["id"]].get(field)}
            assert differing == {"updated_at"}
    assert noted


def test_a_deleted_parcel_is_gone(sandbox: Sandbox) -> None:
    for item in sandbox.items()[-3:]:
        path = f"{item['carrier_code']}/{item['tracking_number']}"
        assert ask(sandbox, "DELETE", f"{path}/") == (200, [])
        assert ask(sandbox, "DELETE", path) == (4017, [])
        assert listed(sandbox, item) is None
        assert ask(sandbox, "PUT", path, json={"title": "late"}) == (4017, [])
    assert len(sandbox.items()) == 38


def test_many_are_deleted_at_once(sandbox: Sandbox) -> None:
    names = [name(item) for item in sandbox.items()[:3]]
    absent = {"tracking_number": "RA000000000CN", "carrier_code": "china-post"}
    code, said = ask(sandbox, "POST", "delete", json=[*names, absent])
    assert (code, said["submitted"], said["delete"]) == (200, 4, 3)
    assert said["trackings"] == [{"meta": each} for each in names]
    assert [error["code"] for error in said["errors"]] == [4017]
    assert len(sandbox.items()) == 38
    assert ask(sandbox, "POST", "delete", json=names) == (4017, [])
