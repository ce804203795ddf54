"""TrackingMore's own transit times as rows: one a lane and reading."""

from datetime import datetime

import pyarrow as pa

from trackingmore_v2.findings import TransitTimes
from transforms.account_tables import TRANSIT_BENCHMARKS
from transforms.identity import canonical

SHARES = {
    "range1": "days_0_7_share",
    "range3": "days_7_15_share",
    "range4": "days_16_30_share",
    "range5": "days_31_60_share",
}
"""The API's ranges (there is no range2; whatever is behind range5 is in `payload`)."""


def transit_benchmark_rows(
    found: TransitTimes, *, account: str, fetched_at: datetime, run_id: str
) -> pa.Table:
    """Return the rows of `core.transit_benchmarks`; what fits no lane asked for is left out."""
    rows = {
        item.lane: {
            "account": account,
            "carrier_code": item.lane.carrier_code,
            "original": item.lane.original,
            "destination": item.lane.destination,
            "total": item.total,
            "delivered": item.delivered,
            **{column: item.shares.get(name) for name, column in SHARES.items()},
            "payload": canonical(item.payload).decode(),
            "fetched_at": fetched_at,
            "run_id": run_id,
        }
        for item in found.items
        if item.lane is not None
    }
    return pa.Table.from_pylist(list(rows.values()), schema=TRANSIT_BENCHMARKS.schema)
