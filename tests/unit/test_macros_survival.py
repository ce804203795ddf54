"""The curves, percentiles and means are those of lifelines and scikit-survival, to nine digits.

Both are slow to import, and only these tests need them.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pytest

from tests.factories import warehouse

DIGITS = 1e-9
SAMPLES = {
    "waltons": ("T", "E"),
    "rossi": ("week", "arrest"),
    "larynx": ("time", "death"),
    "gbsg2": ("time", "cens"),
    "lung": ("time", "status"),
    "dd": ("duration", "observed"),
    "kidney_transplant": ("time", "death"),
}
PERCENTILES = (0.05, 0.25, 0.5, 0.8, 0.9, 0.95)


class Sample(NamedTuple):
    """How long each was followed, and how that ended."""

    t: np.ndarray
    event: np.ndarray


@pytest.fixture(scope="module")
def lifelines() -> Any:
    import lifelines
    import lifelines.datasets
    import lifelines.utils

    return lifelines


@pytest.fixture(scope="module")
def sksurv() -> Any:
    import sksurv.datasets
    import sksurv.nonparametric

    return sksurv


@pytest.fixture(scope="module")
def samples(lifelines: Any) -> dict[str, Sample]:
    found = {}
    for name, (t, event) in SAMPLES.items():
        frame = getattr(lifelines.datasets, f"load_{name}")()
        found[name] = Sample(frame[t].to_numpy(float), frame[event].to_numpy(int))
    return found


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse() as db:
        yield db


@pytest.fixture(scope="module")
def strata(db: duckdb.DuckDBPyConnection, samples: dict[str, Sample]) -> str:
    """The name of a relation that holds all samples, each of them a stratum."""
    tell(db, "strata", samples)
    return "strata"


def tell(db: duckdb.DuckDBPyConnection, name: str, samples: dict[str, Sample]) -> None:
    frames = [
        pd.DataFrame({"grp": grp, "t": sample.t, "event": sample.event})
        for grp, sample in samples.items()
    ]
    db.register("told", pd.concat(frames))
    db.execute(f"create or replace temp table {name} as from told")
    db.unregister("told")


def read(db: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    return db.execute(query).df()


def same(ours: Any, theirs: Any) -> bool:
    """Whether two columns are equal to nine digits, and as long; what is unknown is so in both."""
    one, other = np.asarray(ours, float), np.asarray(theirs, float)
    return one.shape == other.shape and np.allclose(one, other, rtol=0, atol=DIGITS, equal_nan=True)


def fitted(lifelines: Any, sample: Sample, **given: Any) -> Any:
    return lifelines.KaplanMeierFitter(alpha=given.pop("alpha", 0.05)).fit(*sample, **given)


def limits(fit: Any) -> tuple[pd.Series, pd.Series]:
    """Return lifelines' limits, but where all are delivered: its upper one is 0 there, for sure."""
    low, high = (fit.confidence_interval_.iloc[:, column] for column in (0, 1))
    is_nothing = fit.survival_function_.iloc[:, 0] == 0
    return low, high.mask(is_nothing).ffill()


# Kaplan-Meier


@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_the_curve_and_its_limits_are_those_of_lifelines(
    db: duckdb.DuckDBPyConnection,
    lifelines: Any,
    samples: dict[str, Sample],
    strata: str,
    alpha: float,
) -> None:
    z = lifelines.utils.inv_normal_cdf(1 - alpha / 2)
    curves = read(db, f"from km_curve('{strata}', z := {z}) order by grp, t")
    for name, sample in samples.items():
        fit = fitted(lifelines, sample, alpha=alpha)
        low, high = limits(fit)
        curve = curves[curves["grp"] == name]
        t = curve["t"].to_numpy()
        table = fit.event_table.loc[t]
        assert list(t) == sorted(set(sample.t))
        assert same(curve["survival"], fit.survival_function_.loc[t].iloc[:, 0]), name
        assert same(curve["survival_low"], low.loc[t]), name
        assert same(curve["survival_high"], high.loc[t]), name
        assert list(curve["at_risk_count"]) == list(table["at_risk"])
        assert list(curve["delivered_count"]) == list(table["observed"])
        assert list(curve["censored_count"]) == list(table["censored"])


def test_percentiles_and_their_limits_are_those_of_lifelines(
    db: duckdb.DuckDBPyConnection, lifelines: Any, samples: dict[str, Sample], strata: str
) -> None:
    found = read(
        db, f"from km_percentiles('{strata}', percentiles := {list(PERCENTILES)}) order by grp, p"
    )
    assert len(found) == len(SAMPLES) * len(PERCENTILES)
    for row in found.itertuples():
        sample = samples[row.grp]
        fit = fitted(lifelines, sample)
        curve, left = fit.survival_function_.iloc[:, 0], 1 - row.p + 1e-12
        reached = lifelines.utils.qth_survival_time(left, curve)
        assert same(row.t, np.nan if reached == np.inf else reached), (row.grp, row.p)
        # theirs wants the curve to fall, and an upper limit may rise again
        first = [next(iter(each.index[each <= left]), np.nan) for each in limits(fit)]
        assert same([row.t_low, row.t_high], first), (row.grp, row.p)
        assert row.parcel_count == len(sample.t)
        assert row.delivered_count == sum(sample.event)
        assert row.censored_share == pytest.approx(1 - sum(sample.event) / len(sample.t))
        assert row.t_max == max(sample.t)
        if not np.isnan(row.t):
            assert row.at_risk_count == sum(sample.t >= row.t)
    assert found["t"].isna().any()
    assert found["t_high"].notna().any()


def test_shares_by_day_are_those_of_lifelines(
    db: duckdb.DuckDBPyConnection, lifelines: Any, samples: dict[str, Sample], strata: str
) -> None:
    days = [0.5, 1, 6, 17, 30, 60, 365.5]
    found = read(db, f"from km_at('{strata}', days := {days}) order by grp, day")
    assert len(found) == len(SAMPLES) * len(days)
    for name, sample in samples.items():
        fit = fitted(lifelines, sample)
        rows = found[found["grp"] == name]
        known = rows[rows["day"] <= max(sample.t)]
        assert same(known["delivered_share"], 1 - fit.predict(known["day"].to_list())), name
        left = [sum(sample.t >= day) for day in rows["day"]]
        assert list(rows["at_risk_count"]) == left
        low, high = limits(fit)
        for row in known.itertuples():
            assert same(row.delivered_share_low, 1 - high.loc[: row.day].iloc[-1])
            assert same(row.delivered_share_high, 1 - low.loc[: row.day].iloc[-1])


@pytest.mark.parametrize("tau", [5, 40, 365.25, 2000])
def test_restricted_means_are_those_of_lifelines(
    db: duckdb.DuckDBPyConnection,
    lifelines: Any,
    samples: dict[str, Sample],
    strata: str,
    tau: float,
) -> None:
    found = read(db, f"from km_rmst('{strata}', {tau})").set_index("grp")
    assert set(found.index) == set(samples)
    for name, sample in samples.items():
        fit = fitted(lifelines, sample)
        theirs = lifelines.utils.restricted_mean_survival_time(fit, t=float(tau))
        assert same(found.loc[name, "rmst"], theirs), name
        is_over = fit.survival_function_.iloc[-1, 0] == 0
        assert found.loc[name, "is_complete"] == (is_over or max(sample.t) >= tau)


def test_delayed_entry_is_that_of_lifelines(db: duckdb.DuckDBPyConnection, lifelines: Any) -> None:
    frame = lifelines.datasets.load_multicenter_aids_cohort_study()
    db.register("told", frame)
    db.execute(
        "create or replace temp table delayed as"
        " select 'aids' as grp, T as t, D as event, W as entry from told"
    )
    db.unregister("told")
    curve = read(db, "from km_curve_entry('delayed') order by t")
    sample = Sample(frame["T"].to_numpy(), frame["D"].to_numpy())
    fit = fitted(lifelines, sample, entry=frame["W"])
    low, high = limits(fit)
    t = curve["t"].to_numpy()
    assert list(t) == sorted(set(frame["T"]))
    assert same(curve["survival"], fit.survival_function_.loc[t].iloc[:, 0])
    assert same(curve["survival_low"], low.loc[t])
    assert same(curve["survival_high"], high.loc[t])
    assert list(curve["delivered_count"]) == list(fit.event_table.loc[t, "observed"])
    entered = [sum((frame["W"] < each) & (frame["T"] >= each)) for each in t]
    assert list(curve["at_risk_count"]) == entered


# Aalen-Johansen


@pytest.mark.parametrize("name", ["waltons", "rossi", "larynx", "lung"])
def test_incidences_without_ties_are_those_of_lifelines(
    db: duckdb.DuckDBPyConnection, lifelines: Any, samples: dict[str, Sample], name: str
) -> None:
    order = np.arange(len(samples[name].t))
    # lifelines would move tied times about at random
    sample = Sample(samples[name].t + order * 1e-4, samples[name].event * (1 + order % 2))
    tell(db, "untied", {name: sample})
    for cause in (1, 2):
        fit = lifelines.AalenJohansenFitter().fit(*sample, event_of_interest=cause)
        ours = read(db, f"from aj_curve('untied') where cause = {cause} order by t")
        t = ours["t"].to_numpy()
        assert same(ours["incidence"], fit.cumulative_density_.loc[t].iloc[:, 0])
        begun = ours["incidence"] > 0  # before, lifelines divides by it
        # the very last may leave nobody behind, and lifelines divides by them
        known = begun & fit.variance_.loc[t].notna().to_numpy()
        assert known.sum() >= begun.sum() - 1
        ours, t = ours[known], t[known]
        assert same(ours["incidence_se"] ** 2, fit.variance_.loc[t])
        bounds = fit.confidence_interval_.loc[t].to_numpy()
        assert same(ours["incidence_low"], bounds.min(axis=1))
        assert same(ours["incidence_high"], bounds.max(axis=1))


def test_incidences_with_ties_and_their_limits_are_those_of_scikit_survival(
    db: duckdb.DuckDBPyConnection, sksurv: Any, samples: dict[str, Sample]
) -> None:
    _, marrow = sksurv.datasets.load_bmt()
    tied = {"bone marrow": Sample(marrow["ftime"].astype(float), marrow["status"].astype(int))}
    for name in ("rossi", "gbsg2", "lung", "dd"):
        t, event = samples[name]
        # its limits are nothing at all where the very last ends with an event
        event = np.where(t == max(t), 0, event * (1 + np.arange(len(t)) % 3))
        tied[name] = Sample(t, event)
    tell(db, "tied", tied)
    found = read(db, "from aj_curve('tied') order by grp, cause, t")
    for name, sample in tied.items():
        t, incidences, bounds = sksurv.nonparametric.cumulative_incidence_competing_risks(
            sample.event, sample.t, conf_type="log-log", var_type="Dinse_Approx"
        )
        for cause in range(1, max(sample.event) + 1):
            ours = found[(found["grp"] == name) & (found["cause"] == cause)]
            assert len(t) < len(sample.t)
            assert list(ours["t"]) == list(t)
            assert same(ours["incidence"], incidences[cause]), name
            assert same(ours["survival"], 1 - incidences[0]), name
            begun = incidences[cause] > 0
            assert same(ours["incidence_low"][begun], bounds[cause][0][begun]), name
            assert same(ours["incidence_high"][begun], bounds[cause][1][begun]), name
