"""The table store: Delta tables below one address, on a disk or in an object store.

Whoever appends takes no lock: a commit is one file of the table's log, made only if it is not
there yet, and one that lost the race is tried again behind the winner. Only who loads the same
account at the same time is turned away, by the transaction's name.

Credentials and the like come from the environment, as the object store's own tools read them
(AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AZURE_…, GOOGLE_…).
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.fs as pafs

from warehouse.errors import CannotOpenError, LostRaceError
from warehouse.scale_out.versions import MONTH, SCHEMA

if TYPE_CHECKING:
    from deltalake import CommitProperties, DeltaTable

VERSIONS = "versions"
ATTEMPTS = 50  # at one commit, each behind another writer who was faster


class DataFile(NamedTuple):
    """A Parquet file that lies below a table and is not part of it yet."""

    path: str  # relative to the table
    month: str
    size: int
    rows: int


class Store(NamedTuple):
    """Where the tables are."""

    url: str

    def address(self, table: str) -> str:
        """Return a table's address."""
        return f"{self.url.rstrip('/')}/{table}"


def store_at(url: str) -> Store:
    """Return the store at *url*: `s3://…`, `abfss://…`, `gs://…`, `file://…` or a folder's path."""
    return Store(url if "://" in url else Path(url).absolute().as_uri())


def table(store: Store, name: str, schema: pa.Schema = SCHEMA) -> "DeltaTable":
    """Return a table as it is now; where it is missing it is made, partitioned by created_month.

    Raises:
        CannotOpenError: the store cannot be reached, or deltalake is not installed.
    """
    with _telling(store):
        from deltalake import DeltaTable

        return DeltaTable.create(
            store.address(name), schema=schema, partition_by=[MONTH], mode="ignore"
        )


def as_of(store: Store, name: str, version: int) -> "DeltaTable":
    """Return a table as it was.

    Raises:
        CannotOpenError: that is not known any more.
    """
    with _telling(store):
        from deltalake import DeltaTable

        return DeltaTable(store.address(name), version=version)


def reached(store: Store, delta: "DeltaTable", transaction: str) -> int:
    """Return the number that the last commit under this name left, 0 if there was none."""
    with _telling(store):
        return delta.transaction_version(transaction) or 0


def append(store: Store, delta: "DeltaTable", rows: pa.Table, reaches: Mapping[str, int]) -> None:
    """Add rows to a table, and the numbers that its transactions reach with them: all or nothing.

    Raises:
        LostRaceError: somebody else has committed under one of these names meanwhile.
        CannotOpenError: the store cannot be written.
    """
    with _telling(store):
        from deltalake import WriterProperties, write_deltalake

        write_deltalake(
            delta,
            rows,
            mode="append",
            writer_properties=WriterProperties(compression="ZSTD"),
            commit_properties=_commit(reaches),
        )


def replace_months(
    store: Store,
    delta: "DeltaTable",
    files: Sequence[DataFile],
    months: Sequence[str],
    reaches: Mapping[str, int],
) -> None:
    """Let *files* be all that a table has of *months*, in one commit.

    Raises:
        LostRaceError: somebody else has committed under one of these names meanwhile.
        CannotOpenError: the store cannot be written.
    """
    with _telling(store):
        from deltalake.transaction import AddAction

        now = int(time.time() * 1000)
        delta.create_write_transaction(
            [
                AddAction(file.path, file.size, {MONTH: file.month}, now, True, _stats(file))
                for file in files
            ],
            "overwrite",
            delta.schema(),
            partition_by=[MONTH],
            partition_filters=[(MONTH, "in", list(months))],
            commit_properties=_commit(reaches),
        )


def join_files(store: Store, delta: "DeltaTable", months: Sequence[str]) -> None:
    """Join the small files of some months; whoever reads or appends meanwhile is not disturbed."""
    with _telling(store):
        from deltalake import WriterProperties

        delta.optimize.compact(
            partition_filters=[(MONTH, "in", list(months))],
            writer_properties=WriterProperties(compression="ZSTD"),
        )


def filesystem(store: Store, name: str) -> pafs.FileSystem:
    """Return a table's folder as a file system."""
    with _telling(store):
        from deltalake.fs import DeltaStorageHandler

        return pafs.PyFileSystem(DeltaStorageHandler(store.address(name)))


def paths(store: Store, delta: "DeltaTable") -> dict[str, list[str]]:
    """Return a table's files by created_month, relative to the table."""
    with _telling(store):
        actions = delta.get_add_actions(flatten=True)
        found: dict[str, list[str]] = {}
        for path, month in zip(
            actions.column("path").to_pylist(),
            actions.column(f"partition.{MONTH}").to_pylist(),
            strict=True,
        ):
            found.setdefault(month, []).append(path)
        return found


@contextmanager
def _telling(store: Store) -> Iterator[None]:
    """Turn what deltalake raises into a sentence that names the store."""
    try:
        from deltalake.exceptions import CommitFailedError, DeltaError
    except ImportError:
        msg = "the table store needs the package deltalake: `pip install 'parcelhouse[scale-out]'`"
        raise CannotOpenError(msg) from None
    try:
        yield
    except CommitFailedError as error:
        msg = f"somebody else has committed to {store.url} first: {_first_line(error)}"
        raise LostRaceError(msg) from error
    except (DeltaError, OSError) as error:
        msg = f"cannot use the table store {store.url}: {_first_line(error)}"
        raise CannotOpenError(msg) from error


def _commit(reaches: Mapping[str, int]) -> "CommitProperties":
    from deltalake import CommitProperties, Transaction

    return CommitProperties(
        max_commit_retries=ATTEMPTS,
        app_transactions=[Transaction(name, number) for name, number in reaches.items()],
    )


def _stats(file: DataFile) -> str:
    return f'{{"numRecords": {file.rows}}}'


def _first_line(error: Exception) -> Any:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
