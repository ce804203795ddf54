"""A parcel registered in the sandbox lives as the others do, and costs what it should."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from trackingmore_v2.sandbox import Sandbox, Switches

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
KEY = {"Trackingmore-Api-Key": "sandbox-key"}
FIRST = {"tracking_number": "RT204060801CN", "carrier_code": "china-post"}


def number(place: int) -> str:
    return f"RA{place:09d}CN"


def batch(*places: int) -> list[dict[str, Any]]:
    return [FIRST | {"tracking_number": number(place)} for place in places]


def ask(sandbox: Sandbox, method: str, path: str, **request: Any) -> tuple[int, Any]:
    """Return the meta code and the data of an answer."""
    client = TestClient(sandbox.app, headers=KEY)
    said = client.request(method, f"/v2{path}", **request).json()
    return said["meta"]["code"], said["data"]


def post(sandbox: Sandbox, path: str, body: Any) -> tuple[int, Any]:
    return ask(sandbox, "POST", f"/trackings/{path}", json=body)


def listed(sandbox: Sandbox, **params: Any) -> list[dict[str, Any]]:
    _, data = ask(sandbox, "GET", "/trackings/get", params={"limit": 2000} | params)
    return data["items"] if data else []


def quiet(size: int = 0, **differing: Any) -> Sandbox:
    return Sandbox(size, now=NOW, **differing)


def test_a_registered_parcel_is_pending_and_then_comes_alive() -> None:
    sandbox = quiet()
    code, begun = post(sandbox, "post", FIRST | {"destination_code": "US", "title": "lamp"})
    assert (code, begun["status"], begun["title"]) == (200, "pending", "lamp")
    [item] = listed(sandbox)
    assert (item["status"], item.get("updated_at")) == ("pending", None)
    assert (item["id"], item["title"]) == (begun["id"], "lamp")
    statuses = []
    for _ in range(100):
        sandbox.advance(timedelta(days=1))
        [item] = listed(sandbox, numbers=FIRST["tracking_number"])
        statuses.append(item["status"])
    assert "transit" in statuses
    assert statuses[-1] in ("delivered", "exception", "expired")
    assert item["origin_info"]["carrier_code"] == "china-post"


def test_it_starts_in_utc_alone_and_in_china_s_time_among_many() -> None:
    sandbox = quiet()
    _, alone = post(sandbox, "post", FIRST)
    _, many = post(sandbox, "batch", batch(1))
    assert alone["created_at"] == "2024-05-06T12:00:00+00:00"
    assert "order_create_time" not in alone
    assert many["trackings"][0]["created_at"] == "2024-05-06T20:00:00+08:00"
    assert many["trackings"][0]["order_create_time"] == 0
    assert many["trackings"][0]["destination"] == ""


def test_what_the_merchant_says_is_kept_and_found() -> None:
    said = {
        "order_id": "#88",
        "order_create_time": "2024/5/6 09:30",
        "customer_name": "N. N.",
        "customer_email": "n@shop.example",
        "customer_phone": "+49 1",
        "comment": "Klingel links",
        "logistics_channel": "Luftpost",
        "destination_code": "de",
    }
    sandbox = quiet(30)
    post(sandbox, "post", FIRST | said)
    [item] = listed(sandbox, orders="#88")
    assert {field: item[field] for field in said} == said
    ordered = int(datetime(2024, 5, 6, 1, 30, tzinfo=UTC).timestamp())
    span = {"order_created_time_min": ordered, "order_created_time_max": ordered}
    assert [i["id"] for i in listed(sandbox, **span)] == [item["id"]]


def test_a_batch_adds_what_it_can_and_says_why_not_the_rest() -> None:
    sandbox = quiet()
    post(sandbox, "post", FIRST)
    wrong = [FIRST, *batch(1, 2, 1), {"carrier_code": "usps"}, "no parcel"]
    code, said = post(sandbox, "batch", wrong)
    assert (code, said["submitted"], said["added"]) == (201, 6, 2)
    assert [begun["tracking_number"] for begun in said["trackings"]] == [number(1), number(2)]
    assert [error["code"] for error in said["errors"]] == [4016, 4016, 4013, 4012]
    assert said["errors"][0] == FIRST | {"code": 4016, "message": "Tracking already exists."}
    assert len(listed(sandbox)) == 3


def test_forty_fit_into_a_batch_and_of_forty_one_none_is_added() -> None:
    sandbox = quiet()
    assert post(sandbox, "batch", batch(*range(41))) == (202, [])
    assert listed(sandbox) == []
    assert post(sandbox, "batch", batch(*range(40)))[1]["added"] == 40
    assert len(listed(sandbox)) == 40


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"carrier_code": "usps"}, 4013),
        ({"tracking_number": "", "carrier_code": "usps"}, 4013),
        ({"tracking_number": "RT20", "carrier_code": "usps"}, 4014),
        ({"tracking_number": "RT 204/1", "carrier_code": "usps"}, 4014),
        ({"tracking_number": "RT204060801CN"}, 4012),
        ({"tracking_number": "RT204060801CN", "carrier_code": "china post"}, 4015),
        ({"tracking_number": "RT204060801CN", "carrier_code": "China-Post"}, 4015),
        ({"tracking_number": ["RT204060801CN"], "carrier_code": "usps"}, 4012),
        (FIRST | {"title": {"de": "Lampe"}}, 4012),
    ],
)
def test_what_is_no_parcel_is_refused(said: dict[str, Any], code: int) -> None:
    sandbox = quiet()
    assert post(sandbox, "post", said) == (code, [])
    assert (listed(sandbox), sandbox.credits) == ([], 2_000_000)


def test_each_parcel_takes_a_credit_until_none_is_left() -> None:
    sandbox = quiet(credits=3)
    assert post(sandbox, "post", FIRST)[0] == 200
    assert post(sandbox, "post", FIRST)[0] == 4016
    assert sandbox.credits == 2
    _, said = post(sandbox, "batch", batch(1, 2, 3))
    assert [error["code"] for error in said["errors"]] == [4021]
    assert post(sandbox, "post", batch(4)[0]) == (4021, [])
    _, account = ask(sandbox, "GET", "/trackings/getuserinfo")
    assert account["track_number"] == sandbox.credits == 0


def test_an_account_s_own_parcels_cannot_be_registered_again() -> None:
    sandbox = quiet(20)
    for item in sandbox.items():
        named = {"tracking_number": item["tracking_number"], "carrier_code": item["carrier_code"]}
        assert post(sandbox, "post", named)[0] == 4016


@pytest.mark.parametrize("size", [0, 30])
def test_adding_again_is_free_and_gives_the_old_id_and_the_old_creation(size: int) -> None:
    sandbox = quiet(size, credits=1)
    if not size:
        post(sandbox, "post", FIRST)
    before = sandbox.items()[0]
    credits_left = sandbox.credits
    path = f"/trackings/{before['carrier_code']}/{before['tracking_number']}"
    sandbox.advance(timedelta(seconds=1))
    assert ask(sandbox, "DELETE", path) == (200, [])
    assert before["id"] not in {item["id"] for item in sandbox.items()}
    named = {field: before[field] for field in ("tracking_number", "carrier_code")}
    code, begun = post(sandbox, "post", named | {"title": "again"})
    assert (code, begun["id"], begun["status"]) == (200, before["id"], "pending")
    assert begun["created_at"] == "2024-05-06T12:00:01+00:00"
    [after] = listed(sandbox, numbers=before["tracking_number"])
    assert (after["id"], after["created_at"]) == (before["id"], before["created_at"])
    assert (after["title"], after["order_id"]) == ("again", None)
    assert datetime.fromisoformat(after["updated_at"]) == sandbox.now
    assert sandbox.credits == credits_left
    assert post(sandbox, "post", named)[0] == 4016


def test_a_deleted_parcel_that_came_back_stays() -> None:
    sandbox = quiet(60)
    items = {item["id"]: item for item in sandbox.items()}
    sandbox.advance(timedelta(days=110))
    gone = [items[key] for key in items.keys() - {item["id"] for item in sandbox.items()}]
    assert gone
    for item in gone:
        named = {field: item[field] for field in ("tracking_number", "carrier_code")}
        assert post(sandbox, "post", named)[1]["id"] == item["id"]
    sandbox.advance(timedelta(days=110))
    assert {item["id"] for item in gone} <= {item["id"] for item in sandbox.items()}


def test_a_number_that_is_not_the_carrier_s_is_never_found() -> None:
    sandbox = quiet()
    post(sandbox, "post", {"tracking_number": "6A12345678012", "carrier_code": "china-post"})
    sandbox.advance(timedelta(days=20))
    [item] = listed(sandbox)
    assert (item["status"], item.get("lastEvent", "")) == ("notfound", "")


def test_with_the_switch_a_wrong_carrier_is_corrected_unless_told_not_to() -> None:
    sandbox = quiet(switches=Switches(corrects_carriers=True))
    wrong = {"tracking_number": number(1), "carrier_code": "japan-post"}
    assert post(sandbox, "post", wrong)[1]["carrier_code"] == "china-post"
    told = wrong | {"auto_correct": 1}
    assert post(sandbox, "post", told)[1]["carrier_code"] == "japan-post"


def test_the_same_calls_give_the_same_bytes() -> None:
    def told() -> bytes:
        sandbox = Sandbox(40, seed=5, now=NOW)
        client = TestClient(sandbox.app, headers=KEY)
        said = client.post("/v2/trackings/batch", json=batch(*range(9))).content
        sandbox.advance(timedelta(days=9))
        said += client.put(f"/v2/trackings/china-post/{number(3)}", json={"title": "x"}).content
        client.delete(f"/v2/trackings/china-post/{number(4)}")
        sandbox.advance(timedelta(days=9))
        return said + client.get("/v2/trackings/get", params={"limit": 2000}).content

    assert told() == told()


def test_a_registered_parcel_waits_for_its_visibility_like_any_other() -> None:
    sandbox = quiet(switches=Switches(visibility_delay_seconds=600))
    post(sandbox, "batch", batch(*range(40)))
    shown = len(listed(sandbox))
    assert shown < 10
    assert len(sandbox.items()) == 40
    sandbox.advance(timedelta(seconds=600))
    assert len(listed(sandbox)) == 40


def test_the_account_s_own_life_never_doubles_a_registered_parcel() -> None:
    later = Sandbox(300, now=NOW)
    later.advance(timedelta(days=20))
    names = {(i["carrier_code"], i["tracking_number"]): i["created_at"] for i in later.items()}
    coming = [name for name, at in names.items() if datetime.fromisoformat(at) > NOW]
    sandbox = Sandbox(300, now=NOW)
    for carrier_code, tracking_number in coming:
        post(sandbox, "post", {"carrier_code": carrier_code, "tracking_number": tracking_number})
    sandbox.advance(timedelta(days=20))
    found = [(item["carrier_code"], item["tracking_number"]) for item in sandbox.items()]
    assert len(coming) > 3
    assert len(found) == len(set(found))
