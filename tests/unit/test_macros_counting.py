"""Business days are numpy's, the limits of a share are scipy's, a percentile needs what it says."""

from datetime import date, datetime, timedelta
from random import Random

import duckdb
import numpy as np
import pytest

Z = 1.959963984540054


def test_business_days_are_those_of_numpy(db: duckdb.DuckDBPyConnection) -> None:
    random = Random(20260301)
    first = date(1960, 1, 1)
    pairs = []
    for _ in range(5000):
        day = first + timedelta(days=random.randrange(40_000))
        pairs.append((day, day + timedelta(days=random.choice((random.randrange(9), 10_000)))))
    froms, tos = (np.array(days, dtype="datetime64[D]") for days in zip(*pairs, strict=True))
    db.execute(
        "create or replace temp table pairs as select unnest($1) as a, unnest($2) as b",
        (
            [a for a, _ in pairs],
            [b for _, b in pairs],
        ),
    )
    counted = db.execute(
        "select business_days(a, b) as there, business_days(b, a) as back from pairs"
    ).fetchnumpy()
    expected = np.busday_count(froms + 1, tos + 1)
    assert len(counted["there"]) == 5000
    assert (counted["there"] == expected).all()
    assert (counted["back"] == -expected).all()


@pytest.mark.parametrize(
    ("begin", "end", "count"),
    [
        (date(2026, 3, 6), date(2026, 3, 6), 0),  # a Friday
        (date(2026, 3, 6), date(2026, 3, 7), 0),
        (date(2026, 3, 6), date(2026, 3, 9), 1),
        (date(2026, 3, 7), date(2026, 3, 8), 0),
        (date(2026, 3, 2), date(2026, 3, 9), 5),
        (date(2026, 3, 9), date(2026, 3, 2), -5),
        (date(1969, 12, 31), date(1970, 1, 5), 3),
        (datetime(2026, 3, 6, 23, 59), datetime(2026, 3, 9, 0, 1), 1),  # noqa: DTZ001 wall clocks
        (None, date(2026, 3, 9), None),
    ],
)
def test_business_days_begin_the_day_after(
    db: duckdb.DuckDBPyConnection, begin: date | None, end: date, count: int | None
) -> None:
    assert db.execute("select business_days(?, ?)", [begin, end]).fetchall() == [(count,)]


def test_the_limits_of_a_share_are_those_of_scipy(db: duckdb.DuckDBPyConnection) -> None:
    from scipy.stats import binomtest

    shares = [(k, n) for n in (1, 2, 7, 30) for k in range(n + 1)]
    shares += [(0, 3_000_000), (1_234_567, 3_000_000), (3_000_000, 3_000_000)]
    for k, n in shares:
        ((low, high),) = db.execute(
            "select wilson($k::integer, $n::integer).low, wilson($k::integer, $n::integer).high",
            {"k": k, "n": n},
        ).fetchall()
        expected = binomtest(k, n).proportion_ci(0.95, method="wilson")
        assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
        assert 0 <= low <= k / n <= high <= 1


def test_a_share_of_nothing_has_no_limits(db: duckdb.DuckDBPyConnection) -> None:
    assert db.execute("select wilson(0, 0), wilson(null, 3), wilson(2, null)").fetchall() == [
        (None, None, None)
    ]


def test_the_limits_of_a_share_widen_with_z(db: duckdb.DuckDBPyConnection) -> None:
    ((narrow, usual, wide),) = db.execute(
        f"select wilson(3, 40, z := 1), wilson(3, 40, z := {Z}), wilson(3, 40, z := 3)"
    ).fetchall()
    assert wide["low"] < usual["low"] < narrow["low"] < narrow["high"] < usual["high"]
    assert usual["high"] < wide["high"]
    assert db.execute("select wilson(3, 40)").fetchall() == [(usual,)]


def test_a_percentile_needs_as_many_as_can_show_it(db: duckdb.DuckDBPyConnection) -> None:
    needed = {
        p: db.execute("select percentile_needs(?)", [p]).fetchall()[0][0]
        for p in (0.1, 0.5, 0.8, 0.9, 0.95, 0.99)
    }
    assert needed == {0.1: 2, 0.5: 6, 0.8: 17, 0.9: 36, 0.95: 72, 0.99: 368}
    for p, n in needed.items():
        assert p**n <= 0.025 < p ** (n - 1)
    assert db.execute(
        "select percentile_needs(0), percentile_needs(1), percentile_needs(null)"
    ).fetchall() == [(None, None, None)]
