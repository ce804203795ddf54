"""Ordinary days of a sync, over real HTTP: what changed comes home, once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from flows.steps import load
from flows.steps import sync as syncing
from flows.steps.read import LandedWindow
from flows.steps.run import Run
from tests.factories import parcel
from tests.truth import Mirror
from trackingmore_v2.models import Window
from trackingmore_v2.sandbox import Sandbox, Switches

MirrorOf: TypeAlias = Callable[..., Mirror]
DAYS = timedelta(days=4)
DAY = timedelta(days=1)
NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)


def account(size: int = 60, *, max_limit: int = 2000) -> Sandbox:
    """An account that fits into one answer, or takes many windows where pages are small."""
    return Sandbox(size, now=NOW, switches=Switches(max_limit=max_limit))


def put(account: Sandbox, name: str, *, ago: timedelta = timedelta(hours=1), **fields: Any) -> str:
    """Put a parcel into *account* that was registered a while *ago*; return its id."""
    created = (account.now - ago).isoformat()
    item = parcel(name, **{"created_at": created, "updated_at": created} | fields)
    account.put(item)
    return str(item["id"])


def test_after_each_sync_the_warehouse_is_the_account(mirror: MirrorOf) -> None:
    ours = mirror(account(150, max_limit=50))
    ours.live_on()
    first = ours.sync()
    ours.assert_true()
    ours.live_on(DAYS, touched=20)
    second = ours.sync()
    ours.assert_true()
    assert first.tally.windows > 150 / 50
    assert 20 <= second.tally.trackings_updated < 150
    assert second.tally.events_inserted >= 20


def test_an_account_that_rests_costs_two_requests_and_writes_nothing(
    mirror: MirrorOf,
) -> None:
    ours = mirror(account())
    ours.live_on()
    ours.sync()
    before, asked = ours.tables(), ours.account.request_count
    again = ours.sync()
    assert ours.account.request_count - asked == 2
    assert ours.tables() == before
    assert again.tally.trackings_inserted == again.tally.trackings_updated == 0


def test_an_empty_account_is_the_same_thing_twice(mirror: MirrorOf) -> None:
    ours = mirror(account(0))
    for _ in range(2):
        ours.sync()
        ours.assert_true()
    assert ours.query("select state from ops.runs") == [("done",)] * 2


def test_what_the_account_deletes_stays_in_the_warehouse(mirror: MirrorOf) -> None:
    ours = mirror(account())
    ours.live_on()
    ours.sync()
    before = ours.tables()
    for tracking_id in sorted(ours.once_held)[::3]:
        ours.account.delete(tracking_id)
    ours.live_on()
    ours.sync()
    assert ours.tables() == before
    ours.assert_true()


def test_a_tracking_without_updated_at_is_found_by_its_creation(mirror: MirrorOf) -> None:
    ours = mirror(account())
    ours.live_on()
    ours.sync()
    put(ours.account, "silent", ago=timedelta(), updated_at=None)
    ours.live_on()
    run = ours.sync()
    assert run.tally.trackings_inserted == 1
    ours.assert_true()


def test_a_tracking_that_is_stamped_at_last_is_found_by_the_stamp(mirror: MirrorOf) -> None:
    ours = mirror(account())
    silent = put(ours.account, "silent", ago=DAY, updated_at=None)
    ours.live_on()
    ours.sync()
    ours.assert_true()
    ours.account.touch(silent)
    ours.live_on()
    run = ours.sync()
    assert run.tally.trackings_updated == 1
    ours.assert_true()


@pytest.mark.parametrize(
    ("at_first", "then"), [(DAY, DAY), (-DAY, -DAY), (DAY, -DAY), (-DAY, DAY)], ids=str
)
def test_the_clock_that_counts_is_the_server_s(
    mirror: MirrorOf, at_first: timedelta, then: timedelta
) -> None:
    """The local one may be a day fast or slow, and may be set back or forward between runs."""
    ours = mirror(account())
    ours.live_on()
    for ours.clock_error in (at_first, then):
        before = ours.account.request_count
        run = ours.sync()
        ours.assert_true()
        settled = int(ours.account.now.timestamp()) - ours.settings.parcelhouse_lag_seconds
        assert ours.watermarks() == {"created_at": settled, "update_time": settled}
        assert ("behind" in run.notices["clock"]) is (ours.clock_error > timedelta())
        ours.live_on(DAYS, touched=5)
    assert ours.account.request_count - before <= 3


def test_the_beginning_is_noted_once_however_many_ranges_are_read(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asked for the warehouse in the midst of a reading would wait for who stores."""
    noted: list[LandedWindow] = []
    ranges: list[Window] = []
    anchor, read = syncing._anchor, syncing.read_range

    def anchored(run: Run, first: LandedWindow, high: int) -> None:
        noted.append(first)
        anchor(run, first, high)

    def told(run: Run, scope: str, window: Window, *args: Any, **how: Any) -> None:
        ranges.append(window)
        read(run, scope, window, *args, **how)

    monkeypatch.setattr(syncing, "_anchor", anchored)
    monkeypatch.setattr(syncing, "read_range", told)
    ours = mirror(account())
    ours.clock_error = -DAY
    ours.sync()
    ours.assert_true()
    assert sum(window.cursor == "created_at" for window in ranges) == 2
    assert len(noted) == 1


def test_a_payload_that_cannot_be_read_keeps_nobody_else_away(mirror: MirrorOf) -> None:
    ours = mirror(account())
    unreadable = put(ours.account, "unreadable", tracking_number=None)
    put(ours.account, "readable")
    ours.live_on()
    run = ours.sync()
    ours.assert_true(unreadable=[unreadable])
    assert run.tally.quarantined >= 1
    assert ours.query("select state from ops.runs") == [("attention",)]
    ((reason, payload),) = ours.query("select reason, payload from ops.quarantine")
    assert "tracking_number" in reason
    assert '"carrier_code":"dhl-parcel"' in payload
    assert ours.watermarks().keys() == {"created_at", "update_time"}


def test_a_field_that_nobody_knows_is_kept_and_reported(mirror: MirrorOf) -> None:
    ours = mirror(account())
    novel = put(ours.account, "novel", carbon_grams={"origin": 12})
    ours.live_on()
    ours.sync()
    ours.assert_true()
    found = ours.query("select field, tracking_id, example from ops.unknown_fields")
    assert ("carbon_grams", novel, '{"origin":12}') in found
    extra = f"select extra from core.trackings where tracking_id = '{novel}'"
    assert ours.query(extra) == [('{"carbon_grams":{"origin":12}}',)]


def test_a_load_that_fails_leaves_rows_and_watermarks_and_the_landing_has_the_answers(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = mirror(account())
    ours.live_on()
    ours.sync()
    before, marks = ours.tables(), ours.watermarks()
    ours.live_on(DAYS, touched=20)
    with monkeypatch.context() as patch:
        patch.setattr(load.ledger, "record_windows", _no_room)
        with pytest.raises(OSError, match="no room"):
            ours.sync()
    assert ours.tables() == before
    assert ours.watermarks() == marks
    states = ours.query("select state, error from ops.runs order by started_at")
    assert states == [("done", None), ("failed", "OSError: no room for the ledger")]
    landed = len(list(ours.settings.landing.rglob("*.parquet")))
    assert landed == ours.account.request_count
    assert landed > ours.query("select count(*) from ops.landings")[0][0]
    ours.sync()
    ours.assert_true()


def _no_room(*_: object, **__: object) -> None:
    raise OSError("no room for the ledger")
