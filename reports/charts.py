"""The charts' common look, and the kinds of chart that several sections draw.

Colours are the page's own CSS variables, so that a chart follows it from light to dark and to
paper without being drawn again; `standalone` puts plain colours in their place.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]

# as in assets/style.css, in light
COLOURS = {
    "--surface": "#ffffff",
    "--ink": "#17212e",
    "--ink-2": "#475467",
    "--grid": "#e4e8ee",
    "--axis": "#98a2b3",
    "--blue": "#1f5fbf",
    "--teal": "#0f7b6c",
    "--amber": "#b25e09",
    "--red": "#b42318",
    "--grey": "#7a8696",
    "--young": "#e4e7ec",
    "--heat": "#0b2f7d",
    "--on-cold": "#000000",
    "--on-hot": "#ffffff",
}
BLUE, TEAL, AMBER, RED, GREY = (
    f"var(--{name})" for name in ("blue", "teal", "amber", "red", "grey")
)
INK, INK_2, SURFACE = "var(--ink)", "var(--ink-2)", "var(--surface)"
PLACE = "place"
PER_CENT = "format(datum.value * 100, '.0f') + ' %'"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "autosize": {"type": "fit-x", "contains": "padding"},
    "padding": {"left": 0, "right": 8, "top": 4, "bottom": 4},
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK_2,
        "titleColor": INK_2,
        "gridColor": "var(--grid)",
        "domainColor": "var(--axis)",
        "tickColor": "var(--axis)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 170,
        "labelPadding": 4,
    },
    "axisY": {"domain": False, "ticks": False, "labelPadding": 8},
    "legend": {
        "orient": "bottom",
        "direction": "horizontal",
        "title": None,
        "labelColor": INK,
        "labelFontSize": 12,
        "symbolSize": 110,
        "columnPadding": 16,
        "labelLimit": 220,
        "symbolOpacity": 1,
        # one below the other: beside each other they are wider than a telephone
        "layout": {"bottom": {"anchor": "start", "direction": "vertical"}},
    },
    "text": {"color": INK, "fontSize": 11},
}


def values(rows: Rows) -> Any:
    """Return rows as a chart's data."""
    import altair as alt

    return alt.Data(values=[dict(row) for row in rows])  # type: ignore[no-untyped-call]


def by_place(field: str) -> Any:
    """Return an axis of names, in the order in which they first come.

    A list of names would do as well, but Vega writes it into an expression, and not every name
    can stand in one.
    """
    import altair as alt

    return alt.Y(f"{field}:N", title=None).sort(field=PLACE, op="min")


def placed(rows: Rows, field: str) -> list[dict[str, Any]]:
    """Return rows that know the place of their name, for `by_place`."""
    places: dict[Any, int] = {}
    return [{**row, PLACE: places.setdefault(row[field], len(places))} for row in rows]


def spec(chart: Any, *, height: int | None = None) -> dict[str, Any]:
    """Return a chart as Vega-Lite, as wide as the page lets it be."""
    sized = chart.properties(width="container", **({"height": height} if height else {}))
    made: dict[str, Any] = sized.to_dict()
    made.pop("config", None)  # the page's
    return made


def standalone(spec: Mapping[str, Any], *, title: str, width: int) -> dict[str, Any]:
    """Return a chart that looks as in the page without it: with a title and plain colours."""
    heading = {"title": {"text": title, "anchor": "start", "fontSize": 15, "color": INK}}
    whole = {**spec, **heading, "width": width, "config": {**CONFIG, "background": SURFACE}}
    whole["config"] |= {"padding": 16}
    plain = re.sub(r"var\((--[a-z0-9-]+)\)", lambda use: COLOURS[use[1]], json.dumps(whole))
    said: dict[str, Any] = json.loads(plain)
    return said


def root_axis(field: str, *, x_max: float) -> Any:
    """Return an axis of days that gives few days more room: lanes differ by a factor of 20."""
    import altair as alt

    ticks = [tick for tick in (0, 1, 2, 5, 10, 20, 30, 45, 60, 90) if tick <= x_max]
    axis = alt.X(f"{field}:Q", title="days since the first scan")
    axis = axis.scale(type="sqrt", domain=[0, x_max], nice=False)
    return axis.axis(values=ticks, grid=False)


def curve(
    rows: Rows, *, x_max: float, percentiles: Rows, height: int, colour: str, is_small: bool = False
) -> dict[str, Any]:
    """Return the share delivered by day with its band, and dots where p50, p80, p90 are.

    Args:
        rows: day, share, low, high; a step each, from day 0.
        x_max: Where the axis of days ends.
        percentiles: day, share, name of those that may be told.
        height: In pixels.
        colour: Of the line and its band.
        is_small: One of several, on an axis of days that suits them all.
    """
    import altair as alt

    x = alt.X("day:Q", title="days since the first scan")
    x = x.scale(domain=[0, x_max], nice=False).axis(tickCount=6, grid=False)
    if is_small:
        x = root_axis("day", x_max=x_max).title("days")
    y = alt.Y("share:Q", title=None).scale(domain=[0, 1])
    y = y.axis(labelExpr=PER_CENT, values=[0, 0.5, 1] if is_small else [0, 0.25, 0.5, 0.75, 1])
    base = alt.Chart(values(rows))
    told = [
        alt.Tooltip("day:Q", title="days", format=".1f"),
        alt.Tooltip("share:Q", title="delivered", format=".1%"),
        alt.Tooltip("low:Q", title="at least", format=".1%"),
        alt.Tooltip("high:Q", title="at most", format=".1%"),
    ]
    band = base.mark_area(interpolate="step-after", color=colour, opacity=0.22).encode(
        x=x, y=alt.Y("low:Q", title=None).scale(domain=[0, 1]), y2="high:Q"
    )
    line = base.mark_line(interpolate="step-after", color=colour, strokeWidth=2, clip=True).encode(
        x=x, y=y, tooltip=told
    )
    dots = (
        alt.Chart(values(percentiles))
        .mark_point(filled=True, size=60, color=colour, opacity=1, stroke=SURFACE, strokeWidth=1.5)
        .encode(
            x=x,
            y=y,
            tooltip=[
                alt.Tooltip("name:N", title="percentile"),
                alt.Tooltip("day:Q", title="days", format=".1f"),
            ],
        )
    )
    names = dots.mark_text(align="left", dx=7, dy=9, fontSize=11, color=INK_2).encode(text="name:N")
    # within a layer of their own band and line share their rows instead of holding them twice
    return spec(alt.layer(alt.layer(band, line), alt.layer(dots, names)), height=height)


def bars(
    rows: Rows,
    *,
    category: str,
    value: str,
    series: str,
    order: Sequence[str],
    colours: Mapping[str, str],
    title: str,
    is_share: bool = False,
    row_height: int = 30,
) -> dict[str, Any]:
    """Return bars that lie, one a category, stacked by series in the order of *colours*.

    Args:
        rows: One a category and series.
        category: Column with the bars' names.
        value: Column with their lengths.
        series: Column with the parts' names.
        order: The bars from above.
        colours: Part by part, from the left.
        title: Of the axis of lengths.
        is_share: Whether the lengths are parts of 1; else they are counts.
        row_height: In pixels.
    """
    import altair as alt

    ranks = {name: rank for rank, name in enumerate(colours)}
    chart = alt.Chart(values([{**row, "rank": ranks[row[series]]} for row in rows]))
    axis = (
        {"labelExpr": PER_CENT, "values": [0, 0.25, 0.5, 0.75, 1]}
        if is_share
        else {"format": ",d", "tickMinStep": 1, "tickCount": 5}
    )
    x = alt.X(f"{value}:Q", title=title).stack("zero").axis(**axis)
    if is_share:
        x = x.scale(domain=[0, 1])
    drawn = chart.mark_bar(cornerRadiusEnd=2, stroke=SURFACE, strokeWidth=1).encode(
        x=x,
        y=alt.Y(f"{category}:N", title=None).sort(list(order)).scale(paddingInner=0.25),
        color=alt.Color(f"{series}:N")
        .scale(domain=list(colours), range=list(colours.values()))
        .legend(columns=2),
        order=alt.Order("rank:Q"),
        tooltip=[
            alt.Tooltip(f"{category}:N"),
            alt.Tooltip(f"{series}:N"),
            alt.Tooltip(f"{value}:Q", format=".1%" if is_share else ",.1~f"),
        ],
    )
    return spec(drawn, height=row_height * max(len(order), 1))
