"""DuckDB makes do with the memory that a work has, and gives back what it only caches."""

from pathlib import Path

import duckdb
import pytest

from tests.memory import LITTLE_CACHED, cached, store_much
from warehouse.connection import open_for_writing, transaction
from warehouse.memory import frugal, let_go


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_little_memory_is_for_what_is_inside_and_hides_no_error(home: Path) -> None:
    asked = "select current_setting('memory_limit'), current_setting('threads')"

    def fail(db: duckdb.DuckDBPyConnection) -> None:
        with transaction(db), frugal(db, "64MB"):
            db.execute("insert into nowhere values (3)")

    with open_for_writing(home, "me") as db:
        before = db.execute(asked).fetchall()
        with frugal(db, "64MB"):
            assert db.execute(asked).fetchall() == [("61.0 MiB", 1)]
        assert db.execute(asked).fetchall() == before
        with pytest.raises(duckdb.CatalogException, match="nowhere"):
            fail(db)


def test_who_holds_more_than_is_little_keeps_it(home: Path) -> None:
    limit = "select current_setting('memory_limit')"
    with open_for_writing(home, "me") as db:
        before = db.execute(limit).fetchall()
        db.execute("create table said as select range::varchar as words from range(60_000)")
        db.execute("update said set words = repeat(words, 20)")
        with frugal(db, "1MB"):
            assert db.execute(limit).fetchall() == before
            assert db.execute("select count(*) from said").fetchall() == [(60_000,)]


def test_blocks_that_are_only_cached_are_let_go(home: Path) -> None:
    with open_for_writing(home, "me") as db:
        store_much(db)
        db.execute("create temp table ours as select 1 as one")
        db.execute("select max(words) from much").fetchall()
        before = cached(db)
        let_go(db, "64MB")
        assert cached(db) < LITTLE_CACHED < before
        limits = db.execute("select current_setting('memory_limit'), current_setting('threads')")
        assert limits.fetchall() == [("61.0 MiB", 1)]
        assert db.execute("select count(*) from much, ours").fetchall() == [(500_000,)]
