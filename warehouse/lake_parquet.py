"""The lake's files of one state of the warehouse: what changed anew, everything else as a link."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from hashlib import file_digest
from itertools import takewhile
from pathlib import Path
from threading import Event
from typing import TypeAlias

import duckdb

from warehouse.connection import beside
from warehouse.declarations import quoted
from warehouse.lake_parts import MONTH, NO_MONTH, PARTITION, SLOT, Part
from warehouse.lake_tables import Cut, columns, hang_on
from warehouse.lake_versions import ahead_place
from warehouse.links import link_or_copy
from warehouse.manifest import LakeFile, LakeTable

# A parcel is looked for in a group of its month, not in all of it; the files are 2 % larger than
# with DuckDB's 122,880, and no slower to read from end to end.
ROWS_A_GROUP = 20_480
# Level 1 of zstd makes files as small as its usual one, in two thirds of the time.
FORMAT = f"format parquet, compression zstd, compression_level 1, row_group_size {ROWS_A_GROUP}"
OF_PART = "where rowid in (select place from placed where part = {})"


Written: TypeAlias = tuple[Part, LakeFile]
Work: TypeAlias = Callable[[duckdb.DuckDBPyConnection], Iterator[Written]]


class LakeFiles:
    """Fills a folder with files of the lake, as the warehouse is now.

    `wanted` tells, by table and part, the md5 of all that the rows of that file hang on.
    """

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        folder: Path,
        hidden: Path,
        final: Path,
        *,
        by_two: bool = False,
    ) -> None:
        """Fill *hidden*; the files' paths are as in *final*, from the published *folder*."""
        self.written: set[str] = set()
        self._db, self._folder = db, folder
        self._hidden, self._final = hidden, final
        self._by_two = by_two
        self._columns = columns(db)
        self.wanted = hang_on(db, self._columns)

    def table(self, cut: Cut, held: Iterable[LakeFile]) -> LakeTable:
        """Return the files of a table, each taken over from what is *held*, or written."""
        wanted = self.wanted[cut.name]
        files = dict(self._taken_over(cut, held))
        files |= self.new(cut, wanted.keys() - files.keys())
        ((total,),) = self._db.execute(f"select count(*) from {cut.name}").fetchall()
        if sum(file.rows for file in files.values()) != total:
            # nobody said so, but rows have changed; some may be of parcels that are not there
            of_nobody = {Part(NO_MONTH)} if cut.parcels else set()
            files = dict(self.new(cut, wanted.keys() | of_nobody))
        in_order = [file for _, file in sorted(files.items())]
        return LakeTable(sum(file.rows for file in in_order), tuple(in_order))

    def _taken_over(self, cut: Cut, held: Iterable[LakeFile]) -> Iterator[Written]:
        """Link the files that need not be written, and yield them by part."""
        by_rows = {file.made_of: file for file in held}
        for part, made_of in self.wanted[cut.name].items():
            file = by_rows.get(made_of)
            if file is None:
                continue
            source, target = self._folder / file.path, self._target(cut, part)
            if source.exists() and source.stat().st_size == file.bytes:
                link_or_copy(source, target)
                path = self._named(cut, part)
                if ahead_place(self._folder) in source.parents:
                    self.written.add(path)
                yield part, file._replace(path=path)

    def new(self, cut: Cut, parts: Iterable[Part]) -> Iterator[Written]:
        """Write the files of *parts*, and yield them by part."""
        parts = sorted(parts)
        if self._by_two and len(parts) > 1:
            # every second one: neighbours lie together in the warehouse's file
            both = _by_two_threads(
                self._db,
                lambda db: self._each(db, cut, parts[::2]),
                lambda db: self._each(db, cut, parts[1::2]),
            )
        else:
            both = self._each(self._db, cut, parts)
        for part, file in both:
            self.written.add(file.path)
            yield part, file

    def _each(
        self, db: duckdb.DuckDBPyConnection, cut: Cut, parts: Sequence[Part]
    ) -> Iterator[Written]:
        """Write them one after the other."""
        if not parts:
            return
        chosen = ", ".join(
            f'"{name}"::varchar as "{name}"' if kind == "JSON" else f'"{name}"'
            for name, kind in self._columns[cut.name]
        )
        order = ", ".join(cut.order)
        _place_rows(db, cut, parts)
        for number, part in enumerate(parts):
            target = self._target(cut, part)
            target.unlink(missing_ok=True)  # what is linked is another version's too
            where = OF_PART.format(number) if cut.parcels else ""
            ((rows,),) = db.execute(
                f"copy (select {chosen} from {cut.name} {where} order by {order})"
                f" to {quoted(str(target))} ({FORMAT})"
            ).fetchall()
            size, sha256 = _secured(target)
            made_of = self.wanted[cut.name].get(part, "")
            yield part, LakeFile(self._named(cut, part), rows, size, sha256, made_of)
        db.execute("drop table if exists placed")

    def _target(self, cut: Cut, part: Part) -> Path:
        target = self._hidden / _inside(cut, part)
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _named(self, cut: Cut, part: Part) -> str:
        return (self._final / _inside(cut, part)).relative_to(self._folder).as_posix()


def _place_rows(db: duckdb.DuckDBPyConnection, cut: Cut, parts: Sequence[Part]) -> None:
    """Note which rows are of which of *parts*, read from thin columns alone."""
    if cut.parcels is None:
        return
    # scans of a parcel that is not there have no month either
    join = "left join" if any(part.month == NO_MONTH for part in parts) else "join"
    slots = [
        (number, part.month, slot)
        for number, part in enumerate(parts)
        for slot in range(part.begin, part.end)
    ]
    numbers, months, places = zip(*slots, strict=True)
    db.execute(
        f"""
        create or replace temp table placed as
        select found.rowid as place, wanted.part
        from {cut.name} as found
        {join} {cut.parcels} as parcels using (account, tracking_id)
        join (
            select unnest($parts) as part, unnest($months) as month, unnest($slots) as slot
        ) as wanted
            on
            wanted.month = {MONTH.format("parcels")}
            and wanted.slot = {SLOT.format("parcels")}
        -- each part's are looked for one after the other
        order by part
        """,
        {"parts": list(numbers), "months": list(months), "slots": list(places)},
    )


def _by_two_threads(db: duckdb.DuckDBPyConnection, *works: Work) -> Iterator[Written]:
    """Yield what each of *works* yields, done in a thread and on a connection of its own.

    All of them have ended when this has, however it ends.
    """
    is_over = Event()

    def done(work: Work, own: duckdb.DuckDBPyConnection) -> list[Written]:
        try:
            return list(takewhile(lambda _: not is_over.is_set(), work(own)))
        except BaseException:
            is_over.set()  # for the other, whose files nobody wants either
            raise

    with ExitStack() as connections, ThreadPoolExecutor(len(works)) as threads:
        own = [connections.enter_context(beside(db)) for _ in works]
        try:
            for each in threads.map(done, works, own):
                yield from each
        finally:
            is_over.set()


def _inside(cut: Cut, part: Part) -> Path:
    """Return where a file lies in its version's folder."""
    schema, table = cut.name.split(".")
    partition = f"{PARTITION}={part.month}" if cut.parcels else ""
    return Path(schema, table, partition, part.file)


def _secured(path: Path) -> tuple[int, str]:
    """Return size and SHA-256 of a file that is on the disk for certain."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_size, file_digest(file, "sha256").hexdigest()
