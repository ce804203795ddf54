"""Of a parcel that has only got more scans, those that are stored are not even looked at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from tests.factories import at, flat, leg, load, parcel, parcel_id, rows, scan, stamp
from tests.standing import broken_promises
from trackingmore_v2.models import Payload
from transforms.batch import Batch
from transforms.contents import SCAN_CONTENT, scans_named
from transforms.personal.masker import Masker
from transforms.personal.tokens import Policy
from transforms.tables import TRACKING_EVENTS
from warehouse import scans
from warehouse.catalog import ensure
from warehouse.connection import open_for_writing, transaction
from warehouse.masking import mask_core
from warehouse.memory import frugal
from warehouse.overlay import overlay
from warehouse.upsert import Merged, merge

PICKED_UP = scan("2026-02-26 18:40", "Picked up", "HALLE")
ARRIVED = scan("2026-02-27 09:15", "Arrived at the sorting centre", "LEIPZIG")
DELIVERED = scan("2026-02-28 11:00", "Delivered to Ada", "OSLO")


def version(
    second: int,
    origin: list[Payload],
    destination: list[Payload] | None = None,
    *,
    name: str = "parcel",
    **fields: Any,
) -> Payload:
    """A parcel as of *second*; its legs' scans from the newest on."""
    return parcel(
        name,
        updated_at=stamp(second),
        origin_info=leg(*origin),
        destination_info=None if destination is None else leg(*destination),
        **fields,
    )


class Listened:
    """A connection, and the statements that read stored scans."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self.looks: list[str] = []
        self._db = db

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._db, name)
        if name not in {"execute", "sql"}:
            return found

        def listened(query: str, *args: Any, **named: Any) -> Any:
            if "core.tracking_events" in query.replace("insert into core.tracking_events", ""):
                self.looks.append(query)
            return found(query, *args, **named)

        return listened


def merged(db: duckdb.DuckDBPyConnection, item: Payload, second: int) -> tuple[Merged, bool]:
    """Merge a parcel; return what that did, and whether stored scans were looked at."""
    listened: Any = Listened(db)
    with transaction(db):
        done = merge(listened, flat(item, second=second))
    assert broken_promises(db) == []
    return done, bool(listened.looks)


def standing(db: duckdb.DuckDBPyConnection) -> list[str]:
    found = rows(db, "select description from core.live_events order by leg desc, position")
    return [row["description"] for row in found]


@pytest.mark.parametrize(
    ("origin", "destination", "new"),
    [
        ([ARRIVED, PICKED_UP], None, 1),
        ([DELIVERED, ARRIVED, PICKED_UP], None, 2),
        ([PICKED_UP], [DELIVERED], 1),
        ([ARRIVED, PICKED_UP], [DELIVERED, ARRIVED], 3),
        ([PICKED_UP], [], 0),
        ([PICKED_UP, PICKED_UP], None, 1),
    ],
    ids=["one", "two", "in the other leg", "in both", "none", "the same once more"],
)
def test_more_scans_are_inserted_and_no_other_is_looked_at(
    db: duckdb.DuckDBPyConnection,
    origin: list[Payload],
    destination: list[Payload] | None,
    new: int,
) -> None:
    load(db, version(1, [PICKED_UP]))
    before = rows(db, "select * from core.tracking_events")
    assert merged(db, version(2, origin, destination, title="now"), 2) == (Merged(0, 1, new), False)
    wanted = [*reversed(origin), *reversed(destination or [])]
    assert standing(db) == [each["StatusDescription"] for each in wanted]
    assert before[0] in rows(db, "select * from core.tracking_events")


@pytest.mark.parametrize(
    ("origin", "destination"),
    [
        ([ARRIVED, PICKED_UP | {"checkpoint_status": "exception"}], None),
        ([ARRIVED], None),
        ([PICKED_UP, ARRIVED], None),
        ([], [PICKED_UP, ARRIVED]),
        ([], None),
    ],
    ids=["told otherwise", "gone", "another first", "in the other leg", "none"],
)
def test_where_the_beginning_is_another_the_stored_scans_are_looked_at(
    db: duckdb.DuckDBPyConnection, origin: list[Payload], destination: list[Payload] | None
) -> None:
    load(db, version(1, [PICKED_UP]))
    _, looked = merged(db, version(2, origin, destination), 2)
    assert looked
    wanted = [*reversed(origin), *reversed(destination or [])]
    assert standing(db) == [each["StatusDescription"] for each in wanted]


def test_while_a_scan_is_taken_back_it_may_return_and_is_looked_for(
    db: duckdb.DuckDBPyConnection,
) -> None:
    load(db, version(1, [ARRIVED, PICKED_UP]))
    assert merged(db, version(2, [PICKED_UP]), 2) == (Merged(0, 1, 0, 1), True)
    assert merged(db, version(3, [DELIVERED, PICKED_UP]), 3) == (Merged(0, 1, 1), True)
    assert merged(db, version(4, [DELIVERED, ARRIVED, PICKED_UP]), 4) == (Merged(0, 1, 0), True)
    assert len(rows(db, "select * from core.tracking_events")) == 3
    again = version(5, [DELIVERED, ARRIVED, PICKED_UP], [PICKED_UP])
    assert merged(db, again, 5) == (Merged(0, 1, 1), False)


@pytest.mark.parametrize("at_once", [1, 5, scans.AT_ONCE])
def test_parcels_of_either_kind_in_one_answer(
    db: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(scans, "AT_ONCE", at_once)
    names = [str(number) for number in range(8)]
    load(db, *(parcel(name, origin_info=leg(ARRIVED, PICKED_UP)) for name in names[:6]))
    arrays = {
        "0": [DELIVERED, ARRIVED, PICKED_UP],
        "1": [ARRIVED],
        "2": [],
        "3": [DELIVERED, PICKED_UP, ARRIVED],
        "4": [ARRIVED, PICKED_UP],
        "6": [PICKED_UP],
        "7": [],
    }
    items = [
        parcel(name, updated_at=stamp(2), title="now", origin_info=leg(*said))
        for name, said in arrays.items()
    ]
    assert load(db, *items, second=2) == Merged(2, 5, 3, 3)
    assert broken_promises(db) == []
    stand = {parcel_id(name): len(said) for name, said in ({"5": [1, 2]} | arrays).items()}
    found = db.execute("select tracking_id, count(*) from core.live_events group by all").fetchall()
    assert dict(found) == {name: count for name, count in stand.items() if count}


def test_a_portion_is_measured_by_what_is_stored_as_well(
    db: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "AT_ONCE", 20)
    words = [scan("2026-02-26 18:40", f"place {place}") for place in range(12)]
    names = ("one", "two", "three")
    load(db, *(version(1, words, name=name) for name in names))
    listened: Any = Listened(db)
    with transaction(db):
        done = merge(
            listened, flat(*(version(2, [DELIVERED], name=name) for name in names), second=2)
        )
    assert done == Merged(0, 3, 3, 36)
    assert sum("as kept_first_seen_at, tracking_id" in look for look in listened.looks) == 2
    assert broken_promises(db) == []


def test_scans_that_are_all_told_otherwise_are_compared_in_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scans, "AT_ONCE", 2_000)  # with all at once DuckDB asks for twice as much

    def said(second: int) -> Batch:
        words = [scan("2026-02-26 18:40", f"{place} as of {second}") for place in range(100)]
        return flat(
            *(version(second, words, name=str(number)) for number in range(300)), second=second
        )

    with open_for_writing(tmp_path, "test") as db:
        with transaction(db):
            ensure(db)
        with frugal(db, "24MB"):
            for second, wanted in (
                (1, Merged(300, 0, 30_000)),
                (2, Merged(0, 300, 30_000, 30_000)),
            ):
                with transaction(db):
                    assert merge(db, said(second)) == wanted
        assert broken_promises(db) == []


def partly(db: duckdb.DuckDBPyConnection) -> None:
    """Load what a carrier says of one leg alone."""
    said = version(2, [], [DELIVERED])
    with transaction(db):
        overlay(db, flat(said, second=2))


def masked(db: duckdb.DuckDBPyConnection) -> None:
    """Mask the names in what is stored."""
    masker = Masker(Policy("drop"))
    with transaction(db):
        assert mask_core(db, "main", masker).events


@pytest.mark.parametrize("changed", [partly, masked])
def test_what_others_have_done_to_stored_scans_is_looked_at(
    db: duckdb.DuckDBPyConnection, changed: Callable[[duckdb.DuckDBPyConnection], None]
) -> None:
    load(db, version(1, [DELIVERED, PICKED_UP], customer_name="Ada"))
    changed(db)
    assert broken_promises(db) == []
    (row,) = rows(db, "select scans_hash from core.trackings")
    assert row["scans_hash"] is None
    _, looked = merged(db, version(3, [DELIVERED, PICKED_UP], customer_name="Ada", title="n"), 3)
    assert looked


def test_what_is_said_of_one_leg_of_several_parcels(db: duckdb.DuckDBPyConnection) -> None:
    names = [str(number) for number in range(4)]
    both = {"origin_info": leg(PICKED_UP), "destination_info": leg(ARRIVED)}
    load(db, *(parcel(name, **both) for name in names))
    said = [
        parcel(name, updated_at=stamp(2), origin_info=origin, destination_info=destination)
        for name, origin, destination in (
            ("0", leg(DELIVERED, PICKED_UP), None),
            ("1", None, leg(DELIVERED, ARRIVED)),
            ("2", leg(ARRIVED), leg(DELIVERED)),
            ("never stored", leg(PICKED_UP), None),
        )
    ]
    with transaction(db):
        assert overlay(db, flat(*said, second=2)) == Merged(0, 3, 4, 2)
    assert broken_promises(db) == []
    found = db.execute(
        "select tracking_id, list(description order by leg desc, position)"
        " from core.live_events group by all"
    ).fetchall()
    words = [each["StatusDescription"] for each in (PICKED_UP, ARRIVED, DELIVERED)]
    picked_up, arrived, delivered = words
    assert dict(found) == {
        parcel_id("0"): [picked_up, delivered, arrived],
        parcel_id("1"): [picked_up, arrived, delivered],
        parcel_id("2"): [arrived, delivered],
        parcel_id("3"): [picked_up, arrived],
    }


def test_scans_that_lost_their_parcel_do_not_keep_an_answer_out(
    db: duckdb.DuckDBPyConnection,
) -> None:
    names = ("kept", "lost")
    load(db, *(parcel(name, origin_info=leg(PICKED_UP)) for name in names))
    db.execute("delete from core.trackings where tracking_id = ?", [parcel_id("lost")])
    said = [
        parcel(name, updated_at=stamp(2), origin_info=None, destination_info=leg(DELIVERED))
        for name in names
    ]
    with transaction(db):
        assert overlay(db, flat(*said, second=2)) == Merged(0, 1, 1)


def test_a_warehouse_of_a_release_that_knew_no_hash_is_looked_at(
    db: duckdb.DuckDBPyConnection,
) -> None:
    load(db, version(1, [PICKED_UP]))
    db.execute("update core.trackings set scans_hash = null")
    assert merged(db, version(2, [ARRIVED, PICKED_UP]), 2) == (Merged(0, 1, 1), True)
    assert merged(db, version(3, [DELIVERED, ARRIVED, PICKED_UP]), 3) == (Merged(0, 1, 1), False)


TOLD_BY_ITS_NAME = {"tracking_id", "leg", "event_time_raw", "description", "details", "repetition"}
OF_THE_ORDER = {"position"}
OF_THE_READING = {"account", "first_seen_at", "withdrawn_at", "run_id"}


def test_nothing_that_is_stored_of_a_scan_has_been_left_out() -> None:
    named_elsewhere = TOLD_BY_ITS_NAME | OF_THE_ORDER | OF_THE_READING
    assert set(SCAN_CONTENT) | named_elsewhere == set(TRACKING_EVENTS.column_names)


@pytest.mark.parametrize("column", SCAN_CONTENT)
def test_whatever_is_stored_of_a_scan_is_in_the_hash(column: str) -> None:
    """A carrier may say it otherwise, and so may a release that reads the same words."""
    events = flat(version(1, [ARRIVED, PICKED_UP])).events
    place = events.column_names.index(column)
    values = events[column].to_pylist()
    for other in (None, at(9).replace(tzinfo=None) if "time" in column else "other"):
        told = pa.array([other, *values[1:]], events.schema[place].type)
        if told[0] == events[column][0]:
            continue
        another = events.set_column(place, column, told)
        assert named(another) != named(events)


def named(events: pa.Table) -> list[int]:
    hashes: list[int] = scans_named(events, np.zeros(len(events), int), 1).scans_hash.to_pylist()
    return hashes
