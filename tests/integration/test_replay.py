"""Core can be made again from the raw answers, at any time, and nothing is lost on the way."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows.commands import upkeep
from flows.settings import Settings
from flows.steps import replay as replaying
from flows.steps.ranges import Steps, stored_at_once
from flows.steps.replay import Replay, replay
from flows.steps.run import LocalRun, Run, local_run, running
from flows.steps.sync import sync
from tests.factories import parcel, read_nothing
from tests.story import (
    DAY,
    SETTLES,
    Past,
    ask,
    opened,
    settings,
    stamp,
    tables,
)
from tests.truth import Serve
from trackingmore_v2.sandbox import Sandbox
from transforms import batch
from transforms.trackings import Rows, tracking_rows
from warehouse.connection import FILE, open_read_only, transaction
from warehouse.errors import LandingError
from warehouse.snapshot import published

KILLS = 10


def replayed(ours: Settings, **asked: Any) -> tuple[LocalRun, Replay]:
    with local_run(ours, "replay") as run:
        return run, replay(run, **asked)


def landed(ours: Settings) -> list[str]:
    """The paths of what was loaded, in the order of loading."""
    return [path for (path,) in ask(ours, "select path from ops.landings order by sequence")]


def differences(done: Replay) -> dict[str, tuple[int, int, int]]:
    """Rows only before, only after, and differing, of the tables that differ."""
    return {each.table: each[1:] for each in done.differences if each.is_any}


def assert_sound(ours: Settings) -> None:
    """Fail unless keys are unique, scans are as many as said, and states follow on each other."""
    for check in ("repeated_trackings", "repeated_events", "miscounted_events"):
        assert ask(ours, f"select * from checks.{check}") == []
    assert not ask(
        ours,
        """
        select * from core.status_history
        qualify
            valid_to is distinct from
                lead(valid_from) over (partition by account, tracking_id order by valid_from)
            or valid_to <= valid_from
        """,
    )


@contextmanager
def parser(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], None]
) -> Iterator[None]:
    """Have payloads read by a parser that differs by *change* to the columns."""

    def repaired(items: Any) -> Rows:
        rows = tracking_rows(items)
        change(rows.columns)
        return rows

    with monkeypatch.context() as patch:
        patch.setattr(batch, "read", read_nothing)
        patch.setattr(batch, "tracking_rows", repaired)
        yield


def louder(columns: dict[str, Any]) -> None:
    columns["tracking_number"] = [f"{number}!" for number in columns["tracking_number"]]


# The same again


def test_the_past_has_everything_in_it(past: Past, ours: Settings) -> None:
    gone = ask(ours, "select tracking_id from core.trackings where deleted_at is not null")
    assert sorted(gone) == [(each,) for each in past.gone]
    assert ask(
        ours,
        "select is_deleted from core.status_history where tracking_id = ? order by valid_from",
        past.revived,
    ) == [(False,), (True,), (False,)]
    withdrawn = (
        "select distinct tracking_id from core.tracking_events where withdrawn_at is not null"
    )
    assert (past.shortened,) in ask(ours, withdrawn)
    assert ask(ours, "select tracking_id from ops.quarantine where released_at is null") == [
        (past.unreadable,)
    ]
    assert ask(ours, "select tracking_id from ops.quarantine where released_at is not null") == [
        (past.mended,)
    ]
    assert ask(ours, "select endpoint from ops.landings order by sequence desc limit 1") == [
        ("realtime",)
    ]
    files = list(ours.landing.rglob("*.parquet"))
    assert len(files) == len(landed(ours)) + 1


def test_core_made_from_the_landing_is_core_as_it_was(ours: Settings) -> None:
    before, ledgers = tables(ours), tables(ours, "ops")
    run, done = replayed(ours)
    assert tables(ours) == before
    assert differences(done) == {}
    assert (done.answers, done.answers_added) == (len(landed(ours)), 0)
    assert not run.has_doubts
    after = tables(ours, "ops")
    (mine,) = set(after.pop("ops.runs")) - set(ledgers.pop("ops.runs"))
    assert mine[1:4] == (run.run_id, "replay", "attention")  # a payload waits in quarantine
    assert len(after.pop("ops.publications")) == len(ledgers.pop("ops.publications")) + 1
    assert after == ledgers
    assert_sound(ours)
    with open_read_only(published(ours.parcelhouse_home)) as db:
        assert db.execute("select count(*) from core.trackings").fetchall() == [
            (len(before["core.trackings"]),)
        ]
        assert db.execute("select max_by(command, started_at) from ops.runs").fetchall() == [
            ("replay",)
        ]


def test_what_is_wrong_in_core_is_counted_and_put_right(past: Past, ours: Settings) -> None:
    before = tables(ours)
    with opened(ours) as db:
        db.execute("update core.trackings set title = 'spoilt' where title is distinct from 'x'")
        db.execute("delete from core.trackings where tracking_id = ?", [past.gone[0]])
        db.execute(
            "insert into core.status_history by name select 'main' as account, 'x' as tracking_id"
        )
    _, done = replayed(ours)
    assert tables(ours) == before
    assert differences(done) == {
        "core.trackings": (0, 1, len(before["core.trackings"]) - 1),
        "core.status_history": (1, 0, 0),
    }


def test_the_landing_alone_is_enough(past: Past, ours: Settings) -> None:
    """But for what no answer says: that a parcel was found gone."""
    before = tables(ours)
    said = "* exclude (deleted_at)"
    trackings = ask(ours, f"select {said} from core.trackings order by all")
    ((full,),) = ask(ours, "select count(*) from ops.landings where items > 0")
    (ours.parcelhouse_home / FILE).unlink()
    _, done = replayed(ours)
    assert done.answers_added == done.answers == len(landed(ours)) == full
    assert ask(ours, f"select {said} from core.trackings order by all") == trackings
    assert tables(ours)["core.tracking_events"] == before["core.tracking_events"]
    assert_sound(ours)
    again = tables(ours, "core", "ops")
    replayed(ours)
    once_more = tables(ours, "core", "ops")
    for grown in ("ops.runs", "ops.publications"):
        assert again.pop(grown) != once_more.pop(grown)
    assert once_more == again


def test_another_account_in_the_same_warehouse_stays_as_it_is(ours: Settings) -> None:
    with opened(ours) as db, transaction(db):
        for table in (
            "trackings",
            "tracking_events",
            "status_history",
            "event_texts",
            "country_names",
        ):
            db.execute(
                f"insert into core.{table} select * replace ('other' as account) from core.{table}"
            )
        db.execute("update core.trackings set title = 'theirs' where account = 'other'")
    before = tables(ours)
    _, done = replayed(ours)
    assert tables(ours) == before
    assert differences(done) == {}


def test_an_empty_landing_makes_an_empty_core(tmp_path: Path) -> None:
    ours = settings(tmp_path / "home")
    run, done = replayed(ours)
    assert (done.answers, differences(done), run.has_doubts) == (0, {}, False)
    assert set(map(len, tables(ours).values())) == {0}


# Answers that nobody has loaded


def test_what_a_killed_run_had_landed_is_loaded(
    account: Sandbox, past: Past, front_door: Serve, tmp_path: Path
) -> None:
    offline = past.copied(tmp_path / "home")
    before = landed(offline)
    account.advance(DAY)
    account.put(parcel("straggler", created_at=stamp(account), updated_at=stamp(account)))
    account.advance(SETTLES)
    online = settings(
        offline.parcelhouse_home, front_door(account), trackingmore_api_key=account.api_key
    )

    def die(_run: Run, _window: object) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), running(online, "sync") as lost:
        sync(lost, steps=Steps(storing=stored_at_once(die)))
    straggler = "select run_id from core.trackings where tracking_number like '%STRAGGLER'"
    assert ask(offline, straggler) == []
    run, done = replayed(offline)
    assert ask(offline, straggler) == [(lost.run_id,)]
    assert done.answers_added == lost.client.usage.requests
    assert f"{done.answers_added} landed answers that no run had loaded" in run.notices["added"]
    assert differences(done) == {
        "core.trackings": (0, 1, 0),
        "core.tracking_events": (0, 2, 0),
        "core.status_history": (0, 1, 0),
    }
    assert landed(offline)[: len(before)] == before
    assert len(landed(offline)) == len(before) + done.answers_added
    loaded = tables(offline)
    _, again = replayed(offline)
    assert (again.answers_added, tables(offline)) == (0, loaded)


# A repaired parser


@pytest.mark.parametrize("since", [None, "the beginning"])
def test_a_repaired_parser_takes_effect_on_what_is_known_word_for_word(
    ours: Settings, past: Past, monkeypatch: pytest.MonkeyPatch, since: str | None
) -> None:
    before = tables(ours)
    with parser(monkeypatch, louder):
        _, done = replayed(ours, since=since and past.second_sync - 9 * DAY)
    quiet = "select count(*) from core.trackings where not tracking_number like '%!'"
    assert ask(ours, quiet) == [(0,)]
    assert differences(done)["core.trackings"][:2] == (0, 0)
    assert_sound(ours)
    replayed(ours)
    assert tables(ours) == before


def test_since_a_date_only_what_was_read_since_is_parsed_again(
    ours: Settings, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    with parser(monkeypatch, louder):
        _, done = replayed(ours, since=past.second_sync)
    touched = ask(
        ours, "select count(*) from core.trackings where fetched_at >= ?", past.second_sync
    )
    louder_ones = ask(
        ours,
        "select count(*), min(fetched_at) from core.trackings where tracking_number like '%!'",
    )
    assert louder_ones[0][0] == touched[0][0] == differences(done)["core.trackings"][2]
    assert 0 < done.answers < len(landed(ours))
    assert_sound(ours)


@pytest.mark.parametrize("days", [-9, 1])
def test_since_any_date_the_same_parser_leaves_core_as_it_is(
    ours: Settings, past: Past, days: int
) -> None:
    before, quarantine = tables(ours), ask(ours, "from ops.quarantine order by all")
    without_zone = past.second_sync.replace(tzinfo=None)
    run, done = replayed(ours, since=without_zone + days * DAY)
    assert tables(ours) == before
    assert ask(ours, "from ops.quarantine order by all") == quarantine
    assert (differences(done), run.has_doubts) == ({}, False)


def test_a_state_that_was_misread_never_was(
    ours: Settings, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = ask(ours, "select count(*) from core.status_history where valid_to is null")

    def settled(columns: dict[str, Any]) -> None:
        columns["status"] = ["settled"] * len(columns["status"])

    with parser(monkeypatch, settled):
        replayed(ours, since=past.second_sync - 9 * DAY)
    assert_sound(ours)
    assert ask(ours, "select count(*) from core.status_history where valid_to is null") == states
    misread = (
        "select count(*) from core.status_history where valid_to is null and status <> 'settled'"
    )
    assert ask(ours, misread) == [(0,)]
    gone = ask(
        ours,
        "select is_deleted, status from core.status_history"
        " where tracking_id = ? order by valid_from",
        past.gone[0],
    )
    assert gone[-1] == (True, "settled")
    assert ask(ours, "select count(*) from core.trackings where deleted_at is not null") == [(2,)]


def test_what_waited_in_quarantine_is_released_by_a_reader_that_understands_it(
    ours: Settings, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lenient(items: Any) -> Any:
        for item in items:
            if item["id"] == past.unreadable and item["origin_info"]["trackinfo"] == "soon":
                item["origin_info"]["trackinfo"] = []
        return sort_out(items)

    sort_out = batch.sort_out
    before = ask(
        ours, "select fetched_at from core.trackings where tracking_id = ?", past.unreadable
    )
    with monkeypatch.context() as patch:
        patch.setattr(batch, "sort_out", lenient)
        run, _ = replayed(ours)
    assert not run.needs_attention
    after = ask(
        ours, "select fetched_at from core.trackings where tracking_id = ?", past.unreadable
    )
    assert after > before
    assert ask(ours, "select count(*) from checks.quarantined_payloads") == [(0,)]
    run, _ = replayed(ours)
    assert run.needs_attention, "a reader that unlearns it lets it wait again"
    assert ask(ours, "select tracking_id from checks.quarantined_payloads") == [(past.unreadable,)]


# Answers that are missing


def test_parcels_of_answers_that_are_gone_stay_as_core_holds_them(
    ours: Settings, past: Past
) -> None:
    first_sync = ask(ours, "select path from ops.landings where fetched_at < ?", past.second_sync)
    before = tables(ours)
    for (path,) in first_sync:
        (ours.landing / path).unlink()
    run, done = replayed(ours)
    assert tables(ours) == before
    assert_sound(ours)
    assert (done.answers_gone, done.parcels_kept, done.torn) == (len(first_sync), 60, [])
    assert run.has_doubts
    assert f"{len(first_sync)} loaded answers" in run.notices["gone"]
    assert "60 parcels first seen up to 2026-03-06 15:25:31Z" in run.notices["kept"]


def test_what_is_left_of_the_landing_is_applied_to_what_is_kept(ours: Settings, past: Past) -> None:
    before = dict(ask(ours, "select tracking_id, title from core.trackings"))
    for (path,) in ask(
        ours, "select path from ops.landings where fetched_at < ?", past.second_sync
    ):
        (ours.landing / path).unlink()
    with opened(ours) as db:
        db.execute("update core.trackings set title = 'spoilt'")
    replayed(ours)
    after = dict(ask(ours, "select tracking_id, title from core.trackings"))
    assert after.keys() == before.keys()
    for parcel_read_again in (past.revived, past.shortened, past.mended):
        assert after[parcel_read_again] == before[parcel_read_again]
    assert after[past.gone[0]] == "spoilt", "the answer that said better is gone"


@pytest.mark.parametrize("damage", ["cut", "emptied", "spoilt inside"])
def test_a_torn_answer_in_the_middle_is_named_and_costs_nothing(
    ours: Settings, past: Past, damage: str
) -> None:
    before = tables(ours)
    torn = landed(ours)[5]
    file = ours.landing / torn
    content = file.read_bytes()
    middle = len(content) // 3
    file.write_bytes(
        {
            "cut": content[:-20],
            "emptied": b"",
            "spoilt inside": content[:middle] + b"\x00" * 400 + content[middle + 400 :],
        }[damage]
    )
    run, done = replayed(ours)
    assert tables(ours) == before
    assert done.torn == [torn]
    assert torn in run.notices["torn"]
    assert run.needs_attention
    assert done.parcels_kept > 0


def test_the_command_says_what_is_missing_and_exits_with_3(
    ours: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PARCELHOUSE_HOME", str(ours.parcelhouse_home))
    torn, gone = landed(ours)[5], landed(ours)[0]
    (ours.landing / torn).write_bytes(b"PAR1")
    (ours.landing / gone).unlink()
    assert upkeep.replay(None, as_json=False) == 3
    said = capsys.readouterr().out
    assert f"cannot be read any more: {torn}" in said
    assert "1 loaded answers, read up to 2026-03-06 15:25:31Z, are no longer in the landing" in said
    assert "core.trackings: the same as before" in said
    assert upkeep.replay(None, as_json=True) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["torn"], told["answers_gone"], told["requests"]) == ([torn], 1, 0)
    assert told["differences"][0] == {
        "table": "core.trackings",
        "only_before": 0,
        "only_after": 0,
        "differing": 0,
    }


# Whatever ends it


def test_a_replay_that_fails_leaves_core_as_it_was(
    ours: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables(ours)
    real, calls = replaying.merge_flat, iter(range(100))

    def fail(*args: Any, **options: Any) -> Any:
        if next(calls) == 7:
            msg = "the disk has gone away"
            raise LandingError(msg)
        return real(*args, **options)

    monkeypatch.setattr(replaying, "merge_flat", fail)
    with pytest.raises(LandingError):
        replayed(ours)
    assert tables(ours) == before
    assert leftovers(ours) == []
    assert ask(ours, "select state, error from ops.runs where command = 'replay'") == [
        ("failed", "LandingError: the disk has gone away")
    ]


def test_a_replay_killed_at_any_moment_leaves_core_as_before_or_as_after(
    ours: Settings, past: Past
) -> None:
    after = tables(ours)
    spoil(ours)
    before = tables(ours)
    assert before != after
    chance = random.Random(past.second_sync.toordinal())
    seen = []
    with replaying_process(ours) as start:
        whole = start(None)
        assert tables(ours) == after
        spoil(ours)
        for _ in range(KILLS):
            start(chance.uniform(0, whole))
            left = bool(leftovers(ours))
            found = tables(ours)
            assert found in (before, after)
            seen.append((left, found == after))
            if found == after:
                spoil(ours)
        start(None)
    assert (True, False) in seen, "no kill came while the new file was being written"
    assert tables(ours) == after
    assert leftovers(ours) == []
    states = ask(ours, "select state from ops.runs where command = 'replay' order by started_at")
    assert states[-1] == ("attention",)
    assert ("running",) not in states
    assert_sound(ours)


def spoil(ours: Settings) -> None:
    with opened(ours) as db:
        db.execute("update core.trackings set title = 'spoilt'")


def leftovers(ours: Settings) -> list[str]:
    """What lies in the warehouse's folder and does not belong there."""
    usual = {FILE, f"{FILE}.lock", f"{FILE}.wal", "landing", "published"}
    return sorted({path.name for path in ours.parcelhouse_home.iterdir()} - usual)


REPLAYER = """
import os, sys
from pathlib import Path
from flows.settings import Settings
from flows.steps.replay import replay
from flows.steps.run import local_run

ours = Settings(_env_file=None, parcelhouse_home=Path(sys.argv[1]))
for _ in sys.stdin:
    child = os.fork()
    if not child:
        print(os.getpid(), flush=True)
        with local_run(ours, "replay") as run:
            replay(run)
        os._exit(0)
    print("ended", os.waitpid(child, 0)[1], flush=True)
"""


@contextmanager
def replaying_process(ours: Settings) -> Iterator[Callable[[float | None], float]]:
    """Yield what starts a replay and kills it after so many seconds; None: lets it end.

    Each replay is a process, forked from one that has done the importing.
    """
    with subprocess.Popen(
        [sys.executable, "-c", REPLAYER, str(ours.parcelhouse_home)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        give, take = parent.stdin, parent.stdout

        def start(seconds: float | None) -> float:
            give.write("\n")
            give.flush()
            process = int(take.readline())
            began = time.monotonic()
            if seconds is not None:
                time.sleep(seconds)
                subprocess.run(["kill", "-9", str(process)], check=False, capture_output=True)
            status = take.readline()
            if seconds is None:
                assert status == "ended 0\n"
            return time.monotonic() - began

        try:
            yield start
        finally:
            give.close()
