"""Ask how long parcels of all TrackingMore's customers take on the lanes that ours take."""

from flows.steps.run import Run
from trackingmore_v2.orders import Lane
from transforms.account_tables import TRANSIT_BENCHMARKS
from transforms.transit_benchmarks import transit_benchmark_rows
from warehouse.connection import transaction
from warehouse.enrichment import replace_rows
from warehouse.queues import queued

QUEUE = "lanes_to_benchmark"
LANE = ("carrier_code", "original", "destination")


def lanes_due(run: Run) -> list[Lane]:
    """Return the lanes whose benchmark is a week old or was never read, busiest first."""
    with run.warehouse() as db:
        rows = queued(db, run.account, QUEUE, LANE)
    return [Lane(*(row[name] for name in LANE)) for row in rows]


def read_benchmarks(run: Run, lanes: list[Lane]) -> tuple[int, list[Lane]]:
    """Ask for *lanes*; return how many were told, and those that TrackingMore knows nothing of.

    Every reading is a new row: how a benchmark changed stays to be seen.

    Raises:
        TrackingMoreError: the account could not be asked; what was told before is stored.
    """
    told, missing = 0, []
    for found in run.client.transit_times(lanes):
        rows = transit_benchmark_rows(
            found, account=run.account, fetched_at=run.now(), run_id=run.run_id
        )
        with run.warehouse() as db, transaction(db):
            replace_rows(db, TRANSIT_BENCHMARKS, rows, subject=TRANSIT_BENCHMARKS.key)
        told += rows.num_rows
        missing += found.missing
    return told, missing
