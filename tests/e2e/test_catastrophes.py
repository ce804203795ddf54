"""Whatever ends a run, it ends in one clear sentence, and the next run completes the warehouse."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import md5
from itertools import pairwise
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.e2e.command_line import (
    PATIENCE,
    CommandLine,
    ended,
    holding,
    live_on,
    new_account,
)
from tests.truth import assert_true
from trackingmore_v2.sandbox import Fault, Sandbox
from transforms.tables import LANDINGS, STATUS_HISTORY, TRACKING_EVENTS, TRACKINGS, WINDOWS, Table
from warehouse import ledger
from warehouse.connection import FILE, open_for_writing, open_read_only
from warehouse.lake_versions import LAKE
from warehouse.manifest import MANIFEST
from warehouse.snapshot import BY_VERSION

pytestmark = pytest.mark.e2e

SEED = 20261122
LINGERING = 0.15  # seconds: longer than what happens between two requests
# Who read a version, and when: what an interruption may change. That a scan was withdrawn, and
# in which order states followed one another, it may not.
INCIDENTAL = {
    "run_id",
    "fetched_at",
    "first_seen_at",
    "withdrawn_at",
    "valid_from",
    "valid_to",
}
LASTING = {
    TRACKINGS: (),
    TRACKING_EVENTS: ("withdrawn_at is null",),
    STATUS_HISTORY: (
        "valid_to is null",
        "row_number() over (partition by tracking_id order by valid_from)",
    ),
}
BACKFILL = ("backfill", "--since", "2001-01-01")

# The command, and a power cut between a window's commit and its way from the log to the file;
# some windows bring rows and some do not.
CUT_OFF = """
import os, signal, sys
from contextlib import contextmanager
from pathlib import Path
from flows.steps import backlog

usual, left = backlog.transaction, 3
log = Path("parcelhouse-data", "warehouse.duckdb.wal")

@contextmanager
def cut_off(db):
    global left
    with usual(db):
        yield
    left -= log.stat().st_size > 100_000
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

backlog.transaction = cut_off
backlog.TOGETHER = backlog.COMMITTED_AT_ONCE = 1  # each window by itself

from flows.cli import main
main()
"""


class Ledger(NamedTuple):
    """How far a warehouse says it is."""

    watermarks: dict[str, int]
    proven: dict[str, list[tuple[int, int]]]  # windows by kind of scope, ascending


def warehouse_of(shell: CommandLine) -> Path:
    return shell.home / FILE


def published_of(shell: CommandLine) -> Path:
    return shell.home / "published" / FILE


def names_published(shell: CommandLine) -> set[str]:
    return {path.name for path in published_of(shell).parent.iterdir()}


def log_of(shell: CommandLine) -> Path:
    return shell.home / f"{FILE}.wal"


def read_ledger(shell: CommandLine) -> Ledger:
    """Return the ledger as it is on the disk, after whatever happened to who wrote it."""
    if not warehouse_of(shell).exists():
        return Ledger({}, {})
    with open_read_only(warehouse_of(shell)) as db:
        if not db.execute("from duckdb_tables() where table_name = 'windows'").fetchall():
            return Ledger({}, {})
        proven: dict[str, list[tuple[int, int]]] = {}
        for scope, low, high in db.execute(
            f"""
            select scope, epoch(low)::bigint, epoch(high)::bigint from {WINDOWS.name}
            where proven order by all
            """
        ).fetchall():
            proven.setdefault(scope.partition(":")[0], []).append((low, high))
        return Ledger(ledger.watermarks(db, "main"), proven)


def lasting(shell: CommandLine, table: Table) -> list[Any]:
    """Return a table's rows as far as they do not depend on when and by whom they were read."""
    columns = [f'"{name}"' for name in table.column_names if name not in INCIDENTAL]
    with open_read_only(warehouse_of(shell)) as db:
        return db.execute(
            f"select {', '.join([*columns, *LASTING[table]])} from {table.name} order by all"
        ).fetchall()


def assert_same_tables(shell: CommandLine, other: CommandLine) -> None:
    for table in LASTING:
        ours, theirs = lasting(shell, table), lasting(other, table)
        assert len(ours) == len(theirs), table.name
        assert [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]][:3] == []


def assert_whole(shell: CommandLine, account: Sandbox, *, gone: Collection[str] = ()) -> None:
    """Fail unless the file and the published copy hold the account, and nothing more."""
    items = [Sparse(item) for item in account.items()]
    for path in (warehouse_of(shell), published_of(shell)):
        with open_read_only(path) as db:
            assert_true(db, items, gone=gone)


class Sparse(dict[str, Any]):
    """A payload whose absent fields read as null."""

    def __missing__(self, name: str) -> None:
        return None


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence in which a command failed; before it, only progress was shown."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    *progress, last = done.stderr.splitlines()
    assert all(line.endswith(" rows/s") for line in progress), done.stderr
    assert last.startswith("parcelhouse: ")
    assert "unexpected" not in last
    return last.removeprefix("parcelhouse: ")


# Killed, again and again


def kill_when(
    shell: CommandLine, *arguments: str, due: Callable[[], bool], lingering: float
) -> bool:
    """Start a command and kill it *lingering* seconds after *due*; return whether it was hit."""
    with shell.start(*arguments) as process:
        deadline = monotonic() + PATIENCE
        while not due() and process.poll() is None and monotonic() < deadline:
            sleep(0.001)
        sleep(lingering)
        process.kill()
        done = ended(process)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode == -signal.SIGKILL


def kill_on_the_way(
    shell: CommandLine, account: Sandbox, *arguments: str, dice: Random, most: int
) -> bool:
    """Kill a command soon after its n-th request, n at most *most*; return whether it was hit."""
    target = account.request_count + dice.randint(1, most)
    return kill_when(
        shell,
        *arguments,
        due=lambda: account.request_count >= target,
        lingering=dice.uniform(0, LINGERING),
    )


class Survivor:
    """A warehouse whose runs are killed, and one beside it that nobody disturbs.

    Every run of the first is watched: it must not ask for what was proven before it began.
    """

    def __init__(self, shell: CommandLine, account: Sandbox, dice: Random, *command: str) -> None:
        self.shell = shell
        self.undisturbed = shell.having(PARCELHOUSE_HOME="undisturbed")
        self.account = account
        self.dice = dice
        self.command = command

    def is_killed(self, times: int, *, most: int) -> None:
        """Kill that many runs; those that end before they are hit do not count."""
        for _ in range(3 * times):
            with self._watched():
                times -= kill_on_the_way(
                    self.shell, self.account, *self.command, dice=self.dice, most=most
                )
            if not times:
                return
        pytest.fail(f"{times} runs ended before they could be killed")

    def comes_to_its_end(self) -> None:
        with self._watched():
            assert self.shell.run(*self.command).returncode == 0
        assert self.undisturbed.run(*self.command).returncode == 0

    def assert_same(self) -> None:
        """Fail unless both warehouses hold the account, and cover the same by the same proof."""
        assert_same_tables(self.shell, self.undisturbed)
        assert_whole(self.shell, self.account)
        ours, theirs = read_ledger(self.shell), read_ledger(self.undisturbed)
        assert ours.watermarks == theirs.watermarks
        assert {scope: _reach(windows) for scope, windows in ours.proven.items()} == {
            scope: _reach(windows) for scope, windows in theirs.proven.items()
        }
        for scope, windows in ours.proven.items():
            for (_, high), (low, _) in pairwise(windows):
                assert low == high + 1, f"{scope}: up to {high}, then from {low}"

    @contextmanager
    def _watched(self) -> Iterator[None]:
        proven, count = read_ledger(self.shell).proven, self.account.request_count
        yield
        for cursor, low, high in _asked_for(self.account, count):
            for scope, windows in proven.items():
                if scope in ("backfill", cursor):
                    again = [window for window in windows if window[0] <= high and low <= window[1]]
                    assert again == [], f"{scope}: {low}..{high} was asked for again"


def _reach(windows: list[tuple[int, int]]) -> tuple[int, int]:
    return windows[0][0], windows[-1][1]


def _asked_for(account: Sandbox, count: int) -> Iterator[tuple[str, int, int]]:
    """Yield the cursor and the range of each listing behind the *count*-th request."""
    for _, _, params in account.requests[count:]:
        said = [name for name in ("created_at", "update_time") if f"{name}_min" in params]
        if len(said) == 1 and params["limit"] != "1":
            low, high = (int(params[f"{said[0]}_{end}"]) for end in ("min", "max"))
            # nobody knows whether bounds are inclusive: a sync asks for one second more
            slack = 1 if high > low else 0
            yield said[0], low + slack, high - slack


def new_parcels(account: Sandbox, count: int) -> None:
    """Register parcels that have no scan yet."""
    for number in range(account.request_count, account.request_count + count):
        account.put(
            {
                "id": md5(f"new {number}".encode(), usedforsecurity=False).hexdigest(),
                "tracking_number": f"NEW{number:08}",
                "carrier_code": "dhl",
                "status": "pending",
                "created_at": account.now.isoformat(timespec="seconds"),
                "updated_at": None,
            }
        )


def test_a_sync_killed_at_any_moment_loses_nothing_and_reads_nothing_proven_again(
    tmp_path: Path,
) -> None:
    account = new_account(500, page=25)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path, address, PARCELHOUSE_OVERLAP_SECONDS="0")
        survivor = Survivor(shell, account, Random(SEED), "sync")
        survivor.is_killed(11, most=4)
        survivor.comes_to_its_end()
        new_parcels(account, 30)
        for _ in range(12):  # at twelve instants, so that many windows are needed
            live_on(account, touched=12)
        survivor.is_killed(9, most=3)
        survivor.comes_to_its_end()
        survivor.assert_same()


def test_a_backfill_killed_at_any_moment_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    account = new_account(350, page=25)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path, address)
        survivor = Survivor(shell, account, Random(SEED), *BACKFILL)
        survivor.is_killed(7, most=5)
        survivor.comes_to_its_end()
        survivor.assert_same()


def test_a_replay_killed_at_any_moment_leaves_what_was_there(tmp_path: Path) -> None:
    dice = Random(SEED)
    account = new_account(300, page=50)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path, address)
        for _ in range(2):  # so that answers are landed which nobody has loaded
            kill_on_the_way(shell, account, "sync", dice=dice, most=5)
        assert shell.run("sync").returncode == 0
        live_on(account, touched=60)
        assert shell.run("sync").returncode == 0
    before = everything_in_core(shell)
    rebuilt, log = (shell.home / f"{FILE}.rebuilt{suffix}" for suffix in ("", ".wal"))
    hits = 0
    for size in (0, 100_000, 500_000, 1_000_000, 2_000_000):
        hits += kill_when(
            shell,
            "replay",
            due=partial(_holds, (rebuilt, log), size),
            lingering=dice.uniform(0, LINGERING),
        )
        assert everything_in_core(shell) == before
    assert hits >= 3
    done = shell.run("replay")
    assert done.returncode == 0, done.stderr
    assert everything_in_core(shell) == before
    assert_whole(shell, account)
    assert not rebuilt.exists()


def everything_in_core(shell: CommandLine) -> dict[str, list[Any]]:
    with open_read_only(warehouse_of(shell)) as db:
        return {
            table.name: db.execute(f"from {table.name} order by all").fetchall()
            for table in LASTING
        }


def _holds(paths: Collection[Path], size: int) -> bool:
    """Return whether there are any of *paths*, and *size* bytes in them."""
    sizes = []
    for path in paths:
        with suppress(FileNotFoundError):
            sizes.append(path.stat().st_size)
    return bool(sizes) and sum(sizes) >= size


# The command, and a power cut while it publishes.
UNPUBLISHED = """
import os, signal
from warehouse import snapshot

def die(source, target):
    target.write_bytes(source.read_bytes()[:100_000])
    os.kill(os.getpid(), signal.SIGKILL)

snapshot._copying = die
from flows.cli import main
main()
"""


def test_who_is_killed_while_publishing_leaves_no_copy_for_ever(
    account: Sandbox, shell: CommandLine
) -> None:
    with shell.calling(sys.executable, "-c", UNPUBLISHED).start("sync") as process:
        assert ended(process).returncode == -signal.SIGKILL
    assert shell.run("sync").returncode == 0
    assert_whole(shell, account)
    assert names_published(shell) == {FILE, MANIFEST, BY_VERSION, LAKE}


# Disks


@contextmanager
def disk(at: Path, size: str) -> Iterator[Callable[[str], None]]:
    """Mount a disk of that size *at* a folder; yields what changes its mount options."""
    at.mkdir()
    mount = shutil.which("mount")
    if mount is None:
        pytest.skip("there is no mount command here")
    tried = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at], capture_output=True, text=True
    )
    if tried.returncode:
        pytest.skip(f"no disk may be mounted here: {tried.stderr.strip()}")

    def remount(options: str) -> None:
        subprocess.run([mount, "-o", f"remount,{options}", at], check=True)

    try:
        yield remount
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


@pytest.mark.parametrize("size", ["400k", "2m"])
def test_a_full_disk_is_one_sentence_and_with_more_room_the_next_run_completes(
    tmp_path: Path, size: str
) -> None:
    account = new_account(300, page=50)
    with account.serving() as address, disk(tmp_path / "disk", size) as remount:
        shell = CommandLine.at(tmp_path, address, PARCELHOUSE_HOME=str(tmp_path / "disk" / "home"))
        for _ in range(2):
            assert "No space left on device" in sentence(shell.run("sync"))
        remount("size=64m")
        assert shell.run("sync").returncode == 0
        assert_whole(shell, account)


def test_without_room_to_publish_readers_keep_what_they_had(tmp_path: Path) -> None:
    account = new_account(200)
    with account.serving() as address, disk(tmp_path / "disk", "64m") as remount:
        shell = CommandLine.at(tmp_path, address, PARCELHOUSE_HOME=str(tmp_path / "disk" / "home"))
        assert shell.run("sync").returncode == 0
        before = published_of(shell).read_bytes()
        used = shutil.disk_usage(tmp_path / "disk").used
        live_on(account, touched=1)
        # room for what the run itself writes, and not for another copy of the whole
        remount(f"size={(used + len(before) * 2 // 3) // 1024}k")
        assert "published" in (said := sentence(shell.run("sync")))
        assert said.endswith("No space left on device")
        assert published_of(shell).read_bytes() == before
        assert names_published(shell) == {FILE, MANIFEST, BY_VERSION, LAKE}
        remount("size=64m")
        assert shell.run("sync").returncode == 0
        assert_whole(shell, account)


def test_a_home_that_may_only_be_read_is_one_sentence_and_nothing_is_asked(
    account: Sandbox, shell: CommandLine
) -> None:
    file = shell.folder / "file"
    file.write_text("not a folder")
    below = shell.having(PARCELHOUSE_HOME=str(file / "home"))
    assert "PARCELHOUSE_HOME): Not a directory" in sentence(below.run("sync"))
    with disk(shell.folder / "disk", "64m") as remount:
        reader = shell.having(PARCELHOUSE_HOME=str(shell.folder / "disk" / "home"))
        assert reader.run("sync").returncode == 0
        asked = account.request_count
        remount("ro")
        for command in (("sync",), BACKFILL, ("reconcile",)):
            said = sentence(reader.run(*command))
            assert said.endswith("(PARCELHOUSE_HOME): Read-only file system")
        assert account.request_count == asked
        assert reader.ask("select count(*) from core.trackings") == [(120,)]
        remount("rw")
        assert reader.run("sync").returncode == 0
        assert_whole(reader, account)


# Damage


def damaged(content: bytes, at: int) -> bytes:
    """Return *content* with a few bytes turned over."""
    return content[:at] + bytes(byte ^ 0x5A for byte in content[at : at + 16]) + content[at + 16 :]


def test_torn_and_missing_landed_answers_stop_no_sync_and_replay_names_them(
    tmp_path: Path,
) -> None:
    account = new_account(300, page=60)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path, address)
        assert shell.run("sync").returncode == 0
        with open_read_only(warehouse_of(shell)) as db:
            paths = db.execute(
                f"select path from {LANDINGS.name} where items > 0 order by sequence"
            ).fetchall()
        (torn,), (missing,) = paths[1], paths[3]
        file = shell.home / "landing" / torn
        file.write_bytes(file.read_bytes()[:1000])
        (shell.home / "landing" / missing).unlink()
        live_on(account, touched=20)
        assert shell.run("sync").returncode == 0
        assert_whole(shell, account)
        before = everything_in_core(shell)
        said = shell.json("replay", status=3)
        assert any(torn in notice for notice in said["notices"])
        assert any("1 loaded answer" in notice for notice in said["notices"])
        assert everything_in_core(shell) == before
        assert shell.run("sync").returncode == 0
        assert_whole(shell, account)


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, CommandLine]]:
    """A warehouse whose last window was committed, and is nowhere but in DuckDB's log."""
    account = new_account(300, page=60)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path_factory.mktemp("cut_off"), address)
        with shell.calling(sys.executable, "-c", CUT_OFF).start("sync") as process:
            assert ended(process).returncode == -signal.SIGKILL
        yield account, shell


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, CommandLine]]:
    """A warehouse that was whole before its account lived on."""
    account = new_account()
    with account.serving() as address:
        shell = CommandLine.at(tmp_path_factory.mktemp("aged"), address)
        assert shell.run("sync").returncode == 0
        live_on(account, touched=15)
        yield account, shell


def copy_of(shell: CommandLine, folder: Path) -> CommandLine:
    """Return the same person in *folder*, with a copy of the warehouse."""
    shutil.copytree(shell.home, folder / shell.home.name)
    return replace(shell, folder=folder)


@pytest.mark.parametrize("what", ["whole", "torn", "headless", "gone"])
def test_a_log_that_was_cut_off_is_no_reason_to_stop(
    cut_off: tuple[Sandbox, CommandLine], tmp_path: Path, what: str
) -> None:
    account, shell = cut_off[0], copy_of(cut_off[1], tmp_path)
    log = log_of(shell)
    content = log.read_bytes()
    match what:
        case "torn":
            log.write_bytes(content[: len(content) // 2])
        case "headless":
            log.write_bytes(damaged(content, 0))
        case "gone":
            log.unlink()
    assert shell.run("sync").returncode == 0
    assert_whole(shell, account)


def test_a_damaged_log_is_one_sentence_that_says_what_to_do_and_that_helps(
    cut_off: tuple[Sandbox, CommandLine], tmp_path: Path
) -> None:
    account, shell = cut_off[0], copy_of(cut_off[1], tmp_path)
    log = log_of(shell)
    log.write_bytes(damaged(log.read_bytes(), log.stat().st_size // 2))
    asked = account.request_count
    said = sentence(shell.run("sync"))
    assert str(log) in said
    assert f"move {log.name} away and run again" in said
    assert account.request_count == asked
    log.rename(tmp_path / "moved away")
    assert shell.run("sync").returncode == 0
    assert_whole(shell, account)


@pytest.mark.parametrize("what", ["head", "block", "torn"])
def test_a_damaged_warehouse_is_one_sentence_that_says_what_to_do_and_that_helps(
    aged: tuple[Sandbox, CommandLine], tmp_path: Path, what: str
) -> None:
    account, shell = aged[0], copy_of(aged[1], tmp_path)
    file = warehouse_of(shell)
    content = file.read_bytes()
    match what:
        case "head":
            file.write_bytes(damaged(content, 8))
        case "block":
            file.write_bytes(damaged(content, 3 * 4096 + 100))
        case "torn":
            file.write_bytes(content[: len(content) // 2])
    said = sentence(shell.run("sync"))
    assert f"cannot read {file.relative_to(tmp_path)}: " in said
    assert "move it and its .wal away" in said
    assert f"copy {published_of(shell).relative_to(tmp_path)} to its place" in said
    file.unlink()
    shutil.copy(published_of(shell), file)
    assert shell.run("sync").returncode == 0
    assert_whole(shell, account)


# Others, clocks and networks


def test_three_commands_at_once_on_an_empty_warehouse_all_end_well(tmp_path: Path) -> None:
    account = new_account(200, page=40)
    with account.serving() as address, ExitStack() as stack:
        shell = CommandLine.at(tmp_path, address)
        commands = (("sync",), ("sync",), BACKFILL)
        running = [stack.enter_context(shell.start(*command)) for command in commands]
        assert [ended(process).returncode for process in running] == [0, 0, 0]
        assert_whole(shell, account)
        with open_read_only(warehouse_of(shell)) as db:
            for check in ("repeated_trackings", "repeated_events", "miscounted_events"):
                assert db.execute(f"from checks.{check}").fetchall() == []


# The command, but for how long it waits for the writer's seat.
IMPATIENT = """
from warehouse import connection
connection.open_for_writing.__wrapped__.__kwdefaults__["patience"] = 0.3
from flows.cli import main
main()
"""


def test_whoever_finds_the_seat_taken_for_too_long_says_by_whom(
    account: Sandbox, shell: CommandLine
) -> None:
    impatient = shell.calling(sys.executable, "-c", IMPATIENT)
    with open_for_writing(shell.home, "backfill of a colleague"):
        said = sentence(impatient.run("sync"))
        assert said.startswith(f"backfill of a colleague (process {os.getpid()}, since 20")
        assert "is writing to parcelhouse-data/warehouse.duckdb" in said
        assert account.request_count == 0
    assert impatient.run("sync").returncode == 0
    assert_whole(shell, account)


def set_back(account: Sandbox, by: timedelta) -> None:
    """Put the server's clock back, which no account does by itself."""
    with account.lock:
        account._clock -= by
        account._world.now = int(account.now.timestamp())


def touch_old_ones(account: Sandbox, first: int, last: int) -> None:
    """Touch the first-th to the last-th of the parcels that changed before what the clock says."""
    old = [
        item["id"]
        for item in account.items()
        if item.get("updated_at") and datetime.fromisoformat(item["updated_at"]) < account.now
    ]
    for tracking_id in old[first:last]:
        account.touch(tracking_id)


def test_a_clock_that_is_set_back_moves_no_watermark_back_and_loses_nothing(
    account: Sandbox, shell: CommandLine
) -> None:
    account.advance(timedelta(minutes=10))  # what has changed stays so, when the clock is set back
    assert shell.run("sync").returncode == 0
    reached = read_ledger(shell).watermarks
    set_back(account, timedelta(minutes=10))  # less than a sync reaches back by itself
    touch_old_ones(account, 0, 10)
    account.advance(timedelta(minutes=3))
    done = shell.run("sync")
    assert done.returncode == 0
    assert "the server's clock is" in done.stdout
    assert read_ledger(shell).watermarks == reached
    assert_whole(shell, account)

    set_back(account, timedelta(hours=5))
    touch_old_ones(account, 10, 20)
    assert shell.run("sync").returncode == 0
    assert read_ledger(shell).watermarks == reached
    account.advance(timedelta(hours=5, minutes=10))
    nightly = shell.having(PARCELHOUSE_OVERLAP_SECONDS="86400")
    assert nightly.run("sync").returncode == 0
    assert read_ledger(shell).watermarks["update_time"] > reached["update_time"]
    assert_whole(shell, account)


def test_a_network_that_dies_in_the_middle_of_bodies_costs_repetitions_and_no_rows(
    tmp_path: Path,
) -> None:
    account = new_account(200, page=40)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path, address)
        account.script(*(Fault("cut_body", after=2 * number) for number in range(8)))
        assert shell.json("sync")["retries"] == 8
        assert_whole(shell, account)


def test_a_network_that_stays_dead_is_one_sentence_and_the_next_run_goes_on(
    tmp_path: Path,
) -> None:
    account = new_account(200, page=40)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path, address)
        account.script(Fault("cut_body", after=4, times=5))
        said = sentence(shell.run("sync"))
        assert "no answer to GET /trackings/get" in said
        assert read_ledger(shell).proven["created_at"] != []
        assert 0 < shell.json("sync")["trackings_inserted"] < 200
        assert_whole(shell, account)


def test_a_server_that_disappears_is_one_sentence_and_the_next_run_goes_on(
    tmp_path: Path,
) -> None:
    account = new_account(200, page=40)
    with ExitStack() as server:
        address = server.enter_context(account.serving())
        shell = CommandLine.at(tmp_path, address)
        with holding(account, after=4) as hold, shell.start("sync") as process:
            assert hold.arrived.wait(PATIENCE)
            server.close()
            said = sentence(ended(process))
    assert "no answer to GET /trackings/get" in said
    assert "Connection refused" in said
    port = urlsplit(address).port
    assert port is not None
    with account.serving(port=port):
        assert 0 < shell.json("sync")["trackings_inserted"] < 200
        assert_whole(shell, account)
