"""One reader who asks what is published without a pause, and says what was answered.

    python benchmarks/continuous_reader.py HOME

Goes by the manifest to file and lake, and to `published/warehouse.duckdb` as well. Says `ready`
after the first answers; at the end of its stdin it prints all it found as one JSON object.
"""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from warehouse import manifest
from warehouse.connection import FILE, open_read_only
from warehouse.errors import CannotOpenError
from warehouse.manifest import FOLDER, Manifest

# By table: what tells one state of it from another.
TELLING = {
    "core.trackings": "tracking_id, status, updated_at, payload_hash, fetched_at, deleted_at",
    "core.tracking_events": "event_id, position, description, withdrawn_at, run_id",
    "marts.shipments": "tracking_id, outcome, transit_days, last_event_at, fetched_at",
}
Answer = dict[str, list[Any]]  # by table: rows, and a checksum


class Told(NamedTuple):
    """What one reader found."""

    reads: int
    versions: list[int]  # seen by the manifest, in the order in which they came
    answers: dict[int, list[Answer]]  # by version, each that differs from the others


def main() -> None:
    home = Path(sys.argv[1])
    os.nice(19)  # who writes is to come along as well
    reads = 0
    ways = {_by_manifest: [0], _by_name: [0]}
    answers: dict[int, list[Answer]] = {}
    while not select.select([sys.stdin], [], [], 0)[0]:
        for way, versions in ways.items():
            version, answer = way(home)
            assert version >= versions[-1], f"version {version} came after {versions[-1]}"
            if version > versions[-1]:
                versions.append(version)
            if answer not in answers.setdefault(version, []):
                answers[version].append(answer)
        reads += 1
        if reads == 1:
            print("ready", flush=True)
    print(json.dumps([reads, ways[_by_manifest][1:], answers]))


def _by_manifest(home: Path) -> tuple[int, Answer]:
    """Ask file and lake of the version that the manifest names: they must say the same."""
    while True:
        now = manifest.read(home)
        try:
            with open_read_only(home / FOLDER / now.snapshot.file) as db:
                version, answer = version_of(db), ask(db, {name: name for name in TELLING})
        except CannotOpenError:
            assert manifest.read(home).version > now.version, "the file is not there"
            continue
        assert version == now.version, f"the file of version {now.version} says {version}"
        assert {name: now.tables[name].rows for name in TELLING} == {
            name: rows for name, (rows, _) in answer.items()
        }
        with duckdb.connect() as db:
            db.execute("set TimeZone = 'UTC'")
            found = ask(db, {name: _parquet(home, now, name) for name in TELLING})
        assert found == answer, f"in version {version} the lake says {found}, the file {answer}"
        return version, answer


def _by_name(home: Path) -> tuple[int, Answer]:
    with open_read_only(home / FOLDER / FILE) as db:
        return version_of(db), ask(db, {name: name for name in TELLING})


def _parquet(home: Path, now: Manifest, table: str) -> str:
    paths = [str(home / FOLDER / file.path) for file in now.tables[table].files]
    return f"read_parquet({paths}, hive_partitioning = true)"


def ask(db: duckdb.DuckDBPyConnection, sources: dict[str, str]) -> Answer:
    """Return rows and checksum of each table, read from where *sources* say."""
    return {
        table: list(
            db.execute(
                f"select count(*), sum(hash({TELLING[table]})::hugeint)::varchar from {source}"
            ).fetchall()[0]
        )
        for table, source in sources.items()
    }


def version_of(db: duckdb.DuckDBPyConnection) -> int:
    ((version,),) = db.execute("select max(version) from ops.publications").fetchall()
    return int(version)


# For whoever starts readers


def truth(home: Path) -> tuple[int, Answer]:
    """Return version and answer of the warehouse itself, just published and still unchanged."""
    with open_read_only(home / FILE) as db:
        return version_of(db), ask(db, {name: name for name in TELLING})


@contextmanager
def reading(home: Path, readers: int) -> Iterator[list[Told]]:
    """Have *readers* read as long as the block lasts; the list holds what they found after it."""
    found: list[Told] = []
    started = [
        subprocess.Popen(
            [sys.executable, __file__, home],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(readers)
    ]
    try:
        for each in started:
            assert each.stdout is not None
            if each.stdout.readline() != "ready\n":
                raise AssertionError(each.communicate()[1])
        yield found
        for each in started:
            said, complained = each.communicate("enough\n", timeout=60)
            assert each.returncode == 0, complained
            reads, versions, answers = json.loads(said)
            found.append(Told(reads, versions, {int(key): it for key, it in answers.items()}))
    finally:
        for each in started:
            each.kill()
            each.wait()


def judge(told: list[Told], published: dict[int, Answer]) -> None:
    """Fail unless every answer is that of its version; a reader himself fails if led back."""
    for each in told:
        for version, answers in each.answers.items():
            assert answers == [published[version]], f"version {version}"


if __name__ == "__main__":
    main()
