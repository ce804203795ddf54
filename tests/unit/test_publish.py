"""Readers have a whole file at every moment, and keep the one that they have open."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.factories import contents, load, parcel
from warehouse import catalog
from warehouse.connection import FILE, open_for_writing, open_read_only, transaction
from warehouse.errors import CannotOpenError, NothingPublishedError
from warehouse.publish import FOLDER, publish, published, snapshot_path

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
    assert publish(db, home) == published(home) == snapshot_path(home)
    with open_read_only(published(home)) as reader:
        assert contents(reader) == contents(db)
        assert reader.execute("select count(*) from core.live_events").fetchall() == [(4,)]


def test_an_empty_warehouse_can_be_published(db: duckdb.DuckDBPyConnection, home: Path) -> None:
    with open_read_only(publish(db, home)) as reader:
        assert count(reader) == 0


def test_a_reader_keeps_the_file_that_it_has_open(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    load(db, *(parcel(str(n)) for n in range(200)))
    with open_read_only(publish(db, home)) as reader:
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
    first = publish(db, home).read_bytes()
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
        open_read_only(publish(db, home)) as reader,
        pytest.raises(duckdb.InvalidInputException, match="read-only"),
    ):
        reader.execute("delete from core.trackings")


def test_nothing_but_the_published_file_is_left(db: duckdb.DuckDBPyConnection, home: Path) -> None:
    for _ in range(3):
        load(db, parcel())
        publish(db, home)
    assert [path.name for path in (home / FOLDER).iterdir()] == [FILE]


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
