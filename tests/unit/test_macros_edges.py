"""The survival macros say no more than is known: where few are left, or none, or nobody was."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.factories import rows, warehouse

Parcel = tuple[str | None, float | None, int | None]
"""Its stratum, how long it was followed, how that ended."""


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse() as db:
        db.execute("create temp table parcels (grp varchar, t double, event integer, entry double)")
        yield db


def tell(db: duckdb.DuckDBPyConnection, parcels: list[Parcel]) -> None:
    db.execute("delete from parcels")
    db.executemany("insert into parcels values ($1, $2, $3, 0)", [list(each) for each in parcels])


def percentile(db: duckdb.DuckDBPyConnection, parcels: list[Parcel], p: float) -> dict[str, Any]:
    tell(db, parcels)
    (found,) = rows(db, f"from km_percentiles('parcels', percentiles := [{p}])")
    return found


@pytest.mark.parametrize(
    ("open_before", "delivered", "open_after", "is_publishable"),
    [
        (90, 5, 5, False),  # one too few are delivered
        (90, 6, 4, True),
        (91, 5, 4, False),
        (91, 6, 3, False),  # nine at risk
        (0, 6, 6, True),
        (0, 6, 7, False),  # not reached
        (0, 10, 0, True),
    ],
)
def test_the_median_is_publishable_from_6_delivered_and_10_at_risk(
    db: duckdb.DuckDBPyConnection,
    open_before: int,
    delivered: int,
    open_after: int,
    is_publishable: bool,
) -> None:
    ends = Counter(
        {("a", 1.0, 0): open_before, ("a", 2.0, 1): delivered, ("a", 3.0, 0): open_after}
    )
    found = percentile(db, list(ends.elements()), 0.5)
    assert found["delivered_count"] == delivered
    assert found["at_risk_count"] in (None, delivered + open_after)
    assert found["is_publishable"] is is_publishable


def test_a_percentile_out_of_reach_is_unknown_and_at_least_something(
    db: duckdb.DuckDBPyConnection,
) -> None:
    found = percentile(db, [("a", float(day), int(day % 4 == 3)) for day in range(1, 41)], 0.95)
    assert (found["t"], found["t_high"], found["at_risk_count"]) == (None, None, None)
    assert found["t_low"] == found["at_least"] == 39
    found = percentile(db, [("a", float(day), 0) for day in range(1, 41)], 0.5)
    assert (found["t_low"], found["at_least"], found["t_max"]) == (None, 40, 40)
    assert (found["delivered_count"], found["censored_share"]) == (0, 1)


def test_where_nobody_is_left_the_limit_is_the_last_that_was_known(
    db: duckdb.DuckDBPyConnection,
) -> None:
    tell(db, [("a", 1.0, 1), ("a", 2.0, 1)])
    first, last = rows(db, "from km_curve('parcels') order by t")
    assert (last["survival"], last["survival_low"], last["survival_se"]) == (0, 0, None)
    assert last["survival_high"] == first["survival_high"] > 0.5
    first, last = rows(db, "from aj_curve('parcels', causes := [1]) order by t")
    assert (last["incidence"], last["incidence_high"]) == (1, 1)
    assert last["incidence_low"] == first["incidence_low"] < 0.5
    tell(db, [("a", 1.0, 1)])
    assert rows(db, "select survival_low, survival_high from km_curve('parcels')") == [
        {"survival_low": 0, "survival_high": 1}
    ]


def test_delivered_on_the_day_of_the_first_scan_counts(db: duckdb.DuckDBPyConnection) -> None:
    tell(db, [("a", 0.0, 1), ("a", 2.0, 1), ("a", 4.0, 1), ("a", 4.0, 0)])
    assert rows(db, "select rmst, is_complete from km_rmst('parcels', 3)") == [
        {"rmst": 2 * 0.75 + 1 * 0.5, "is_complete": True}
    ]


def test_a_day_beyond_what_was_followed_is_unknown(db: duckdb.DuckDBPyConnection) -> None:
    tell(db, [("open", 2.0, 1), ("open", 5.0, 0), ("done", 2.0, 1), ("done", 5.0, 1)])
    assert rows(
        db,
        """
        select grp, day, delivered_share, at_risk_count
        from km_at('parcels', days := [1, 5, 6]) order by all
        """,
    ) == [
        {"grp": "done", "day": 1, "delivered_share": 0, "at_risk_count": 2},
        {"grp": "done", "day": 5, "delivered_share": 1, "at_risk_count": 1},
        {"grp": "done", "day": 6, "delivered_share": 1, "at_risk_count": 0},
        {"grp": "open", "day": 1, "delivered_share": 0, "at_risk_count": 2},
        {"grp": "open", "day": 5, "delivered_share": 0.5, "at_risk_count": 1},
        {"grp": "open", "day": 6, "delivered_share": None, "at_risk_count": 0},
    ]


def test_a_parcel_whose_time_or_end_is_unknown_is_left_out(db: duckdb.DuckDBPyConnection) -> None:
    tell(db, [("a", 1.0, 1), ("a", None, 1), ("a", 1.0, None)])
    assert rows(db, "from risk_table('parcels')") == [
        {
            "grp": "a",
            "cause": 1,
            "t": 1.0,
            "at_risk_count": 1,
            "exit_count": 1,
            "event_count": 1,
            "cause_count": 1,
        }
    ]


def test_an_end_that_is_not_asked_for_ends_a_parcel_all_the_same(
    db: duckdb.DuckDBPyConnection,
) -> None:
    tell(db, [("a", 1.0, 7), ("a", 2.0, 1), ("a", 3.0, 0), ("a", 3.0, 0)])
    assert rows(
        db, "select t, survival, incidence from aj_curve('parcels', causes := [1]) order by t"
    ) == [
        {"t": 1.0, "survival": 0.75, "incidence": 0.0},
        {"t": 2.0, "survival": pytest.approx(0.5), "incidence": pytest.approx(0.25)},
        {"t": 3.0, "survival": pytest.approx(0.5), "incidence": pytest.approx(0.25)},
    ]


@pytest.mark.parametrize(
    "macro",
    [
        "risk_table('parcels')",
        "km_curve('parcels')",
        "km_curve_entry('parcels')",
        "km_percentiles('parcels')",
        "km_at('parcels')",
        "km_rmst('parcels', 30)",
        "aj_curve('parcels')",
    ],
)
def test_of_nothing_there_is_nothing_and_no_stratum_is_one(
    db: duckdb.DuckDBPyConnection, macro: str
) -> None:
    db.execute("delete from parcels")
    assert rows(db, f"from {macro}") == []
    tell(db, [(None, 1.0, 1), (None, 2.0, 0)])
    assert {row["grp"] for row in rows(db, f"from {macro}")} == {None}
