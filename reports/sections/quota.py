"""Credits: how many are left, and for how long at the pace of the last thirty days."""

from typing import Any

from reports import charts, words
from reports.parts import Block, Chart, Section, figure, hint, missing, text
from reports.reading import OF_ACCOUNT, Reading
from reports.tables import Column, table

READINGS_SHOWN = 60


def quota(reading: Reading) -> Section:
    """Return the section on TrackingMore's credits."""
    rows = reading.ask(f"select * from marts.quota_runway where {OF_ACCOUNT} order by account")
    if not rows:
        return Section(
            "quota",
            "Credits",
            (
                missing("How many credits are left was never read."),
                hint("It is read by", "parcelhouse quota"),
            ),
        )
    if reading.is_over_all:
        told = tuple(text(f"{row['account']}:", *_left(row)) for row in rows)
        return Section("quota", "Credits", told)
    return Section("quota", "Credits", (text(*_left(rows[0])), *_history(reading)))


def _left(row: dict[str, Any]) -> list[str]:
    """Return how many credits an account has left, and for how long."""
    left = words.counted(row["credits_left"], "credit")
    said = [f"{left} left on {words.instant(row['fetched_at'])}."]
    if row["credits_per_day"] is None:
        said.append("There are no two readings a day apart yet, so nothing can be said of pace.")
    else:
        pace = f"{row['credits_per_day']:,.1f}"
        said.append(f"At {pace} a day, the pace since {words.instant(row['since'])},")
        said.append(
            f"they last {words.span(row['days_left'])}."
            if row["days_left"] is not None
            else "they do not run out."
        )
    return said


def _history(reading: Reading) -> list[Block]:
    rows = reading.ask(
        f"""
        select fetched_at, credits_left
        from ops.quotas
        where account = $account and credits_left is not null
        qualify row_number() over (order by fetched_at desc) <= {READINGS_SHOWN}
        order by fetched_at
        """
    )
    if len(rows) < 2:
        return []
    import altair as alt

    points = [{"at": row["fetched_at"].isoformat(), "credits": row["credits_left"]} for row in rows]
    drawn = (
        alt.Chart(charts.values(points))
        .mark_line(interpolate="step-after", color=charts.BLUE, point={"color": charts.BLUE})
        .encode(
            x=alt.X("at:T", title=None).axis(format="%-d %b", tickCount=6, grid=False),
            y=alt.Y("credits:Q", title=None).scale(zero=False).axis(format=",d", tickCount=4),
            tooltip=[
                alt.Tooltip("at:T", title="read", format="%-d %b %Y, %H:%M"),
                alt.Tooltip("credits:Q", title="credits left", format=","),
            ],
        )
    )
    first, last = rows[0], rows[-1]
    chart = Chart(
        "quota",
        "Credits left",
        f"From {words.count(first['credits_left'])} on {words.day(first['fetched_at'])} to"
        f" {words.count(last['credits_left'])} on {words.day(last['fetched_at'])}.",
        charts.spec(drawn, height=160),
    )
    numbers = table(
        "quota",
        "Credits left, by reading",
        (Column("when", "Read"), Column("credits_left", "Credits left", "count")),
        [{**row, "when": words.instant(row["fetched_at"])} for row in reversed(rows)],
    )
    read = words.counted(len(rows), "reading")
    basis = f"{read}, the last one on {words.instant(last['fetched_at'])}"
    return [figure(chart, basis=basis, table=numbers)]
