"""Readers have a whole file at every moment, and keep the one that they have open."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.factories import contents, load, parcel
from warehouse import catalog
from warehouse import snapshot as snapshots
from warehouse.blockcopy import BLOCK, _write_differences
from warehouse.connection import FILE, open_for_writing, open_read_only, transaction
from warehouse.errors import CannotOpenError, NothingPublishedError
from warehouse.lake_versions import LAKE
from warehouse.manifest import FOLDER, MANIFEST
from warehouse.publish import publish
from warehouse.snapshot import BY_VERSION, SPARE, published, snapshot_path

COUNT = "select count(*) from core.trackings"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def db(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_for_writing(home, "the test") as db:
        with transaction(db):
            catalog.ensure(db)
        yield db


def count(db: duckdb.DuckDBPyConnection) -> int:
    return int(db.execute(COUNT).fetchall()[0][0])


def test_before_the_first_publication_there_is_nothing_to_read(home: Path) -> None:
    with pytest.raises(NothingPublishedError, match="run `parcelhouse sync` first"):
        published(home)


def test_what_is_published_is_the_warehouse_as_it_is(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    load(db, parcel("a"), parcel("b"), None)
    assert publish(db, home).path == published(home) == snapshot_path(home)
    with open_read_only(published(home)) as reader:
        assert contents(reader) == contents(db)
        assert reader.execute("select count(*) from core.live_events").fetchall() == [(4,)]


def test_an_empty_warehouse_can_be_published(db: duckdb.DuckDBPyConnection, home: Path) -> None:
    with open_read_only(publish(db, home).path) as reader:
        assert count(reader) == 0


def test_a_reader_keeps_the_file_that_it_has_open(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    load(db, *(parcel(str(n)) for n in range(200)))
    with open_read_only(publish(db, home).path) as reader:
        load(db, parcel("new"))
        publish(db, home)
        assert count(reader) == 200
        assert len(reader.execute("select * from core.tracking_events").fetchall()) == 400
        db.execute("delete from core.trackings")
        publish(db, home)
        assert reader.execute("select count(title) from core.trackings").fetchall() == [(200,)]
    with open_read_only(published(home)) as reader:
        assert count(reader) == 0


def test_not_a_byte_of_an_open_file_changes(db: duckdb.DuckDBPyConnection, home: Path) -> None:
    first = publish(db, home).path.read_bytes()
    with published(home).open("rb") as reader:
        load(db, parcel())
        publish(db, home)
        assert reader.read() == first
    assert published(home).read_bytes() == (home / FILE).read_bytes() != first


def test_a_reader_does_not_lock_the_writer_out(home: Path) -> None:
    with open_for_writing(home, "first") as db:
        catalog.ensure(db)
        publish(db, home)
    with (
        open_read_only(published(home)) as reader,
        open_for_writing(home, "second", patience=0) as db,
    ):
        load(db, parcel())
        assert (count(reader), count(db)) == (0, 1)


def test_what_is_not_published_is_not_seen(db: duckdb.DuckDBPyConnection, home: Path) -> None:
    publish(db, home)
    load(db, parcel())
    with open_read_only(published(home)) as reader:
        assert count(reader) == 0


def test_the_published_file_is_read_only(db: duckdb.DuckDBPyConnection, home: Path) -> None:
    with (
        open_read_only(publish(db, home).path) as reader,
        pytest.raises(duckdb.InvalidInputException, match="read-only"),
    ):
        reader.execute("delete from core.trackings")


def test_nothing_but_the_published_file_is_left(db: duckdb.DuckDBPyConnection, home: Path) -> None:
    for _ in range(3):
        load(db, parcel())
        publish(db, home)
    assert {path.name for path in (home / FOLDER).iterdir()} == {
        *(FILE, SPARE, MANIFEST, BY_VERSION, LAKE)
    }


def test_a_spare_that_nobody_reads_becomes_the_next_version(
    db: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "SPARE_RESTS_SECONDS", -1)
    load(db, *(parcel(str(n)) for n in range(500)))
    inodes = set()
    for number in range(6):
        load(db, parcel("new", title=str(number)), second=number)
        path = publish(db, home).path
        assert path.read_bytes() == (home / FILE).read_bytes()
        inodes.add(path.stat().st_ino)
    assert len(inodes) == 2


def test_a_spare_that_was_replaced_just_now_is_left_alone(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    for number in range(2):
        load(db, parcel("new", title=str(number)), second=number)
        publish(db, home)
    with published(home).open("rb") as copying, (home / FOLDER / SPARE).open("rb") as older:
        said = (copying.read(), older.read())
        for number in range(2, 5):
            load(db, parcel("new", title=str(number)), second=number)
            publish(db, home)
        copying.seek(0), older.seek(0)
        assert (copying.read(), older.read()) == said


def test_a_spare_that_another_process_reads_is_left_alone(
    db: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "SPARE_RESTS_SECONDS", -1)
    load(db, parcel("first"))
    program = (
        "import duckdb, sys; db = duckdb.connect(sys.argv[1], read_only=True);"
        "print('open', flush=True); sys.stdin.readline();"
        "print(db.execute('select tracking_number from core.trackings').fetchall(), flush=True)"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", program, publish(db, home).path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "open\n"
    first = published(home).stat().st_ino
    for number in range(4):
        load(db, parcel(f"later {number}"))
        assert publish(db, home).path.stat().st_ino != first
    said, _ = reader.communicate("go on\n")
    assert said.count("FIRST") == 1
    assert "LATER" not in said


# A copy that is made once there is a lake to wait for, and one that fails behind it.
AFTER_THE_LAKE = """
import sys, time
from pathlib import Path

sys.path.insert(0, {root!r})
from warehouse import blockcopy

deadline = time.monotonic() + 10
while not list(Path(sys.argv[2]).parent.glob("lake/.*/core/trackings")):
    if time.monotonic() > deadline:
        raise SystemExit("nobody writes the lake meanwhile")
    time.sleep(0.01)
{then}
"""


def _copy_with(program: Path, then: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = str(Path(snapshots.__file__).parents[1])
    program.write_text(AFTER_THE_LAKE.format(root=root, then=then))
    monkeypatch.setattr(snapshots.blockcopy, "__file__", str(program))


def test_the_file_is_copied_while_the_lake_is_written(
    db: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(db, parcel())
    _copy_with(home.parent / "copy.py", "raise SystemExit(blockcopy.main())", monkeypatch)
    assert publish(db, home).path.read_bytes() == (home / FILE).read_bytes()


def test_a_copy_that_fails_behind_the_lake_is_a_sentence_and_leaves_what_was(
    db: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = publish(db, home)
    held = before.path.read_bytes()
    load(db, parcel())
    _copy_with(home.parent / "copy.py", 'raise SystemExit("the disk is gone")', monkeypatch)
    with pytest.raises(CannotOpenError) as error:
        publish(db, home)
    assert str(error.value) == f"cannot publish to {snapshot_path(home)}: the disk is gone"
    assert before.path.read_bytes() == held
    assert [path.name for path in (home / FOLDER / LAKE).iterdir()] == [f"v{before.version:08}"]
    monkeypatch.undo()
    assert publish(db, home).version > before.version


def test_only_blocks_that_differ_are_written(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    blocks = [bytes([number]) * BLOCK for number in range(5)]
    source.write_bytes(b"".join(blocks) + b"end")
    assert _write(source, target) == 5 * BLOCK + 3
    blocks[3] = b"x" * BLOCK
    source.write_bytes(b"".join(blocks[:4]))
    assert _write(source, target) == BLOCK
    assert target.read_bytes() == source.read_bytes()
    assert _write(source, target) == 0


def test_of_a_large_file_only_what_changed_is_written(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    load(db, *(parcel(str(n)) for n in range(2000)))
    copy = home / "copy"
    db.execute("checkpoint")
    whole = _write(home / FILE, copy)
    for number in range(5):
        load(db, parcel("new", title=str(number)), second=number)
        db.execute("checkpoint")
        assert 0 < _write(home / FILE, copy) < whole
        assert copy.read_bytes() == (home / FILE).read_bytes()


def _write(source: Path, target: Path) -> int:
    with source.open("rb") as old, target.open("r+b" if target.exists() else "w+b") as new:
        return _write_differences(old.fileno(), new.fileno())


def test_a_folder_that_cannot_be_made_is_an_error_of_one_line(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    (home / FOLDER).write_text("in the way")
    with pytest.raises(CannotOpenError) as error:
        publish(db, home)
    assert str(error.value).startswith(f"cannot publish to {snapshot_path(home)}: ")
    assert "\n" not in str(error.value)


def test_what_cannot_be_put_in_its_place_leaves_nothing_behind(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    snapshot_path(home).mkdir(parents=True)
    with pytest.raises(CannotOpenError, match="Is a directory"):
        publish(db, home)
    assert [path.name for path in (home / FOLDER).iterdir()] == [FILE]
