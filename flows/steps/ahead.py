"""The rows of answers that were just read, made while the next answer is on its way."""

from concurrent.futures import Executor, Future
from datetime import datetime
from typing import NamedTuple

# what pandas and Arrow import when they meet for the first time: while an answer waits
import pyarrow.pandas_compat  # noqa: F401

from trackingmore_v2.models import Page
from transforms.batch import Batch, flatten
from transforms.tables import QUARANTINE, TRACKING_EVENTS, TRACKINGS, UNKNOWN_FIELDS

NOTHING = Batch(
    trackings=TRACKINGS.schema.empty_table(),
    events=TRACKING_EVENTS.schema.empty_table(),
    quarantine=QUARANTINE.schema.empty_table(),
    unknown_fields=UNKNOWN_FIELDS.schema.empty_table(),
    payloads=0,
    rejected=0,
)


class Ahead(NamedTuple):
    """An answer of the list whose rows are being made, or are made."""

    fetched_at: datetime
    batch: Future[Batch]


def begin(executor: Executor, page: Page, *, account: str, run_id: str) -> Ahead:
    """Begin to flatten *page* in *executor*; of one that holds nothing, the rows are known."""
    at = page.answer.fetched_at
    if page.items:
        batch = executor.submit(flatten, page.items, account=account, fetched_at=at, run_id=run_id)
    else:
        batch = Future()
        batch.set_result(NOTHING)
    return Ahead(at, batch)
