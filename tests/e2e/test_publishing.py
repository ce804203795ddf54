"""Readers see one whole version at every moment, whatever the writer does or is done to."""

import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks.continuous_reader import Answer, judge, reading, truth
from tests.lakes import current, in_lake, in_warehouse
from tests.truth import Mirror
from trackingmore_v2.sandbox import Sandbox
from warehouse.connection import FILE, open_for_writing, open_read_only
from warehouse.lake_versions import LAKE
from warehouse.manifest import FOLDER, MANIFEST
from warehouse.snapshot import BY_VERSION, SPARE

pytestmark = pytest.mark.e2e

READERS, PUBLICATIONS = 8, 12
KILLS, SEED = 30, 20261122
LATE = 20  # touches in which files take their places, and old ones are removed
SAMPLE = 6  # files of which every byte is looked at after a kill

# Publishes once for each line on stdin, in a process of its own that is killed: at its n-th touch
# of a published file, or so many seconds after it began. Says how many touches there were, and
# how long it took.
KILLED = """
import json, os, select, signal, sys
from datetime import timedelta
from pathlib import Path
from time import monotonic
from tests.factories import load, parcel, stamp
from warehouse import catalog, materialised
from warehouse.connection import open_for_writing, transaction
from warehouse.publish import publish

LOOKED_AT = ("os.", "open", "shutil.", "subprocess.")
home, touches = Path(sys.argv[1]), 0

def publish_once(number, step, is_late, begun):
    is_due = not is_late

    def count(event, arguments):
        nonlocal is_due
        global touches
        # the moment from which on files take their places
        is_due |= event == "os.link" and "snapshots" in str(arguments)
        if is_due and event.startswith(LOOKED_AT) and "published" in str(arguments):
            touches += 1
            if touches == step:
                os.kill(os.getpid(), signal.SIGKILL)
    with open_for_writing(home, "the test") as db:
        with transaction(db):
            catalog.ensure(db)
        month = f"2026-{number % 5 + 1:02}-10T00:00:00Z"
        changed = parcel("p0", updated_at=stamp(number), title=str(number))
        load(db, changed, parcel(f"p{number}", created_at=month), second=number)
        if number < 2:
            with transaction(db):
                materialised.refresh(db)
        sys.addaudithook(count)
        os.write(begun, b".")
        began = monotonic()
        publish(db, home, run_id=str(number), keep=timedelta())
        os.write(begun, json.dumps([touches, monotonic() - began]).encode())
    os._exit(0)

for line in sys.stdin:
    number, step, is_late, seconds = json.loads(line)
    there, begun = os.pipe()
    child = os.fork()
    if not child:
        publish_once(number, step, is_late, begun)
    os.close(begun)
    os.read(there, 1)
    if seconds is not None:
        select.select([], [], [], seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    said = os.read(there, 99).decode()
    print(json.dumps([os.WIFSIGNALED(status), json.loads(said or "null")]), flush=True)
    os.close(there)
"""


def test_eight_readers_see_one_published_version_each_time_while_syncs_publish(
    mirror: Callable[..., Mirror],
) -> None:
    account = Sandbox(60)
    ours = mirror(account, parcelhouse_lake=True)
    home = ours.settings.parcelhouse_home
    published: dict[int, Answer] = {}

    def sync() -> None:
        run = ours.sync()
        version, answer = truth(home)
        assert run.published is not None
        assert run.published.version == version
        published[version] = answer

    sync()
    with reading(home, READERS) as told:
        for _ in range(PUBLICATIONS):
            ours.live_on(touched=5)
            sync()
    judge(told, published)
    assert len(published) == PUBLICATIONS + 1
    assert len({str(answer) for answer in published.values()}) == PUBLICATIONS + 1
    assert len(told) == READERS
    for each in told:
        assert each.reads > 2
        assert len(each.versions) > 1


def test_who_reads_after_a_kill_at_any_moment_of_publishing_finds_a_whole_version(
    tmp_path: Path,
) -> None:
    home, dice = tmp_path / "home", Random(SEED)
    seen, killed = [], 0
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, home],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as publisher:

        def publish(
            number: int, *, step: int = 0, is_late: bool = False, seconds: float | None = None
        ) -> Any:
            """Have it publish, and return what it says unless it was killed."""
            nonlocal killed
            assert publisher.stdin is not None
            assert publisher.stdout is not None
            print(json.dumps([number, step, is_late, seconds]), file=publisher.stdin, flush=True)
            is_killed, said = json.loads(publisher.stdout.readline())
            killed += is_killed
            seen.append(version_after(home, dice))
            return said

        publish(0)
        touches, took = publish(1)
        number = 1
        while killed < KILLS:
            number += 1
            match number % 3:
                case 0:
                    publish(number, seconds=dice.uniform(0, took))
                case 1:
                    publish(number, step=dice.randint(1, touches))
                case _:
                    publish(number, step=dice.randint(1, LATE), is_late=True)
            assert number < 3 * KILLS
        publish(number + 1)
    assert seen == sorted(seen)
    assert 5 < len(set(seen)) < KILLS  # some came as far as the manifest, and some did not
    names = {path.name for path in (home / FOLDER).iterdir()}
    assert names - {SPARE} == {FILE, MANIFEST, BY_VERSION, LAKE}
    newest = f"v{current(home).version:08}"
    assert [path.stem for path in (home / FOLDER / BY_VERSION).iterdir()] == [newest]
    lakes = sorted(path.name for path in (home / FOLDER / LAKE).iterdir())
    assert len(lakes) == 2
    assert lakes[-1] == newest
    with open_for_writing(home, "the test") as db:
        assert in_lake(home / FOLDER, current(home).tables) == in_warehouse(db)


def version_after(home: Path, dice: Random) -> int:
    """Return which version readers find; fail unless it is whole."""
    now = current(home)
    files = [file for table in now.tables.values() for file in table.files]
    for file in dice.sample(files, SAMPLE):
        assert sha256((home / FOLDER / file.path).read_bytes()).hexdigest() == file.sha256
    counts = ", ".join(f"(select count(*) from {name})" for name in now.tables)
    for path in (home / FOLDER / now.snapshot.file, home / FOLDER / FILE):
        with open_read_only(path) as db:
            asked = f"select (select max(version) from ops.publications), {counts}"
            [(version, *rows)] = db.execute(asked).fetchall()
        if path.name != FILE or version == now.version:
            assert version == now.version
            assert rows == [table.rows for table in now.tables.values()]
    assert version >= now.version
    return now.version
