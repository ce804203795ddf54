"""What queues hold is read as texts; which parcels there are is known by carrier and number."""

import duckdb
import pytest

from tests.factories import at, load, parcel, parcel_id
from trackingmore_v2.models import TrackingRef
from warehouse.deletions import mark_deleted
from warehouse.queues import queued, registered, tracking_ids

DHL, USPS = (TrackingRef(code, "12345") for code in ("dhl", "usps"))


@pytest.fixture
def held(db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Two parcels of one number, of which the first is gone, and one of another account."""
    load(db, parcel("one", **DHL._asdict()), parcel("two", **USPS._asdict()))
    load(db, parcel("three", carrier_code="ups", tracking_number="7"), account="theirs")
    mark_deleted(db, "main", tracking_ids=[parcel_id("one")], deleted_at=at(5), run_id="r")
    return db


def test_every_cell_of_a_queue_is_a_text(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        "insert into queues.air_waybills_to_follow values ('main', '020-1', null),"
        " ('main', '020-2', '2026-03-01 08:00:00+00'), ('theirs', '020-3', null)"
    )
    columns = ("air_waybill", "follow_until")
    assert queued(db, "main", "air_waybills_to_follow", columns) == [
        {"air_waybill": "020-1", "follow_until": ""},
        {"air_waybill": "020-2", "follow_until": "2026-03-01 08:00:00+00"},
    ]
    assert queued(db, "nobody", "air_waybills_to_follow", columns) == []


def test_a_queue_s_booleans_are_words(db: duckdb.DuckDBPyConnection) -> None:
    long_ago = "2026-01-01 10:00"
    load(db, parcel("one", status="delivered", lastUpdateTime=long_ago, archived=False))
    (row,) = queued(db, "main", "trackings_to_annotate", ("tracking_number", "archived"))
    assert row == {"tracking_number": parcel("one")["tracking_number"], "archived": "true"}


def test_what_is_gone_is_registered_no_more_but_was_once(held: duckdb.DuckDBPyConnection) -> None:
    assert registered(held, "main") == {USPS}
    assert registered(held, "main", ever=True) == {DHL, USPS}
    assert registered(held, "nobody") == set()


def test_ids_are_those_of_live_parcels_named(held: duckdb.DuckDBPyConnection) -> None:
    assert tracking_ids(held, "main", [DHL, USPS]) == [parcel_id("two")]
    assert tracking_ids(held, "main", [TrackingRef("ups", "7")]) == []
    assert tracking_ids(held, "main", []) == []
