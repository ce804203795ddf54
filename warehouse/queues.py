"""What the queues hold, as rows of texts: the same shape as a sheet that a person writes."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from trackingmore_v2.models import TrackingRef
from transforms.plans import Row
from warehouse.entries import staged


def queued(
    db: duckdb.DuckDBPyConnection, account: str, queue: str, columns: Sequence[str]
) -> list[Row]:
    """Return the rows of `queues.<queue>` for *account*, every cell as text; null is "".

    Args:
        db: The open warehouse.
        account: Whose rows.
        queue: A table or view of the schema `queues`.
        columns: What to read of it; the order of rows is the queue's own.
    """
    cells = ", ".join(f"coalesce({name}::varchar, '')" for name in columns)
    rows = db.execute(f"select {cells} from queues.{queue} where account = ?", [account]).fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def registered(
    db: duckdb.DuckDBPyConnection, account: str, *, ever: bool = False
) -> set[TrackingRef]:
    """Return the parcels that are in the account, as far as is known; *ever*: or once were."""
    held = "core.trackings" if ever else "core.live_trackings"
    rows = db.execute(
        f"select carrier_code, tracking_number from {held} where account = ?", [account]
    ).fetchall()
    return {TrackingRef(carrier, number) for carrier, number in rows}


def tracking_ids(
    db: duckdb.DuckDBPyConnection, account: str, refs: Sequence[TrackingRef]
) -> list[str]:
    """Return the ids of those of *refs* that the warehouse holds as live."""
    wanted = pa.table(
        {
            "carrier_code": pa.array([ref.carrier_code for ref in refs], pa.string()),
            "tracking_number": pa.array([ref.tracking_number for ref in refs], pa.string()),
        }
    )
    with staged(db, wanted_refs=wanted):
        rows = db.execute(
            "select tracking_id from core.live_trackings"
            " semi join wanted_refs using (carrier_code, tracking_number) where account = ?",
            [account],
        ).fetchall()
    return [tracking_id for (tracking_id,) in rows]
