"""Promises kept: which share of parcels was delivered within the days that were promised."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports import charts, words
from reports.parts import Block, Chart, Section, figure, missing, text
from reports.reading import Reading
from reports.sections.basis import as_of
from reports.sections.percentiles import group
from reports.tables import Column, table

GROUPS_SHOWN = 20

Rows = Sequence[Mapping[str, Any]]


def promises(reading: Reading) -> Section:
    """Return the section on promises of delivery times."""
    rows = reading.ask(
        f"""
        select
            carrier_code,
            lane,
            promised_days,
            is_business_days,
            sum(parcel_count) as parcel_count,
            sum(judged_count) as judged_count,
            sum(overdue_open_count) as overdue_open_count,
            sum(not_yet_due_count) as not_yet_due_count,
            sum(on_time_count) / nullif(sum(judged_count), 0) as on_time_share,
            wilson(sum(on_time_count), sum(judged_count)).low as on_time_share_low,
            wilson(sum(on_time_count), sum(judged_count)).high as on_time_share_high
        from marts.on_time
        where account = $account
        group by all
        order by parcel_count desc, carrier_code, lane
        limit {GROUPS_SHOWN}
        """
    )
    if not rows:
        nothing = missing(
            "No delivery time is promised for any of these parcels. Rows of core.promises (carrier,"
            " countries, days) would be judged here, and overdue parcels listed above."
        )
        return Section("promises", "Promises kept", (nothing,))
    blocks = (
        text(
            "Delivered, or ready to be collected, within the promised days. Open parcels that are"
            " overdue count as late, returned and lost ones too; those not yet due are not judged,"
            " so the share of the newest weeks flatters."
        ),
        _figure(reading, rows),
    )
    return Section("promises", "Promises kept", blocks)


def _figure(reading: Reading, rows: Rows) -> Block:
    judged = [row for row in rows if row["judged_count"]]
    worst = sorted(judged, key=lambda row: row["on_time_share"])[:3]
    chart = Chart(
        "promises",
        "Share delivered as promised",
        " ".join(f"{group(row)}: {words.share(row['on_time_share'])}." for row in worst)
        or "No parcel is due yet.",
        _shares(judged),
    )
    numbers = table(
        "promises",
        "Share delivered as promised, by carrier and lane, with limits of 95 %",
        (
            Column("group", "Parcels of"),
            Column("promise", "Promised"),
            Column("parcel_count", "Parcels", "count"),
            Column("judged_count", "Judged", "count"),
            Column("on_time_share", "On time", "share"),
            Column("on_time_share_low", "At least", "share"),
            Column("on_time_share_high", "At most", "share"),
            Column("overdue_open_count", "Open and overdue", "count"),
            Column("not_yet_due_count", "Not yet due", "count"),
        ),
        [{**row, "group": group(row), "promise": _promise(row)} for row in rows],
    )
    total, due = (sum(row[name] for row in rows) for name in ("parcel_count", "judged_count"))
    left = sum(row["overdue_open_count"] + row["not_yet_due_count"] for row in rows)
    said = (
        f"{words.counted(total, 'promised parcel')}, {words.count(due)} judged ·"
        f" {words.share(left / total)} still open · {as_of(reading)}"
    )
    return figure(chart, basis=said, table=numbers)


def _promise(row: Mapping[str, Any]) -> str:
    kind = "business day" if row["is_business_days"] else "day"
    return words.counted(row["promised_days"], kind)


def _shares(rows: Rows) -> dict[str, Any]:
    import altair as alt

    shares = [
        {
            "group": group(row),
            "share": round(row["on_time_share"], 4),
            "low": round(row["on_time_share_low"], 4),
            "high": round(row["on_time_share_high"], 4),
            "n": int(row["judged_count"]),
        }
        for row in rows
    ]
    base = alt.Chart(charts.values(charts.placed(shares, "group"))).encode(
        y=charts.by_place("group"),
        tooltip=[
            alt.Tooltip("group:N", title="parcels of"),
            alt.Tooltip("share:Q", title="on time", format=".1%"),
            alt.Tooltip("low:Q", title="at least", format=".1%"),
            alt.Tooltip("high:Q", title="at most", format=".1%"),
            alt.Tooltip("n:Q", title="judged", format=","),
        ],
    )
    x = alt.X("low:Q", title="share on time").scale(domain=[0, 1])
    x = x.axis(labelExpr=charts.PER_CENT, values=[0, 0.25, 0.5, 0.75, 1])
    ranges = base.mark_rule(strokeWidth=9, opacity=0.28, color=charts.BLUE).encode(x=x, x2="high:Q")
    points = base.mark_point(filled=True, size=75, opacity=1, color=charts.BLUE).encode(
        x=alt.X("share:Q", title="share on time")
    )
    return charts.spec(alt.layer(ranges, points), height=22 * len(rows) + 10)
