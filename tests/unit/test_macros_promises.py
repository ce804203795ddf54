"""What the survival macros promise of any parcels at all."""

from collections.abc import Iterator
from itertools import pairwise
from math import isclose
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import rows, warehouse

Parcel = tuple[str, float, int]
"""Its stratum, how long it was followed, how that ended."""

UNHURRIED = settings(deadline=None, max_examples=60)
TIMES = st.integers(0, 12).map(float) | st.floats(0, 60).map(lambda t: round(t, 3))
ENDS = st.sampled_from([0, 0, 1, 1, 1, 2, 3])
PARCELS = st.lists(st.tuples(st.sampled_from("ab"), TIMES, ENDS), min_size=1, max_size=40)
DELIVERED = st.lists(st.tuples(st.sampled_from("ab"), TIMES, st.just(1)), min_size=1, max_size=40)
TINY = 1e-9


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse() as db:
        db.execute("create temp table parcels (grp varchar, t double, event integer, entry double)")
        yield db


def tell(db: duckdb.DuckDBPyConnection, parcels: list[Parcel], entry: float | None = None) -> None:
    db.execute("delete from parcels")
    columns = [list(column) for column in zip(*parcels, strict=True)] or [[], [], []]
    db.execute(
        "insert into parcels select unnest($1), unnest($2), unnest($3), $4", [*columns, entry]
    )


def by_stratum(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {
        grp: [row for row in found if row["grp"] == grp] for grp in {row["grp"] for row in found}
    }


# Any parcels


@UNHURRIED
@given(parcels=PARCELS)
def test_incidences_and_survival_add_up_to_one(
    db: duckdb.DuckDBPyConnection, parcels: list[Parcel]
) -> None:
    tell(db, parcels)
    sums = rows(
        db,
        """
        select sum(incidence) + any_value(survival) as whole, count(*) as causes
        from aj_curve('parcels') group by grp, t
        """,
    )
    assert len(sums) == len({(grp, t) for grp, t, _ in parcels})
    assert all(isclose(row["whole"], 1, abs_tol=TINY) and row["causes"] == 3 for row in sums)


@UNHURRIED
@given(parcels=PARCELS)
def test_every_estimate_lies_within_its_limits_and_moves_one_way(
    db: duckdb.DuckDBPyConnection, parcels: list[Parcel]
) -> None:
    tell(db, parcels)
    for stratum in by_stratum(rows(db, "from km_curve('parcels') order by grp, t")).values():
        survival = [row["survival"] for row in stratum]
        assert all(after <= before + TINY for before, after in pairwise([1.0, *survival]))
        for row in stratum:
            low, high = row["survival_low"], row["survival_high"]
            assert 0 <= low <= row["survival"] + TINY <= high + 2 * TINY <= 1 + 3 * TINY
    for row in rows(db, "from aj_curve('parcels')"):
        low, high = row["incidence_low"], row["incidence_high"]
        assert -TINY <= low <= row["incidence"] + TINY <= high + 2 * TINY <= 1 + 3 * TINY
        assert row["incidence_se"] >= 0


@UNHURRIED
@given(parcels=PARCELS)
def test_percentiles_rise_and_lie_within_their_limits(
    db: duckdb.DuckDBPyConnection, parcels: list[Parcel]
) -> None:
    tell(db, parcels)
    for stratum in by_stratum(rows(db, "from km_percentiles('parcels') order by grp, p")).values():
        assert [row["p"] for row in stratum] == [0.5, 0.8, 0.9, 0.95]
        for name in ("t", "t_low", "t_high", "at_least"):
            found = [row[name] for row in stratum if row[name] is not None]
            assert found == sorted(found)
            assert [row[name] for row in stratum[len(found) :]] == [None] * (4 - len(found))
        for row in stratum:
            known = [row[each] for each in ("t_low", "t", "t_high") if row[each] is not None]
            assert known == sorted(known)
            assert row["at_least"] == (row["t_max"] if row["t_low"] is None else row["t_low"])
            assert row["is_publishable"] <= (row["t"] is not None and row["at_risk_count"] >= 10)


@UNHURRIED
@given(parcels=PARCELS)
def test_followed_from_the_beginning_is_entry_at_0(
    db: duckdb.DuckDBPyConnection, parcels: list[Parcel]
) -> None:
    tell(db, parcels, entry=0)
    assert rows(db, "from km_curve_entry('parcels') order by grp, t") == [
        {
            name: pytest.approx(value, abs=TINY) if name != "grp" else value
            for name, value in row.items()
        }
        for row in rows(db, "from km_curve('parcels') order by grp, t")
    ]


@UNHURRIED
@given(parcels=PARCELS, tau=st.floats(0.5, 80))
def test_a_restricted_mean_is_no_more_than_tau(
    db: duckdb.DuckDBPyConnection, parcels: list[Parcel], tau: float
) -> None:
    tell(db, parcels)
    found = rows(db, "from km_rmst('parcels', $1)", [tau])
    assert {row["grp"] for row in found} == {grp for grp, _, _ in parcels}
    assert all((row["rmst"] or 0) <= tau + TINY for row in found)


# Parcels that are all delivered


@UNHURRIED
@given(parcels=DELIVERED)
def test_without_open_parcels_everything_is_as_counted(
    db: duckdb.DuckDBPyConnection, parcels: list[Parcel]
) -> None:
    tell(db, parcels)
    times = {grp: sorted(t for each, t, _ in parcels if each == grp) for grp, _, _ in parcels}
    for row in rows(db, "from km_curve('parcels')"):
        left = sum(t > row["t"] for t in times[row["grp"]])
        assert row["survival"] == pytest.approx(left / len(times[row["grp"]]), abs=TINY)
    for row in rows(db, "from aj_curve('parcels', causes := [1])"):
        done = sum(t <= row["t"] for t in times[row["grp"]])
        assert row["incidence"] == pytest.approx(done / len(times[row["grp"]]), abs=TINY)
    for row in rows(db, "from km_percentiles('parcels')"):
        ranked = times[row["grp"]]
        first = next(t for k, t in enumerate(ranked, 1) if k >= row["p"] * len(ranked) - TINY)
        assert row["t"] == first
    for row in rows(db, "from km_rmst('parcels', 60)"):
        ranked = times[row["grp"]]
        assert row["rmst"] == pytest.approx(sum(ranked) / len(ranked), abs=TINY)
        assert row["is_complete"]
