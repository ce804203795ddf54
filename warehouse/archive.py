"""Keeps apart what is about to be deleted from the account: Parquet that any tool reads."""

import os
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from trackingmore_v2.models import TrackingRef
from transforms.tables import STATUS_HISTORY, TRACKING_EVENTS, TRACKINGS
from warehouse.errors import CannotOpenError

FOLDER = "archive"
ARCHIVED = (TRACKINGS, TRACKING_EVENTS, STATUS_HISTORY)


def archive(
    db: duckdb.DuckDBPyConnection,
    home: Path,
    account: str,
    refs: Sequence[TrackingRef],
    *,
    name: str,
) -> Path:
    """Write all that core holds of *refs* to `archive/<name>/<table>.parquet`; return the folder.

    A parcel that core does not hold is not in it. The files are on the disk when it returns.

    Args:
        db: The open warehouse.
        home: Folder of the warehouse.
        account: Leads every key.
        refs: The parcels.
        name: Of the folder; what is in one of that name already is replaced.

    Raises:
        CannotOpenError: the archive cannot be written.
    """
    folder = home / FOLDER / name
    wanted = pa.table(
        {
            "carrier_code": pa.array([ref.carrier_code for ref in refs], pa.string()),
            "tracking_number": pa.array([ref.tracking_number for ref in refs], pa.string()),
        }
    )
    db.register("wanted_refs", wanted)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for table in ARCHIVED:
            rows = db.sql(
                f"""
                select * from {table.name}
                where account = $account and tracking_id in (
                    select tracking_id from {TRACKINGS.name}
                    semi join wanted_refs using (carrier_code, tracking_number)
                    where account = $account
                )
                """,
                params={"account": account},
            ).to_arrow_table()
            path = folder / f"{table.name.partition('.')[2]}.parquet"
            with path.open("wb") as file:
                pq.write_table(rows, file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        msg = f"cannot archive to {folder}: {error.strerror or error}; nothing of it was deleted"
        raise CannotOpenError(msg) from error
    finally:
        db.unregister("wanted_refs")
    return folder
