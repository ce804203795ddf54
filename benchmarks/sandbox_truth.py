"""Whether delivery times read from a sandbox account are those that its carrier really has.

    python benchmarks/sandbox_truth.py [--trackings N] [--group N] [--seed N]

One carrier's parcels of an account, as the API shows them on one day, go the whole way: flattened,
merged, texts and clocks read, marts made. Then, for parcels first scanned in the last 90, 60 and
30 days, in groups of a few hundred: p50 and p90 of the delivered ones (what a dashboard shows) and
of km_percentiles over all, beside the truth; and what marts.arrivals_forecast expects of the next
seven days, beside what happens in them.

The truth is the sandbox's own: true instants of the same parcels' whole lives, what is still to
come included. It is what an observer would find who waits until TrackingMore gives up on the last
of them.
"""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import duckdb
import pyarrow as pa

from trackingmore_v2.sandbox import Sandbox
from trackingmore_v2.sandbox.carriers import LANES
from trackingmore_v2.sandbox.milestones import Milestone
from trackingmore_v2.sandbox.timeline import Timeline
from transforms.batch import flatten
from warehouse import catalog, materialised
from warehouse.connection import transaction
from warehouse.upsert import merge

CARRIER = "china-post"
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
SHOWN = timedelta(days=150)  # older parcels have ended, and are in the truth alone
WINDOWS = (90, 60, 30)  # days
ANSWER = 2_000
DELIVERIES = (Milestone.DELIVERED, Milestone.COLLECTED)
OTHER_ENDS = (Milestone.RETURNING, Milestone.RETURNED, Milestone.DAMAGED)


class Figures(NamedTuple):
    """What one window of parcels says, each error a share of the truth."""

    days: int
    parcels: int
    groups: int
    open_share: float
    naive_p50_error: float
    naive_p90_error: float
    p50_error: float
    p90_error: float | None  # None: not reached yet, and so not said
    p50_covered: float
    p90_covered: float


class Forecast(NamedTuple):
    """Deliveries within seven days of the parcels that are on the way."""

    open_parcels: int
    expected: float
    happened: int
    bins: list[tuple[float, float, int]]
    """Of parcels of like chances: mean chance, share delivered, parcels."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trackings", type=int, default=300_000)
    parser.add_argument("--group", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    figures, forecast = measured(asked.trackings, group=asked.group, seed=asked.seed)
    print(
        f"{CARRIER}, {asked.trackings:,} parcels in the account, groups of {asked.group}:\n\n"
        "| first scanned in the last | parcels | still open | naive p50 | naive p90 | ours p50"
        " | ours p90 | 95 % limits of p50, p90 hold the truth |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|"
    )
    for each in figures:
        p90 = "withheld" if each.p90_error is None else f"{each.p90_error:+z.1%}"
        print(
            f"| {each.days} days | {each.parcels:,} | {each.open_share:.0%}"
            f" | {each.naive_p50_error:+z.0%} | {each.naive_p90_error:+z.0%}"
            f" | {each.p50_error:+z.1%} | {p90}"
            f" | {each.p50_covered:.1%}, {each.p90_covered:.1%} |"
        )
    print(
        f"\nWithin seven days {forecast.expected:,.0f} of {forecast.open_parcels:,} open parcels"
        f" are expected to be delivered; {forecast.happened:,} are. By chance:\n\n"
        "| parcels | expected | happened |\n|---:|---:|---:|"
    )
    for chance, share, parcels in forecast.bins:
        print(f"| {parcels:,} | {chance:.1%} | {share:.1%} |")


def measured(trackings: int, *, group: int, seed: int) -> tuple[list[Figures], Forecast]:
    """Let an account of that size be seen on one day, and compare what is read with the truth."""
    account = Sandbox(trackings, seed=seed, now=NOW)
    with duckdb.connect() as db, account.lock:
        db.execute("set TimeZone = 'UTC'")
        catalog.ensure(db)
        db.register("truth", _load(db, account))
        with transaction(db):
            materialised.refresh(db)
        return [_figures(db, days, group) for days in WINDOWS], _forecast(db)


def _load(db: duckdb.DuckDBPyConnection, account: Sandbox) -> pa.Table:
    """Merge the carrier's younger parcels as the list shows them; return all parcels' true lives.

    Instants are unix seconds: the first scan of the carrier itself, the delivery (null: there is
    none), and when it can be delivered no more: it is on its way back or damaged, or TrackingMore
    asks no longer.
    """
    world = account.desk().world
    lives: dict[str, list[str | int | None]] = {
        name: [] for name in ("tracking_id", "first", "delivered", "gone")
    }
    page = []
    for row, timeline in _parcels(account):
        life = _life(timeline)
        if life is None:
            continue
        for name, value in zip(lives, (world.tracking_id(row), *life), strict=True):
            lives[name].append(value)
        if timeline.outline.created > (NOW - SHOWN).timestamp():
            page.append(world.item(row))
        if len(page) >= ANSWER:
            _merge(db, page)
            page = []
    _merge(db, page)
    return pa.table(lives)


def _parcels(account: Sandbox) -> Iterator[tuple[int, Timeline]]:
    world = account.desk().world
    for row in world.alive():
        outline = world.lives.outline(world.number(row))
        if LANES[outline.lane].carrier == CARRIER:
            yield row, world.lives.timeline(world.number(row))


def _life(timeline: Timeline) -> tuple[int, int | None, int] | None:
    scans = timeline.scans
    moved = [scan.at for scan in scans if scan.milestone is not Milestone.INFO_RECEIVED]
    delivered = [scan.at for scan in scans if scan.milestone in DELIVERIES]
    ended = [scan.at for scan in scans if scan.milestone in OTHER_ENDS]
    if not moved or moved == delivered:  # nobody sees it set out
        return None
    gone = min([timeline.outline.expires, *ended])
    return min(moved), min(delivered, default=None), gone


def _merge(db: duckdb.DuckDBPyConnection, page: list[dict[str, object]]) -> None:
    with transaction(db):
        merge(db, flatten(page, account="main", fetched_at=NOW, run_id="the only one"))


def _figures(db: duckdb.DuckDBPyConnection, days: int, group: int) -> Figures:
    db.execute(
        f"""
        create or replace temp table seen as
        with chosen as (
            select observed_days as t, outcome_code as event, md5(tracking_id || 'a lot') as lot
            from marts.shipments
            where
                observed_days is not null
                and outcome_code is not null
                and first_scan_at >= $now::timestamptz - interval {days} days
        )
        select (place - 1) // {group} as grp, t, event
        from (select *, row_number() over (order by lot) as place, count(*) over () as all_of_them
            from chosen)
        where place <= all_of_them // {group} * {group}
        """,
        {"now": NOW},
    )
    db.execute("create or replace temp view all_seen as select 0 as grp, t, event from seen")
    ((parcels, groups, open_share),) = db.execute(
        "select count(*), count(distinct grp), avg((event = 0)::int) from seen"
    ).fetchall()
    db.execute(
        """
        create or replace temp table lives as
        select 'all' as grp, (least(coalesce(delivered, gone), gone) - first) / 86400.0 as t,
            coalesce(delivered <= gone, false)::int as event
        from truth
        where first between $now - $days * 86400 and $now
        """,
        {"now": int(NOW.timestamp()), "days": days},
    )
    true = dict(
        db.execute("select p, t from km_percentiles('lives', percentiles := [0.5, 0.9])").fetchall()
    )
    whole = dict(
        db.execute(
            """
            select p, if(is_publishable, t, null)
            from km_percentiles('all_seen', percentiles := [0.5, 0.9])
            """
        ).fetchall()
    )
    covered = dict(
        db.execute(
            """
            select
                p,
                avg((if(p = 0.5, $p50, $p90) between t_low and coalesce(t_high, 'infinity'))::int)
            from km_percentiles('seen', percentiles := [0.5, 0.9])
            group by p
            """,
            {"p50": true[0.5], "p90": true[0.9]},
        ).fetchall()
    )
    ((naive_p50, naive_p90),) = db.execute(
        "select quantile_cont(t, 0.5), quantile_cont(t, 0.9) from seen where event = 1"
    ).fetchall()
    return Figures(
        days,
        parcels,
        groups,
        open_share,
        naive_p50 / true[0.5] - 1,
        naive_p90 / true[0.9] - 1,
        whole[0.5] / true[0.5] - 1,
        whole[0.9] and whole[0.9] / true[0.9] - 1,
        covered[0.5],
        covered[0.9],
    )


def _forecast(db: duckdb.DuckDBPyConnection) -> Forecast:
    """Compare the chances of marts.in_transit with what happens after NOW."""
    db.execute(
        """
        create or replace temp table judged as
        select
            p_delivered_next_7d as chance,
            coalesce(delivered between $now and $now + 7 * 86400, false)::int as is_delivered
        from marts.in_transit
        join truth using (tracking_id)
        where p_delivered_next_7d is not null
        """,
        {"now": int(NOW.timestamp())},
    )
    ((parcels, expected, happened),) = db.execute(
        "select count(*), sum(chance), sum(is_delivered) from judged"
    ).fetchall()
    bins = db.execute(
        """
        select avg(chance), avg(is_delivered), count(*)
        from judged
        group by least(floor(chance * 5), 4)
        order by 1
        """
    ).fetchall()
    return Forecast(parcels, expected, int(happened), bins)


if __name__ == "__main__":
    main()
