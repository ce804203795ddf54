"""Week by week: the share of each week's parcels that was delivered at a certain age."""

from typing import Any

from reports import charts, words
from reports.parts import Block, Chart, Section, figure, missing, text
from reports.reading import OF_ACCOUNT, Reading
from reports.sections.basis import basis
from reports.tables import Column, table

WEEKS_SHOWN = 16


def cohorts(reading: Reading) -> Section:
    """Return the section on weeks of shipping."""
    rows = reading.ask(
        f"""
        select *
        from marts.cohort_weeks
        where account = $account and grain = 'account'
        qualify dense_rank() over (order by ship_week desc) <= {WEEKS_SHOWN}
        order by ship_week desc, age_days
        """
    )
    if not rows:
        nothing = missing("No parcel has a carrier's scan yet.")
        return Section("cohorts", "Week by week", (nothing,))
    blocks = [_figure(reading, rows)]
    if all(row["delivered_share"] is None for row in rows):
        blocks.append(missing("No week is old enough yet for any share to be told."))
    told = text(
        "Parcels by the week of their first scan: down the page the weeks, from left to right"
        " their age. A cell is told once the youngest parcel of that week has reached that age;"
        " until then it is grey, for a share of half a week would be no share."
    )
    return Section("cohorts", "Week by week", (told, *blocks))


def _figure(reading: Reading, rows: list[dict[str, Any]]) -> Block:
    ages = sorted({row["age_days"] for row in rows})
    weeks = sorted({row["ship_week"] for row in rows}, reverse=True)
    by_week = {
        week: {row["age_days"]: row for row in rows if row["ship_week"] == week} for week in weeks
    }
    chart = Chart(
        "cohorts",
        f"Per cent delivered by age, the newest {words.counted(len(weeks), 'week')}"
        " (grey: too young to tell)",
        _described(rows),
        _heat([_cell(row) for row in rows], ages, [_week(week) for week in weeks]),
    )
    numbers = table(
        "cohorts",
        "Share of a week's parcels delivered at an age in days; – where the week is too young",
        (
            Column("week", "Week from"),
            Column("parcel_count", "Parcels", "count"),
            *(Column(f"age {age}", f"{age} d", "share") for age in ages),
        ),
        [
            {"week": words.day(week), "parcel_count": next(iter(cells.values()))["parcel_count"]}
            | {f"age {age}": cell["delivered_share"] for age, cell in cells.items()}
            for week, cells in by_week.items()
        ],
    )
    return figure(chart, basis=basis(reading, _counts(reading, weeks[-1])), table=numbers)


def _counts(reading: Reading, since: Any) -> dict[str, Any]:
    return reading.one(
        f"""
        select
            count(*) as parcel_count,
            count(*) filter (where outcome = 'open') / count(*) as open_share
        from marts.shipments
        where {OF_ACCOUNT} and observed_days is not null and ship_week >= '{since}'
        """
    )


def _described(rows: list[dict[str, Any]]) -> str:
    known = [row for row in rows if row["delivered_share"] is not None and row["age_days"] == 14]
    if not known:
        return "No week is two weeks old yet."
    shares = [row["delivered_share"] for row in known]
    return (
        f"After 14 days between {words.share(min(shares))} and {words.share(max(shares))} of a"
        f" week's parcels are delivered; {words.share(shares[0])} of the newest week that is old"
        f" enough, from {words.day(known[0]['ship_week'])}."
    )


def _week(week: Any) -> str:
    return f"{week.day} {week:%b}"


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    share = row["delivered_share"]
    return {
        "week": _week(row["ship_week"]),
        "age": row["age_days"],
        "share": None if share is None else round(share, 4),
        "told": "" if share is None else f"{share * 100:.0f}",
        "says": "too young" if share is None else words.share(share),
        "n": row["parcel_count"],
    }


def _heat(cells: list[dict[str, Any]], ages: list[int], weeks: list[str]) -> dict[str, Any]:
    import altair as alt

    base = alt.Chart(charts.values(cells)).encode(
        x=alt.X("age:O", title="age in days")
        .sort(ages)
        .axis(orient="top", labelAngle=0, domain=False, ticks=False),
        y=alt.Y("week:O", title=None).sort(weeks),
        tooltip=[
            alt.Tooltip("week:N", title="week from"),
            alt.Tooltip("age:Q", title="age, days"),
            alt.Tooltip("says:N", title="delivered"),
            alt.Tooltip("n:Q", title="parcels", format=","),
        ],
    )
    young = base.transform_filter("datum.share === null").mark_rect(
        color="var(--young)", stroke=charts.SURFACE, strokeWidth=2
    )
    # how dark is how much: a colour that fades into any page
    old = base.transform_filter("datum.share !== null").mark_rect(
        color="var(--heat)", stroke=charts.SURFACE, strokeWidth=2
    )
    old = old.encode(
        fillOpacity=alt.FillOpacity("share:Q").scale(domain=[0, 1], range=[0.06, 1]).legend(None)
    )
    words_ = base.transform_filter("datum.share !== null").mark_text(fontSize=11)
    words_ = words_.encode(
        text="told:N",
        color=alt.when("datum.share > 0.63")
        .then(alt.value("var(--on-hot)"))
        .otherwise(alt.value("var(--on-cold)")),
    )
    return charts.spec(alt.layer(young, old, words_), height=26 * len(weeks) + 30)
