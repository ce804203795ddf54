"""Whoever reads what is published, with whatever he has, finds the same rows."""

import json
import os
import pkgutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest

import warehouse
from tests.factories import load, parcel
from tests.lakes import current
from trackingmore_v2.sandbox import Sandbox
from warehouse import catalog
from warehouse.connection import open_for_writing, open_read_only, transaction
from warehouse.declarations import views
from warehouse.errors import CannotOpenError, NothingPublishedError
from warehouse.lake_tables import BY_MONTH
from warehouse.manifest import FOLDER, MANIFEST
from warehouse.materialised import refresh
from warehouse.publish import publish

OLDER = Path(sys.prefix) / "older-duckdb"
COOKBOOK = Path(__file__).parents[2] / "docs" / "cookbook"
TABLES = [cut.name for cut in BY_MONTH]
# Of each table a figure that every one of its files has a part in.
SUMS = {
    "core.trackings": "event_count",
    "core.tracking_events": "position",
    "core.status_history": "event_count",
    "marts.shipments": "transit_days",
    "marts.events": "event_time_error_hours",
    "marts.gaps": "gap_days",
}
MONTHS = "count(distinct strftime(created_at, '%Y-%m'))"

# What an analyst's own program does who did not follow to DuckDB 2.
OLDER_PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import duckdb
snapshot, manifest, sums = sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
file = duckdb.connect(snapshot, read_only=True)
lake = duckdb.connect()
lake.execute("set variable folder = (select $f || lake from read_json($m))",
    {"f": manifest.removesuffix("manifest.json"), "m": manifest})
said = {"version": duckdb.__version__}
for table, column in sums.items():
    path = "getvariable('folder') || '/" + table.replace(".", "/") + "/*/*.parquet'"
    asked = f"select count(*), sum({column})::double from "
    said[table] = [
        file.execute(asked + table).fetchall()[0],
        lake.execute(asked + f"read_parquet({path})").fetchall()[0],
    ]
said["views"] = {
    name: file.execute(f"select count(*), count(columns(*)) from {name}").fetchall()[0][0]
    for name, in file.execute(
        "select schema_name || '.' || view_name from duckdb_views() where not internal"
    ).fetchall()
}
for path in sys.argv[5:]:
    file.execute(open(path).read()).fetchall()
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of some hundred parcels, published twice, of which one has no created_at."""
    home = tmp_path_factory.mktemp("readers") / "home"
    account = Sandbox(300, now=datetime(2026, 11, 22, tzinfo=UTC))
    with open_for_writing(home, "the test") as db:
        with transaction(db):
            catalog.ensure(db)
        load(db, *account.items())
        for news in ([], [parcel("new", created_at=None)]):
            load(db, *news)
            with transaction(db):
                refresh(db)
            publish(db, home)
    return home


@pytest.fixture(scope="module")
def truth(home: Path) -> dict[str, tuple[int, Any, int]]:
    """By table: rows, the sum of a column, and how many months there are, by the snapshot."""
    with warehouse.open_published(home) as db:
        ((months,),) = db.execute(f"select 1 + {MONTHS} from core.trackings").fetchall()
        found = {
            table: db.execute(f"select count(*), sum({column}) from {table}").fetchall()[0]
            for table, column in SUMS.items()
        }
    assert months > 5
    assert all(rows > 100 and total > 0 for rows, total in found.values())
    return {table: (rows, pytest.approx(total), months) for table, (rows, total) in found.items()}


@pytest.mark.parametrize("table", TABLES)
def test_duckdb(home: Path, truth: Any, table: str) -> None:
    with duckdb.connect() as db:
        db.execute(
            "set variable lake = (select $folder || '/' || lake from read_json($manifest))",
            {"folder": str(home / FOLDER), "manifest": str(home / FOLDER / MANIFEST)},
        )
        place = f"getvariable('lake') || '/{table.replace('.', '/')}/*/*.parquet'"
        assert (
            truth[table]
            == db.execute(
                f"""
            select count(*), sum({SUMS[table]}), count(distinct created_month)
            from read_parquet({place}, hive_partitioning = true)
            """
            ).fetchall()[0]
        )


@pytest.mark.parametrize("table", TABLES)
def test_polars(home: Path, truth: Any, table: str) -> None:
    column = pl.col(SUMS[table])
    asked = pl.scan_parquet(warehouse.lake_files(home, table), hive_partitioning=True).select(
        pl.len(), column.sum(), pl.col("created_month").n_unique()
    )
    assert truth[table] == asked.collect().row(0)


@pytest.mark.parametrize("table", TABLES)
def test_pandas(home: Path, truth: Any, table: str) -> None:
    df = pd.read_parquet(warehouse.published_lake(home).place(table))
    months = df["created_month"].nunique()
    assert truth[table] == (len(df), df[SUMS[table]].sum(), months)


@pytest.mark.parametrize("table", TABLES)
def test_pyarrow(home: Path, truth: Any, table: str) -> None:
    files = [str(path) for path in warehouse.lake_files(home, table)]
    found = ds.dataset(files, partitioning="hive").to_table(columns=[SUMS[table], "created_month"])
    total = pc.sum(found[SUMS[table]]).as_py()
    months = len(found["created_month"].unique())
    assert truth[table] == (found.num_rows, total, months)


def test_no_module_stands_in_the_place_of_what_readers_import() -> None:
    # whoever had imported it would be given the module instead of the function
    modules = {module.name for module in pkgutil.iter_modules(warehouse.__path__)}
    assert not modules & set(warehouse.__all__)


def test_a_month_that_is_asked_for_is_all_that_is_read(home: Path) -> None:
    files = warehouse.lake_files(home, "core.tracking_events")
    with duckdb.connect() as db:
        asked = (
            f"select count(*) from read_parquet({[str(path) for path in files]},"
            " hive_partitioning = true) where created_month = '2026-10'"
        )
        plan = str(db.execute(f"explain analyze {asked}").fetchall())
        [file] = [path for path in files if "2026-10" in str(path)]
        ((rows,),) = db.execute(f"select count(*) from '{file}'").fetchall()
        assert db.execute(asked).fetchall() == [(rows,)]
    assert f"1/{len(files)}" in plan


def test_a_duckdb_one_generation_older_reads_file_and_lake_and_answers_the_cookbook(
    home: Path, truth: Any
) -> None:
    if not OLDER.exists():
        assert "CI" not in os.environ
        pytest.skip("`make setup` installs the older DuckDB")
    done = subprocess.run(
        [
            *(sys.executable, "-c", OLDER_PROGRAM, OLDER),
            *(home / FOLDER / "warehouse.duckdb", home / FOLDER / MANIFEST, json.dumps(SUMS)),
            *sorted(COOKBOOK.glob("*.sql")),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said.pop("version").startswith("1.4.")
    with warehouse.open_published(home) as db:
        assert said.pop("views") == {
            name: db.execute(f"select count(*) from {name}").fetchall()[0][0]
            for view in views()
            for name in [view.definition]
        }
    assert said == {table: [list(truth[table][:2])] * 2 for table in TABLES}


def test_every_column_of_a_table_is_in_its_files_under_its_type(home: Path) -> None:
    with warehouse.open_published(home) as db, duckdb.connect() as reader:
        for table, paths in warehouse.published_lake(home).tables.items():
            kinds = [
                (name, kind.replace("JSON", "VARCHAR"))
                for name, kind, *_ in db.execute(f"describe {table}").fetchall()
            ]
            asked = f"describe from read_parquet('{paths[0]}', hive_partitioning = false)"
            assert [row[:2] for row in reader.execute(asked).fetchall()] == kinds


# What Python is given


def test_snapshot_and_lake_in_python_are_of_one_version(home: Path) -> None:
    lake = warehouse.published_lake(str(home))
    now = current(home)
    assert (lake.version, lake.as_of) == (now.version, now.as_of)
    assert lake.folder == home / FOLDER / now.lake
    assert all(path.is_relative_to(lake.folder) for each in lake.tables.values() for path in each)
    with warehouse.open_published(home) as db:
        assert db.execute("select max(version) from ops.publications").fetchall() == [
            (now.version,)
        ]
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            db.execute("delete from core.trackings")


def test_the_file_that_the_manifest_names_gives_way_and_is_looked_up_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from warehouse import readers

    usual, gone = readers._snapshot, [home / "gone.duckdb"]
    monkeypatch.setattr(readers, "_snapshot", lambda it: gone.pop() if gone else usual(it))
    with warehouse.open_published(home) as db:
        assert db.execute("select count(*) from core.trackings").fetchall() == [(301,)]
    monkeypatch.setattr(readers, "_snapshot", lambda _: home / "gone.duckdb")
    with pytest.raises(CannotOpenError, match=r"cannot read .*gone\.duckdb"):
        readers.open_published(home).__enter__()


def test_where_nothing_is_published_there_is_one_clear_sentence(tmp_path: Path) -> None:
    for reading in (
        warehouse.published_lake,
        lambda home: warehouse.open_published(home).__enter__(),
    ):
        with pytest.raises(NothingPublishedError, match="run `parcelhouse sync` first"):
            reading(tmp_path)
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / MANIFEST).write_text('{"version": 1}')
    with pytest.raises(CannotOpenError, match=r"manifest\.json is no manifest: `parcelhouse pub"):
        warehouse.published_lake(tmp_path)


def test_a_table_that_the_lake_has_not_and_a_lake_that_is_off_are_told(tmp_path: Path) -> None:
    with open_for_writing(tmp_path, "the test") as db:
        catalog.ensure(db)
        publish(db, tmp_path)
        with pytest.raises(NothingPublishedError, match=r"has no table ops\.runs; it has core\."):
            warehouse.lake_files(tmp_path, "ops.runs")
        path = publish(db, tmp_path, with_lake=False).path
    with pytest.raises(NothingPublishedError, match="PARCELHOUSE_LAKE turns it off"):
        warehouse.published_lake(tmp_path)
    with warehouse.open_published(tmp_path) as db, open_read_only(path) as same:
        asked = "from ops.publications"
        assert db.execute(asked).fetchall() == same.execute(asked).fetchall()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = warehouse.nothing
