"""Two accounts in one warehouse: what is told of one is what it would be alone."""

from typing import Any

import duckdb
import pytest

from tests.two_accounts import Look, filled, looks
from warehouse.declarations import views

ALL = "(all)"
VIEWS = {view.name: view for view in views() if view.name != "core.scopes"}
# what ought never to be has no rows here either
EMPTY = {"checks.miscounted_events", "checks.repeated_events", "checks.repeated_trackings"}
# of groups of parcels, so that the group of all is told too
SCOPED = {
    "core.as_of",
    "marts.arrivals_forecast",
    "marts.cohort_weeks",
    "marts.data_quality",
    "marts.deliveries",
    "marts.lane_performance",
    "marts.lane_vs_benchmark",
    "marts.on_time",
    "marts.outcome_incidence",
    "marts.phase_times",
    "marts.phases",
    "marts.scan_completeness",
    "marts.status_stock",
    "marts.text_audit",
    "marts.tracking_latency",
}


@pytest.fixture(scope="module")
def shared() -> duckdb.DuckDBPyConnection:
    """The same parcels under two names, of which the second has read more of their lives."""
    return filled(main=looks()[:2], outlet=looks()[1:])


@pytest.fixture(scope="module")
def alone() -> dict[str, duckdb.DuckDBPyConnection]:
    return {"main": filled(main=looks()[:2]), "outlet": filled(outlet=looks()[1:])}


def told(
    db: duckdb.DuckDBPyConnection, view: str, account: str, *, but: str = "account"
) -> list[tuple[Any, ...]]:
    """The rows of an account; sums are added up in an order of DuckDB's own."""
    found = db.execute(
        f"select * exclude ({but}) from {view} where account = ?", [account]
    ).fetchall()
    found.sort(key=lambda row: repr([f"{it:.3f}" if isinstance(it, float) else it for it in row]))
    return [tuple(map(_nearly, row)) for row in found]


@pytest.fixture(scope="module")
def parted() -> duckdb.DuckDBPyConnection:
    """Different parcels under two names."""
    return filled(east=looks(50, seed=1)[:2], west=looks(50, seed=2)[:2])


@pytest.fixture(scope="module")
def whole() -> duckdb.DuckDBPyConnection:
    """All of them under one."""
    east, west = looks(50, seed=1)[:2], looks(50, seed=2)[:2]
    both = [Look(one.items + other.items, one.at) for one, other in zip(east, west, strict=True)]
    db = filled(both=both)
    # one payload waits of either, in the other warehouse
    db.execute("insert into ops.quarantine from ops.quarantine")
    return db


def _nearly(value: object) -> object:
    return pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_told_of_an_account_is_what_it_would_be_alone(
    view: str, shared: duckdb.DuckDBPyConnection, alone: dict[str, duckdb.DuckDBPyConnection]
) -> None:
    for account, db in alone.items():
        expected = told(db, view, account)
        assert told(shared, view, account) == expected
        assert bool(expected) == (view not in EMPTY)
        assert db.execute(f"select distinct account from {view}").fetchall() == [(account,)] * (
            view not in EMPTY
        )
    differs = told(shared, view, "main") != told(shared, view, "outlet")
    assert differs == (view not in EMPTY)


@pytest.mark.parametrize("view", sorted(SCOPED - {"marts.arrivals_forecast"}))
def test_figures_over_all_are_those_of_all_parcels_together(
    view: str, parted: duckdb.DuckDBPyConnection, whole: duckdb.DuckDBPyConnection
) -> None:
    # a group's name begins with the account's
    but = "account, grp" if view in {"marts.deliveries", "marts.phases"} else "account"
    expected = told(whole, view, "both", but=but)
    assert told(parted, view, ALL, but=but) == expected
    assert expected != told(parted, view, "east", but=but) or view == "core.as_of"
    assert whole.execute(f"select count(*) from {view} where account = '{ALL}'").fetchall() == [
        (0,)
    ]


def test_the_forecast_over_all_adds_up_what_each_account_s_own_parcels_say(
    parted: duckdb.DuckDBPyConnection,
) -> None:
    added, told_of_all = (
        parted.execute(
            f"""
            select sum(open_count), sum(unknown_count), round(sum(expected_deliveries), 6)
            from marts.arrivals_forecast where carrier_code = '{ALL}' and {condition}
            """
        ).fetchall()
        for condition in (f"account <> '{ALL}'", f"account = '{ALL}'")
    )
    assert told_of_all == added
    assert added[0][0] > 0


@pytest.mark.parametrize("view", sorted(VIEWS.keys() - SCOPED))
def test_what_is_told_of_single_parcels_is_told_once(
    view: str, shared: duckdb.DuckDBPyConnection
) -> None:
    assert (ALL,) not in shared.execute(f"select distinct account from {view}").fetchall()
