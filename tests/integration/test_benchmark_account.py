"""The account that benchmarks ask: it answers as documented, and ours stores all that it has."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

from benchmarks.account import Account, serving
from flows.settings import Settings
from flows.steps.run import running
from flows.steps.sync import sync

ENDS = 1_700_000_000
EVER = 1 << 40


@pytest.fixture(scope="module")
def account() -> Account:
    return Account(500, seed=3, ends=ENDS)


@pytest.fixture(autouse=True)
def restored(account: Account) -> Iterator[None]:
    yield
    account.restore()


def data_of(account: Account, **asked: int) -> Any:
    said = json.loads(account.answer({name: str(value) for name, value in asked.items()}))
    return said["data"] if said["meta"]["code"] == 200 else []


def ids(account: Account, **asked: int) -> list[str]:
    """Return what the pages of a query hold, one after the other."""
    found: list[str] = []
    while data := data_of(account, limit=40, page=len(found) // 40 + 1, **asked):
        found += [item["id"] for item in data["items"]]
        if len(found) == int(data["total"]):
            break
    return found


def stamps(account: Account, name: str) -> list[int]:
    items = data_of(account, limit=2000)["items"]
    return sorted(int(datetime.fromisoformat(item[name]).timestamp()) for item in items)


@pytest.mark.parametrize(
    ("field", "filtered"), [("updated_at", "update_time"), ("created_at", "created_at")]
)
def test_ranges_of_either_time_tile_the_account(
    account: Account, field: str, filtered: str
) -> None:
    """Both bounds are included, so that the next range begins a second later."""
    whole = ids(account)
    assert len(whole) == len(set(whole)) == 500
    times = stamps(account, field)
    for cut in (times[0] - 1, times[0], times[250], times[-1] - 1, times[-1]):
        up_to = ids(account, **{f"{filtered}_min": 0, f"{filtered}_max": cut})
        after = ids(account, **{f"{filtered}_min": cut + 1, f"{filtered}_max": EVER})
        assert len(up_to) == sum(time <= cut for time in times)
        assert sorted(up_to + after) == sorted(whole)


def test_both_times_at_once_let_through_what_each_of_them_does(account: Account) -> None:
    created, updated = stamps(account, "created_at")[300], stamps(account, "updated_at")[200]
    older, newer = ids(account, created_at_max=created), ids(account, update_time_min=updated)
    both = ids(account, created_at_max=created, update_time_min=updated)
    assert sorted(both) == sorted(set(older) & set(newer))
    assert 0 < len(both) < min(len(older), len(newer))


def test_a_page_says_its_limit_and_all_there_is_and_nothing_is_4031(account: Account) -> None:
    page = data_of(account, limit=5000, page=1)
    assert (page["limit"], page["total"], len(page["items"])) == (2000, "500", 500)
    assert (data_of(account)["limit"], len(data_of(account)["items"])) == (100, 100)
    for beyond in ({"page": "2", "limit": "500"}, {"update_time_min": str(ENDS + 1)}):
        said = json.loads(account.answer(beyond))
        assert (said["meta"]["code"], said["data"]) == (4031, [])


def test_the_same_seed_is_the_same_account_and_what_it_counts_is_what_it_lists(
    account: Account,
) -> None:
    everything = {"limit": "2000"}
    assert account.answer(everything) == Account(500, seed=3, ends=ENDS).answer(everything)
    assert account.answer(everything) != Account(500, seed=4, ends=ENDS).answer(everything)
    items = data_of(account, limit=2000)["items"]
    legs = [item[f"{leg}_info"]["trackinfo"] for item in items for leg in ("origin", "destination")]
    assert sum(len(leg or []) for leg in legs) == account.said()["scans"]
    assert None in legs
    assert [] in legs
    assert account.said()["parcels"] == len(items)
    counts = json.loads(account.status_counts({}))["data"]
    assert sum(counts.values()) == len(items)


def test_a_change_is_one_more_scan_with_a_later_stamp_and_is_undone(account: Account) -> None:
    before, scans = account.answer({"limit": "2000"}), account.said()["scans"]
    latest, changed = ENDS, []
    for number in (1, 2):
        assert account.change(0.1) == 50
        changed.append(ids(account, update_time_min=latest + 1))
        assert len(changed[-1]) == 50
        assert account.said()["scans"] == scans + 50 * number
        latest = stamps(account, "updated_at")[-1]
    assert changed[0] != changed[1]
    account.restore()
    assert account.answer({"limit": "2000"}) == before
    assert account.said()["scans"] == scans
    account.change(0.1)
    assert ids(account, update_time_min=ENDS + 1) == changed[0]  # whoever asks, the same change


def test_ours_stores_every_parcel_and_scan_of_it(
    account: Account, settings: Callable[..., Settings], tmp_path: Path
) -> None:
    with serving(account) as address, requests.Session() as session:
        told = settings(address)
        for updated in (0, 25):
            with running(told, "sync") as run:
                sync(run)
            assert run.tally.trackings_updated == updated
            with duckdb.connect(str(tmp_path / "home" / "warehouse.duckdb"), read_only=True) as db:
                stored = db.execute(
                    """
                    select
                        (select count(*) from core.live_trackings),
                        (select count(*) from core.live_events)
                    """
                ).fetchall()
            said = session.get(f"{address.removesuffix('/v2')}/account", timeout=10).json()
            assert stored == [(said["parcels"], said["scans"])]
            change = f"{address.removesuffix('/v2')}/account/change"
            answer = session.post(change, params={"fraction": "0.05"}, timeout=10)
            assert answer.json()["changed"] == updated + 25
        assert parsedate_to_datetime(answer.headers["Date"]).timestamp() > ENDS
        assert session.post(change, timeout=10).status_code == 409
