"""What nobody could read waits, can be looked at, and comes in as soon as it can be read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.commands import upkeep
from flows.errors import UsageError
from flows.settings import Settings
from flows.steps.quarantine import Retry, retry, waiting_payload
from flows.steps.replay import replay
from flows.steps.run import LocalRun, local_run
from tests.factories import at, load, parcel, parcel_id, warehouse
from tests.story import Past, ask, opened, settings, tables
from transforms import batch
from transforms.payloads import sort_out
from warehouse.connection import transaction
from warehouse.errors import IncompatibleError, NothingPublishedError
from warehouse.quarantine import release_superseded, waiting

LATER = {"trackinfo": "soon"}


@pytest.fixture
def ours(ours: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PARCELHOUSE_HOME", str(ours.parcelhouse_home))
    return ours


@pytest.fixture
def read_leniently(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Repairs the parser: `soon` is understood as no scan yet."""

    def lenient(items: Any) -> Any:
        for item in items:
            info = item.get("origin_info") if isinstance(item, dict) else None
            if info and info.get("trackinfo") == "soon":
                item["origin_info"] = info | {"trackinfo": []}
        return sort_out(items)

    return lambda: monkeypatch.setattr(batch, "sort_out", lenient)


def retried(ours: Settings) -> tuple[LocalRun, Retry]:
    with local_run(ours, "quarantine retry") as run:
        return run, retry(run)


# To look at


def test_what_waits_is_listed_with_its_reason(
    past: Past, ours: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert upkeep.quarantine_list(as_json=False) == 3
    line, count = capsys.readouterr().out.splitlines()
    assert past.unreadable in line
    assert line.endswith("origin_info.trackinfo is no list but the str 'soon'")
    assert count == "1 payloads wait"
    assert upkeep.quarantine_list(as_json=True) == 3
    (row,) = json.loads(capsys.readouterr().out)["waiting"]
    assert row["tracking_id"] == past.unreadable
    assert row.keys() == {"quarantine_id", "tracking_id", "reason", "fetched_at"}


def test_one_is_shown_as_it_was_sent(
    past: Past, ours: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    ((whole_id,),) = ask(ours, "select quarantine_id from ops.quarantine where released_at is null")
    assert upkeep.quarantine_show(whole_id, as_json=False) == 3
    head, payload = capsys.readouterr().out.split("\n", 1)
    assert "is no list but the str 'soon'" in head
    assert json.loads(payload)["id"] == past.unreadable
    assert upkeep.quarantine_show(whole_id[:8], as_json=True) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["payload"]["origin_info"]["trackinfo"] == "soon"
    assert told["endpoint"] == "list trackings"


def test_an_id_that_is_no_one_s_or_several_s_is_refused(ours: Settings) -> None:
    with pytest.raises(UsageError, match="no payload waits"):
        waiting_payload(ours, "xyz")
    with opened(ours) as db:
        db.execute("update ops.quarantine set released_at = null")
    retried(ours)  # publishes
    with pytest.raises(UsageError, match="2 payloads wait under an id that begins with ''"):
        waiting_payload(ours, "")


def test_what_cannot_be_told_apart_is_not_released(ours: Settings) -> None:
    with opened(ours) as db:
        db.execute("update ops.quarantine set quarantine_id = 'of another making'")
    before = tables(ours, "core")
    with pytest.raises(IncompatibleError, match="replay"):
        retried(ours)
    assert ask(ours, "select count(*) from checks.quarantined_payloads") == [(1,)]
    assert tables(ours, "core") == before


def test_before_anything_is_published_there_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError):
        waiting_payload(settings(tmp_path), "a")


# To read again


def test_what_still_cannot_be_read_waits_on_with_the_reason_of_today(
    past: Past, ours: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(ours) as db:
        db.execute("update ops.quarantine set reason = 'of yesterday' where released_at is null")
    before = tables(ours)
    assert upkeep.quarantine_retry(as_json=True) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["released"], told["waiting"], told["state"]) == (0, 1, "attention")
    assert tables(ours) == before
    assert ask(ours, "select reason from checks.quarantined_payloads") == [
        ("origin_info.trackinfo is no list but the str 'soon'",)
    ]


def test_what_can_be_read_now_comes_in_as_if_it_had_been_read_then(
    past: Past,
    ours: Settings,
    read_leniently: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    ((read_at, by),) = ask(
        ours, "select fetched_at, run_id from ops.quarantine where released_at is null"
    )
    read_leniently()
    assert upkeep.quarantine_retry(as_json=False) == 0
    assert "1 payloads could be read, 0 wait on" in capsys.readouterr().out
    assert ask(
        ours,
        "select fetched_at, run_id from core.trackings where tracking_id = ?",
        past.unreadable,
    ) == [(read_at, by)]
    assert ask(ours, "select * from checks.quarantined_payloads") == []
    assert upkeep.quarantine_list(as_json=False) == 0
    retried_core, released = tables(ours), ask(ours, "from ops.quarantine order by all")
    with local_run(ours, "replay") as run:
        replay(run)
    assert tables(ours) == retried_core, "a replay reads it in its place, with the same result"
    assert ask(ours, "from ops.quarantine order by all") == released
    assert not run.needs_attention


def test_an_old_payload_does_not_overwrite_what_came_since(
    past: Past, ours: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables(ours)
    with opened(ours) as db:
        db.execute("update ops.quarantine set released_at = null")

    def forgiving(items: Any) -> Any:
        for item in items:
            item["origin_info"] = None
        return sort_out(items)

    monkeypatch.setattr(batch, "sort_out", forgiving)
    _, done = retried(ours)
    assert done == Retry(released=2, waiting=0)
    assert newest(before, past.mended) == newest(tables(ours), past.mended)


def newest(found: dict[str, list[tuple[Any, ...]]], tracking_id: str) -> list[tuple[Any, ...]]:
    return [row for row in found["core.trackings"] if row[1] == tracking_id]


def test_an_empty_quarantine_can_be_retried(tmp_path: Path) -> None:
    run, done = retried(settings(tmp_path / "home"))
    assert done == Retry(0, 0)
    assert not run.needs_attention


# To be released by what comes


def test_a_payload_stops_waiting_when_its_parcel_is_read_well_and_whole(
    past: Past, ours: Settings
) -> None:
    assert ask(
        ours,
        """
        select quarantine.released_at = trackings.fetched_at
        from ops.quarantine
        join core.trackings using (account, tracking_id)
        where tracking_id = ?
        """,
        past.mended,
    ) == [(True,)]


@pytest.mark.parametrize(
    ("read_at", "whose", "waits"),
    [(9, "a", True), (10, "a", False), (11, "a", False), (11, "b", True)],
)
def test_only_a_later_answer_about_the_same_parcel_releases_it(
    read_at: int, whose: str, *, waits: bool
) -> None:
    with warehouse() as db:
        load(db, parcel("a", origin_info=LATER), second=10)
        with transaction(db):
            release_superseded(db, "main", [parcel_id(whose)], read_at=at(read_at))
        assert bool(waiting(db, "main")) is waits


def test_the_same_nonsense_after_its_release_waits_again() -> None:
    with warehouse() as db:
        nonsense = parcel("a", origin_info=LATER)
        load(db, nonsense, second=10)
        with transaction(db):
            release_superseded(db, "main", [parcel_id("a")], read_at=at(20))
        load(db, nonsense, second=15)
        assert waiting(db, "main") == []
        load(db, nonsense, second=30)
        assert [each.fetched_at for each in waiting(db, "main")] == [at(30)]
        load(db, nonsense, second=40)
        assert [each.fetched_at for each in waiting(db, "main")] == [at(30)]
