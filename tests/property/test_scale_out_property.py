"""Folded from their versions, the tables are what the merge of one answer after another stored."""

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.factories import at, leg, parcel, parcel_id, scan, stamp, warehouse
from tests.standing import broken_promises
from transforms.batch import flatten
from warehouse.connection import transaction
from warehouse.deletions import mark_deleted
from warehouse.overlay import overlay
from warehouse.scale_out.current import TABLES, statements
from warehouse.scale_out.dialects import DUCKDB
from warehouse.scale_out.versions import SCHEMA, deletion_rows, version_rows
from warehouse.upsert import merge

NAMES = ("a", "b")
MONTHS = {parcel_id(name): "2026-02" for name in NAMES}
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ACCOUNTS = (f"account {number}" for number in count())

SCANS = st.sampled_from(
    [
        scan("2026-02-26 18:40", "Picked up", "HALLE"),
        scan("2026-02-26 18:40", "Picked up", "HALLE", checkpoint_status="transit"),
        scan("2026-02-27 09:15", "Arrived", None),
        scan("2026-02-27 09:15", "Departed", ""),
    ]
)
LEGS = st.none() | st.lists(SCANS, max_size=3).map(lambda scans: leg(*scans))
SAID = st.fixed_dictionaries(
    {
        "updated_at": st.sampled_from([None, *map(stamp, range(4))]),
        "title": st.sampled_from([None, "x", "y"]),
        "status": st.sampled_from([None, "transit", "delivered"]),
        "archived": st.sampled_from([True, None]),
        "origin_info": LEGS,
        "destination_info": LEGS,
    }
)
STEPS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["whole", "whole", "whole", "partial", "deletion"]),
        "second": st.integers(0, 20),  # an answer may be loaded long after it was read
        "parcels": st.dictionaries(st.sampled_from(NAMES), SAID, min_size=1),
        "times": st.sampled_from([1, 1, 2]),
    }
)


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse() as db:
        yield db


def answered(db: duckdb.DuckDBPyConnection, account: str, number: int, step: Any) -> pa.Table:
    """Load one answer as a run does, and return the versions in it."""
    is_partial = step["kind"] == "partial"
    items = [parcel(name, **said) for name, said in step["parcels"].items()]
    if is_partial:
        items = [
            {name: value for name, value in item.items() if name not in {"title", "created_at"}}
            for item in items
        ]
    # two answers of one instant there are not
    read_at = at(step["second"] + number / 1000)
    batch = flatten(items, account=account, fetched_at=read_at, run_id=f"run {number}")
    with transaction(db):
        if is_partial:
            overlay(db, batch)
        else:
            merge(db, batch)
    return version_rows(batch, is_partial=is_partial, ledger="l", sequence=number, months=MONTHS)


def deleted(db: duckdb.DuckDBPyConnection, account: str, number: int, step: Any) -> pa.Table:
    """Mark parcels as gone, and return the rows of those that were live."""
    gone_at = at(step["second"] + number / 1000)
    with transaction(db):
        mark_deleted(
            db,
            account,
            tracking_ids=[parcel_id(name) for name in step["parcels"]],
            deleted_at=gone_at,
            run_id=f"run {number}",
        )
    marked = db.execute(
        "select tracking_id from ops.deletions where account = ? and run_id = ?",
        [account, f"run {number}"],
    ).fetchall()
    return deletion_rows(
        account,
        [tracking_id for (tracking_id,) in marked],
        deleted_at=gone_at,
        run_id=f"run {number}",
        ledger="l",
        sequence=number - 1,
        months=MONTHS,
    )


def told(
    second: int, *, kind: str = "whole", stamped: int | None = 0, name: str = "a", **said: Any
) -> Any:
    """One step with one parcel in it."""
    quiet = {"title": "x", "status": "transit", "archived": None}
    legs = {"origin_info": leg(scan()), "destination_info": None}
    stamps = {"updated_at": None if stamped is None else stamp(stamped)}
    parcels = {name: quiet | legs | stamps | said}
    return {"kind": kind, "second": second, "parcels": parcels, "times": 1}


TAKEN_BACK_AND_BACK = [told(1), told(2, stamped=1, origin_info=None), told(3, stamped=2)]
REVIVED_WITHOUT_A_STAMP = [told(1, stamped=3), told(5, kind="deletion"), told(9, stamped=None)]
READ_BEFORE_IT_WAS_GONE = [told(1), told(8, kind="deletion"), told(4, stamped=2, title="y")]
SAID_AGAIN = [told(1), told(2), told(3, kind="deletion"), told(4)]
SILENT_LEG = [told(1), told(2, kind="partial", origin_info=None, destination_info=leg(scan()))]
UNKNOWN_BESIDE_KNOWN = [
    told(1),
    told(2, kind="partial") | {"parcels": told(2, name="b")["parcels"] | told(2)["parcels"]},
]
LATE = [told(9, stamped=2), told(3, stamped=3, status="delivered"), told(5, stamped=1)]


@settings(UNHURRIED, max_examples=12)
@example(TAKEN_BACK_AND_BACK, Random(0))
@example(REVIVED_WITHOUT_A_STAMP, Random(0))
@example(READ_BEFORE_IT_WAS_GONE, Random(0))
@example(SAID_AGAIN, Random(0))
@example(SILENT_LEG, Random(0))
@example(LATE, Random(0))
@example(UNKNOWN_BESIDE_KNOWN, Random(0))
@given(st.lists(STEPS, min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_the_fold_of_all_versions_is_what_was_merged(
    db: duckdb.DuckDBPyConnection, steps: list[Any], order: Any
) -> None:
    """Whatever is loaded late, taken back, deleted, revived, partial, or appended twice."""
    account = next(ACCOUNTS)
    appended = [SCHEMA.empty_table()]
    for number, step in enumerate(steps, 1):
        act = deleted if step["kind"] == "deletion" else answered
        appended += [act(db, account, number, step)] * step["times"]
    order.shuffle(appended)  # in the store nothing lies in order
    with duckdb.connect() as engine:
        engine.execute("set TimeZone = 'UTC'")
        engine.register("versions", pa.concat_tables(appended))
        for name, query in statements(DUCKDB).items():
            engine.execute(f"create temp table {name} as {query}")
        for table in TABLES:
            columns = ", ".join(table.column_names)
            folded = engine.execute(
                f"select {columns} from {table.name.partition('.')[2]} order by all"
            ).fetchall()
            merged = db.execute(
                f"select {columns} from {table.name} where account = ? order by all", [account]
            ).fetchall()
            assert folded == merged
    assert broken_promises(db) == []
