"""The doctor over real HTTP: what it finds out, what that costs, and that it touches nothing."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.choosing import read_settings
from flows.commands import health
from flows.errors import ParcelhouseError
from flows.settings import Settings
from flows.steps import house
from flows.steps.doctor import Diagnosis, examine
from flows.steps.probes import MOST_REQUESTS
from flows.steps.run import running
from flows.steps.sync import sync
from flows.steps.verdicts import Finding
from trackingmore_v2.sandbox import Sandbox, Switches
from trackingmore_v2.sandbox.faults import Fault
from warehouse.connection import FILE, open_for_writing
from warehouse.snapshot import snapshot_path

KEY = "tm-live-4f9d2c81b7e60a35"
HOME = Path("parcelhouse-data")
LIST = "list trackings"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def account(size: int = 200, *, ago: timedelta = timedelta(), **switches: Any) -> Sandbox:
    now = datetime.now(UTC).replace(microsecond=0) - ago
    return Sandbox(
        size,
        now=now,
        api_key=KEY,
        lively=False,
        clock_rate=1.0,  # a slow machine is no skew
        switches=Switches(**switches),
    )


@contextmanager
def served(sandbox: Sandbox, *, key: str = KEY) -> Iterator[None]:
    """Serve *sandbox*, with a `.env` that leads to it."""
    with sandbox.serving() as url:
        Path(".env").write_text(
            f"TRACKINGMORE_API_KEY={key}\nTRACKINGMORE_BASE_URL={url}\n"
            "TRACKINGMORE_REQUESTS_PER_SECOND=0\n"
        )
        yield


def diagnose(sandbox: Sandbox | None = None, *, key: str = KEY) -> Diagnosis:
    """Return what the doctor finds, and see that it spent what it says and no more than eight."""
    if sandbox is None:
        return examine(read_settings(), now=datetime.now(UTC))
    before = sandbox.request_count
    with served(sandbox, key=key):
        found = examine(read_settings(), now=datetime.now(UTC))
    assert found.requests == sandbox.request_count - before <= MOST_REQUESTS == 8
    return found


def of(found: Diagnosis, about: str) -> Finding:
    (finding,) = (each for each in found.findings if each.about == about)
    return finding


def levels(found: Diagnosis) -> dict[str, str]:
    return {each.about: each.level for each in found.findings}


# --- the server


def test_a_sound_account_has_no_fault_and_costs_four_requests() -> None:
    found = diagnose(account())
    assert found.failures == []
    assert found.requests == 4
    assert of(found, "requests").sentence == "4 spent, at most 8 ever"
    assert {"key", "clock", "order", "limit", "bounds", "empty", "latency"} <= levels(found).keys()


@pytest.mark.parametrize(
    ("bounds", "sentence", "requests"),
    [
        ("inclusive", "the min of a range belongs to it, the max belongs to it", 4),
        ("half_open", "the min of a range belongs to it, the max does not", 5),
        ("exclusive", "the min of a range does not, the max does not", 6),
    ],
)
def test_the_ends_of_a_range_are_tried_on_a_known_parcel(
    bounds: str, sentence: str, requests: int
) -> None:
    found = diagnose(account(bounds=bounds))
    assert of(found, "bounds").level == "ok"
    assert of(found, "bounds").sentence.startswith(sentence)
    assert found.requests == requests


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("created_desc", "by created_at, newest first"),
        ("created_asc", "by created_at, oldest first"),
        ("updated_desc", "by updated_at, newest first"),
        ("updated_asc", "by updated_at, oldest first"),
        ("id", "in no order of time"),
        ("random", "in no order of time"),
    ],
)
@pytest.mark.parametrize("size", [60, 3000])
def test_the_order_of_the_list_is_told(order: str, said: str, size: int) -> None:
    assert f"come {said};" in of(diagnose(account(size, order=order)), "order").sentence


def test_a_page_of_parcels_that_were_never_refreshed_does_not_hide_the_order() -> None:
    sandbox = account(200, order="updated_asc")
    for number in range(60):
        sandbox.put(parcel(number, updated_at=None))
    found = diagnose(sandbox)
    assert "come by updated_at, oldest first;" in of(found, "order").sentence
    assert found.requests == 5


@pytest.mark.parametrize("empty_as", ["4031", "items"])
@pytest.mark.parametrize("size", [0, 200])
def test_the_shape_of_nothing_is_told(empty_as: str, size: int) -> None:
    finding = of(diagnose(account(size, empty_as=empty_as)), "empty")
    shape = "code 4031 with data: []" if empty_as == "4031" else "code 200 with items: []"
    assert (finding.level, finding.sentence) == ("ok", f"a list without parcels is {shape}")


@pytest.mark.parametrize("total_as", ["string", "number"])
@pytest.mark.parametrize(("max_limit", "level"), [(2000, "ok"), (100, "warn"), (20, "warn")])
def test_the_largest_page_is_told(max_limit: int, level: str, total_as: str) -> None:
    finding = of(diagnose(account(max_limit=max_limit, total_as=total_as)), "limit")
    assert finding.level == level
    assert f"{max_limit:,} parcels" in finding.sentence


@pytest.mark.parametrize("empty_as", ["4031", "items"])
def test_an_empty_account_is_told_what_it_cannot_show(empty_as: str) -> None:
    found = diagnose(account(0, empty_as=empty_as))
    assert found.failures == []
    assert found.requests == 2
    for about in ("order", "bounds"):
        assert of(found, about).sentence == "not found out: the account has no parcels"
    assert of(found, "limit").level == ("warn" if empty_as == "4031" else "ok")


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_handful_of_parcels_shows_no_order_but_the_rest(size: int) -> None:
    found = diagnose(account(size))
    assert of(found, "order").sentence.startswith("not found out")
    assert of(found, "bounds").level == of(found, "empty").level == "ok"


def test_a_second_that_holds_more_than_a_page_is_no_place_to_try_bounds() -> None:
    sandbox = account(0, max_limit=50)
    for number in range(200):
        sandbox.put(parcel(number))
    finding = of(diagnose(sandbox), "bounds")
    assert finding.level == "warn"
    assert finding.sentence.startswith("not found out: 200 parcels")


def test_bounds_are_tried_on_the_parcel_with_the_fewest_neighbours() -> None:
    sandbox = account(0, max_limit=50, order="id")
    for number in range(49):
        sandbox.put(parcel(number))
    for number in range(200, 400):
        sandbox.put(parcel(number, id=f"{number:032}"))
    sandbox.put(parcel(1, id="0" * 31 + "!", created_at="2024-02-02T02:02:02+00:00"))
    assert of(diagnose(sandbox), "bounds").level == "ok"


def test_a_window_that_lacks_its_parcel_needs_a_person() -> None:
    def lose_everything(sandbox: Sandbox) -> None:
        for item in sandbox.items():
            sandbox.delete(item["id"])

    sandbox = account()
    sandbox.script(Fault("change", LIST, after=1, change=lose_everything))
    found = diagnose(sandbox)
    assert of(found, "bounds").level == "fail"
    assert not found.is_cut_off


def test_a_server_that_does_not_heed_its_filters_needs_a_person() -> None:
    sandbox = account(20)
    sandbox.put(parcel(1, created_at="1970-01-02T12:00:00+00:00"))
    assert of(diagnose(sandbox), "empty").level == "fail"


def test_a_parcel_without_a_readable_stamp_is_not_tried() -> None:
    sandbox = account(0)
    sandbox.put(parcel(1, created_at=None))
    found = diagnose(sandbox)
    assert of(found, "limit").sentence.startswith("not found out")
    assert of(found, "empty").level == "ok"


@pytest.mark.parametrize(
    ("ago", "level", "words"),
    [
        (timedelta(), "ok", "apart"),
        (timedelta(minutes=3), "warn", "behind"),
        (timedelta(minutes=-3), "warn", "ahead of"),
        (timedelta(days=900), "warn", "behind"),
    ],
)
def test_clocks_that_differ_are_told(ago: timedelta, level: str, words: str) -> None:
    finding = of(diagnose(account(20, ago=ago)), "clock")
    assert finding.level == level
    assert words in finding.sentence


# --- a server that will not be asked


def test_without_a_key_nothing_is_asked_and_the_house_is_still_looked_over() -> None:
    sandbox = account()
    found = diagnose(sandbox, key="")
    assert found.requests == 0
    assert found.is_cut_off
    assert "TRACKINGMORE_API_KEY is not set" in of(found, "key").sentence
    house = {"home", "disk", "seat", "warehouse", "persons", "run", "published", "landing"}
    assert house <= levels(found).keys()


@pytest.mark.parametrize("key", ["another-key-altogether", "schlüssel-0123456789", "two words"])
def test_a_key_that_does_not_fit_is_told_and_not_shown(key: str) -> None:
    found = diagnose(account(), key=f'"{key}"')
    assert found.is_cut_off
    assert found.requests <= 1
    assert key not in repr(found)
    assert found.failures[0].about in {"key", "settings"}


@pytest.mark.parametrize("code", [4001, 401])
def test_a_header_that_is_not_taken_for_a_key_is_a_refused_key(code: int) -> None:
    found = diagnose(account(key_headers="tracking", missing_key=code))
    assert found.is_cut_off
    assert found.requests == 1
    assert str(code) in of(found, "key").sentence


def test_an_address_that_leads_nowhere_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKINGMORE_API_KEY", KEY)
    monkeypatch.setenv("TRACKINGMORE_BASE_URL", "http://127.0.0.1:1/v2")
    found = diagnose()
    assert found.is_cut_off
    assert [each.about for each in found.failures] == ["network"]


def test_a_dead_network_is_told_in_two_requests() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        Path(".env").write_text(
            f"TRACKINGMORE_API_KEY={KEY}\nTRACKINGMORE_REQUESTS_PER_SECOND=0\n"
            f"TRACKINGMORE_BASE_URL=http://127.0.0.1:{taken.getsockname()[1]}/v2\n"
        )
        found = diagnose()
    assert found.is_cut_off
    assert found.requests == 2
    assert of(found, "network").level == "fail"
    assert "warehouse" in levels(found)


def test_a_web_page_in_place_of_the_api_is_no_network() -> None:
    sandbox = account()
    sandbox.script(Fault("html_200", times=2))
    found = diagnose(sandbox)
    assert found.is_cut_off
    assert found.requests == 2


@pytest.mark.parametrize("kind", ["html_200", "cut_body", "reset", "http_500", "http_503"])
@pytest.mark.parametrize("after", [0, 2])
def test_one_hiccup_is_forgiven(kind: Any, after: int) -> None:
    sandbox = account()
    sandbox.script(Fault(kind, after=after))
    found = diagnose(sandbox)
    assert found.failures == []
    assert found.requests == 5


def test_a_server_that_fails_twice_is_not_asked_any_more() -> None:
    sandbox = account()
    sandbox.script(Fault("http_500", after=1), Fault("http_503", after=2))
    found = diagnose(sandbox)
    assert not found.is_cut_off
    assert of(found, "server").level == "fail"
    assert of(found, "key").level == "ok"
    assert found.requests == 3


@pytest.mark.parametrize("kind", ["meta_429", "http_429"])
def test_told_to_slow_down_it_stops_at_once(kind: Any) -> None:
    sandbox = account()
    sandbox.script(Fault(kind, after=1))
    found = diagnose(sandbox)
    assert found.requests == 2
    assert "429" in of(found, "server").sentence


def test_the_worst_account_costs_eight_requests() -> None:
    sandbox = account(60, order="updated_asc", bounds="exclusive")
    for number in range(60):
        sandbox.put(parcel(number, updated_at=None))
    sandbox.script(Fault("reset"))
    found = diagnose(sandbox)
    assert found.failures == []
    assert found.requests == 8


# --- the house


@pytest.fixture(scope="module")
def model_house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sandbox, Path]:
    """An account and a folder with a warehouse that is synced from it."""
    sandbox, folder = account(40), tmp_path_factory.mktemp("model")
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        patch.chdir(folder)
        with served(sandbox), running(read_settings(), "sync") as run:
            sync(run)
    return sandbox, folder


@pytest.fixture
def synced(model_house: tuple[Sandbox, Path], folder: Path) -> Sandbox:
    """A warehouse in HOME, synced from the account that this is."""
    sandbox, model = model_house
    shutil.copytree(model / HOME, folder / HOME)
    return sandbox


def test_a_house_in_order_has_no_fault(synced: Sandbox) -> None:
    found = diagnose(synced)
    for about in ("home", "seat", "warehouse", "persons", "run", "published", "landing"):
        assert of(found, about).level == "ok", of(found, about)
    assert "current" in of(found, "warehouse").sentence
    assert of(found, "run").sentence.startswith("sync ended")


def test_a_house_that_is_yet_to_be_built_is_not_built(folder: Path) -> None:
    found = diagnose(account(5))
    assert found.failures == []
    assert "does not exist yet" in of(found, "home").sentence
    assert [path.name for path in folder.iterdir()] == [".env"]


def test_nothing_is_written_anywhere(synced: Sandbox, folder: Path) -> None:
    diagnose(synced)
    before = picture(folder)
    diagnose(synced)
    assert picture(folder) == before


def test_what_a_killed_process_left_is_read_and_left(synced: Sandbox, folder: Path) -> None:
    script = f"""
import os
from pathlib import Path
from warehouse import runs
from warehouse.connection import open_for_writing, transaction
from datetime import UTC, datetime
with open_for_writing(Path({str(HOME)!r}), "killed") as db:
    with transaction(db):
        runs.begin_run(db, "main", "r", command="backfill", at=datetime.now(UTC))
    os._exit(9)
"""
    checkout = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(checkout)},
        check=False,
    )
    assert (HOME / f"{FILE}.wal").stat().st_size
    diagnose(synced)
    before = picture(folder)
    found = diagnose(synced)
    assert picture(folder) == before
    assert of(found, "seat").sentence == "nobody is writing"
    assert of(found, "run").level == "warn"
    assert of(found, "run").sentence.startswith("backfill runs since")


def test_who_is_writing_is_named_and_not_disturbed(synced: Sandbox) -> None:
    with open_for_writing(HOME, "backfill 42"):
        found = diagnose(synced)
    assert "backfill 42" in of(found, "seat").sentence
    assert of(found, "warehouse").sentence.startswith("not looked into")
    assert of(found, "run").sentence.startswith("sync ended")


def test_a_file_that_is_no_warehouse_needs_a_person() -> None:
    HOME.mkdir()
    (HOME / FILE).write_text("no database, but long enough to look like one " * 300)
    found = diagnose(account(5))
    assert of(found, "warehouse").level == "fail"
    assert not found.is_cut_off


def test_another_version_s_warehouse_is_brought_up_to_date_later(synced: Sandbox) -> None:
    change("update ops.catalog set fingerprint = 'older'")
    assert of(diagnose(synced), "warehouse").level == "warn"
    change("alter table ops.runs drop column waited_seconds")
    assert of(diagnose(synced), "warehouse").level == "warn"


@pytest.mark.parametrize(
    "statement",
    [
        "alter table core.tracking_events add column newer integer",
        "alter table core.tracking_events alter item_node type integer using 1",
    ],
)
def test_a_table_that_nobody_can_adapt_needs_a_person(synced: Sandbox, statement: str) -> None:
    change(statement)
    finding = of(diagnose(synced), "warehouse")
    assert finding.level == "fail"
    assert "core.tracking_events" in finding.sentence


@pytest.mark.parametrize(
    ("told", "statement", "words"),
    [
        (
            {"PII": "drop"},
            None,
            r"PII is drop, .* kept by keep: .*`parcelhouse personal-data apply`",
        ),
        ({"PII": "hash"}, None, "PARCELHOUSE_PII_KEY is not set"),
        (
            {"PII": "hash", "PII_KEY": "another"},
            "update ops.personal_data set policy = 'hash', key_fingerprint = 'of the first'",
            "PARCELHOUSE_PII_KEY is not the one",
        ),
        ({}, "update ops.personal_data set is_applied = false", "not wholly rewritten"),
        (
            {},
            "insert into ops.forgotten by name select 'main' as account, 'name' as kind,"
            " 'm' as mark, 's' as salt",
            "not wholly forgotten",
        ),
    ],
)
def test_a_run_that_would_be_refused_for_what_is_stored_of_persons_needs_a_person(
    synced: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    told: dict[str, str],
    statement: str | None,
    words: str,
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(f"PARCELHOUSE_{name}", value)
    if statement is not None:
        change(statement)
    finding = of(diagnose(synced), "persons")
    assert finding.level == "fail"
    assert re.search(words, finding.sentence)
    with (
        served(synced),
        pytest.raises(ParcelhouseError, match=re.escape(finding.sentence)),
        running(read_settings(), "sync"),
    ):
        pass


def test_what_is_stored_of_persons_is_read_from_the_published_while_somebody_writes(
    synced: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARCELHOUSE_PII", "drop")
    with open_for_writing(HOME, "backfill 42"):
        assert "kept by keep" in of(diagnose(synced), "persons").sentence


def test_a_policy_is_free_to_choose_where_nothing_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARCELHOUSE_PII", "drop")
    finding = of(diagnose(account(5)), "persons")
    assert (finding.level, "PARCELHOUSE_PII is drop" in finding.sentence) == ("ok", True)


@pytest.mark.parametrize(
    ("state", "level", "words"),
    [
        ("failed", "fail", "the disk is full"),
        ("attention", "warn", "parcelhouse check"),
        ("done", "ok", "done"),
    ],
)
def test_how_the_last_run_ended_is_told(
    synced: Sandbox, state: str, level: str, words: str
) -> None:
    change(f"update ops.runs set state = '{state}', error = 'the disk is full'")
    finding = of(diagnose(synced), "run")
    assert finding.level == level
    assert words in finding.sentence


def test_a_sync_that_nobody_runs_any_more_is_told(synced: Sandbox) -> None:
    change("update ops.runs set finished_at = finished_at - interval 3 day")
    finding = of(diagnose(synced), "run")
    assert (finding.level, finding.sentence) == ("warn", "sync ended 3 days ago, done")


def test_another_account_s_runs_are_not_this_one_s(
    synced: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARCELHOUSE_ACCOUNT", "other")
    assert of(diagnose(synced), "run").sentence == "no run of this account is on record"


def test_readers_who_lag_behind_are_told(synced: Sandbox) -> None:
    os.utime(snapshot_path(HOME), (0, 0))
    finding = of(diagnose(synced), "published")
    assert finding.level == "warn"
    assert "before the last run ended" in finding.sentence


def test_nothing_published_is_told(synced: Sandbox) -> None:
    snapshot_path(HOME).unlink()
    assert of(diagnose(synced), "published").level == "warn"


def test_a_full_disk_needs_a_person(synced: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "LEAST_FREE", 2**60)
    assert of(diagnose(synced), "disk").level == "fail"


def test_a_home_that_is_a_file_needs_a_person() -> None:
    HOME.write_text("")
    found = diagnose(account(5))
    assert of(found, "home").level == "fail"
    assert "PARCELHOUSE_HOME" in of(found, "home").sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_may_not_be_written_to_needs_a_person() -> None:
    HOME.mkdir(mode=0o500)
    assert of(diagnose(account(5)), "home").level == "fail"


def test_landed_answers_are_counted(synced: Sandbox) -> None:
    landed = len(list((HOME / "landing").rglob("*.parquet")))
    assert of(diagnose(synced), "landing").sentence.startswith(f"{landed:,} answers")


# --- the command


def test_the_exit_status_tells_who_has_to_act(
    synced: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(synced):
        assert health.doctor(as_json=False) == 0
        change("update ops.runs set state = 'failed'")
        assert health.doctor(as_json=False) == 3
    with served(synced, key="another-key-altogether"):
        assert health.doctor(as_json=False) == 1
    assert "fail  run " in capsys.readouterr().out


@pytest.mark.parametrize("as_json", [True, False])
def test_the_key_is_never_printed(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    with served(account(5)):
        health.doctor(as_json=as_json)
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
    assert "TRACKINGMORE_API_KEY" in said.out


def test_as_json_it_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    with served(account(5)):
        health.doctor(as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert said["requests"] <= MOST_REQUESTS
    assert {"name": "PARCELHOUSE_ACCOUNT", "value": "main", "origin": "default"} in said["settings"]
    assert {each["level"] for each in said["findings"]} <= {"ok", "warn", "fail"}


def parcel(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"{number:032x}",
        "carrier_code": "dhl",
        "tracking_number": f"4{number:09}",
        "status": "transit",
        "created_at": "2024-01-01T00:00:00+00:00",
        "updated_at": "2024-01-02T00:00:00+00:00",
    } | fields


def change(statement: str) -> None:
    with duckdb.connect(str(HOME / FILE)) as db:
        db.execute(statement)


def picture(folder: Path) -> dict[str, tuple[int, str]]:
    """Return when each file was last changed, and what it holds; `.env` is the tests' own."""
    return {
        str(path): (
            path.stat().st_mtime_ns,
            md5(path.read_bytes(), usedforsecurity=False).hexdigest() if path.is_file() else "",
        )
        for path in [folder, *sorted(folder.rglob("*"))]
        if path.name != ".env"
    }
