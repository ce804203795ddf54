"""What was asked beside the parcels becomes rows, and replaces what was known of its subject."""

from typing import Any

import duckdb
import pytest

from tests.factories import at, rows
from trackingmore_v2 import findings
from trackingmore_v2.models import Payload
from trackingmore_v2.orders import Address, Lane
from transforms.account_tables import QUOTAS, REMOTE_AREAS, TRANSIT_BENCHMARKS
from transforms.air_waybills import air_waybill_rows
from transforms.quotas import quota_row
from transforms.remote_areas import remote_area_rows
from transforms.transit_benchmarks import transit_benchmark_rows
from warehouse import entries
from warehouse.enrichment import replace_rows, store_air_waybills
from warehouse.runway import Runway, runway

HERE, THERE = Address("US", "99501"), Address("NO", "0990")
LANE = Lane("dhl", "CN", "US")
BILL = "020-12345675"


def said(second: float = 0) -> dict[str, Any]:
    return {"account": "main", "fetched_at": at(second), "run_id": "run"}


def area(company: str, place: str = "99501", code: str = "US") -> Payload:
    return {"far_express_company": company, "two_code": code, "far_city_postcode": place}


def store_areas(
    db: duckdb.DuckDBPyConnection, *asked: Address, second: float = 0, **data: Any
) -> None:
    found = findings.remote_areas(asked, data)
    table = remote_area_rows(found, **said(second))
    replace_rows(db, REMOTE_AREAS, table, subject=REMOTE_AREAS.key[:-1])


def areas(db: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return db.execute(
        "select postcode, far_express_company, is_remote from core.remote_areas order by all"
    ).fetchall()


def test_an_address_has_a_row_for_each_courier_or_one_that_says_no(
    db: duckdb.DuckDBPyConnection,
) -> None:
    store_areas(db, HERE, THERE, remote=[area("ups"), area("dhl")])
    assert areas(db) == [("0990", "", False), ("99501", "dhl", True), ("99501", "ups", True)]


def test_a_new_answer_replaces_all_of_an_address_and_nothing_else(
    db: duckdb.DuckDBPyConnection,
) -> None:
    store_areas(db, HERE, THERE, remote=[area("ups"), area("dhl"), area("tnt", "0990", "NO")])
    store_areas(db, HERE, remote=[area("fedex")], second=9)
    assert areas(db) == [("0990", "tnt", True), ("99501", "fedex", True)]
    store_areas(db, HERE, remote=[], second=10)
    assert areas(db) == [("0990", "tnt", True), ("99501", "", False)]


def test_an_address_that_an_error_hit_is_neither(db: duckdb.DuckDBPyConnection) -> None:
    error = {"country": "NO", "postcode": "0990", "code": 4012}
    store_areas(db, HERE, THERE, remote=[], errors=[error])
    assert areas(db) == [("0990", "", None), ("99501", "", False)]
    (row,) = rows(db, "select message from core.remote_areas where is_remote is null")
    assert "4012" in row["message"]


def store_bills(db: duckdb.DuckDBPyConnection, *answered: Payload, second: float = 0) -> None:
    found = findings.air_waybills([BILL], answered)
    store_air_waybills(db, *air_waybill_rows(found, **said(second)))


def bill(*events: Payload, **fields: Any) -> Payload:
    return {"track_number": "020 12345675", "track_info": list(events), **fields}


def test_an_air_waybill_is_as_it_was_asked_for_last(db: duckdb.DuckDBPyConnection) -> None:
    store_bills(db, bill({"event": "Departed", "gate": 7}, weight=12.5, carbon=3))
    store_bills(
        db, bill({"event": "Arrived"}, {"event": "Departed"}, weight="13", piece=None), second=9
    )
    (row,) = rows(db, "from core.air_waybills")
    assert (row["air_waybill"], row["event_count"]) == (BILL, 2)
    assert (row["weight"], row["piece"], row["extra"]) == ("13", None, None)
    assert (row["first_seen_at"], row["fetched_at"]) == (at(0), at(9))
    kept = rows(db, "select position, event, extra from core.air_waybill_events order by 1")
    assert kept == [
        {"position": 1, "event": "Arrived", "extra": None},
        {"position": 2, "event": "Departed", "extra": None},
    ]


def test_fields_that_nobody_knows_are_kept(db: duckdb.DuckDBPyConnection) -> None:
    store_bills(db, bill({"event": "Departed", "gate": 7}, weight=12.5, carbon=3))
    assert rows(db, "select weight, extra from core.air_waybills") == [
        {"weight": "12.5", "extra": '{"carbon":3}'}
    ]
    assert rows(db, "select extra from core.air_waybill_events") == [{"extra": '{"gate":7}'}]


def test_a_waybill_that_lost_its_events_keeps_none(db: duckdb.DuckDBPyConnection) -> None:
    store_bills(db, bill({"event": "Departed"}))
    store_bills(db, bill(), second=1)
    store_bills(db, second=2)  # an answer about nobody
    assert rows(db, "select event_count from core.air_waybills") == [{"event_count": 0}]
    assert rows(db, "from core.air_waybill_events") == []


def test_every_reading_of_a_lane_stays(db: duckdb.DuckDBPyConnection) -> None:
    answer = {
        "carrier_code": "dhl",
        "original": "cn",
        "destination": "US",
        "total": "80",
        "delivered": 60,
        "range1": "12.5%",
        "range4": 0.5,
    }
    stranger = {**answer, "carrier_code": "usps"}
    for second in (0, 9, 9):
        found = findings.transit_times([LANE], [answer, stranger])
        table = transit_benchmark_rows(found, **said(second))
        replace_rows(db, TRANSIT_BENCHMARKS, table, subject=TRANSIT_BENCHMARKS.key)
    kept = rows(db, "select * exclude payload from core.transit_benchmarks order by fetched_at")
    assert [row["fetched_at"] for row in kept] == [at(0), at(9)]
    assert kept[0] == said() | {
        "carrier_code": "dhl",
        "original": "CN",
        "destination": "US",
        "total": 80,
        "delivered": 60,
        "days_0_7_share": 0.125,
        "days_7_15_share": None,
        "days_16_30_share": 0.5,
        "days_31_60_share": None,
    }


@pytest.mark.parametrize(
    ("payload", "left", "money"),
    [
        ({"track_number": 12, "money": 120}, 12, 120.0),
        ({"track_number": "12", "money": "1.5"}, 12, 1.5),
        ({"track_number": 0, "plan": {"remaining_order": 7}}, 0, None),
        ({"plan": {"remaining_order": 7}, "money": "a lot"}, 7, None),
        ({"plan": None}, None, None),
        ({}, None, None),
    ],
)
def test_credits_are_read_in_either_spelling(
    payload: Payload, left: int | None, money: float | None
) -> None:
    row = quota_row(payload | {"email": "one@shop.example"}, **said())
    assert row == said() | {"credits_left": left, "money": money}


def test_a_pace_takes_two_readings_a_day_apart(db: duckdb.DuckDBPyConnection) -> None:
    def read(day: float, left: int) -> Runway | None:
        row = quota_row({"track_number": left}, **said(day * 86_400))
        entries.insert(db, QUOTAS, row)
        return runway(db, "main")

    assert runway(db, "main") is None
    assert read(0, 100) is None
    assert read(0.5, 90) is None
    assert read(2, 80) == Runway(80, 10.0, 8.0)
    assert runway(db, "theirs") is None
