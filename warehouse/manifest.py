"""The manifest: what is published, file by file; the one place where a version begins."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from warehouse.errors import CannotOpenError, NothingPublishedError

FOLDER = "published"
MANIFEST = "manifest.json"


class LakeFile(NamedTuple):
    """One Parquet file of the lake."""

    path: str  # from the published folder
    rows: int
    bytes: int
    sha256: str
    made_of: str  # md5 of what its rows hang on: while that stays, so does the file


class LakeTable(NamedTuple):
    """One table of the lake; `rows` are those of all its files."""

    rows: int
    files: tuple[LakeFile, ...]


class Snapshot(NamedTuple):
    """The published DuckDB file of a version."""

    file: str  # from the published folder
    bytes: int


class Manifest(NamedTuple):
    """One version as readers get it; every path is relative to the folder of the manifest."""

    version: int
    as_of: datetime  # UTC
    run_id: str | None
    snapshot: Snapshot
    lake: str | None  # folder of this version's Parquet files; None: the lake is turned off
    tables: dict[str, LakeTable]


def version_name(version: int) -> str:
    """Return the name of a version's folder."""
    return f"v{version:08}"


def read_if_any(home: Path) -> Manifest | None:
    """Return what is published now; None: nothing, or nobody can read what."""
    try:
        return read(home)
    except (NothingPublishedError, CannotOpenError):
        return None


@contextmanager
def next_manifest(folder: Path, manifest: Manifest) -> Iterator[Path]:
    """Yield a hidden file that is on the disk for certain; removed unless put in its place.

    Raises:
        OSError: it cannot be written.
    """
    said = manifest._asdict() | {
        "as_of": manifest.as_of.isoformat(timespec="microseconds"),
        "snapshot": manifest.snapshot._asdict(),
        "tables": {
            name: {"rows": table.rows, "files": [file._asdict() for file in table.files]}
            for name, table in manifest.tables.items()
        },
    }
    hidden = folder / f".{MANIFEST}"
    try:
        with hidden.open("w", encoding="utf-8") as file:
            json.dump(said, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        yield hidden
    finally:
        hidden.unlink(missing_ok=True)


def put_in_place(hidden: Path) -> None:
    """Let the next manifest be the one that readers find, whatever happens to the power.

    Raises:
        OSError: the file system does not let it.
    """
    hidden.replace(hidden.with_name(MANIFEST))
    folder = os.open(hidden.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(home: Path) -> Manifest:
    """Return the manifest of what is published in *home* at this moment.

    Raises:
        NothingPublishedError: there is none yet.
        CannotOpenError: it cannot be read, or is none.
    """
    path = home / FOLDER / MANIFEST
    try:
        return _parsed(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise NothingPublishedError(nothing_in(path.parent)) from error
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror or error}"
        raise CannotOpenError(msg) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{path} is no manifest: `parcelhouse publish` writes it anew"
        raise CannotOpenError(msg) from error


def nothing_in(folder: Path) -> str:
    """Return the sentence for readers who come too early."""
    return f"nothing is published in {folder} yet: run `parcelhouse sync` first"


def _parsed(said: dict[str, Any]) -> Manifest:
    return Manifest(
        version=int(said["version"]),
        as_of=datetime.fromisoformat(said["as_of"]),
        run_id=said["run_id"],
        snapshot=Snapshot(**said["snapshot"]),
        lake=said["lake"],
        tables={
            name: LakeTable(table["rows"], tuple(LakeFile(**file) for file in table["files"]))
            for name, table in said["tables"].items()
        },
    )
