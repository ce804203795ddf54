"""The ways of reading that lose parcels, each as it is commonly written, in place of ours."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, NamedTuple
from unittest.mock import patch

import duckdb
import pyarrow as pa

from flows.steps import load as loading
from flows.steps import read as reading
from flows.steps.ranges import Steps, stored_at_once
from flows.steps.read import LandedWindow
from flows.steps.run import Run
from flows.steps.tally import Tally
from tests.model.world import World
from trackingmore_v2.models import Cursor, ListQuery
from trackingmore_v2.windows import Ask, Frontier, Step
from transforms import batch as batching
from transforms.batch import Batch
from warehouse import ledger
from warehouse.connection import transaction

LOSS = frozenset({"lost", "stale", "rest"})


class Mutant(NamedTuple):
    """One way to lose parcels, and by which promises it is judged."""

    name: str
    applied: Callable[[], AbstractContextManager[Any]]
    seed: int
    """Of worlds in which it shows soon."""
    wears: dict[str, Any] = {}  # noqa: RUF012 - never written to
    """What these worlds are fixed to have."""
    breaks: frozenset[str] = LOSS
    """Not those of the ledger: each of them really loses something."""


def _whole(frontier: Frontier, step: Step) -> Step:
    return step._replace(covers=frontier.left, total=step.page.total, rest=None)


def pages_forward(
    ask: Ask, frontier: Frontier, *, lag: int = 0, base: ListQuery | None = None
) -> Iterator[Step]:
    """Read pages 1, 2, 3 … of the whole range, and call it covered."""
    query = (base or ListQuery()).within(frontier.left)
    met = 0
    while True:
        page = ask(query)
        met += len(page.items)
        if not page.items or met >= page.total:
            break
        yield Step(page, rest=frontier)
        query = query._replace(page=query.page + 1)
    yield _whole(frontier, Step(page))


def until_a_short_page(
    ask: Ask, frontier: Frontier, *, lag: int = 0, base: ListQuery | None = None
) -> Iterator[Step]:
    """Stop at the first page that holds fewer than were asked for."""
    query = (base or ListQuery()).within(frontier.left)
    page = ask(query)
    while len(page.items) >= query.limit:
        yield Step(page, rest=frontier)
        query = query._replace(page=query.page + 1)
        page = ask(query)
    yield _whole(frontier, Step(page))


record_windows = ledger.record_windows


def newest_seen(
    db: duckdb.DuckDBPyConnection,
    account: str,
    reads: Sequence[ledger.WindowRead],
    *,
    run_id: str,
) -> None:
    """Let the watermark be the newest updated_at in the warehouse."""
    record_windows(db, account, reads, run_id=run_id)
    ((newest,),) = db.execute(
        "select epoch(max(updated_at))::bigint from core.trackings"
    ).fetchall()
    mark = ledger.watermarks(db, account).get(Cursor.UPDATE_TIME)
    if newest is not None and mark is not None:
        ledger.set_watermark(db, account, Cursor.UPDATE_TIME, newest, run_id=run_id)


def watermark_first(run: Run, window: LandedWindow) -> Tally:
    """Enter the window, and only then, in another transaction, its rows."""
    if window.covers is not None:
        entry = ledger.WindowRead(
            scope=window.scope,
            window=window.covers,
            total=window.total,
            rows=window.total,
            answers=len(window.paths),
            proven=window.proven,
            fetched_at=window.fetched_at,
        )
        with run.warehouse() as db, transaction(db):
            ledger.record_windows(db, run.account, [entry], run_id=run.run_id)
    with run.warehouse() as db, transaction(db):
        return loading.load_answers(db, run, window.paths)


NO_GUARD = "kept.tracking_id is null or kept.payload_hash <> staged.payload_hash"


def numbered_scans(*args: Any, **named: Any) -> Batch:
    """Name a scan by its place in the array."""
    batch = batching.flatten(*args, **named)
    names = [
        f"{row['tracking_id']}-{row['leg']}-{row['position']}" for row in batch.events.to_pylist()
    ]
    place = batch.events.schema.get_field_index("event_id")
    return batch._replace(
        events=batch.events.set_column(place, batch.events.schema[place], pa.array(names, "string"))
    )


MUTANTS = (
    Mutant("naive paging", partial(patch.object, reading, "read", pages_forward), 3),
    Mutant(
        "fewer items than the limit as the stop",
        partial(patch.object, reading, "read", until_a_short_page),
        2,
    ),
    Mutant(
        "the newest updated_at as the watermark",
        partial(patch.object, loading.ledger, "record_windows", newest_seen),
        1,
    ),
    Mutant(
        "the watermark saved before the commit",
        partial(patch.object, World, "steps", Steps(storing=stored_at_once(watermark_first))),
        2,
    ),
    Mutant("no guard", partial(patch.object, loading, "GUARD", NO_GUARD), 1),
    Mutant(
        "no lag", partial(patch.object, World, "reads_with_lag", 0), 1, {"lag": 30, "slowness": 1}
    ),
    Mutant(
        "the place in the array as a scan's name",
        partial(patch.object, loading, "flatten", numbered_scans),
        1,
        breaks=frozenset({"scans", "forgotten"}),
    ),
)
