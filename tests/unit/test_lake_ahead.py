"""Files written ahead of a version are those that it would have written, or nobody's."""

from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.factories import at, load, parcel, stamp
from tests.lakes import current, in_warehouse, published_contents
from trackingmore_v2.models import Payload
from warehouse import catalog, lake_parquet, manifest, runs
from warehouse.connection import open_for_writing, transaction
from warehouse.lake_ahead import LakeAhead
from warehouse.lake_tables import BY_MONTH
from warehouse.lake_versions import LAKE, ahead_place
from warehouse.manifest import FOLDER, LakeFile
from warehouse.materialised import refresh
from warehouse.publish import Published, publish


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def db(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_for_writing(home, "the test") as db:
        with transaction(db):
            catalog.ensure(db)
        yield db


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look be one."""
    monkeypatch.setattr("warehouse.lake_ahead.LOOKING", 0)


def of_month(name: str, month: int, **fields: Any) -> Payload:
    return parcel(name, **({"created_at": f"2026-{month:02}-10T08:00:00+08:00"} | fields))


def stored(db: duckdb.DuckDBPyConnection, *payloads: Payload, second: float = 0) -> None:
    load(db, *payloads, second=second)
    with transaction(db):
        refresh(db)


def inode(home: Path, file: LakeFile) -> int:
    return (home / FOLDER / file.path).stat().st_ino


def published_files(home: Path) -> list[LakeFile]:
    return [file for table in current(home).tables.values() for file in table.files]


def look(ahead: LakeAhead, db: duckdb.DuckDBPyConnection, *, files: int | None = None) -> None:
    """Look once, with time for so many files; None: for all."""
    answers = repeat(True) if files is None else chain([True] * (files - 1), repeat(False))
    ahead.write(db, has_time=lambda: next(answers))


def months(ahead: LakeAhead) -> dict[str, list[str]]:
    """Which months of which tables are written."""
    return {
        table: sorted(Path(file.path).parent.name.partition("=")[2] for file in files)
        for table, files in ahead.files.items()
    }


def taken_over(home: Path, ahead: LakeAhead, done: Published) -> int:
    """How many published files are the very ones written ahead."""
    written = {file.made_of for files in ahead.files.values() for file in files}
    files = published_files(home)
    assert done.files_written + done.files_kept == len(files)
    return sum(file.made_of in written for file in files)


ALL = [cut.name for cut in BY_MONTH]


def test_what_is_steady_from_one_look_to_the_next_is_written(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    ahead = LakeAhead(home, "run")
    stored(db, of_month("a", 1), of_month("b", 2))
    look(ahead, db)
    assert not ahead.files
    stored(db, of_month("c", 2), of_month("d", 3))
    look(ahead, db)
    assert months(ahead) == {table: ["2026-01"] for table in ALL}
    look(ahead, db)
    assert months(ahead) == {table: ["2026-01", "2026-02", "2026-03"] for table in ALL}


def test_a_version_takes_over_what_did_not_change_and_writes_the_rest(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    ahead = LakeAhead(home, "run")
    stored(db, of_month("a", 1), of_month("b", 2), of_month("c", 3))
    look(ahead, db)
    look(ahead, db)
    stored(db, of_month("b", 2, status="delivered", updated_at=stamp(9)), second=9)
    inodes = {inode(home, file) for files in ahead.files.values() for file in files}
    done = publish(db, home, ahead=ahead.files)
    assert published_contents(home) == in_warehouse(db)
    assert taken_over(home, ahead, done) == 2 * len(ALL)
    assert done.files_kept == 0
    assert len(inodes & {inode(home, file) for file in published_files(home)}) == 2 * len(ALL)
    assert not list((home / FOLDER / LAKE).glob(".*"))


def test_what_is_published_already_is_not_written_ahead(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    stored(db, of_month("a", 1), of_month("b", 2))
    publish(db, home)
    ahead = LakeAhead(home, "run")
    stored(db, of_month("c", 2))
    look(ahead, db)
    look(ahead, db)
    assert months(ahead) == {table: ["2026-02"] for table in ALL}
    done = publish(db, home, ahead=ahead.files)
    assert published_contents(home) == in_warehouse(db)
    assert done.files_kept > len(ALL)


def test_it_ends_when_there_is_no_time_and_goes_on_the_next_time(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    ahead = LakeAhead(home, "run")
    stored(db, of_month("a", 1), of_month("b", 2))
    look(ahead, db)
    counts = []
    for files in (1, 4, None):
        look(ahead, db, files=files)
        counts.append(sum(map(len, ahead.files.values())))
    assert counts == [1, 5, 2 * len(ALL)]
    publish(db, home, ahead=ahead.files)
    assert published_contents(home) == in_warehouse(db)


def test_files_that_somebody_removed_are_written_by_the_version(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    ahead, other = LakeAhead(home, "run"), LakeAhead(home, "other run")
    stored(db, of_month("a", 1), of_month("b", 2))
    for each in (ahead, other, ahead, other):
        look(each, db)
    # as another account's run does, whose publishing ends sooner
    publish(db, home, ahead=other.files)
    before = {inode(home, file) for file in published_files(home)}
    load(db, of_month("c", 3), account="other")
    with transaction(db):
        refresh(db)
    publish(db, home, ahead=ahead.files)
    assert published_contents(home) == in_warehouse(db)
    anew = [file.path for file in published_files(home) if inode(home, file) not in before]
    # all rows of marts are made anew with a new account: theirs are other files
    of_core = [path.split("/")[-2] for path in anew if "/core/" in path and "month" in path]
    assert of_core == ["created_month=2026-03"] * 3


def test_who_is_to_be_forgotten_is_taken_over_from_nowhere(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    ahead = LakeAhead(home, "run")
    stored(db, of_month("a", 1, customer_name="Ada"))
    look(ahead, db)
    look(ahead, db)
    db.execute("update core.trackings set customer_name = null")
    publish(db, home, forget_old=True, ahead=ahead.files)
    assert published_contents(home) == in_warehouse(db)
    assert not ahead_place(home / FOLDER).exists()


def test_a_disk_that_is_full_is_for_publishing_to_tell(
    db: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = LakeAhead(home, "run")
    stored(db, of_month("a", 1), of_month("b", 2))
    look(ahead, db)
    with monkeypatch.context() as patched:
        inside = lake_parquet._inside
        places = chain([inside] * 3, repeat(lambda *_: Path("x" * 300)))  # the first is written
        patched.setattr(lake_parquet, "_inside", lambda *of: next(places)(*of))
        look(ahead, db)
    assert not list((home / FOLDER).rglob("*.parquet"))
    look(ahead, db)
    assert not ahead.files
    publish(db, home, ahead=ahead.files)
    assert published_contents(home) == in_warehouse(db)


def test_while_a_run_rewrites_what_it_likes_nothing_is_written_ahead(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    ahead = LakeAhead(home, "run")
    stored(db, of_month("a", 1, customer_name="Ada"))
    with transaction(db):
        runs.begin_run(db, "main", "run 1", command="forget", at=at(0))
    look(ahead, db)
    look(ahead, db)
    assert not ahead.files
    db.execute("update core.trackings set customer_name = null")
    with transaction(db):
        runs.update_run(db, "main", "run 1", {"state": "done"})
    look(ahead, db)
    look(ahead, db)
    assert months(ahead) == {table: ["2026-01"] for table in ALL}
    publish(db, home, ahead=ahead.files)
    assert published_contents(home) == in_warehouse(db)


def test_what_a_killed_run_left_is_removed_at_the_first_look(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    killed, ahead = LakeAhead(home, "killed run"), LakeAhead(home, "run")
    stored(db, of_month("a", 1))
    look(killed, db)
    look(killed, db)
    assert list((home / FOLDER).rglob("*.parquet"))
    look(ahead, db)
    assert not list((home / FOLDER).rglob("*.parquet"))


def test_what_a_run_does_not_publish_is_removed(db: duckdb.DuckDBPyConnection, home: Path) -> None:
    ahead = LakeAhead(home, "run")
    stored(db, of_month("a", 1))
    look(ahead, db)
    look(ahead, db)
    assert list((home / FOLDER).rglob("*.parquet"))
    ahead.discard()
    assert not list((home / FOLDER).rglob("*.parquet"))
    assert not ahead.files
    assert manifest.read_if_any(home) is None


def test_a_look_that_takes_long_is_seldom(
    db: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.lake_ahead.LOOKING", 1e9)
    ahead = LakeAhead(home, "run")
    stored(db, of_month("a", 1))
    look(ahead, db)
    look(ahead, db)
    assert not ahead.files
