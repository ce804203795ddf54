"""Fill one of the tables that are the user's: queues, promises, what texts mean."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from flows.errors import UsageError
from flows.steps.run import LocalRun
from flows.steps.sheets import read_sheet
from transforms.account_tables import (
    ADDRESSES_TO_CHECK,
    AIR_WAYBILLS_TO_FOLLOW,
    SHIPMENTS_TO_REGISTER,
)
from transforms.plans import Row
from transforms.promise_tables import PROMISE_TABLES
from transforms.table import Table
from transforms.vocabulary_tables import TEXT_OVERRIDES
from warehouse.connection import transaction

YOURS = {
    table.name: table
    for table in (
        SHIPMENTS_TO_REGISTER,
        ADDRESSES_TO_CHECK,
        AIR_WAYBILLS_TO_FOLLOW,
        *PROMISE_TABLES,
        TEXT_OVERRIDES,
    )
}


def your_table(name: str) -> Table:
    """Return the table of that name.

    Raises:
        UsageError: it is none, or not the user's.
    """
    if name not in YOURS:
        known = ", ".join(sorted(YOURS))
        raise UsageError(f"{name} is not one of the tables that are yours to fill: {known}")
    return YOURS[name]


def fill(run: LocalRun, table: Table, file: Path, *, replace: bool) -> int:
    """Add the rows of a CSV or Parquet file to *table*, and return how many there were.

    Args:
        run: The run; its account leads every row.
        table: One of YOURS.
        file: Its columns are named as the table's, without the account.
        replace: Empty the account's rows of the table before.

    Raises:
        UsageError: the file cannot be read, has other columns, or a value that does not fit;
            nothing was changed.
    """
    columns = [name for name in table.column_names if name != "account"]
    rows = read_sheet(file, columns=columns, needed=())
    if not rows:
        return 0
    given = [name for name in columns if name in rows[0]]
    types = {column.name: column.type for column in table.columns}
    cells = ", ".join(f'nullif("{name}", \'\')::{types[name]} as "{name}"' for name in given)
    if "added_at" in columns and "added_at" not in given:
        cells += ", current_timestamp as added_at"
    with run.warehouse() as db, transaction(db):
        if replace:
            db.execute(f"delete from {table.name} where account = ?", [run.account])
        db.register("sheet_rows", _texts(rows, given))
        try:
            db.execute(
                f"insert into {table.name} by name"
                f" select $account as account, {cells} from sheet_rows",
                {"account": run.account},
            )
        except duckdb.ConversionException as error:  # the connection goes, and the rows with it
            said = str(error).partition("\n")[0]
            raise UsageError(f"{file} does not fit {table.name}: {said}") from None
        db.unregister("sheet_rows")
    return len(rows)


def _texts(rows: Sequence[Row], names: Sequence[str]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in names})
