"""Makes the tables that readers want from the versions, by month of creation.

A version of a parcel touches the month in which the parcel was created, and nothing else. Only the
months that got versions since the last time are made again, each of them whole.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import pyarrow as pa

from transforms.table import Table
from warehouse.errors import CannotOpenError
from warehouse.scale_out import store as stores
from warehouse.scale_out.current import TABLES
from warehouse.scale_out.store import VERSIONS, DataFile, Store
from warehouse.scale_out.versions import MONTH

if TYPE_CHECKING:
    from deltalake import DeltaTable

REACHED = "parcelhouse:versions"  # up to which version of `versions` a table is made

Engine = Callable[[Store, Mapping[str, Sequence[str]], str], dict[str, list[DataFile]]]
"""Folds the versions in the files of some months, and writes each of `TABLES` into a new folder
below its own, `<table>/<folder>/created_month=<month>/….parquet`; returns the files by table."""


class Compacted(NamedTuple):
    """What a compaction made anew."""

    version: int  # of the versions' table, up to which everything is in
    months: list[str]
    rows: dict[str, int]  # by table, of those months


def compact(store: Store, engine: Engine) -> Compacted:
    """Bring the current tables up to date with the versions there are now.

    Each table changes from one moment to the next, and all that is killed before leaves it as it
    was; the three follow one another. Versions may be appended all the while: they are for the
    next time. Their small files are joined into larger ones on the way.

    Raises:
        LostRaceError: somebody else compacts.
        CannotOpenError: the store cannot be used.
    """
    versions = stores.table(store, VERSIONS)
    current = {table.name: stores.table(store, bare(table), schema(table)) for table in TABLES}
    made_from = min(stores.reached(store, delta, REACHED) for delta in current.values())
    months = _touched(store, versions, made_from)
    if not months:
        return Compacted(made_from, [], {})
    stores.join_files(store, versions, months)
    version = versions.version()
    every = stores.paths(store, versions)
    folder = f"folded-{version}-{uuid4().hex[:8]}"
    files = engine(store, {month: every[month] for month in months}, folder)
    for name, delta in current.items():
        stores.replace_months(store, delta, files[name], months, {REACHED: version})
    rows = {name: sum(file.rows for file in found) for name, found in files.items()}
    return Compacted(version, months, rows)


def bare(table: Table) -> str:
    """Return a table's name in the store: without its schema."""
    return table.name.partition(".")[2]


def schema(table: Table) -> pa.Schema:
    """Return a table's columns in the store."""
    return table.schema.append(pa.field(MONTH, pa.string()))


def _touched(store: Store, versions: "DeltaTable", made_from: int) -> list[str]:
    """Return the months of which the versions have files that they had not at *made_from*."""
    known: dict[str, list[str]] = {}
    if made_from:
        # the log of long ago may be cleaned up: then all months are made again
        with suppress(CannotOpenError):
            known = stores.paths(store, stores.as_of(store, VERSIONS, made_from))
    return sorted(
        month
        for month, files in stores.paths(store, versions).items()
        if not set(files) <= set(known.get(month, ()))
    )
