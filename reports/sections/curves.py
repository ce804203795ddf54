"""Delivery curves: the share that is delivered by each day, with its band of 95 %."""

from collections.abc import Sequence
from typing import Any

from reports import charts, words
from reports.parts import Block, Chart, figure, gallery
from reports.reading import Reading
from reports.sections.basis import as_of, basis
from reports.sections.comparison import GRAINS, Grain
from reports.sections.percentiles import PERCENTILES, Row, group, sentence, short
from reports.tables import Column, table

Curves = dict[str, list[dict[str, Any]]]

SHOWN: dict[Grain, int] = {"carrier": 6, "lane": 9}
STEPS = 96
LEAST_AT_RISK = 10  # as of the percentiles that may be published
DAYS_TOLD = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60)


def curves(reading: Reading) -> Curves:
    """Return the curves of the account and of the groups with most parcels, thinned.

    By grp: day, share, low, high; from day 0 to where fewer than LEAST_AT_RISK parcels are left
    to follow.
    """
    wanted = " or ".join(
        f"(grain = '{grain}' and place <= {number})" for grain, number in SHOWN.items()
    )
    reading.ask(
        f"""
        create or replace temp table followed as
        with ranked as (
            select
                *,
                row_number() over (
                    partition by grain order by parcel_count desc, carrier_code, lane
                ) as place
            from performance
            where grain = 'account' or p50_days is not null
        ),
        wanted as (
            select account || '|' || carrier_code || '|' || lane as grp
            from ranked
            where grain = 'account' or {wanted}
        )
        -- to the hour, upward: a curve has no finer steps than a screen
        select grp, ceil(t * 24) / 24 as t, event
        from marts.deliveries
        where account = $account and grp in (from wanted)
        """
    )
    found = reading.ask(
        f"""
        with steps as (
            select *
            from km_curve('followed')
            where at_risk_count >= {LEAST_AT_RISK}
        ),
        ends as (
            select grp, max(t) as t_max from steps group by grp
        ),
        grid as (
            select grp, unnest(range({STEPS} + 1)) * t_max / {STEPS} as day from ends
            union
            select grp, day
            from (select grp, t_max, unnest({list(DAYS_TOLD)}) as day from ends)
            where day <= t_max
        )
        select
            grid.grp,
            grid.day,
            1 - coalesce(steps.survival, 1) as share,
            1 - coalesce(steps.survival_high, 1) as low,
            1 - coalesce(steps.survival_low, 1) as high
        from grid
        asof left join steps on grid.grp = steps.grp and grid.day >= steps.t
        order by grid.grp, grid.day
        """
    )
    drawn: Curves = {}
    for row in found:
        point = {name: round(float(row[name]), 4) for name in ("day", "share", "low", "high")}
        drawn.setdefault(row["grp"], []).append(point)
    return drawn


def grp(row: Row) -> str:
    """Return the name under which a group's curve is."""
    return f"{row['account']}|{row['carrier_code']}|{row['lane']}"


def account_curve(reading: Reading, whole: Row, found: Curves, x_max: float) -> list[Block]:
    """Return the curve of all parcels; [] where there is none."""
    points = found.get(grp(whole))
    if not points:
        return []
    chart = Chart(
        "curve-account",
        "Share delivered, all parcels",
        sentence(whole),
        charts.curve(points, x_max=x_max, percentiles=_dots(whole), height=260, colour=charts.BLUE),
    )
    numbers = table(
        "curve-account",
        "Share of all parcels delivered so many days after the first scan, with limits of 95 %",
        (
            Column("day", "Days", "count"),
            Column("share", "Delivered", "share"),
            Column("low", "At least", "share"),
            Column("high", "At most", "share"),
        ),
        [point for point in points if point["day"] in DAYS_TOLD],
    )
    return [figure(chart, basis=basis(reading, whole), table=numbers, note=f"{short(whole)}.")]


def gallery_of(reading: Reading, grain: Grain, found: Curves, x_max: float) -> list[Block]:
    """Return the curves of carriers or lanes side by side, those with most parcels first."""
    rows = [
        row
        for row in reading.ask(
            f"""
            select *
            from performance
            where grain = '{grain}' and p50_days is not null
            order by parcel_count desc, carrier_code, lane
            """
        )
        if grp(row) in found
    ]
    if not rows:
        return []
    drawn = [(_chart(grain, place, row, found, x_max), _own(row)) for place, row in enumerate(rows)]
    days = sorted({point["day"] for row in rows for point in found[grp(row)]} & set(DAYS_TOLD))
    numbers = table(
        f"curves-{grain}",
        f"{GRAINS[grain]}: share delivered so many days after the first scan",
        (
            Column("group", "Parcels of"),
            Column("parcel_count", "Parcels", "count"),
            *(Column(f"day {day:.0f}", _within(day), "share") for day in days),
        ),
        [
            {**row, "group": group(row)}
            | {
                f"day {point['day']:.0f}": point["share"]
                for point in found[grp(row)]
                if point["day"] in days
            }
            for row in rows
        ],
    )
    axis = "one axis of days, which gives few days more room"
    said = f"Those with most parcels, on {axis} · {as_of(reading)}"
    return [gallery(drawn, basis=said, table=numbers)]


def _chart(grain: Grain, place: int, row: Row, found: Curves, x_max: float) -> Chart:
    points = found[grp(row)]
    colour = charts.BLUE if grain == "carrier" else charts.TEAL
    drawn = charts.curve(
        points, x_max=x_max, percentiles=_dots(row), height=140, colour=colour, is_small=True
    )
    return Chart(f"curve-{grain}-{place + 1}", group(row), sentence(row), drawn)


def _own(row: Row) -> str:
    parcels = words.counted(row["parcel_count"], "parcel")
    return f"{short(row)}\n{parcels} · {words.share(row['open_share'])} open"


def _dots(row: Row) -> list[dict[str, Any]]:
    return [
        {"name": name, "day": round(row[f"{name}_days"], 2), "share": share}
        for name, share in PERCENTILES.items()
        if row[f"{name}_days"] is not None
    ]


def _within(day: float) -> str:
    return f"{day:.0f} d"


def x_end(found: Curves) -> float:
    """Return where the axis of days ends that all curves have in common."""
    ends: Sequence[float] = [points[-1]["day"] for points in found.values()]
    return max(ends, default=0.0)
