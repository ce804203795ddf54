"""What leaving out open parcels does to delivery times: simulated lanes whose truth is known.

    python benchmarks/honesty.py [--runs N] [--parcels N] [--seed N]

Per situation, N runs of N parcels each, seen on one day: the mean and p90 of the delivered ones
(what a dashboard shows) and km_percentiles over all of them, beside the truth. An error is that of
the average over the runs; of p90 only the runs count that may publish it, and if those are fewer
than half it is withheld. Covered: how often the limits of 95 % hold the truth.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd

SQL = Path(__file__).parents[1] / "warehouse" / "sql" / "macros"
MACROS = ("loglog_limit", "percentile_needs", "risk_table", "km_curve", "km_percentiles")
Z90 = 1.2815515655446004  # of the normal distribution: its p90


class Situation(NamedTuple):
    """A lane with lognormal times in days, and the parcels of it that are looked at."""

    name: str
    median: float
    spread: float
    """Standard deviation of the logarithm."""
    window: float
    """Parcels that were shipped in the last so many days."""
    growth: float = 0
    """By which share more parcels are shipped each day."""

    @property
    def mean(self) -> float:
        """True mean."""
        return float(self.median * np.exp(self.spread**2 / 2))

    @property
    def p90(self) -> float:
        """True p90."""
        return float(self.median * np.exp(Z90 * self.spread))


class Honesty(NamedTuple):
    """One situation's errors as shares of the truth, and how often the limits hold it."""

    open_share: float
    naive_mean_error: float
    naive_p90_error: float
    p50_error: float
    p90_error: float
    p50_covered: float
    p90_covered: float
    p90_published: float
    """Share of the runs that may publish p90."""


SITUATIONS = (
    Situation("express 2 days, last 90 days", 2, 0.4, 90),
    Situation("cross-border 12 days, growing volume", 12, 0.4, 180, 0.027),
    Situation("slow post 18 days, growing volume", 18, 0.4, 180, 0.027),
    Situation("12 days, last 30 days", 12, 0.4, 30),
    Situation("18 days, last 30 days", 18, 0.4, 30),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--parcels", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(
        "| situation | still open | naive mean | naive p90 | KM p50 | KM p90"
        " | limits of p50, p90 hold the truth |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    with duckdb.connect() as db:
        for name in MACROS:
            db.execute((SQL / f"{name}.sql").read_text("utf-8"))
        found = measured(db, SITUATIONS, runs=asked.runs, parcels=asked.parcels, seed=asked.seed)
    for situation in SITUATIONS:
        print(_row(situation, found[situation]))


def measured(
    db: duckdb.DuckDBPyConnection,
    situations: tuple[Situation, ...],
    *,
    runs: int,
    parcels: int,
    seed: int,
) -> dict[Situation, Honesty]:
    """Simulate each situation, and ask the macros of *db* and the naive figures about it."""
    random = np.random.default_rng(seed)
    frames = [
        simulated(random, situation, runs * parcels).assign(
            situation=number, run=np.arange(runs * parcels) // parcels
        )
        for number, situation in enumerate(situations)
    ]
    truths = pd.DataFrame(
        {
            "situation": np.arange(len(situations)),
            "mean": [each.mean for each in situations],
            "p50": [each.median for each in situations],
            "p90": [each.p90 for each in situations],
        }
    )
    db.register("parcels", pd.concat(frames))
    db.register("truths", truths)
    found = db.execute(
        """
        with strata as (
            select situation * 1000000 + run as grp, t, event
            from parcels
        ),
        naive as (
            select
                situation,
                run,
                avg(1 - event) as open_share,
                avg(t) filter (where event = 1) as mean,
                quantile_cont(t, 0.9) filter (where event = 1) as p90
            from parcels
            group by all
        ),
        dashboards as (
            select
                situation,
                avg(open_share) as open_share,
                avg(naive.mean / truths.mean) - 1 as mean_error,
                avg(naive.p90 / truths.p90) - 1 as p90_error
            from naive
            join truths using (situation)
            group by situation
        ),
        judged as (
            select
                grp // 1000000 as situation,
                found.p,
                is_publishable,
                found.t / if(found.p = 0.5, truths.p50, truths.p90) - 1 as error,
                if(found.p = 0.5, truths.p50, truths.p90) between t_low
                    and coalesce(t_high, 'infinity') as is_covered
            from km_percentiles('strata', percentiles := [0.5, 0.9]) as found
            join truths on grp // 1000000 = truths.situation
        )
        select
            any_value(open_share),
            any_value(mean_error),
            any_value(p90_error),
            avg(error) filter (where p = 0.5 and is_publishable),
            avg(error) filter (where p = 0.9 and is_publishable),
            avg(is_covered::int) filter (where p = 0.5),
            avg(is_covered::int) filter (where p = 0.9),
            avg(is_publishable::int) filter (where p = 0.9)
        from judged
        join dashboards using (situation)
        group by situation
        order by situation
        """
    ).fetchall()
    db.unregister("parcels")
    db.unregister("truths")
    return {
        situation: Honesty(*figures) for situation, figures in zip(situations, found, strict=True)
    }


def simulated(random: np.random.Generator, situation: Situation, count: int) -> pd.DataFrame:
    """Return parcels as they are on one day: t, how long each was followed, and event, 1 or 0."""
    share = random.random(count)
    if situation.growth:
        # ages of a volume that grows by a constant share, none older than the window
        kept = 1 - np.exp(-situation.growth * situation.window)
        age = -np.log(1 - share * kept) / situation.growth
    else:
        age = share * situation.window
    days = situation.median * np.exp(situation.spread * random.standard_normal(count))
    return pd.DataFrame({"t": np.minimum(days, age), "event": (days <= age).astype(int)})


def _row(situation: Situation, found: Honesty) -> str:
    withheld = found.p90_published < 0.5
    return (
        f"| {situation.name} | {found.open_share:.0%}"
        f" | {found.naive_mean_error:+z.0%} | {found.naive_p90_error:+z.0%}"
        f" | {found.p50_error:+z.1%} | {'withheld' if withheld else f'{found.p90_error:+z.1%}'}"
        f" | {found.p50_covered:.1%}, {'–' if withheld else f'{found.p90_covered:.1%}'} |"
    )


if __name__ == "__main__":
    main()
