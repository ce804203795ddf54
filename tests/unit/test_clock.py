"""Wall clocks are read on the side of the border where they hang, and doubt is said."""

import logging
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from tests.factories import rows
from transforms import countries
from warehouse import vocabulary


@pytest.fixture
def db(db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    vocabulary.ensure(db)
    return db


def insert(db: duckdb.DuckDBPyConnection, table: str, **row: Any) -> None:
    columns = ", ".join(f'${name} as "{name}"' for name in row)
    db.execute(f"insert into {table} by name select {columns}", row)


def tell(
    db: duckdb.DuckDBPyConnection, lane: tuple[str | None, str | None], *scans: tuple[str, str, str]
) -> dict[str, dict[str, Any]]:
    """Return the events of a parcel on that lane by time, text and place of its scans."""
    origin, destination = lane
    insert(
        db,
        "core.trackings",
        account="main",
        tracking_id="a",
        original_country=origin,
        destination_country=destination,
    )
    for position, (time, says, where) in enumerate(scans, 1):
        insert(
            db,
            "core.tracking_events",
            account="main",
            tracking_id="a",
            event_id=str(position),
            leg="origin",
            position=position,
            event_time_raw=time,
            event_time_local=datetime.fromisoformat(time),
            description=says,
            details=where,
        )
    vocabulary.name_countries(db, "main")
    vocabulary.classify_new(db, "main")
    return {row["said"]: row for row in rows(db, "from build.events order by event_time_local")}


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_every_countrys_zone_is_one_that_duckdb_knows(db: duckdb.DuckDBPyConnection) -> None:
    unknown = rows(
        db,
        """
        select iso2, main_zone from ref.countries
        where main_zone not in (select name from pg_timezone_names())
        """,
    )
    assert unknown == []


@pytest.mark.parametrize(
    ("iso2", "zone", "error_hours"),
    [
        ("CN", "Asia/Shanghai", 0.0),
        ("US", "America/New_York", 6.0),
        ("RU", "Europe/Moscow", 9.0),
        ("CA", "America/Toronto", 3.0),
        ("BR", "America/Sao_Paulo", 3.0),
        ("AU", "Australia/Sydney", 3.0),
        ("UA", "Europe/Kyiv", 1.0),
        ("ES", "Europe/Madrid", 1.0),
        ("DE", "Europe/Berlin", 0.0),
        ("NA", "Africa/Windhoek", 0.0),
        ("XK", "Europe/Belgrade", 0.0),
    ],
)
def test_a_country_has_the_clock_of_most_of_its_people(
    iso2: str, zone: str, error_hours: float
) -> None:
    (country,) = (each for each in countries.countries() if each.iso2 == iso2)
    assert (country.main_zone, country.error_hours) == (zone, error_hours)


def test_nine_countries_of_ten_have_one_clock() -> None:
    clocks = [each.error_hours for each in countries.countries() if each.main_zone]
    assert len(clocks) > 240
    assert 0.88 < clocks.count(0.0) / len(clocks) < 0.92


@pytest.mark.parametrize(
    ("name", "iso2"),
    [
        ("Korea, South", "KR"),
        ("Korea, Republic of", "KR"),
        ("UAE", "AE"),
        ("Hong Kong [CN]", "HK"),
        ("United States of America (the)", "US"),
        ("US", "US"),
        ("uk", "GB"),
        (" Netherlands (the) ", "NL"),
        ("Cape Verde", "CV"),
        ("Россия", "RU"),
        ("中国", "CN"),
        ("España", "ES"),
        ("NA", "NA"),
        ("Namibia", "NA"),
    ],
)
def test_a_country_is_known_however_it_is_spelt(name: str, iso2: str) -> None:
    found = countries.iso2_of([name])[name]
    assert found is not None
    assert found[0] == iso2


@pytest.mark.parametrize("name", ["Ratangarh", "", "??", "Europe", "not found"])
def test_what_is_no_countrys_name_is_none(name: str) -> None:
    assert countries.iso2_of([name]) == {name: None}


def test_names_are_looked_up_once_an_edition(db: duckdb.DuckDBPyConnection) -> None:
    for name in ("UAE", "UAE", "Korea, South", "Ratangarh", " ", None):
        insert(db, "core.trackings", account="main", original_country=name)
    assert vocabulary.name_countries(db, "main") == 3
    assert vocabulary.name_countries(db, "main") == 0
    assert rows(db, "select name, iso2, said_by from core.country_names order by name") == [
        {"name": "Korea, South", "iso2": "KR", "said_by": "library"},
        {"name": "Ratangarh", "iso2": None, "said_by": None},
        {"name": "UAE", "iso2": "AE", "said_by": "override"},
    ]
    db.execute("update core.country_names set edition = 'before', iso2 = 'XX'")
    assert vocabulary.name_countries(db, "main") == 3
    assert rows(db, "select count(*) as count from core.country_names where iso2 = 'XX'") == [
        {"count": 0}
    ]


def test_a_parcel_may_arrive_before_it_left_by_the_wall_clocks(
    db: duckdb.DuckDBPyConnection,
) -> None:
    told = tell(
        db,
        ("China", "United States"),
        ("2026-01-14 18:00", "Arrived at inward office of exchange", "LOS ANGELES, CA 90009"),
        ("2026-01-14 20:30", "Departure from outward office of exchange", ""),
        ("2026-01-12 20:30", "Acceptance", "Shenzhen, CHINA"),
    )
    assert told["Acceptance"]["happened_at"] == utc(1, 12, 12, 30)
    assert told["Departure from outward office of exchange"]["happened_at"] == utc(1, 14, 12, 30)
    arrived = told["Arrived at inward office of exchange"]
    assert arrived["happened_at"] == utc(1, 14, 23)
    assert arrived["clock_confidence"] == "country_main_zone"
    assert arrived["event_time_error_hours"] == 6.0


def test_the_array_is_no_place_and_what_is_named_is(db: duckdb.DuckDBPyConnection) -> None:
    told = tell(
        db,
        ("China", "Germany"),
        ("2026-01-10 10:00", "Acceptance", ""),
        ("2026-01-11 10:00", "Sorted", "Leipzig, Germany"),
        ("2026-01-12 10:00", "Moving", "CN, Shenzhen"),
        ("2026-01-13 10:00", "Handed over to airline", ""),
        ("2026-01-14 10:00", "In transit", "Singapore"),
        ("2026-01-15 10:00", "En route", "JAMAICA, NY 11430"),
        ("2026-01-16 10:00", "Presented to customs", ""),
    )
    assert {said: (row["side"], row["time_zone"]) for said, row in told.items()} == {
        "Acceptance": ("origin", "Asia/Shanghai"),
        "Sorted": ("destination", "Europe/Berlin"),
        "Moving": ("origin", "Asia/Shanghai"),
        "Handed over to airline": ("origin", "Asia/Shanghai"),
        "In transit": ("unknown", "Asia/Singapore"),
        "En route": ("unknown", None),
        "Presented to customs": ("destination", "Europe/Berlin"),
    }


def test_who_leaves_is_where_it_came_from_wherever_it_is_bound(
    db: duckdb.DuckDBPyConnection,
) -> None:
    told = tell(db, ("China", "Norway"), ("2026-01-10 10:00", "离开深圳国际互换局，发往目的国", ""))
    assert [(row["milestone"], row["side"]) for row in told.values()] == [
        ("departed_origin", "origin")
    ]


def test_customs_are_those_of_the_side_that_is_known(db: duckdb.DuckDBPyConnection) -> None:
    told = tell(
        db,
        ("China", "Germany"),
        ("2026-01-10 10:00", "Customs clearance processing", ""),
        ("2026-01-11 10:00", "Presented to import customs", ""),
        ("2026-01-12 10:00", "Presented to export customs", ""),
    )
    assert [row["side"] for row in told.values()] == ["unknown", "destination", "origin"]


def test_who_turns_back_is_somewhere_until_the_sender_has_it(
    db: duckdb.DuckDBPyConnection,
) -> None:
    told = tell(
        db,
        ("China", "Germany"),
        ("2026-01-10 10:00", "Delivery attempted", ""),
        ("2026-01-11 10:00", "Return to sender", ""),
        ("2026-01-12 10:00", "Sorted", ""),
        ("2026-01-13 10:00", "Returned to sender", ""),
    )
    assert {said: row["side"] for said, row in told.items()} == {
        "Delivery attempted": "destination",
        "Return to sender": "destination",
        "Sorted": "unknown",
        "Returned to sender": "origin",
    }


def test_at_home_there_is_one_clock_on_both_sides(db: duckdb.DuckDBPyConnection) -> None:
    told = tell(
        db,
        ("Germany", "Deutschland"),
        ("2026-07-10 10:00", "Abgeholt", ""),
        ("2026-07-10 16:00", "Zugestellt", ""),
    )
    assert [(row["is_domestic"], row["happened_at"]) for row in told.values()] == [
        (True, utc(7, 10, 8)),
        (True, utc(7, 10, 14)),
    ]


def test_nobody_knows_the_clock_of_an_unnamed_country(db: duckdb.DuckDBPyConnection) -> None:
    told = tell(db, ("China", None), ("2026-01-10 10:00", "Delivered", ""))
    assert told["Delivered"]["side"] == "destination"
    assert told["Delivered"]["clock_confidence"] == "unknown"
    assert told["Delivered"]["happened_at"] == utc(1, 10, 10)
    assert told["Delivered"]["event_time_error_hours"] == 14.0


def test_two_letters_do_where_the_name_is_missing(db: duckdb.DuckDBPyConnection) -> None:
    tell(db, ("China", None), ("2026-01-10 10:00", "Delivered", ""))
    db.execute("update core.trackings set destination_code = 'de'")
    assert rows(db, "select destination_iso2, time_zone from build.events") == [
        {"destination_iso2": "DE", "time_zone": "Europe/Berlin"}
    ]


def test_summer_time_is_the_zones_own(db: duckdb.DuckDBPyConnection) -> None:
    told = tell(
        db,
        ("Germany", "Germany"),
        ("2026-03-28 12:00", "Sorted", ""),
        ("2026-03-30 12:00", "Delivered", ""),
    )
    assert told["Sorted"]["happened_at"] == utc(3, 28, 11)
    assert told["Delivered"]["happened_at"] == utc(3, 30, 10)


def test_the_library_of_names_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert countries.iso2_of(["Nowhere at all"]) == {"Nowhere at all": None}
    assert caplog.records == []
