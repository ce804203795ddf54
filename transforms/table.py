"""What a table is: its columns, its key, its version, and what Arrow calls its types."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # its import takes longer than most commands that only name tables
    import pyarrow as pa

ARROW_TYPES: dict[str, str] = {
    "VARCHAR": "string",
    "JSON": "string",
    "BOOLEAN": "bool",
    "INTEGER": "int32",
    "BIGINT": "int64",
    "DOUBLE": "double",
    "TIMESTAMP": "timestamp[us]",
    "TIMESTAMPTZ": "timestamp[us, tz=UTC]",
}
"""Arrow's name of each DuckDB type in use."""


class Column(NamedTuple):
    """One column: its DuckDB type and the sentence an analyst reads."""

    name: str
    type: str
    sentence: str


class Table(NamedTuple):
    """One table; `key` names a row, the greatest `version` of a row is the one that stays.

    `aside` are columns that help to store it: warehouses that hold the same may differ in them.
    """

    name: str
    sentence: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    version: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def told(self) -> "Table":
        """The same table without the columns that tell nothing of what it is about."""
        kept = tuple(column for column in self.columns if column.name not in self.aside)
        return self._replace(columns=kept, aside=())

    @property
    def schema(self) -> "pa.Schema":
        """The table's columns as Arrow types."""
        import pyarrow as pa

        zoned = {"timestamp[us, tz=UTC]": pa.timestamp("us", tz="UTC")}
        names = [(column.name, ARROW_TYPES[column.type]) for column in self.columns]
        return pa.schema(
            [(name, zoned.get(said) or pa.type_for_alias(said)) for name, said in names]
        )

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)


ACCOUNT = Column("account", "VARCHAR", "Which TrackingMore account; PARCELHOUSE_ACCOUNT.")
TRACKING_ID = Column("tracking_id", "VARCHAR", "The API's id of the parcel, 32 hex digits.")
RUN_ID = Column("run_id", "VARCHAR", "The run that wrote this row, as in ops.runs.")
