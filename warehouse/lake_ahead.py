"""Writes files of the lake ahead of the version that they are for, while there is time."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from warehouse import manifest
from warehouse.lake_parquet import LakeFiles
from warehouse.lake_tables import BY_MONTH, is_being_rewritten
from warehouse.lake_versions import ahead_place
from warehouse.manifest import FOLDER, LakeFile
from warehouse.memory import FOR_LAKE, frugal

LOOKING = 10  # times as long as a look takes, there is none again


class LakeAhead:
    """Files that the next version takes over, if by then nothing changed that their rows hang on.

    They are of parts of months that did not change from one look to the next: where an account
    is read in the order of creation, most parts never do again. Nobody depends on them: what is
    not there is written when the version is.
    """

    def __init__(self, home: Path, name: str) -> None:
        """Begin with none, for the warehouse in *home*; *name* tells whose they are."""
        self._home = home
        self._place = ahead_place(home / FOLDER) / name
        self._files: dict[tuple[str, str], LakeFile] = {}
        self._seen: set[tuple[str, str]] = set()
        self._looks = 0
        self._next_look = 0.0  # on the monotonic clock
        self._has_given_up = False

    @property
    def files(self) -> dict[str, list[LakeFile]]:
        """What was written, by table."""
        found: dict[str, list[LakeFile]] = {}
        for (table, _), file in self._files.items():
            found.setdefault(table, []).append(file)
        return found

    @property
    def is_due(self) -> bool:
        """Whether it would look: with a million parcels that takes as long as an answer does."""
        return not self._has_given_up and time.monotonic() >= self._next_look

    def write(self, db: duckdb.DuckDBPyConnection, *, has_time: Callable[[], bool]) -> None:
        """Write what is steady and not written yet, file by file as long as there is time.

        What keeps it from that, such as a full disk, is for publishing to tell: from then on
        nothing is written.

        Args:
            db: The open warehouse, outside a transaction; the caller holds the writer's seat.
            has_time: Asked after each file.
        """
        if not self.is_due:
            return
        try:
            with frugal(db, FOR_LAKE):
                self._write(db, has_time)
        except (OSError, duckdb.Error):
            self._has_given_up = True
            self.discard()

    def discard(self) -> None:
        """Remove what was written, as far as that can be."""
        self._files.clear()
        shutil.rmtree(self._place, ignore_errors=True)

    def _write(self, db: duckdb.DuckDBPyConnection, has_time: Callable[[], bool]) -> None:
        if is_being_rewritten(db):
            return
        if not self._looks:  # what killed runs left; whoever else misses his, writes them later
            shutil.rmtree(self._place.parent, ignore_errors=True)
        self._looks, began = self._looks + 1, time.monotonic()
        # a part that has grown or was halved has another file of the same name
        folder = self._place / str(self._looks)
        files = LakeFiles(db, self._home / FOLDER, folder, folder)
        self._next_look = time.monotonic() + LOOKING * (time.monotonic() - began)
        before, seen = manifest.read_if_any(self._home), self._seen
        done = self._files.keys() | {
            (table, file.made_of)
            for table, held in (before.tables if before else {}).items()
            for file in held.files
        }
        self._seen = {
            (cut.name, made_of) for cut in BY_MONTH for made_of in files.wanted[cut.name].values()
        }
        for cut in BY_MONTH:
            steady = {(cut.name, made_of) for made_of in files.wanted[cut.name].values()} & seen
            parts = [
                part
                for part, made_of in files.wanted[cut.name].items()
                if (cut.name, made_of) in steady - done
            ]
            for _, file in files.new(cut, parts):
                self._files[cut.name, file.made_of] = file
                if not has_time():
                    return
