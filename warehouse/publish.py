"""Hands the warehouse over to readers: a DuckDB file, a Parquet lake, and what names both."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from transforms.tables import PUBLICATIONS
from warehouse import lake_versions, manifest, snapshot
from warehouse.connection import FILE, FULL, transaction
from warehouse.errors import CannotOpenError
from warehouse.lake_writer import NextLake, next_lake
from warehouse.manifest import FOLDER, LakeFile, Manifest, version_name
from warehouse.memory import LITTLE, frugal
from warehouse.snapshot import snapshot_path

KEEP = timedelta(hours=1)  # longer than a query runs


class Published(NamedTuple):
    """One version as readers have it; the counts are of the lake's files."""

    version: int
    as_of: datetime
    path: Path  # of the DuckDB file
    rows: int = 0
    files_written: int = 0
    files_kept: int = 0  # taken over from the version before
    bytes_written: int = 0
    bytes_kept: int = 0


def publish(
    db: duckdb.DuckDBPyConnection,
    home: Path,
    *,
    run_id: str | None = None,
    with_lake: bool = True,
    keep: timedelta = KEEP,
    forget_old: bool = False,
    ahead: Mapping[str, Sequence[LakeFile]] | None = None,
    by_two: bool = True,
) -> Published:
    """Publish the warehouse as it is: DuckDB file and lake of one state, the manifest last.

    Readers keep what they have open; the next one gets the new version. Nothing is ever half
    written, and nobody who reads locks the writer out. Whoever goes by the manifest finds file
    and lake of one version, and ops.publications in the file says the same number.

    Args:
        db: The open warehouse, outside a transaction; the caller holds the writer's seat.
        home: Folder of the warehouse.
        run_id: The run that publishes.
        with_lake: Whether there are to be Parquet files too.
        keep: How long an older version of the lake stays at least after it gave way.
        forget_old: Take over nothing of any version before, and keep none, not even as a
            spare: it holds what nobody is to read any more.
        ahead: Files of the lake that are written already, by table; see `LakeAhead`.
        by_two: Two files of the lake are written at a time, in twice the memory.

    Raises:
        CannotOpenError: it cannot be written; what was published stays.
    """
    target = snapshot_path(home)
    folder = target.parent
    with _refusing(target), ExitStack() as hidden:
        folder.mkdir(parents=True, exist_ok=True)
        before = manifest.read_if_any(home)
        version, as_of = _enter(db, folder, before, run_id)
        _remove_unfinished(folder, before)
        with frugal(db, LITTLE):
            db.execute("checkpoint")
        copied = hidden.enter_context(snapshot.next_copy(db, home / FILE, folder))
        lake = None
        if with_lake:
            held = {} if forget_old else _held(before, ahead or {})
            with _refusing(folder / lake_versions.LAKE):
                lake = hidden.enter_context(next_lake(db, folder, version, held, by_two=by_two))
        copy = copied()
        named = snapshot.versioned(folder, version_name(version))
        now = Manifest(
            version,
            as_of,
            run_id,
            manifest.Snapshot(named.relative_to(folder).as_posix(), copy.stat().st_size),
            lake_versions.final_place(folder, version).relative_to(folder).as_posix()
            if lake
            else None,
            lake.tables if lake else {},
        )
        snapshot.name_version(copy, named)
        if lake:
            lake_versions.put_in_place(lake.folder)
        written = hidden.enter_context(manifest.next_manifest(folder, now))
        snapshot.put_in_place(copy, target)
        manifest.put_in_place(written)
        snapshot.remove_others(folder, named)
        lake_versions.remove_old(folder, keep=keep)
        lake_versions.remove_ahead(folder)
    if forget_old:
        _withdraw_older(home)
    return _told(target, now, lake)


def _withdraw_older(home: Path) -> None:
    """Remove every published version but the newest; whoever has a file open keeps it.

    Raises:
        CannotOpenError: something cannot be removed.
    """
    folder = home / FOLDER
    with _refusing(folder):
        (folder / snapshot.SPARE).unlink(missing_ok=True)
        _remove_unfinished(folder, manifest.read_if_any(home))
        lake_versions.remove_old(folder, keep=timedelta(), but=1)


def _enter(
    db: duckdb.DuckDBPyConnection, folder: Path, before: Manifest | None, run_id: str | None
) -> tuple[int, datetime]:
    """Enter the next version in the warehouse itself, and return it and its instant.

    It is greater than any that a reader may have seen, even where the warehouse was put back.
    """
    ((entered,),) = db.execute(f"select max(version) from {PUBLICATIONS.name}").fetchall()
    seen = (entered or 0, before.version if before else 0, lake_versions.newest_version(folder))
    version, as_of = max(seen) + 1, datetime.now(UTC)
    with transaction(db):
        db.execute(
            f"insert into {PUBLICATIONS.name} by name"
            " select $version as version, $as_of as as_of, $run_id as run_id",
            {"version": version, "as_of": as_of, "run_id": run_id},
        )
    return version, as_of


def _remove_unfinished(folder: Path, before: Manifest | None) -> None:
    """Remove what a killed run left: only the seat's owner publishes."""
    snapshot.remove_others(folder, folder / before.snapshot.file if before else None)
    lake_versions.remove_unfinished(folder, before.version if before else 0)


def _held(
    before: Manifest | None, ahead: Mapping[str, Sequence[LakeFile]]
) -> dict[str, list[LakeFile]]:
    """Return the files that may be taken over, by table."""
    held = {name: list(files) for name, files in ahead.items()}
    for name, table in (before.tables if before else {}).items():
        # of the same file, the one that was published: the other may be gone
        held.setdefault(name, []).extend(table.files)
    return held


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Say in one sentence that nothing can be published to *path*.

    Raises:
        CannotOpenError: instead of the system's and DuckDB's errors.
    """
    try:
        yield
    except OSError as error:
        msg = f"cannot publish to {path}: {error.strerror or error}"
        raise CannotOpenError(msg) from error
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        said = FULL if FULL in str(error) else str(error).strip().splitlines()[0]
        msg = f"cannot publish to {path}: {said}"
        raise CannotOpenError(msg) from error


def _told(target: Path, now: Manifest, lake: NextLake | None) -> Published:
    if lake is None:
        return Published(now.version, now.as_of, target)
    files = [file for table in lake.tables.values() for file in table.files]
    new = [file.bytes for file in files if file.path in lake.written]
    kept = [file.bytes for file in files if file.path not in lake.written]
    rows = sum(table.rows for table in lake.tables.values())
    return Published(now.version, now.as_of, target, rows, len(new), len(kept), sum(new), sum(kept))
