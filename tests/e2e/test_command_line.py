"""The command line keeps its word: exit status, streams, settings, interruptions, the key."""

import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.e2e.command_line import (
    KEY,
    PARCELHOUSE,
    PATIENCE,
    CommandLine,
    ended,
    holding,
    interrupted,
    live_on,
    new_account,
    parcels_in,
    parcels_of,
    scans_of,
)
from trackingmore_v2.sandbox import Fault, Sandbox

pytestmark = pytest.mark.e2e

COUNT = "select count(*) as parcels from core.trackings"
INTERRUPTED = (
    "parcelhouse: interrupted; what was committed stays, the next run goes on from there\n"
)


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Somebody who has synced; for tests that change nothing."""
    account = new_account()
    with account.serving() as address:
        shell = CommandLine.at(tmp_path_factory.mktemp("synced"), address)
        assert shell.run("sync").returncode == 0
        yield shell


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Return the sentence that a failed command ends with; it says nothing besides."""
    assert done.stdout == ""
    assert done.stderr.startswith("parcelhouse: ")
    assert done.stderr.count("\n") == 1
    assert "unexpected" not in done.stderr
    return done.stderr.removeprefix("parcelhouse: ").rstrip("\n")


# What it is for


def test_what_was_synced_can_be_asked(account: Sandbox, shell: CommandLine) -> None:
    done = shell.run("sync")
    assert done.returncode == 0
    assert "120 new" in done.stdout
    assert parcels_in(shell) == parcels_of(account)
    assert shell.ask("select count(*) from core.live_events") == [(scans_of(account),)]
    said = shell.run("status")
    assert (said.returncode, said.stderr) == (0, "")
    assert "parcels    120, 0 of them deleted" in said.stdout
    assert f"{scans_of(account):,}, 0 of them withdrawn" in said.stdout
    table = shell.run("sql", COUNT)
    assert (table.returncode, table.stderr) == (0, "")
    assert "parcels" in table.stdout
    assert "120" in table.stdout


def test_the_next_sync_brings_what_changed_and_nothing_else(
    account: Sandbox, shell: CommandLine
) -> None:
    shell.run("sync")
    changed = live_on(account, touched=7)
    said = shell.json("sync")
    assert (said["trackings_inserted"], said["trackings_updated"]) == (0, len(changed))
    assert said["events_inserted"] == len(changed)
    assert parcels_in(shell) == parcels_of(account)
    again = shell.json("sync")
    assert (again["trackings_inserted"], again["trackings_updated"]) == (0, 0)
    assert (again["events_inserted"], again["events_withdrawn"]) == (0, 0)
    assert parcels_in(shell) == parcels_of(account)


def test_a_bad_day_at_the_api_costs_repetitions_and_no_rows(
    account: Sandbox, shell: CommandLine
) -> None:
    account.script(
        Fault("http_500"),
        Fault("cut_body", after=2),
        Fault("http_429", after=3, retry_after=0),
    )
    assert shell.json("sync")["retries"] >= 2
    assert parcels_in(shell) == parcels_of(account)


def test_an_account_without_parcels_is_an_account(tmp_path: Path) -> None:
    with new_account(0).serving() as address:
        shell = CommandLine.at(tmp_path, address)
        assert shell.json("sync")["rows_read"] == 0
        assert shell.json("status")["trackings"] == 0


def test_a_dry_run_says_what_it_would_read_and_writes_nothing(
    account: Sandbox, shell: CommandLine
) -> None:
    planned = shell.json("sync", "--dry-run")["ranges"]
    assert [each["scope"] for each in planned] == ["created_at"]
    assert planned[0]["trackings"] == 120
    assert not shell.home.exists()
    shell.run("sync")
    before = _everything_below(shell.home)
    done = shell.run("sync", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "created_at",
        "update_time",
    ]
    assert _everything_below(shell.home) == before


# Exit status and streams


@pytest.mark.parametrize(
    "arguments",
    [("sync",), ("sync", "--dry-run"), ("status",), ("sql", COUNT), ("sql", "select 'ü\n\"' as a")],
    ids=" ".join,
)
def test_json_is_one_object_on_stdout_and_nothing_else(
    synced: CommandLine, arguments: tuple[str, ...]
) -> None:
    done = synced.run(*arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    assert isinstance(_strictly_parsed(done.stdout), dict)


def test_json_has_no_words_for_what_is_no_number(synced: CommandLine) -> None:
    done = synced.run("sql", "select 'nan'::double as n, '-inf'::double as i", "--json")
    assert done.returncode == 0
    assert set(_strictly_parsed(done.stdout)) == {"columns", "rows"}


@pytest.mark.parametrize(
    "arguments",
    [("sync", "--fast"), ("frobnicate",), ("sql",), ("demo", "--trackings", "0"), ("sync", "now")],
    ids=" ".join,
)
def test_wrong_use_is_2_and_shows_how(synced: CommandLine, arguments: tuple[str, ...]) -> None:
    done = synced.run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: parcelhouse" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unreadable_payload_is_3_and_costs_no_other_parcel(tmp_path: Path) -> None:
    account = new_account(120, page=100)
    spoilt = account.items()[5] | {"origin_info": "see attachment"}
    account.put(spoilt)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path, address)
        done = shell.run("sync")
        assert done.returncode == 3
        assert re.search(r"\b1 payloads? waits? in ops.quarantine", done.stdout)
        assert "Traceback" not in done.stderr
        truth = parcels_of(account)
        assert parcels_in(shell) == {row for row in truth if row[0] != spoilt["id"]}
        reasons = shell.ask("select tracking_id, reason from ops.quarantine")
        assert reasons == [(spoilt["id"], "origin_info is no object but the str 'see attachment'")]
        said = shell.json("status")
        assert (said["quarantined"], said["last_runs"][0]["state"]) == (1, "attention")
        account.put(account.items()[7] | {"id": "0" * 32, "tracking_number": 7})
        assert shell.json("sync", status=3)["quarantined"] == 1


def test_a_reader_who_goes_away_is_no_error(synced: CommandLine) -> None:
    query = "select * from range(200000)"
    with synced.start("sql", query, "--json", text=False) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(20) == b'{"columns": ["range"'
        process.stdout.close()
        complained = process.stderr.read()
        process.wait(PATIENCE)
    assert complained == b""


# What a person did not set, or set wrong


def test_without_a_key_it_says_which_variable_is_missing(
    account: Sandbox, shell: CommandLine
) -> None:
    for keyless in (shell.lacking("TRACKINGMORE_API_KEY"), shell.having(TRACKINGMORE_API_KEY=" ")):
        done = keyless.run("sync")
        assert done.returncode == 1
        assert "TRACKINGMORE_API_KEY is not set" in one_sentence(done)
    assert account.request_count == 0


def test_the_key_may_stand_in_dotenv(account: Sandbox, shell: CommandLine) -> None:
    (shell.folder / ".env").write_text(f"TRACKINGMORE_API_KEY={KEY}\n")
    assert shell.lacking("TRACKINGMORE_API_KEY").run("sync").returncode == 0
    assert parcels_in(shell) == parcels_of(account)


def test_a_wrong_key_is_one_sentence_and_one_request(account: Sandbox, shell: CommandLine) -> None:
    done = shell.having(TRACKINGMORE_API_KEY="tm-wrong-0123456789abcdef").run("sync")
    assert done.returncode == 1
    assert "Invalid API key" in one_sentence(done)
    assert "tm-wrong" not in done.stderr
    assert account.request_count == 1
    assert shell.run("sync").returncode == 0
    states = [run["state"] for run in shell.json("status")["last_runs"]]
    assert states == ["done", "failed"]


def test_a_dead_network_is_one_sentence(shell: CommandLine) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: refuses, and stays ours
        port = nobody.getsockname()[1]
        done = shell.having(TRACKINGMORE_BASE_URL=f"http://127.0.0.1:{port}/v2").run("sync")
    assert KEY not in done.stderr
    assert done.returncode == 1
    sentence = one_sentence(done)
    assert "no answer to GET /trackings/get" in sentence
    assert "Connection refused" in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PARCELHOUSE_LAG_SECONDS", "soon"),
        ("TRACKINGMORE_BASE_URL", "http://"),
        ("TRACKINGMORE_API_KEY", "two words"),
        ("PARCELHOUSE_HOME", "/dev/null/here"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(synced: CommandLine, name: str, value: str) -> None:
    done = synced.having(**{name: value}).run("sync")
    assert done.returncode == 1
    sentence = one_sentence(done)
    assert name in sentence
    assert name != "TRACKINGMORE_API_KEY" or value not in sentence


def test_debug_shows_the_traceback_that_nobody_sees_otherwise(synced: CommandLine) -> None:
    done = synced.having(PARCELHOUSE_LAG_SECONDS="soon").run("sync", "--debug")
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr


# Asking


def test_before_the_first_sync_there_is_nothing_to_ask(shell: CommandLine) -> None:
    for arguments in (("status",), ("sql", COUNT)):
        done = shell.run(*arguments)
        assert done.returncode == 1
        assert "run `parcelhouse sync` first" in one_sentence(done)


def test_a_query_that_makes_no_sense_gets_the_words_of_duckdb(synced: CommandLine) -> None:
    for arguments in (("selec 1",), ("select nothing_of_the_kind from core.trackings", "--json")):
        done = synced.run("sql", *arguments)
        assert done.returncode == 2
        sentence = one_sentence(done)
        assert "Error" in sentence
        assert "LINE 1" in sentence


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("delete from core.trackings", ()),
        ("create table core.mine as select 1 as a", ("--json",)),
        ("drop view core.live_trackings", ()),
        ("attach '{live}' as live; delete from live.core.trackings", ("--json",)),
        ("attach '{live}' as live (read_write); delete from live.core.trackings", ()),
        ("attach '{live}' as live (read_write); drop table live.ops.runs", ("--json",)),
        ("copy (select 1 as a) to '{live}.csv'", ()),
        ("explain analyze copy (select 1 as a) to '{live}.csv'", ("--json",)),
        ("select 1; select 2", ()),
    ],
)
def test_a_query_can_only_read(
    synced: CommandLine, tmp_path: Path, query: str, options: tuple[str, ...]
) -> None:
    shutil.copytree(synced.home, tmp_path / synced.home.name)
    shell = replace(synced, folder=tmp_path)
    before = _everything_below(shell.home)
    done = shell.run("sql", query.format(live=shell.home / "warehouse.duckdb"), *options)
    assert done.returncode == 2
    one_sentence(done)
    assert _everything_below(shell.home) == before


def test_a_query_may_be_any_that_reads(synced: CommandLine) -> None:
    pivot = "pivot (select 'a' as name, 1 as value) on name using sum(value)"
    for query in (pivot, "describe core.trackings", "from ops.runs limit 1"):
        assert synced.json("sql", query)["rows"]


# Several at once, and the ones that do not come to their end


def test_two_syncs_at_once_both_end_well(tmp_path: Path) -> None:
    account = new_account(120, page=50)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path, address)
        with shell.start("sync") as one, shell.start("sync") as other:
            assert [ended(one).returncode, ended(other).returncode] == [0, 0]
        assert parcels_in(shell) == parcels_of(account)
        assert shell.ask("select count(*) from core.live_events") == [(scans_of(account),)]
        assert shell.ask("select state, error from ops.runs") == [("done", None)] * 2


def test_whoever_reads_or_syncs_is_not_locked_out_by_a_sync_that_waits_for_the_api(
    account: Sandbox, shell: CommandLine
) -> None:
    shell.run("sync")
    live_on(account, touched=3)
    with holding(account) as hold, shell.start("sync") as waiting:
        assert hold.arrived.wait(PATIENCE)
        assert shell.ask(COUNT) == [(120,)]
        assert shell.json("sync")["trackings_updated"] == 3
        hold.release()
        assert ended(waiting).returncode == 0
    assert parcels_in(shell) == parcels_of(account)


def test_a_sync_that_is_stopped_keeps_what_it_has_and_the_next_one_goes_on(tmp_path: Path) -> None:
    # more than the answers that the first two get, so that something is left for the third
    account = new_account(300, page=40)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path, address)
        with holding(account, after=4) as hold, shell.start("sync") as process:
            assert hold.arrived.wait(PATIENCE)
            stopped = interrupted(process, hold)
        assert (stopped.returncode, stopped.stdout) == (130, "")
        assert stopped.stderr.endswith(INTERRUPTED)
        assert "Traceback" not in stopped.stderr
        with holding(account, after=1) as hold, shell.start("sync") as process:
            assert hold.arrived.wait(PATIENCE)
            process.kill()
            assert ended(process).returncode == -signal.SIGKILL
        assert 0 < shell.json("sync")["trackings_inserted"] < 300
        assert parcels_in(shell) == parcels_of(account)
        killed = "the process ended without a word"
        runs = shell.ask(f"select state, error = '{killed}' from ops.runs order by started_at")
        assert runs == [("failed", False), ("failed", True), ("done", None)]


# What a person sees meanwhile


def test_in_a_log_progress_is_plain_lines(shell: CommandLine) -> None:
    done = shell.run("sync")
    lines = done.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == ["created_at", "update_time"]
    assert all(re.search(r"\d+ windows? read.* rows/s$", line) for line in lines)
    assert "\x1b" not in done.stderr + done.stdout


def test_on_a_terminal_progress_is_a_bar_and_the_cursor_comes_back(shell: CommandLine) -> None:
    ours, theirs = pty.openpty()
    shell = shell.having(TERM="xterm-256color").lacking("NO_COLOR", "FORCE_COLOR", "CI")
    with shell.start("sync", stderr=theirs) as process:
        os.close(theirs)
        shown = _read_terminal(ours)
        assert ended(process).returncode == 0
    assert "\x1b[?25l" in shown
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}" * 10 in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert re.search(r"created_at\b.*windows.*rows", shown)


def _read_terminal(terminal: int) -> str:
    """Return what is written to a terminal until nobody has it open any more."""
    shown = b""
    with os.fdopen(terminal, "rb", buffering=0) as screen:
        while True:
            try:
                more = screen.read(4096)
            except OSError:  # how Linux says that the other side is gone
                break
            if not more:
                break
            shown += more
    return shown.decode()


# Starting up

ANYTHING_HEAVY = {"prefect", "pandas", "pyarrow", "numpy", "duckdb", "requests", "pydantic"}


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (("--help",), ANYTHING_HEAVY),
        (("--version",), ANYTHING_HEAVY),
        (("status",), {"prefect", "pandas", "pyarrow", "numpy", "requests"}),
        (("sql", COUNT), {"prefect", "pandas", "pyarrow", "requests"}),
        (("sync",), {"prefect", "fastapi", "starlette", "uvicorn", "sqlalchemy"}),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_a_command_imports_only_what_it_needs(
    synced: CommandLine, arguments: tuple[str, ...], heavy: set[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", PARCELHOUSE, *arguments],
        cwd=synced.folder,
        env=synced.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    imported = {line.rsplit("|", 1)[1].strip() for line in lines}
    assert "flows.cli" in imported
    assert imported & heavy == set()


# The key


def test_the_key_is_nowhere_but_in_the_requests(account: Sandbox, shell: CommandLine) -> None:
    echoing = account.items()[0] | {"title": f"for {KEY}", "order_id": KEY}
    account.put(echoing)
    account.put(account.items()[1] | {"origin_info": f"unreadable {KEY}"})
    said = [
        shell.run("sync", "--debug"),
        shell.run("sql", "select title, extra from core.trackings"),
        shell.having(TRACKINGMORE_BASE_URL="unusable").run("sync", "--debug"),
    ]
    account.api_key = "another-key-since-noon-today"
    said.append(shell.run("sync", "--debug"))
    assert [each.returncode for each in said] == [3, 0, 1, 1]
    assert all(KEY not in each.stdout + each.stderr for each in said)
    assert "Traceback" in said[3].stderr
    assert [place for place, text in _everything_said(shell.folder) if KEY in text] == []


def _everything_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _everything_said(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield every file below *folder* as text, and what is compressed in it."""
    for name, content in _everything_below(folder).items():
        yield name, name
        yield name, content.decode("latin-1")
        if name.endswith(".parquet"):
            for row in pq.read_table(folder / name, partitioning=None).to_pylist():
                if "body" in row:  # an answer as it was landed
                    yield name, row.pop("body").decode()
                yield name, str(row)
        if name.endswith(".duckdb"):
            with duckdb.connect(str(folder / name), read_only=True) as db:
                tables = db.execute(
                    "select schema_name || '.' || table_name from duckdb_tables()"
                ).fetchall()
                assert ("ops.runs",) in tables
                for (table,) in tables:
                    yield f"{name} {table}", str(db.execute(f"from {table}").fetchall())


def _strictly_parsed(text: str) -> Any:
    """Parse JSON as programs other than Python do, to whom NaN and Infinity mean nothing."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)
