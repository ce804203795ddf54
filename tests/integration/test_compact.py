"""The file gives back what it no longer needs, and is the same warehouse afterwards."""

import json
from pathlib import Path

import duckdb
import pytest

from flows.commands import upkeep
from flows.errors import UsageError
from flows.settings import Settings
from tests.story import opened, settings, tables
from transforms.tables import TABLES
from warehouse import catalog
from warehouse import compact as compacting
from warehouse.compact import compact, free_share
from warehouse.connection import FILE, STORAGE, transaction
from warehouse.errors import CannotOpenError

ROWS = 400_000


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A warehouse most of which was deleted, so that most of its file is free."""
    ours = settings(tmp_path / "home")
    monkeypatch.setenv("PARCELHOUSE_HOME", str(ours.parcelhouse_home))
    with opened(ours) as db:
        with transaction(db):
            catalog.ensure(db)
            db.execute(
                f"""
                insert into core.trackings by name
                select 'main' as account, md5(range::varchar) as tracking_id, range as event_count
                from range({ROWS})
                """
            )
        db.execute("create schema theirs")
        db.execute("create macro theirs.twice(a) as 2 * a")
        db.execute("create view theirs.mine as select theirs.twice(21) as answer")
        db.execute("checkpoint")
        db.execute("delete from core.trackings where event_count >= 1000")
        db.execute("checkpoint")
    return ours


def size(ours: Settings) -> int:
    return (ours.parcelhouse_home / FILE).stat().st_size


def declared(ours: Settings) -> list[tuple[str, ...]]:
    """Tables, columns and views with their types and comments.

    Of a view not its text: DuckDB spells it anew each time, in another order.
    """
    with opened(ours) as db:
        return db.execute(
            """
            select schema_name, table_name, '' as name, sql, comment from duckdb_tables()
            union all
            select schema_name, table_name, column_name, data_type, comment from duckdb_columns()
            where not internal
            union all
            select schema_name, view_name, '', '', comment from duckdb_views() where not internal
            order by all
            """
        ).fetchall()


def test_a_file_that_is_mostly_free_shrinks_and_holds_the_same(
    ours: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before, rows, words = size(ours), tables(ours, "core", "ops"), declared(ours)
    assert len(words) > len(TABLES)
    assert upkeep.compact(force=False, as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["is_done"]
    assert said["free_share"] > 0.3
    assert (said["bytes_before"], said["bytes_after"]) == (before, size(ours))
    assert size(ours) < before / 2
    assert tables(ours, "core", "ops") == rows
    assert declared(ours) == words
    with opened(ours) as db:
        assert db.execute("from theirs.mine").fetchall() == [(42,)]
        assert free_share(db) < 0.1
    assert sorted(path.name for path in ours.parcelhouse_home.iterdir()) == [FILE, f"{FILE}.lock"]


def test_analysts_with_an_older_duckdb_can_still_read_it(ours: Settings) -> None:
    with opened(ours) as db:
        compact(db, ours.parcelhouse_home)
    with duckdb.connect(str(ours.parcelhouse_home / FILE), read_only=True) as db:
        tags = db.execute(
            "select tags['storage_version'] from duckdb_databases() where not internal"
        ).fetchall()
    assert tags[0][0].startswith(STORAGE)


def test_a_file_with_little_free_space_is_left_as_it_is_unless_forced(
    ours: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    upkeep.compact(force=False, as_json=False)
    inode = (ours.parcelhouse_home / FILE).stat().st_ino
    capsys.readouterr()
    assert upkeep.compact(force=False, as_json=False) == 0
    assert "left as it is" in capsys.readouterr().out
    assert (ours.parcelhouse_home / FILE).stat().st_ino == inode
    assert upkeep.compact(force=True, as_json=False) == 0
    assert capsys.readouterr().out.startswith("compacted")
    assert (ours.parcelhouse_home / FILE).stat().st_ino != inode


def test_a_copy_that_lacks_rows_replaces_nothing(
    ours: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, rows = size(ours), tables(ours)
    monkeypatch.setattr(compacting, "_rows", lambda _db, database: {database: 1})
    with opened(ours) as db, pytest.raises(CannotOpenError, match="lacks rows"):
        compact(db, ours.parcelhouse_home)
    assert (size(ours), tables(ours)) == (before, rows)
    assert not list(ours.parcelhouse_home.glob("*rebuilt*"))


def test_without_a_warehouse_there_is_one_clear_sentence_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARCELHOUSE_HOME", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="there is no warehouse"):
        upkeep.compact(force=True, as_json=False)
    assert not (tmp_path / "none").exists()
