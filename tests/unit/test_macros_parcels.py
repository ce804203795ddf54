"""How long parcels took between any two milestones, and what was known of them at an instant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pytest

from tests.factories import at, load, parcel, parcel_id, rows, stamp, warehouse
from warehouse.connection import transaction
from warehouse.deletions import mark_deleted

# lead_time


def milestone(
    name: str,
    what: str,
    local: str,
    *,
    ahead: float = 0,
    error_hours: float | None = 0,
    account: str = "main",
) -> dict[str, Any]:
    """One milestone at a wall clock that is *ahead* hours ahead of UTC."""
    wall = datetime.fromisoformat(local)
    return {
        "account": account,
        "tracking_id": name,
        "milestone": what,
        "happened_at": wall.replace(tzinfo=UTC) - timedelta(hours=ahead),
        "local_at": wall,
        "error_hours": error_hours,
    }


def told(db: duckdb.DuckDBPyConnection, *milestones: dict[str, Any], name: str) -> None:
    db.execute(
        f"""
        create or replace temp table {name} (
            account varchar, tracking_id varchar, milestone varchar, happened_at timestamptz,
            local_at timestamp, error_hours double
        )
        """
    )
    for each in milestones:
        columns = ", ".join(f'${column} as "{column}"' for column in each)
        db.execute(f"insert into {name} by name select {columns}", each)


def test_a_lead_time_is_counted_in_five_ways(db: duckdb.DuckDBPyConnection) -> None:
    told(
        db,
        milestone("a", "picked_up", "2026-03-06 22:00", ahead=8),  # a Friday
        milestone("a", "departed_origin", "2026-03-07 09:00", ahead=8),
        milestone("a", "delivered", "2026-03-09 02:00", ahead=1, error_hours=1),
        name="told",
    )
    assert rows(db, "from lead_time('picked_up', 'delivered', milestones := 'told')") == [
        {
            "account": "main",
            "tracking_id": "a",
            "from_at": datetime(2026, 3, 6, 14, tzinfo=UTC),
            "to_at": datetime(2026, 3, 9, 1, tzinfo=UTC),
            "hours": 59.0,
            "days": pytest.approx(59 / 24),
            "date_changes": 3,
            "business_days": 1,
            "error_hours": 1.0,
        }
    ]


def test_a_lead_time_is_of_parcels_that_have_both_milestones(
    db: duckdb.DuckDBPyConnection,
) -> None:
    told(
        db,
        milestone("both", "picked_up", "2026-03-01 00:00"),
        milestone("both", "delivered", "2026-03-02 00:00"),
        milestone("one", "picked_up", "2026-03-01 00:00"),
        milestone("other", "delivered", "2026-03-01 00:00"),
        milestone("one", "delivered", "2026-03-02 00:00", account="theirs"),
        name="told",
    )
    assert rows(
        db,
        "select tracking_id, days from lead_time('picked_up', 'delivered', milestones := 'told')",
    ) == [{"tracking_id": "both", "days": 1.0}]
    assert rows(db, "from lead_time('delivered', 'lost', milestones := 'told')") == []


def test_a_lead_time_backwards_is_negative(db: duckdb.DuckDBPyConnection) -> None:
    told(
        db,
        milestone("a", "delivered", "2026-03-03 12:00"),
        milestone("a", "out_for_delivery", "2026-03-06 06:00"),
        name="told",
    )
    assert rows(
        db,
        """
        select hours, days, date_changes, business_days
        from lead_time('out_for_delivery', 'delivered', milestones := 'told')
        """,
    ) == [{"hours": -66.0, "days": -2.75, "date_changes": -3, "business_days": -3}]


def test_the_errors_of_two_clocks_add_up_and_a_doubtful_one_is_not_taken_for_sure(
    db: duckdb.DuckDBPyConnection,
) -> None:
    told(
        db,
        milestone("sum", "picked_up", "2026-03-01 00:00", error_hours=6),
        milestone("sum", "delivered", "2026-03-02 00:00", error_hours=4.5),
        milestone("unknown", "picked_up", "2026-03-01 00:00", error_hours=None),
        milestone("unknown", "delivered", "2026-03-02 00:00", error_hours=0),
        name="told",
    )
    assert rows(
        db,
        """
        select tracking_id, error_hours
        from lead_time('picked_up', 'delivered', milestones := 'told') order by all
        """,
    ) == [
        {"tracking_id": "sum", "error_hours": 10.5},
        {"tracking_id": "unknown", "error_hours": None},
    ]


def test_a_lead_time_is_that_of_marts_unless_said_otherwise() -> None:
    with warehouse() as db:
        assert rows(db, "from lead_time('picked_up', 'delivered')") == []
        told(
            db,
            milestone("a", "picked_up", "2026-03-01 00:00"),
            milestone("a", "delivered", "2026-03-01 18:00"),
            name="told",
        )
        db.execute("drop view marts.milestones")
        db.execute("create table marts.milestones as from told")
        assert rows(db, "select hours from lead_time('picked_up', 'delivered')") == [
            {"hours": 18.0}
        ]


# tracking_as_of


def known(db: duckdb.DuckDBPyConnection, second: float) -> dict[str, tuple[str, int, bool]]:
    """What was known at that second: status, events and whether gone, by parcel."""
    return {
        row["tracking_id"]: (row["status"], row["event_count"], row["is_deleted"])
        for row in rows(db, "from tracking_as_of($1)", [at(second)])
    }


def test_what_was_known_at_an_instant_is_known_again(db: duckdb.DuckDBPyConnection) -> None:
    a, b = parcel_id("a"), parcel_id("b")
    load(db, parcel("a", status="transit", updated_at=stamp(1)), second=10)
    load(
        db,
        parcel("a", status="delivered", updated_at=stamp(15)),
        parcel("b", status="pending", updated_at=stamp(15)),
        second=20,
    )
    with transaction(db):
        mark_deleted(db, "main", tracking_ids=[b], deleted_at=at(30), run_id="run at 30")
    events = {each: known(db, 25)[each][1] for each in (a, b)}
    assert known(db, 9.999) == {}
    assert known(db, 10) == known(db, 19.999) == {a: ("transit", events[a], False)}
    assert (
        known(db, 20)
        == known(db, 29.999)
        == {
            a: ("delivered", events[a], False),
            b: ("pending", events[b], False),
        }
    )
    assert (
        known(db, 30)
        == known(db, 1e6)
        == {
            a: ("delivered", events[a], False),
            b: ("pending", events[b], True),
        }
    )


def test_an_instant_may_be_a_text(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel("a", status="transit"), second=0)
    assert rows(db, "select status from tracking_as_of('2026-03-01 09:00:00+01')") == [
        {"status": "transit"}
    ]
    assert rows(db, "select status from tracking_as_of('2026-03-01 08:59:59+01')") == []


def test_nothing_that_was_learned_later_is_told(db: duckdb.DuckDBPyConnection) -> None:
    names = [
        name
        for (name,) in db.execute(
            "select column_name from (describe from tracking_as_of(now()))"
        ).fetchall()
    ]
    assert "valid_from" in names
    assert "valid_to" not in names
