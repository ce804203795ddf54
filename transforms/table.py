"""What a table is: its columns, its key, its version, and what Arrow calls its types."""

from typing import NamedTuple

import pyarrow as pa

ARROW_TYPES: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "JSON": pa.string(),
    "BOOLEAN": pa.bool_(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
}


class Column(NamedTuple):
    """One column: its DuckDB type and the sentence an analyst reads."""

    name: str
    type: str
    sentence: str


class Table(NamedTuple):
    """One table; `key` names a row, the greatest `version` of a row is the one that stays."""

    name: str
    sentence: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    version: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The table's columns as Arrow types."""
        return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in self.columns])

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)


ACCOUNT = Column("account", "VARCHAR", "Which TrackingMore account; PARCELHOUSE_ACCOUNT.")
TRACKING_ID = Column("tracking_id", "VARCHAR", "The API's id of the parcel, 32 hex digits.")
RUN_ID = Column("run_id", "VARCHAR", "The run that wrote this row, as in ops.runs.")
