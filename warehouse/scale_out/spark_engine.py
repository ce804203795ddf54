"""Folds the versions with Apache Spark, on a cluster or in one process.

Spark reads and writes plain Parquet here, so it needs no package of its own for the table format:
which files a table has is read from its log before, and written to it afterwards, by deltalake.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from warehouse.errors import CannotOpenError
from warehouse.scale_out.compact import Engine, bare, schema
from warehouse.scale_out.current import TABLES, statements
from warehouse.scale_out.dialects import SPARK
from warehouse.scale_out.store import VERSIONS, DataFile, Store
from warehouse.scale_out.versions import MONTH, SCHEMA

REUSED = ("ordered", "steps", "passed")  # read by several of the queries
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # 96 bits are Spark's default, and nobody else's
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    # all that is joined or ordered is of one parcel: one shuffle is enough
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
}


@contextmanager
def spark_session() -> Iterator[Any]:
    """Yield the SparkSession that the surroundings configure, and stop it; in one process if none.

    Raises:
        CannotOpenError: pyspark is not installed, or Spark does not start.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        msg = "Spark needs the package pyspark: `pip install 'parcelhouse[scale-out-spark]'`"
        raise CannotOpenError(msg) from None
    try:
        spark = SparkSession.builder.appName("parcelhouse").getOrCreate()
    except (PySparkException, OSError) as error:
        msg = f"Spark does not start (it needs Java 17 or later): {error}"
        raise CannotOpenError(msg) from error
    try:
        yield spark
    finally:
        spark.stop()


def folding(spark: Any) -> Engine:
    """Return the engine that a SparkSession is.

    The session of the caller keeps its settings; the work is done in one beside it.
    """

    def fold(
        store: Store, files: Mapping[str, Sequence[str]], folder: str
    ) -> dict[str, list[DataFile]]:
        session = spark.newSession()
        for name, value in SETTINGS.items():
            session.conf.set(name, value)
        kept = []
        versions = frame(
            session, store, VERSIONS, [path for each in files.values() for path in each], SCHEMA
        )
        versions.repartition("account", "tracking_id").createOrReplaceTempView("versions")
        for name, query in statements(SPARK).items():
            made = session.sql(query)
            if name in REUSED:
                made = made.persist()
                kept.append(made)
            made.createOrReplaceTempView(name)
        try:
            return {
                table.name: _write(session, store, bare(table), schema(table), folder)
                for table in TABLES
            }
        finally:
            for made in kept:
                made.unpersist()

    return fold


def frame(session: Any, store: Store, name: str, paths: Sequence[str], columns: pa.Schema) -> Any:
    """Return the rows of a table's files as a DataFrame."""
    from pyspark.sql.pandas.types import from_arrow_schema

    root = _spelt(store.address(name))
    return (
        session.read.schema(from_arrow_schema(columns, prefer_timestamp_ntz=True))
        .option("basePath", root)
        .parquet(*[f"{root}/{path}" for path in paths])
    )


def _write(
    session: Any, store: Store, name: str, columns: pa.Schema, folder: str
) -> list[DataFile]:
    """Write a temporary view into a new folder of its table; return the files."""
    target = f"{_spelt(store.address(name))}/{folder}"
    (
        session.table(name)
        .select(*columns.names)
        .hint("rebalance", MONTH)
        .sortWithinPartitions(MONTH, "tracking_id")
        .write.partitionBy(MONTH)
        .parquet(target)
    )
    counted = (
        frame(session, store, name, [folder], columns)
        .groupBy("_metadata.file_path", "_metadata.file_size", MONTH)
        .count()
        .collect()
    )
    return [
        DataFile(
            path=folder + unquote(row["file_path"]).rpartition(folder)[2],
            month=row[MONTH],
            size=row["file_size"],
            rows=row["count"],
        )
        for row in counted
    ]


def _spelt(address: str) -> str:
    """Return an address as Hadoop spells it."""
    scheme, _, rest = address.partition("://")
    return f"s3a://{rest}" if scheme == "s3" else address
