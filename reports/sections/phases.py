"""Where the days go: how long each part of the way takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports import charts, words
from reports.parts import Block, Chart, Section, figure, heading, missing, table, text
from reports.reading import Reading
from reports.sections.basis import as_of
from reports.tables import Column
from reports.tables import table as drawn

# as of marts.phases, in the order of the way
PARTS = {
    "handover": "until handed over",
    "origin": "country of origin",
    "linehaul": "between countries",
    "customs": "in customs",
    "destination": "destination country",
    "last_mile": "out for delivery",
    "pickup_wait": "at the counter",
}
ENDS = {
    "handover": "label to first scan",
    "origin": "first scan to departure",
    "linehaul": "departure to first scan abroad",
    "customs": "into customs to cleared",
    "destination": "first scan abroad to the carrier's last",
    "last_mile": "first out for delivery to delivered",
    "pickup_wait": "ready to collect to collected",
}
SEEN = {"p50": charts.BLUE, "p90": charts.AMBER}
LANES_SHOWN = 12


def phases(reading: Reading) -> Section:
    """Return the section on the parts of the way."""
    rows = reading.ask(
        """
        select *
        from marts.phase_times
        where account = $account and grain = 'account'
        order by phase_order
        """
    )
    told = [row for row in rows if row["p50_days"] is not None]
    if not told:
        blocks: tuple[Block, ...] = (
            missing("No part of the way has been finished by enough parcels to say how long."),
        )
    else:
        blocks = (
            text(
                "By when half of the parcels are through a part of their way, and by when 90 % of"
                " them are, those that are still in it reckoned in. The parts overlap, and they do"
                " not add up to the whole."
            ),
            _figure(reading, rows, told),
            *_lanes(reading, [row["phase"] for row in told]),
        )
    return Section("phases", "Where the days go", blocks)


def _figure(
    reading: Reading, rows: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, Any]]
) -> Block:
    chart = Chart("phases", "Days in each part of the way", _described(told), _dumbbells(told))
    numbers = drawn(
        "phases",
        "Days in each part of the way, those still in it reckoned in, with limits of 95 %",
        (
            Column("part", "Part"),
            Column("ends", "From and to"),
            Column("parcel_count", "Parcels", "count"),
            Column("open_share", "Still in it", "share"),
            Column("half", "p50, days", "number"),
            Column("most", "p90, days", "number"),
            Column("untimed_count", "Time unknown", "count"),
        ),
        [
            {
                **row,
                "part": _part(row),
                "ends": ENDS.get(row["phase"]),
                "half": _limits(row, "p50"),
                "most": _limits(row, "p90"),
            }
            for row in rows
        ],
    )
    counts = [row["parcel_count"] for row in told]
    said = f"n = {words.count(min(counts))} to {words.count(max(counts))} parcels a part"
    shares = [row["open_share"] or 0 for row in told]
    still = f"{words.share(min(shares))} to {words.share(max(shares))} still in it"
    return figure(chart, basis=f"{said} · {still} · {as_of(reading)}", table=numbers)


def _part(row: Mapping[str, Any]) -> str:
    return PARTS.get(row["phase"], words.milestone(row["phase"]))


def _limits(row: Mapping[str, Any], name: str) -> str:
    if row[f"{name}_days"] is None:
        least = row.get(f"{name}_at_least_days")
        return words.UNKNOWN if least is None else f"at least {least:,.1f}"
    limits = (row[f"{name}_low_days"], row[f"{name}_high_days"])
    low, high = ("?" if limit is None else f"{limit:,.1f}" for limit in limits)
    return f"{row[f'{name}_days']:,.1f} ({low}–{high})"


def _described(told: Sequence[Mapping[str, Any]]) -> str:
    longest = sorted(told, key=lambda row: -row["p50_days"])[:2]
    said = [f"{_part(row)}, {words.days(row['p50_days'])} in the middle" for row in longest]
    return f"The longest: {words.listed(said)}."


def _dumbbells(told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    import altair as alt

    title = "days"
    spans = [
        {"part": _part(row), "from": row["p50_days"], "to": row["p90_days"]}
        for row in told
        if row["p90_days"] is not None
    ]
    marks = [
        {
            "part": _part(row),
            "name": name,
            "day": row[f"{name}_days"],
            "said": f"{row[f'{name}_days']:,.1f}",
            "n": row["parcel_count"],
        }
        for row in told
        for name in SEEN
        if row[f"{name}_days"] is not None
    ]
    order = [_part(row) for row in told]
    y = alt.Y("part:N", title=None).sort(order).axis(grid=True, labelLimit=200)
    lines = (
        alt.Chart(charts.values(spans))
        .mark_rule(strokeWidth=3, color=charts.GREY, opacity=0.5)
        .encode(x=alt.X("from:Q", title=title), x2="to:Q", y=y)
    )
    base = alt.Chart(charts.values(marks)).encode(
        x=alt.X("day:Q", title=title).axis(grid=False, tickCount=6), y=y
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.Color("name:N").scale(domain=list(SEEN), range=list(SEEN.values())),
        tooltip=[
            alt.Tooltip("part:N"),
            alt.Tooltip("name:N", title="percentile"),
            alt.Tooltip("day:Q", title="days", format=".1f"),
            alt.Tooltip("n:Q", title="parcels", format=","),
        ],
    )
    return charts.spec(alt.layer(lines, points), height=32 * len(order) + 10)


def _lanes(reading: Reading, parts: Sequence[str]) -> list[Block]:
    """Return the middle of each part by lane, which shows where a slow part is."""
    rows = reading.ask(
        f"""
        with ranked as (
            select carrier_code, lane, parcel_count
            from performance
            where grain = 'lane'
            order by parcel_count desc, carrier_code, lane
            limit {LANES_SHOWN}
        )
        select ranked.parcel_count as total, times.*
        from ranked
        inner join marts.phase_times as times using (carrier_code, lane)
        where times.account = $account and times.grain = 'lane' and times.p50_days is not null
        order by total desc, carrier_code, lane, phase_order
        """
    )
    by_lane: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = words.group(row["carrier_code"], row["lane"])
        by_lane.setdefault(name, {"group": name, "total": row["total"]})[row["phase"]] = row[
            "p50_days"
        ]
    if not by_lane:
        return []
    columns = [part for part in parts if any(part in told for told in by_lane.values())]
    return [
        heading("By carrier and lane"),
        table(
            drawn(
                "phases-lanes",
                f"Days by when half are through each part, {as_of(reading)}",
                (
                    Column("group", "Parcels of"),
                    Column("total", "Parcels", "count"),
                    *(Column(part, PARTS.get(part, part), "days") for part in columns),
                ),
                list(by_lane.values()),
            )
        ),
    ]
