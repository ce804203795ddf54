"""A first sync that is broken off, gone on with, and misses nothing that changed meanwhile."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from flows.steps.load import load_window
from flows.steps.ranges import Steps, stored_at_once
from flows.steps.read import LandedWindow
from flows.steps.run import Run
from flows.steps.tally import Tally
from tests.factories import parcel
from tests.truth import Mirror
from trackingmore_v2.errors import ServerError
from trackingmore_v2.sandbox import Fault, Sandbox, Switches
from warehouse import catalog

MirrorOf: TypeAlias = Callable[..., Mirror]
NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)


class PulledPlugError(Exception):
    """Stands for a process that dies."""


def account(size: int = 60, *, max_limit: int = 15) -> Sandbox:
    return Sandbox(size, now=NOW, switches=Switches(max_limit=max_limit))


def dying(after: int, *, before_load: bool) -> Steps:
    """Return the steps of a sync that dies once *after* windows are stored."""
    stored = []

    def load(run: Run, window: LandedWindow) -> Tally:
        if len(stored) == after and before_load:
            raise PulledPlugError
        tally = load_window(run, window)
        stored.append(window)
        if len(stored) > after:
            raise PulledPlugError
        return tally

    return Steps(storing=stored_at_once(load))


def proven(ours: Mirror, scope: str) -> list[tuple[int, int]]:
    return ours.query(
        f"""
        select epoch(low)::bigint, epoch(high)::bigint
        from ops.windows
        where scope = '{scope}' and proven
        order by low
        """
    )


@pytest.fixture
def anew(mirror: MirrorOf, tmp_path: Path) -> Mirror:
    """The mirror of an account in a folder where there is no warehouse yet."""
    home = tmp_path / "anew"
    home.mkdir()
    return mirror(account(), parcelhouse_home=home)


def test_the_first_answer_is_read_before_a_new_warehouse_has_its_views(anew: Mirror) -> None:
    lacking = []

    def noted(run: Run, scope: str, frontier: Any) -> LandedWindow:
        landed = Steps().read(run, scope, frontier)
        lacking.append(run.lacks_views)
        return landed

    ran = anew.sync(Steps(read=noted))
    anew.assert_true()
    assert (lacking[0], lacking[-1], ran.lacks_views) == (True, False, False)
    assert anew.query("select count(*) from marts.shipments") == [(60,)]


def test_a_new_warehouse_is_whole_when_its_first_run_has_failed(anew: Mirror) -> None:
    anew.account.script(Fault("http_500", times=100))
    with pytest.raises(ServerError):
        anew.sync()
    with anew.warehouse() as db:
        assert catalog.is_current(db)
    assert anew.query("select state from ops.runs") == [("failed",)]


@pytest.mark.parametrize(("after", "before_load"), [(0, True), (1, False), (3, True)])
def test_a_first_sync_that_dies_is_gone_on_with_and_misses_nothing(
    mirror: MirrorOf, after: int, before_load: bool
) -> None:
    """What it has proven is not read again, and what changed meanwhile is found by its stamp."""
    ours = mirror(account(), parcelhouse_overlap_seconds=0)
    ours.live_on()
    began = int(ours.account.now.timestamp())
    with pytest.raises(PulledPlugError):
        ours.sync(dying(after, before_load=before_load))
    stored = [row[0] for row in ours.query("select tracking_id from core.trackings order by all")]
    windows = len(proven(ours, "created_at"))
    assert windows == after if before_load else windows == after + 1
    assert "update_time" not in ours.watermarks()

    for tracking_id in stored[::2]:
        ours.account.touch(tracking_id)
    ours.live_on(timedelta(days=2))
    ours.sync()
    ours.assert_true()
    tiles = proven(ours, "created_at")
    assert all(ended + 1 == begins for (_, ended), (begins, _) in pairwise(tiles))
    assert tiles[0][0] == 0
    assert proven(ours, "update_time")[0][0] == began - 60 + 1
    states = ours.query("select state from ops.runs order by started_at")
    assert states == [("failed",), ("done",)]


def test_a_first_sync_may_die_again_and_again(mirror: MirrorOf) -> None:
    """Each attempt stores two windows more, while parcels go on changing."""
    ours = mirror(account(), parcelhouse_overlap_seconds=0)
    ours.live_on()
    for _ in range(20):
        try:
            ours.sync(dying(2, before_load=True))
        except PulledPlugError:
            ours.live_on(timedelta(hours=1), touched=5)
        else:
            break
    else:
        pytest.fail("it does not get on")
    ours.assert_true()


def test_what_changes_while_the_life_is_read_is_found_by_its_stamp(mirror: MirrorOf) -> None:
    """The windows by created_at are behind it already; the ones by update_time are not."""
    ours = mirror(account(), parcelhouse_overlap_seconds=0)
    ours.live_on()

    def load(run: Run, window: LandedWindow) -> Tally:
        tally = load_window(run, window)
        if window.covers is not None and window.scope == "created_at":
            ours.account.touch_any(10)
            ours.account.advance(timedelta(minutes=5))
        return tally

    ours.sync(Steps(storing=stored_at_once(load)))
    ours.live_on()
    ours.sync()
    ours.assert_true()


@pytest.mark.parametrize("scope", ["created_at", "update_time"])
def test_a_crowd_in_the_very_last_second_is_stored_and_proven(mirror: MirrorOf, scope: str) -> None:
    """An import a minute ago: more than a page, in the second that has just settled."""
    ours = mirror(account(20))
    if scope == "update_time":
        ours.sync()
    stamp = ours.account.now.isoformat()
    for number in range(70):
        created = stamp if scope == "created_at" else (NOW - timedelta(hours=number)).isoformat()
        ours.account.put(parcel(f"bulk {number}", created_at=created, updated_at=stamp))
    ours.account.advance(timedelta(seconds=61))
    ours.sync()
    ours.account.advance(timedelta(seconds=61))
    ours.sync()
    ours.assert_true()
    assert ours.query("select count(*) from ops.windows where not proven") == [(0,)]
