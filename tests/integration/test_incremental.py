"""What an incremental sync may take: counted, not timed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from flows.steps.ranges import Progress
from flows.steps.run import running
from flows.steps.sync import sync
from tests.openings import note_openings
from tests.truth import Mirror
from trackingmore_v2.sandbox import Sandbox
from warehouse import kept_open
from warehouse.connection import PUT_TOGETHER, seat_owner

MirrorOf: TypeAlias = Callable[..., Mirror]
NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)


def changed(mirror: MirrorOf) -> Mirror:
    """A warehouse some hours behind its account."""
    ours = mirror(Sandbox(150, now=NOW))
    ours.sync()
    ours.live_on(timedelta(hours=3), touched=20)
    return ours


def test_a_short_sync_opens_the_file_once_asks_twice_and_leaves_the_seat(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = changed(mirror)
    owners = note_openings(monkeypatch)
    ran = ours.sync()
    assert owners == [f"sync {ran.run_id}"]
    assert ran.costs()["requests"] == 2
    assert ran.tally.trackings_updated >= 20
    assert seat_owner(ours.settings.parcelhouse_home) is None
    ours.assert_true()


def test_the_first_sync_alone_leaves_row_groups_as_they_come(mirror: MirrorOf) -> None:
    ours = mirror(Sandbox(150, now=NOW))
    put_together: list[Any] = []
    for _ in range(2):
        with running(ours.settings, "sync") as run:
            sync(run)
            with run.warehouse() as db:
                put_together += db.execute("select current_setting('max_vacuum_tasks')").fetchall()
    assert put_together == [(0,), (PUT_TOGETHER,)]


def test_a_sync_whose_uses_are_far_apart_opens_the_file_for_each(
    mirror: MirrorOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = changed(mirror)
    monkeypatch.setattr(kept_open, "LINGER_SECONDS", 0.0)
    ours.sync()
    ours.assert_true()


def test_each_cursor_tells_its_own_progress(mirror: MirrorOf) -> None:
    ours = changed(mirror)
    seen: dict[str, Progress] = {}

    def watch(progress: Progress) -> None:
        seen[progress.scope] = progress

    with running(ours.settings, "sync") as run:
        sync(run, watch=watch)
    told = {
        scope: (each.windows_done, each.windows_left, each.rows_done, each.rows_left)
        for scope, each in seen.items()
    }
    entered: list[tuple[str, Any, Any]] = ours.query(
        f"""
        select scope, count(*), sum(rows) from ops.windows
        where run_id = '{run.run_id}' group by scope
        """
    )
    assert told == {scope: (windows, 0, rows, 0) for scope, windows, rows in entered}
    assert set(told) == {"created_at", "update_time"}
