"""The whole way from an account to its delivery times, beside the true instants of its parcels."""

import pytest

from benchmarks.sandbox_truth import Figures, Forecast, measured

Measured = tuple[list[Figures], Forecast]


@pytest.fixture(scope="module")
def account() -> Measured:
    return measured(30_000, group=100, seed=1)


def test_delivery_times_are_the_true_ones_while_many_are_on_the_way(account: Measured) -> None:
    quarter, two_months, month = account[0]
    assert abs(quarter.p50_error) < 0.02
    assert abs(two_months.p50_error) < 0.02
    assert abs(month.p50_error) < 0.05  # 800 parcels, a third of them delivered
    for each in account[0]:
        assert each.naive_p50_error < -0.09
        assert each.naive_p90_error < -0.15
    assert month.open_share > two_months.open_share > quarter.open_share > 0.2
    assert quarter.p90_error is not None
    assert abs(quarter.p90_error) < 0.05
    assert month.p90_error is None  # 30 days are too short for a p90 of 40
    assert quarter.p50_covered > 0.9
    assert quarter.p90_covered > 0.9


def test_as_many_arrive_as_are_expected(account: Measured) -> None:
    forecast = account[1]
    assert forecast.open_parcels > 500
    assert forecast.happened == pytest.approx(forecast.expected, rel=0.15)
    seldom, *_, often = [each for each in forecast.bins if each[2] > 100]
    assert seldom[1] < 0.15
    assert often[1] > 0.4
