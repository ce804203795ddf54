"""What the marts say of simulated parcels is what is true of them, or becomes true.

The truth is known because it was drawn: how long each parcel takes, and how that ends. What the
marts are shown is what can be seen of it on one day.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import numpy as np
import pandas as pd
import pytest

from benchmarks.honesty import SITUATIONS, Honesty, Situation, measured
from tests.factories import rows, warehouse

TODAY = datetime(2026, 6, 1, tzinfo=UTC)
ACCOUNTS, PARCELS = 60, 1500
LANES = {"CN>NO": 14, "CN>US": 22, "DE>NO": 3}  # median days
BIASED = tuple(each for each in SITUATIONS if each.growth or each.window <= 30)


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse() as db:
        yield db


@pytest.fixture(scope="module")
def honesty(db: duckdb.DuckDBPyConnection) -> dict[Situation, Honesty]:
    return measured(db, SITUATIONS, runs=200, parcels=500, seed=1)


@pytest.mark.parametrize("situation", BIASED, ids=lambda situation: situation.name)
def test_percentiles_are_right_where_those_of_delivered_parcels_are_not(
    honesty: dict[Situation, Honesty], situation: Situation
) -> None:
    found = honesty[situation]
    assert found.open_share > 0.25
    assert found.naive_mean_error < -0.05
    assert found.naive_p90_error < -0.05
    assert abs(found.p50_error) < 0.02
    assert 0.92 <= found.p50_covered <= 0.98


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.name)
def test_p90_is_right_or_withheld(honesty: dict[Situation, Honesty], situation: Situation) -> None:
    found = honesty[situation]
    if situation.name == "18 days, last 30 days":
        assert found.p90_published < 0.1
    else:
        assert found.p90_published > 0.9
        assert abs(found.p90_error) < 0.02
        assert 0.92 <= found.p90_covered <= 0.98


@pytest.fixture(scope="module")
def seen(db: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Accounts of parcels as they are today; `truth` says what becomes of those on the way."""
    random = np.random.default_rng(7)
    count = ACCOUNTS * PARCELS
    lane = random.choice([*LANES], count)
    days = np.array([LANES[each] for each in lane]) * np.exp(0.4 * random.standard_normal(count))
    code = np.where(random.random(count) < 0.9, 1, random.integers(2, 4, count))
    age = random.random(count) * 90
    ended = days <= age
    parcels = pd.DataFrame(
        {
            "account": [f"account {number // PARCELS}" for number in range(count)],
            "tracking_id": [str(number) for number in range(count)],
            "carrier_code": "post",
            "lane": lane,
            "outcome_code": np.where(ended, code, 0),
            "outcome": np.where(
                ended, np.array(["", "delivered", "returned", "lost"])[code], "open"
            ),
            "observed_days": np.minimum(days, age),
            "first_scan_at": TODAY - pd.to_timedelta(age, unit="D"),
            "is_deleted": False,
            "is_delivered_soon": (code == 1) & ~ended & (days <= age + 7),
            "is_delivered_ever": (code == 1) & ~ended,
        }
    )
    db.register("parcels", parcels)
    db.execute(
        "insert into marts.shipments by name"
        " select * exclude (is_delivered_soon, is_delivered_ever) from parcels"
    )
    db.execute(
        "insert into ops.watermarks by name select distinct account, 'update_time' as scope,"
        " $today as watermark_at from parcels",
        {"today": TODAY},
    )
    db.execute("create temp table truth as from parcels")
    db.execute("create temp table forecasts as from marts.delivery_chances")
    db.unregister("parcels")
    return db


@pytest.mark.parametrize(
    ("chance", "becomes_true"),
    [
        ("p_delivered_next_7d", "is_delivered_soon"),
        ("p_delivered_eventually", "is_delivered_ever"),
    ],
)
def test_of_parcels_with_a_chance_that_share_arrives(
    seen: duckdb.DuckDBPyConnection, chance: str, becomes_true: str
) -> None:
    bins = rows(
        seen,
        f"""
        select
            count(*) as parcels,
            avg({chance}) as expected,
            avg({becomes_true}::int) as happened
        from forecasts
        join truth using (account, tracking_id)
        where {chance} is not null
        group by least(4, floor({chance} * 5))
        having count(*) > 200
        order by expected
        """,
    )
    assert len(bins) == (5 if chance == "p_delivered_next_7d" else 1)
    for found in bins:
        luck = (found["expected"] * (1 - found["expected"]) / found["parcels"]) ** 0.5
        # the curves, too, are of parcels that had their luck
        assert abs(found["happened"] - found["expected"]) < 4 * luck + 0.01


def test_as_many_arrive_as_are_forecast(seen: duckdb.DuckDBPyConnection) -> None:
    ((expected, happened, within, accounts),) = seen.execute(
        """
        with sums as (
            select
                account,
                sum(p_delivered_next_7d) as expected,
                sqrt(sum(p_delivered_next_7d * (1 - p_delivered_next_7d))) as error,
                count(*) filter (where is_delivered_soon) as happened
            from forecasts
            join truth using (account, tracking_id)
            where p_delivered_next_7d is not null
            group by account
        )
        select
            sum(expected),
            sum(happened),
            count(*) filter (where abs(happened - expected) <= 1.96 * error),
            count(*)
        from sums
        """
    ).fetchall()
    assert accounts == ACCOUNTS
    assert expected == pytest.approx(happened, rel=0.03)
    assert within / accounts >= 0.8  # luck alone would be 0.95


def test_hardly_a_parcel_has_no_forecast(seen: duckdb.DuckDBPyConnection) -> None:
    ((unknown, open_count),) = seen.execute(
        "select sum(unknown_count), sum(open_count) from marts.arrivals_forecast"
        " where carrier_code = '(all)' and account <> '(all)'"
    ).fetchall()
    ((told,),) = seen.execute("select count(*) from forecasts").fetchall()
    assert unknown == open_count - told
    assert unknown < open_count / 50
