"""The sandbox's world: it follows from its seed, and it lives on as its clock moves."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from trackingmore_v2.sandbox import Sandbox, Switches
from trackingmore_v2.sandbox.growth import Growth
from trackingmore_v2.sandbox.identity import Identities
from trackingmore_v2.sandbox.outline import Outlines
from trackingmore_v2.sandbox.timeline import Scan, Timeline, timeline

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
KEY = {"Trackingmore-Api-Key": "sandbox-key"}
Items = dict[str, dict[str, Any]]


def by_id(sandbox: Sandbox) -> Items:
    return {item["id"]: item for item in sandbox.items()}


def fingerprint(sandbox: Sandbox) -> str:
    """Return a hash of what the list answers before and after some days."""
    digest = hashlib.sha256()
    client = TestClient(sandbox.app, headers=KEY)
    for _ in range(3):
        digest.update(client.get("/v2/trackings/get", params={"limit": 2000}).content)
        sandbox.advance(timedelta(days=2))
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_bytes_also_in_another_process() -> None:
    here = fingerprint(Sandbox(150, seed=11, now=NOW))
    code = "from test_sandbox_world import *\nprint(fingerprint(Sandbox(150, seed=11, now=NOW)))"
    path = os.pathsep.join([os.fspath(Path(__file__).parent), *sys.path])
    there = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "5", "PYTHONPATH": path},
    )
    assert there.stdout.strip() == here


def test_another_seed_gives_another_account() -> None:
    assert fingerprint(Sandbox(150, seed=11, now=NOW)) != fingerprint(
        Sandbox(150, seed=12, now=NOW)
    )


def test_one_long_step_leads_where_many_short_ones_do() -> None:
    striding, walking = Sandbox(300, now=NOW), Sandbox(300, now=NOW)
    striding.advance(timedelta(days=9))
    for _ in range(36):
        walking.advance(timedelta(hours=6))
    assert striding.items() == walking.items()


@pytest.mark.parametrize("size", [0, 1, 2, 19, 20, 333])
def test_an_account_starts_with_as_many_parcels_as_asked(size: int) -> None:
    sandbox = Sandbox(size, now=NOW)
    assert len(by_id(sandbox)) == size
    sandbox.advance(timedelta(days=30))
    for item in sandbox.items():
        assert datetime.fromisoformat(item["created_at"]) <= sandbox.now


def test_the_account_begins_now_unless_told_otherwise() -> None:
    sandbox = Sandbox(1)
    assert timedelta() <= datetime.now(UTC) - sandbox.now < timedelta(hours=1, seconds=5)
    assert sandbox.now.utcoffset() == timedelta()


def test_the_clock_stands_still_unless_it_has_a_rate() -> None:
    still, running = Sandbox(1, now=NOW), Sandbox(1, now=NOW, clock_rate=1e6)
    assert still.now == still.now == NOW
    assert NOW < running.now < running.now


def test_the_clock_never_goes_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        Sandbox(1, now=NOW).advance(timedelta(seconds=-1))


def test_only_what_was_stamped_in_a_step_has_changed() -> None:
    sandbox = Sandbox(700, now=NOW)
    changed, created, deleted = 0, 0, 0
    before = by_id(sandbox)
    for _ in range(12):
        start = sandbox.now
        sandbox.advance(timedelta(hours=5))
        after = by_id(sandbox)
        for tracking_id, item in after.items():
            if tracking_id not in before:
                created += 1
                assert start < datetime.fromisoformat(item["created_at"]) <= sandbox.now
            elif item != before[tracking_id]:
                changed += 1
                assert start < datetime.fromisoformat(item["updated_at"]) <= sandbox.now
        deleted += len(before.keys() - after.keys())
        before = after
    assert changed > 50
    assert created > 5
    assert deleted > 0


def test_new_parcels_keep_the_account_s_pace() -> None:
    sandbox = Sandbox(2000, now=NOW)
    before = by_id(sandbox)
    sandbox.advance(timedelta(days=28))
    new = [item for key, item in by_id(sandbox).items() if key not in before]
    month_ago = NOW - timedelta(days=28)
    recent = [i for i in before.values() if datetime.fromisoformat(i["created_at"]) > month_ago]
    assert 0.8 < len(new) / len(recent) < 1.3


def test_a_delivered_or_expired_parcel_rests() -> None:
    sandbox = Sandbox(400, now=NOW)
    before = by_id(sandbox)
    sandbox.advance(timedelta(days=20))
    after = by_id(sandbox)
    for tracking_id, item in before.items():
        if item["status"] in ("delivered", "expired") and tracking_id in after:
            assert after[tracking_id] == item


def test_a_carrier_takes_a_scan_back_and_may_repeat_it() -> None:
    sandbox = Sandbox(2000, seed=7, now=NOW)
    client = TestClient(sandbox.app, headers=KEY)
    told, scan = next(withdrawn(sandbox, seed=7))
    number = Identities(7).tracking_number(told.outline)
    seen = []
    for moment in (scan.gone - 1, scan.gone, scan.back - 1, scan.back):
        sandbox.advance(timedelta(seconds=moment - sandbox.now.timestamp()))
        listed = client.get("/v2/trackings/get", params={"numbers": number}).json()["data"]
        seen.append(scans(listed["items"][0]))
    before, taken, still, again = seen
    assert len(taken) < len(before) <= len(again)
    assert before <= again
    assert not (before - taken) & still


def withdrawn(sandbox: Sandbox, *, seed: int) -> Iterator[tuple[Timeline, Scan]]:
    """Yield the scans to come that are withdrawn and repeated, with their parcels' lives."""
    start = int(sandbox.now.timestamp())
    growth = Growth(2000, start=start, seed=seed)
    outlines = Outlines(seed=seed, start=start, imported_at=growth.imported_at)
    for number in range(1500, 2000):
        told = timeline(outlines.draw(number, growth.created_at(number)), seed=seed)
        stays = not told.outline.leaves or told.outline.leaves > told.outline.settled
        for scan in told.scans:
            if scan.back and scan.gone > start and stays:
                yield told, scan


def scans(item: dict[str, Any]) -> set[tuple[str, ...]]:
    return {
        (item["id"], leg, scan["Date"], scan["StatusDescription"], scan["Details"])
        for leg in ("origin_info", "destination_info")
        for scan in ((item.get(leg) or {}).get("trackinfo") or [])
    }


def test_a_touch_stamps_a_parcel_and_adds_a_scan() -> None:
    sandbox = Sandbox(100, now=NOW)
    sandbox.advance(timedelta(minutes=7))
    for tracking_id, before in by_id(sandbox).items():
        sandbox.touch(tracking_id)
        after = by_id(sandbox)[tracking_id]
        assert datetime.fromisoformat(after["updated_at"]) == sandbox.now
        assert len(scans(after)) == len(scans(before)) + 1
        assert {key: after[key] for key in ("id", "created_at", "tracking_number")} == {
            key: before[key] for key in ("id", "created_at", "tracking_number")
        }


def test_two_touches_within_a_second_are_two_scans() -> None:
    sandbox = Sandbox(3, now=NOW)
    client = TestClient(sandbox.app, headers=KEY)
    sandbox.advance(timedelta(minutes=7))
    tracking_id, before = next(iter(by_id(sandbox).items()))
    for _ in range(2):
        sandbox.touch(tracking_id)
        listed = client.get("/v2/trackings/get").json()["data"]["items"]
        assert by_id(sandbox)[tracking_id] in listed
    assert len(scans(by_id(sandbox)[tracking_id])) == len(scans(before)) + 2


def test_a_deleted_parcel_leaves_no_trace() -> None:
    sandbox = Sandbox(30, now=NOW)
    client = TestClient(sandbox.app, headers=KEY)
    gone = sandbox.items()[3]
    sandbox.delete(gone["id"])
    sandbox.advance(timedelta(days=3))
    assert gone["id"] not in by_id(sandbox)
    path = f"/v2/trackings/{gone['carrier_code']}/{gone['tracking_number']}"
    assert client.get(path).json()["meta"]["code"] == 4017
    with pytest.raises(KeyError):
        sandbox.touch(gone["id"])


def test_a_deleted_parcel_may_come_back_as_it_was() -> None:
    sandbox = Sandbox(30, now=NOW)
    gone = sandbox.items()[3]
    sandbox.delete(gone["id"])
    sandbox.put(gone)
    assert by_id(sandbox)[gone["id"]] == gone
    assert len(sandbox.items()) == 30


def test_a_literal_payload_is_listed_as_it_is() -> None:
    sandbox = Sandbox(0, now=NOW, lively=False)
    client = TestClient(sandbox.app, headers=KEY)
    item = {
        "id": "a1",
        "tracking_number": "Z/1",
        "carrier_code": "z",
        "status": "transit",
        "created_at": "2024-05-01T10:00:00+08:00",
        "updated_at": None,
        "surprise": [1, {"ü": "/"}],
    }
    sandbox.put(item)
    assert client.get("/v2/trackings/get").json()["data"]["items"] == [item] == sandbox.items()
    sandbox.put(item | {"status": "delivered"})
    assert [i["status"] for i in sandbox.items()] == ["delivered"]
    sandbox.touch("a1")
    stamped = client.get(
        "/v2/trackings/get", params={"update_time_min": int(NOW.timestamp())}
    ).json()["data"]["items"]
    assert stamped == sandbox.items()
    sandbox.delete("a1")
    assert sandbox.items() == []


def test_a_literal_payload_shows_a_touch_as_late_as_others() -> None:
    switches = Switches(visibility_delay_seconds=30)
    sandbox = Sandbox(0, now=NOW, lively=False, switches=switches)
    client = TestClient(sandbox.app, headers=KEY)
    for number in range(40):
        sandbox.put({"id": f"i{number}", "created_at": "2024-01-01T00:00:00Z", "updated_at": None})
        sandbox.touch(f"i{number}")
    asked = {"update_time_min": 1, "limit": 99}
    early = client.get("/v2/trackings/get", params=asked).json()["data"]
    assert len(early["items"] if early else []) < 20
    sandbox.advance(timedelta(seconds=30))
    late = client.get("/v2/trackings/get", params=asked).json()["data"]
    assert len(late["items"]) == 40


def test_a_world_at_rest_changes_only_by_hand() -> None:
    sandbox = Sandbox(200, now=NOW, lively=False)
    before = sandbox.items()
    sandbox.advance(timedelta(days=50))
    assert sandbox.items() == before


def test_the_caller_owns_the_items() -> None:
    sandbox = Sandbox(5, now=NOW)
    sandbox.put({"id": "x", "nested": {"list": [1]}})
    for item in sandbox.items():
        item.clear()
    assert sum(map(len, sandbox.items())) > 50
    for item in sandbox.items():
        if item["id"] == "x":
            item["nested"]["list"].append(2)
    assert {"id": "x", "nested": {"list": [1]}} in sandbox.items()


def test_volume_grows_and_follows_the_week() -> None:
    growth = Growth(3000, start=int(NOW.timestamp()), seed=7)
    moments = [growth.created_at(number) for number in range(3000)]
    assert moments == sorted(moments)
    created = [datetime.fromtimestamp(m, UTC) for m in moments if m != growth.imported_at]
    assert created[-1] <= NOW < datetime.fromtimestamp(growth.created_at(3000), UTC)
    assert timedelta(days=380) < NOW - created[0] <= timedelta(days=400)
    early = sum(moment < NOW - timedelta(days=300) for moment in created)
    late = sum(moment >= NOW - timedelta(days=100) for moment in created)
    assert late > 1.4 * early
    days = [sum(moment.weekday() == day for moment in created) for day in range(7)]
    assert min(days[:5]) > max(days[5:])


def test_stamps_of_a_parcel_only_rise() -> None:
    sandbox = Sandbox(150, now=NOW)
    history: dict[str, list[str]] = {}
    for _ in range(20):
        sandbox.advance(timedelta(hours=9))
        for item in sandbox.items():
            if item.get("updated_at"):
                history.setdefault(item["id"], []).append(item["updated_at"])
    for stamps in history.values():
        assert all(earlier <= later for earlier, later in pairwise(stamps))
