"""What is archived is what core holds: all of it of the parcels named, and of nobody else."""

from pathlib import Path

import duckdb
import pytest

from tests.factories import load, parcel, rows
from trackingmore_v2.models import TrackingRef
from warehouse.archive import ARCHIVED, archive
from warehouse.errors import CannotOpenError

ONE, TWO = (TrackingRef.from_payload(parcel(name)) for name in ("one", "second"))


@pytest.fixture
def db(db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    load(db, parcel("one"), parcel("second"))
    load(db, parcel("one"), account="theirs")
    return db


def test_every_row_of_the_parcels_named_is_kept(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = archive(db, tmp_path, "main", [ONE], name="run-001")
    assert folder == tmp_path / "archive" / "run-001"
    for table in ARCHIVED:
        kept = rows(db, f"from '{folder / table.name.partition('.')[2]}.parquet' order by all")
        held = rows(
            db,
            f"from {table.name} where account = 'main' and tracking_id in (select tracking_id"
            " from core.trackings where tracking_number = ?) order by all",
            [ONE.tracking_number],
        )
        assert kept == held
        assert len(kept) > 0


def test_nobody_is_an_archive_without_rows(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for refs in ([], [TrackingRef("dhl", "unknown")]):
        folder = archive(db, tmp_path, "main", refs, name="none")
        for path in folder.iterdir():
            assert rows(db, f"from '{path}'") == []


def test_the_same_name_again_replaces_what_is_there(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    archive(db, tmp_path, "main", [ONE, TWO], name="n")
    folder = archive(db, tmp_path, "main", [TWO], name="n")
    (kept,) = rows(db, f"select tracking_number from '{folder / 'trackings.parquet'}'")
    assert kept == {"tracking_number": TWO.tracking_number}


def test_where_nothing_can_be_written_that_is_said(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "archive").write_text("in the way")
    with pytest.raises(CannotOpenError, match=r"cannot archive to .*; nothing of it was deleted"):
        archive(db, tmp_path, "main", [ONE], name="n")
    (tmp_path / "archive").unlink()
    archive(db, tmp_path, "main", [ONE], name="n")
