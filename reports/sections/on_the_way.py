"""Parcels on the way: by age, and how many will be delivered within seven days."""

from typing import Any

from reports import charts, words
from reports.parts import Block, Chart, Section, figure, missing, text
from reports.reading import Reading
from reports.sections.basis import as_of
from reports.tables import Column
from reports.tables import table as drawn

AGES = ("0-3", "4-7", "8-14", "15-30", "31-60", "60+")
LABEL = "only a label"
HEARD, SILENT = "heard of as usual", "silent too long"
PARTS = {HEARD: charts.BLUE, SILENT: charts.AMBER}
CARRIERS_SHOWN = 12


def on_the_way(reading: Reading) -> Section:
    """Return the section on parcels on the way."""
    ages = by_age(reading)
    blocks = [_ages(reading, ages), *_forecast(reading)] if ages else [_none(reading)]
    return Section("on-the-way", "On the way", tuple(blocks))


def by_age(reading: Reading) -> list[dict[str, Any]]:
    """Return parcels on the way by age: parcel_count, stalled_count, expected_deliveries."""
    return reading.ask(
        f"""
        select
            coalesce(age_bucket, '{LABEL}') as age,
            count(*) as parcel_count,
            count(*) filter (where is_stalled) as stalled_count,
            count(p_delivered_next_7d) as forecast_count,
            sum(p_delivered_next_7d) as expected_deliveries,
            avg(p_delivered_eventually) as eventually_share,
            min(first_scan_at) as oldest_at
        from on_the_way
        group by age
        order by list_position({[*AGES, LABEL]}, age)
        """
    )


def _none(reading: Reading) -> Block:
    return missing(f"No parcel is on the way, {as_of(reading)}.")


def _ages(reading: Reading, ages: list[dict[str, Any]]) -> Block:
    parts = [
        {"age": _spelt(row["age"]), "part": part, "parcels": number}
        for row in ages
        for part, number in (
            (HEARD, row["parcel_count"] - row["stalled_count"]),
            (SILENT, row["stalled_count"]),
        )
        if number
    ]
    total = sum(row["parcel_count"] for row in ages)
    stalled = sum(row["stalled_count"] for row in ages)
    chart = Chart(
        "ages",
        "Parcels on the way by age",
        f"{words.counted(total, 'parcel')}, {words.count(stalled)} of them silent for longer than"
        f" is usual. {_most(ages)}",
        charts.bars(
            parts,
            category="age",
            value="parcels",
            series="part",
            order=[_spelt(row["age"]) for row in ages],
            colours=PARTS,
            title="parcels",
        ),
    )
    numbers = drawn(
        "ages",
        "Parcels on the way by days since the first scan",
        (
            Column("age", "Days since the first scan"),
            Column("parcel_count", "Parcels", "count"),
            Column("stalled_count", "Silent too long", "count"),
            Column("expected_deliveries", "Expected within 7 days", "days"),
            Column("forecast_count", "of so many that can be judged", "count"),
            Column("eventually_share", "Delivered in the end", "share"),
        ),
        ages,
    )
    said = f"{words.counted(total, 'parcel')} on the way, all of them open · {as_of(reading)}"
    return figure(chart, basis=said, table=numbers)


def _spelt(age: str) -> str:
    if age == LABEL:
        return LABEL
    return f"{age.replace('-', '–').replace('60+', 'over 60')} days"


def _most(ages: list[dict[str, Any]]) -> str:
    most = max(ages, key=lambda row: row["parcel_count"])
    return f"Most of them, {words.count(most['parcel_count'])}: {_spelt(most['age'])}."


def _forecast(reading: Reading) -> list[Block]:
    rows = reading.ask(
        """
        select *
        from marts.arrivals_forecast
        where account = $account and open_count > 0
        order by expected_deliveries desc nulls last, carrier_code
        """
    )
    whole = next((row for row in rows if row["carrier_code"] == "(all)"), None)
    if whole is None or whole["expected_deliveries"] is None:
        return [
            missing(
                "How many will be delivered within seven days cannot be told: too few parcels"
                " have come that far."
            )
        ]
    carriers = [row for row in rows if row["carrier_code"] != "(all)"][:CARRIERS_SHOWN]
    unknown = (
        f" Of {words.counted(whole['unknown_count'], 'parcel')} nobody knows: none that old was"
        " followed for a week more."
        if whole["unknown_count"]
        else ""
    )
    return [
        text(
            f"Within 7 days, until {words.instant(whole['until_at'])},"
            f" {words.count(whole['expected_deliveries'])} of"
            f" {words.counted(whole['open_count'], 'open parcel')} are expected to be delivered,"
            f" between {words.count(whole['expected_deliveries_low'])} and"
            f" {words.count(whole['expected_deliveries_high'])} in 95 of 100 such weeks:"
            " the sum of each parcel's own chance at its age, carrier and lane, where it may also"
            f" come back or be lost. Parcels shipped from now on are not in it.{unknown}"
        ),
        _forecast_figure(reading, [row for row in (whole, *carriers) if row["open_count"]]),
    ]


def _forecast_figure(reading: Reading, rows: list[dict[str, Any]]) -> Block:
    whole, known = rows[0], [row for row in rows[1:] if row["expected_deliveries"] is not None]
    chart = Chart(
        "forecast",
        "Deliveries expected within 7 days, by carrier",
        " ".join(
            f"{row['carrier_code']}: {row['expected_deliveries']:.1f} of {row['open_count']}."
            for row in known[:4]
        ),
        _expected(known),
    )
    numbers = drawn(
        "forecast",
        "Deliveries expected within 7 days, by carrier, with a range of 95 %",
        (
            Column("carrier", "Carrier"),
            Column("open_count", "Open", "count"),
            Column("expected_deliveries", "Expected", "days"),
            Column("range", "Range of 95 %", "number"),
            Column("unknown_count", "Cannot be judged", "count"),
        ),
        [_carrier(row) for row in rows],
    )
    said = (
        f"{words.counted(whole['open_count'], 'open parcel')},"
        f" {words.count(whole['unknown_count'])} of which cannot be judged · {as_of(reading)}"
    )
    note = "The dot is what is expected, the bar its range of 95 %."
    return figure(chart, basis=said, table=numbers, note=note)


def _expected(rows: list[dict[str, Any]]) -> dict[str, Any]:
    import altair as alt

    expected = [
        {
            "carrier": row["carrier_code"],
            "expected": round(row["expected_deliveries"], 2),
            "low": round(row["expected_deliveries_low"], 2),
            "high": round(row["expected_deliveries_high"], 2),
            "open": row["open_count"],
        }
        for row in rows
    ]
    base = alt.Chart(charts.values(charts.placed(expected, "carrier"))).encode(
        y=charts.by_place("carrier"),
        tooltip=[
            alt.Tooltip("carrier:N"),
            alt.Tooltip("expected:Q", title="expected", format=".1f"),
            alt.Tooltip("low:Q", title="from", format=".1f"),
            alt.Tooltip("high:Q", title="to", format=".1f"),
            alt.Tooltip("open:Q", title="open", format=","),
        ],
    )
    x = alt.X("low:Q", title="deliveries").axis(tickCount=5, tickMinStep=1, format=",d")
    ranges = base.mark_rule(strokeWidth=9, opacity=0.28, color=charts.TEAL).encode(x=x, x2="high:Q")
    points = base.mark_point(filled=True, size=75, opacity=1, color=charts.TEAL).encode(
        x=alt.X("expected:Q", title="deliveries")
    )
    return charts.spec(alt.layer(ranges, points), height=24 * len(rows) + 10)


def _carrier(row: dict[str, Any]) -> dict[str, Any]:
    low, high = row["expected_deliveries_low"], row["expected_deliveries_high"]
    return {
        **row,
        "carrier": words.group(row["carrier_code"], "(all)"),
        "range": f"{low:,.1f}–{high:,.1f}" if row["expected_deliveries"] is not None else None,
    }
