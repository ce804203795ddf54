"""The Parquet lake is the warehouse, month by month, and only what changed is written again."""

import errno
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import at, empty, leg, load, parcel, parcel_id, scan, stamp
from tests.lakes import contents_anew, current, in_warehouse, published_contents
from tests.memory import LITTLE_CACHED, cached, store_much
from trackingmore_v2.models import Payload
from transforms.tables import FINGERPRINTS, PUBLICATIONS
from transforms.vocabulary_tables import TEXT_OVERRIDES
from warehouse import catalog, lake_parts, links, runs
from warehouse.connection import FILE, open_for_writing, open_read_only, transaction
from warehouse.deletions import mark_deleted
from warehouse.errors import CannotOpenError
from warehouse.lake_parquet import ROWS_A_GROUP, LakeFiles
from warehouse.lake_tables import BY_MONTH, cuts
from warehouse.lake_versions import LAKE
from warehouse.lake_writer import next_lake
from warehouse.manifest import FOLDER, MANIFEST, LakeTable
from warehouse.materialised import refresh
from warehouse.memory import MEMORY
from warehouse.publish import publish
from warehouse.snapshot import BY_VERSION

TRACKINGS, EVENTS, SHIPMENTS = "core.trackings", "core.tracking_events", "marts.shipments"
NEVER, AT_ONCE = timedelta(days=1), timedelta()
PARCELS = 6
RUN = count(1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Any]]:
    home = tmp_path_factory.mktemp("lake") / "home"
    with open_for_writing(home, "the test") as db:
        with transaction(db):
            catalog.ensure(db)
        yield home, db


@pytest.fixture
def home(made: tuple[Path, Any], tmp_path: Path) -> Path:
    """The folder of the warehouse, with nothing published in it."""
    home, _ = made
    if (home / FOLDER).exists():
        (home / FOLDER).rename(tmp_path / "of another test")
    return home


@pytest.fixture
def db(made: tuple[Path, Any]) -> Any:
    _, db = made
    return empty(db)


def of_month(name: str, month: int, **fields: Any) -> Payload:
    return parcel(name, **({"created_at": f"2026-{month:02}-10T08:00:00+08:00"} | fields))


def refreshed(db: duckdb.DuckDBPyConnection) -> None:
    with transaction(db):
        refresh(db)


def ran(db: duckdb.DuckDBPyConnection, command: str) -> None:
    now = datetime.now(UTC)
    with transaction(db):
        runs.begin_run(db, "main", f"run {next(RUN):04}", command=command, at=now)


def inodes(home: Path, table: str) -> dict[str, int]:
    """Which file holds each partition of a table."""
    return {
        Path(file.path).parent.name.removeprefix("created_month="): (home / FOLDER / file.path)
        .stat()
        .st_ino
        for file in current(home).tables[table].files
    }


def rewritten(home: Path, before: dict[str, dict[str, int]]) -> dict[str, set[str]]:
    """Which partitions of which tables are other files than before."""
    found = {}
    for table, files in before.items():
        now = inodes(home, table)
        found[table] = {month for month in now if now[month] != files.get(month)}
    return {table: months for table, months in found.items() if months}


def all_inodes(home: Path) -> dict[str, dict[str, int]]:
    return {cut.name: inodes(home, cut.name) for cut in cuts()}


def versions(home: Path) -> list[str]:
    return sorted(path.name for path in (home / FOLDER / LAKE).iterdir())


# The same rows


def test_the_lake_holds_what_the_warehouse_does(db: duckdb.DuckDBPyConnection, home: Path) -> None:
    load(db, of_month("a", 1), of_month("b", 2), of_month("c", 2, created_at=None), None)
    refreshed(db)
    done = publish(db, home)
    held = in_warehouse(db)
    assert published_contents(home) == held
    assert len(held["marts.events"]) == 6
    assert (done.rows, done.files_kept) == (sum(map(len, held.values())), 0)
    files = list((home / FOLDER).rglob("*.parquet"))
    assert done.files_written == len(files)
    assert done.bytes_written == sum(path.stat().st_size for path in files)


def test_an_empty_warehouse_is_a_lake_of_columns(db: duckdb.DuckDBPyConnection, home: Path) -> None:
    publish(db, home)
    for name, table in current(home).tables.items():
        [file] = table.files
        assert (table.rows, file.rows) == (0, 0)
        columns = [column for column, *_ in db.execute(f"describe {name}").fetchall()]
        assert pq.read_schema(home / FOLDER / file.path).names == columns


def test_rows_are_in_the_month_in_which_their_parcel_was_registered(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    load(
        db,
        # the first of February in China is still January for us
        of_month("a", 0, created_at="2026-02-01T07:00:00+08:00"),
        of_month("b", 2),
        of_month("c", 2, created_at=None),
    )
    refreshed(db)
    publish(db, home)
    for cut in BY_MONTH:
        parts = {
            Path(file.path).parent.name: file.rows for file in current(home).tables[cut.name].files
        }
        rows = 2 if cut.name in (EVENTS, "marts.events", "marts.gaps") else 1
        months = ("2026-01", "2026-02", "unknown")
        assert parts == {f"created_month={month}": rows for month in months}


def test_nothing_of_the_journal_and_the_quarantine_is_in_the_lake(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    publish(db, home)
    assert {name.partition(".")[0] for name in current(home).tables} == {"core", "ref", "marts"}


def test_a_file_is_sorted_by_parcel_in_groups_that_can_be_passed_over(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    scans = [scan(f"2026-02-{day:02} 09:{minute:02}") for day in (1, 2) for minute in range(60)]
    load(db, *(of_month(f"p{n}", 2, origin_info=leg(*scans)) for n in range(200)))
    publish(db, home)
    [file] = current(home).tables[EVENTS].files
    held = pq.ParquetFile(home / FOLDER / file.path)
    ids = held.read(["tracking_id"])["tracking_id"].to_pylist()
    assert (len(ids), ids) == (24_000, sorted(ids))
    groups = [held.metadata.row_group(number) for number in range(held.num_row_groups)]
    assert [group.num_rows for group in groups] == [ROWS_A_GROUP, 24_000 - ROWS_A_GROUP]
    assert groups[0].column(1).statistics.max <= groups[1].column(1).statistics.min
    assert groups[0].column(0).compression == "ZSTD"


@pytest.mark.parametrize("by_two", [False, True])
def test_what_does_not_fit_into_little_memory_gets_more(
    db: duckdb.DuckDBPyConnection,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    by_two: bool,
) -> None:
    scans = [scan(f"2026-02-{day:02} 09:{minute:02}") for day in (1, 2) for minute in range(60)]
    load(db, *(of_month(f"p{n}", 2, origin_info=leg(*scans)) for n in range(200)))
    begun, begin = list[bool](), LakeFiles.__init__

    def noted(files: LakeFiles, *args: Any, **options: Any) -> None:
        begun.append(options["by_two"])
        begin(files, *args, **options)

    monkeypatch.setattr(LakeFiles, "__init__", noted)
    for limit in ("FOR_LAKE", "FOR_LAKE_BY_TWO"):
        monkeypatch.setattr(f"warehouse.lake_writer.{limit}", "12MB")
    publish(db, home, by_two=by_two)
    assert begun == [by_two, False]
    assert published_contents(home) == in_warehouse(db)
    set_now = "select current_setting('memory_limit'), current_setting('threads')"
    with duckdb.connect(config={"memory_limit": MEMORY}) as other:
        assert db.execute(set_now).fetchall() == other.execute(set_now).fetchall()


# Always equal, whatever happened since


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            ["load", "load", "take back", "delete", "move", "override", "publish", "forget"]
        ),
        st.sets(st.integers(0, PARCELS - 1), min_size=1, max_size=3),
        st.integers(0, 3),
    ),
    min_size=3,
    max_size=7,
)


@settings(
    deadline=None, max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=CHANGES)
def test_a_lake_kept_up_to_date_is_one_written_anew(
    made: tuple[Path, Any], changes: list[tuple[str, set[int], int]]
) -> None:
    home, db = made[0], empty(made[1])
    ids = [parcel_id(str(number)) for number in range(PARCELS)]
    load(db, *(of_month(str(number), number // 2 + 1) for number in range(PARCELS)))
    for second, (change, which, kind) in enumerate(changes, 1):
        match change:
            case "load" | "take back" | "move":
                told = {
                    "load": {"status": ("transit", "delivered", "exception", "pending")[kind]},
                    "take back": {"origin_info": leg(scan("2026-02-26 18:40", "Picked up"))},
                    "move": {"created_at": None if kind else "2026-05-05T00:00:00Z"},
                }[change]
                items = [of_month(str(n), n // 2 + 1, updated_at=stamp(second)) for n in which]
                load(db, *(item | told for item in items), second=second)
            case "delete":
                chosen = [ids[number] for number in which]
                with transaction(db):
                    mark_deleted(db, "main", tracking_ids=chosen, deleted_at=at(second), run_id="r")
            case "override":
                db.execute(
                    f"insert into {TEXT_OVERRIDES.name} values"
                    " ('main', null, 'Picked up', 'departed_origin', null, ?)",
                    [at(second)],
                )
            case "forget":  # something that tells nobody of itself but by its run's command
                ran(db, "forget")
                db.execute(f"update {EVENTS} set details = null where tracking_id = ?", [ids[kind]])
                db.execute(f"update {TRACKINGS} set title = 'gone' where tracking_id = ?", [ids[0]])
            case _:
                publish(db, home)
        if kind:
            refreshed(db)
    publish(db, home)
    held = in_warehouse(db)
    assert published_contents(home) == held
    assert contents_anew(db, home / "anew") == held


def test_only_the_months_of_changed_parcels_are_written_again(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    load(db, of_month("a", 1), of_month("b", 2), of_month("c", 3))
    refreshed(db)
    publish(db, home)
    before = all_inodes(home)
    done = publish(db, home)
    assert (done.files_written, rewritten(home, before)) == (0, {})
    load(db, of_month("b", 2, updated_at=stamp(5), origin_info=leg()), second=5)
    refreshed(db)
    done = publish(db, home)
    assert rewritten(home, before) == {cut.name: {"2026-02"} for cut in BY_MONTH}
    assert done.files_written == len(BY_MONTH)
    with transaction(db):
        mark_deleted(db, "main", tracking_ids=[parcel_id("c")], deleted_at=at(9), run_id="r")
    before = all_inodes(home)
    publish(db, home)  # the marts have not been brought up to date yet
    core = {TRACKINGS, EVENTS, "core.status_history"}
    assert rewritten(home, before) == {name: {"2026-03"} for name in core}
    assert published_contents(home) == in_warehouse(db)


def test_a_large_month_is_in_parts_and_only_those_of_changed_parcels_are_written_again(
    db: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_parts, "ROWS_A_PART", 6)  # two parcels, and two scans of each

    def of_day(day: int, **fields: Any) -> Payload:
        return of_month(f"{day:02}", 1, created_at=f"2026-01-{day:02}T12:00:00Z", **fields)

    def published_again() -> tuple[int, int, list[str]]:
        before = {file.path.split("/", 2)[2] for file in current(home).tables[EVENTS].files}
        refreshed(db)
        done = publish(db, home)
        assert published_contents(home) == in_warehouse(db)
        new = [file.path.split("/", 2)[2] for file in current(home).tables[EVENTS].files]
        return done.files_written, done.files_kept, [path for path in new if path not in before]

    load(db, *(of_day(day) for day in (1, 2, 17, 18)))
    refreshed(db)
    publish(db, home)
    small = len(cuts()) - len(BY_MONTH)
    halves = [
        f"core/tracking_events/created_month=2026-01/part-{slot}.parquet" for slot in (0, 128)
    ]
    assert [file.path.split("/", 2)[2] for file in current(home).tables[EVENTS].files] == halves
    load(db, of_day(2, updated_at=stamp(5), origin_info=leg()), second=5)
    assert published_again() == (len(BY_MONTH), len(BY_MONTH) + small, [])
    # a third parcel in the second half: it is halved again, and the first stays as it is
    load(db, of_day(29), second=6)
    written, kept, new = published_again()
    assert (written, kept) == (2 * len(BY_MONTH), len(BY_MONTH) + small)
    assert new == ["core/tracking_events/created_month=2026-01/part-192.parquet"]


def test_marts_that_are_made_anew_are_written_again_and_core_is_not(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    load(db, of_month("a", 1), of_month("b", 2))
    refreshed(db)
    publish(db, home)
    before = all_inodes(home)
    db.execute(f"delete from {FINGERPRINTS.name}")
    refreshed(db)
    publish(db, home)
    marts = [cut.name for cut in BY_MONTH if cut.name.startswith("marts.")]
    assert rewritten(home, before) == {name: {"2026-01", "2026-02"} for name in marts}


def test_rows_that_somebody_added_unseen_are_published_all_the_same(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    load(db, of_month("a", 1), of_month("b", 2))
    publish(db, home)
    db.execute(f"insert into {EVENTS} by name select * replace ('e' as event_id) from {EVENTS}")
    db.execute(f"update {EVENTS} set tracking_id = 'of nobody' where leg = 'origin' and position=1")
    publish(db, home)
    assert published_contents(home) == in_warehouse(db)


def test_a_run_that_may_have_changed_anything_has_all_months_written_again(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    load(db, of_month("a", 1))
    refreshed(db)
    publish(db, home)
    before = all_inodes(home)
    for command in ("sync", "publish"):
        ran(db, command)
        publish(db, home)
        assert rewritten(home, before) == {}
    ran(db, "replay")
    publish(db, home)
    assert rewritten(home, before) == {cut.name: {"2026-01"} for cut in BY_MONTH}


def test_what_somebody_removed_or_cut_short_is_written_again(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    load(db, of_month("a", 1), of_month("b", 2))
    publish(db, home)
    one, other = (home / FOLDER / file.path for file in current(home).tables[EVENTS].files)
    one.unlink()
    other.write_bytes(other.read_bytes()[:100])
    assert publish(db, home).files_written == 2
    assert published_contents(home) == in_warehouse(db)


# Versions


def test_file_and_lake_are_of_one_version_that_moves_forward(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    for number in range(3):
        load(db, of_month(str(number), 1))
        done = publish(db, home, run_id=f"run {number}")
        now = current(home)
        assert (now.version, now.as_of, now.run_id) == (done.version, done.as_of, f"run {number}")
        assert now.lake == f"lake/v{done.version:08}"
        for path in (done.path, home / FOLDER / now.snapshot.file):
            with open_read_only(path) as reader:
                found = reader.execute(
                    f"select * from {PUBLICATIONS.name} order by version desc limit 1"
                ).fetchall()
                assert found == [(now.version, now.as_of, now.run_id)]
                assert (
                    reader.execute(f"from {TRACKINGS}").fetchall()
                    == db.execute(f"from {TRACKINGS}").fetchall()
                )
    # a warehouse that was put back does not lead its readers back
    db.execute(f"delete from {PUBLICATIONS.name}")
    assert publish(db, home).version == done.version + 1
    (home / FOLDER / MANIFEST).write_text("{")
    db.execute(f"delete from {PUBLICATIONS.name}")
    assert publish(db, home).version == done.version + 2


def test_older_versions_stay_as_long_as_is_said_and_the_last_two_always(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    first = publish(db, home, keep=NEVER).version
    names = [f"v{first + number:08}" for number in range(6)]
    for number in range(1, 4):
        publish(db, home, keep=NEVER)
        assert versions(home) == names[: number + 1]
    publish(db, home, keep=AT_ONCE)
    assert versions(home) == names[3:5]
    os.utime(home / FOLDER / LAKE / names[4], (0, 0))  # it took over long ago
    publish(db, home, keep=timedelta(minutes=5))
    assert versions(home) == names[4:6]


def test_what_nobody_may_read_any_longer_is_withdrawn(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    for number in range(3):
        load(db, of_month(str(number), 1))
        publish(db, home, keep=NEVER)
    assert publish(db, home, keep=NEVER, forget_old=True).files_kept == 0
    now = current(home)
    assert versions(home) == [f"v{now.version:08}"]
    assert {path.name for path in (home / FOLDER).iterdir()} == {FILE, LAKE, MANIFEST, BY_VERSION}
    assert [path.stem for path in (home / FOLDER / BY_VERSION).iterdir()] == versions(home)
    assert published_contents(home) == in_warehouse(db)


def test_a_lake_that_is_turned_off_leaves_the_file_and_its_manifest(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    publish(db, home)
    done = publish(db, home, with_lake=False)
    now = current(home)
    assert (now.version, now.lake, now.tables) == (done.version, None, {})
    assert (done.rows, done.files_written, done.files_kept) == (0, 0, 0)
    publish(db, home)
    assert published_contents(home) == in_warehouse(db)


def test_what_a_killed_run_left_is_removed_by_the_next(
    db: duckdb.DuckDBPyConnection, home: Path
) -> None:
    version = publish(db, home).version
    lake = home / FOLDER / LAKE
    (lake / f".v{version + 1:08}" / "core").mkdir(parents=True)
    (lake / f"v{version + 1:08}").mkdir()  # in its place, but no manifest ever named it
    (home / FOLDER / f".{MANIFEST}").write_text("{")
    publish(db, home)
    assert versions(home) == [f"v{version:08}", f"v{version + 2:08}"]
    assert current(home).version == version + 2
    assert not (home / FOLDER / f".{MANIFEST}").exists()


def test_where_the_file_system_has_no_hard_links_files_are_copied(
    db: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(links.os, "link", refuse)
    load(db, of_month("a", 1))
    publish(db, home)
    before = all_inodes(home)
    done = publish(db, home)
    assert done.files_written == 0
    assert len(rewritten(home, before)) == len(before)
    assert published_contents(home) == in_warehouse(db)


def test_a_lake_that_cannot_be_written_is_one_sentence_and_the_old_version_stays(
    db: duckdb.DuckDBPyConnection, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(db, of_month("a", 1))
    publish(db, home)
    held, was = published_contents(home), (home / FOLDER / MANIFEST).read_bytes()
    load(db, of_month("b", 2))
    lake = home / FOLDER / LAKE
    with monkeypatch.context() as patched:
        patched.setattr("warehouse.lake_parquet.FORMAT", "format parquet, file_extension 'x'")
        patched.setattr("warehouse.lake_parquet._inside", lambda *_: Path("x" * 300))
        with pytest.raises(CannotOpenError) as error:
            publish(db, home)
    assert str(error.value).startswith(f"cannot publish to {lake}: ")
    assert "\n" not in str(error.value)
    assert (home / FOLDER / MANIFEST).read_bytes() == was
    assert published_contents(home) == held
    assert [name for name in versions(home) if name.startswith(".")] == []


def test_each_table_is_begun_with_nothing_cached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, after, table = list[int](), list[int](), LakeFiles.table

    def noted(files: LakeFiles, *args: Any) -> LakeTable:
        found.append(cached(files._db))
        written = table(files, *args)
        files._db.execute("select max(words) from much").fetchall()
        after.append(cached(files._db))
        return written

    monkeypatch.setattr(LakeFiles, "table", noted)
    with open_for_writing(tmp_path, "the test") as db:
        with transaction(db):
            catalog.ensure(db)
        load(db, parcel("a"))
        refreshed(db)
        store_much(db)
        with next_lake(db, tmp_path / FOLDER, 1, {}):
            pass
    assert len(found) == len(cuts())
    assert max(found) < LITTLE_CACHED < min(after)
