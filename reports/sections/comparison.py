"""Carriers and lanes beside each other: by when 50, 80, 90 % of their parcels are delivered."""

from typing import Any, Literal

from reports import charts
from reports.parts import Block, Chart, figure
from reports.reading import Reading
from reports.sections.basis import basis
from reports.sections.percentiles import PERCENTILES, Row, group, percentile, sentence
from reports.tables import Column, table

Grain = Literal["carrier", "lane"]

GROUPS_SHOWN = 20
GRAINS: dict[Grain, str] = {"carrier": "By carrier", "lane": "By carrier and lane"}
SEEN = {"p50": charts.BLUE, "p80": charts.TEAL, "p90": charts.AMBER}
EXPLAINED = (
    "The faint bar behind a mark is its range of 95 %. A triangle says “at least so many days”:"
    " too few parcels are delivered, or followed for so long, to say more. The axis gives few days"
    " more room than many."
)
COLUMNS = (
    Column("group", "Parcels of"),
    Column("parcel_count", "Parcels", "count"),
    Column("open_share", "Still open", "share"),
    Column("p50", "p50, days", "number"),
    Column("p80", "p80, days", "number"),
    Column("p90", "p90, days", "number"),
    Column("naive_p90_days", "p90 of the delivered alone", "days"),
    Column("first_attempt_share", "First attempt succeeds", "share"),
)


def comparison(reading: Reading, grain: Grain) -> list[Block]:
    """Return the groups with most parcels, the fastest first; [] if nothing can be said of any."""
    found = reading.ask(
        f"""
        select *
        from performance
        where grain = '{grain}' and coalesce(p50_days, p50_at_least_days) is not null
        order by parcel_count desc, carrier_code, lane
        """
    )
    shown = sorted(
        found[:GROUPS_SHOWN],
        key=lambda row: (row["p50_days"] or row["p50_at_least_days"], group(row)),
    )
    if not shown:
        return []
    title = f"By when 50, 80 and 90 % are delivered, {GRAINS[grain].lower()}"
    chart = Chart(
        f"compare-{grain}",
        title,
        " ".join(sentence(row) for row in [*shown[:3], *shown[3:][-1:]]),
        _intervals([mark for row in shown for mark in _marks(row)], len(shown)),
    )
    numbers = table(
        f"compare-{grain}",
        f"{title}, in days, with limits of 95 %",
        COLUMNS,
        [
            {**row, "group": group(row)} | {name: percentile(row, name) for name in PERCENTILES}
            for row in shown
        ],
    )
    note = EXPLAINED
    if len(found) > len(shown):
        note += f" These are the {len(shown)} of {len(found)} with most parcels."
    parcels = sum(row["parcel_count"] for row in shown)
    told = {
        "parcel_count": parcels,
        "open_share": sum(row["open_count"] for row in shown) / parcels,
    }
    return [figure(chart, basis=basis(reading, told), table=numbers, note=note)]


def _marks(row: Row) -> list[dict[str, Any]]:
    marks = []
    for name in PERCENTILES:
        known, least = row[f"{name}_days"], row[f"{name}_at_least_days"]
        if known is None and least is None:
            continue
        marks.append(
            {
                "group": group(row),
                "name": name,
                "day": round(least if known is None else known, 2),
                "low": row[f"{name}_low_days"],
                "high": row[f"{name}_high_days"],
                "sort": "at least" if known is None else "estimate",
                "n": row["parcel_count"],
                "open": row["open_share"],
            }
        )
    return marks


def _intervals(marks: list[dict[str, Any]], groups: int) -> dict[str, Any]:
    import altair as alt

    base = alt.Chart(charts.values(charts.placed(marks, "group"))).encode(
        y=charts.by_place("group").axis(grid=True),
        color=alt.Color("name:N").scale(domain=list(SEEN), range=list(SEEN.values())),
    )
    x_max = max(mark["high"] or mark["day"] for mark in marks) * 1.02
    ranges = base.mark_rule(strokeWidth=9, opacity=0.28).encode(
        x=charts.root_axis("low", x_max=x_max), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=75, opacity=1).encode(
        x=charts.root_axis("day", x_max=x_max),
        shape=alt.Shape("sort:N")
        .scale(domain=["estimate", "at least"], range=["circle", "triangle-right"])
        .legend(symbolFillColor=charts.INK, symbolStrokeColor=charts.INK),
        tooltip=[
            alt.Tooltip("group:N", title="parcels of"),
            alt.Tooltip("name:N", title="percentile"),
            alt.Tooltip("sort:N", title="this is an"),
            alt.Tooltip("day:Q", title="days", format=".1f"),
            alt.Tooltip("low:Q", title="from", format=".1f"),
            alt.Tooltip("high:Q", title="to", format=".1f"),
            alt.Tooltip("n:Q", title="parcels", format=","),
            alt.Tooltip("open:Q", title="still open", format=".1%"),
        ],
    )
    return charts.spec(alt.layer(ranges, points), height=22 * groups + 10)
