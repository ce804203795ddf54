"""How it ended: delivered, returned or lost, so many days after the first scan."""

from typing import Any

from reports import charts, words
from reports.parts import Block, Chart, Section, figure, heading, missing, table, text
from reports.reading import Reading
from reports.sections.basis import basis
from reports.tables import Column
from reports.tables import table as drawn

PARTS = {
    "delivered": charts.TEAL,
    "still open": charts.GREY,
    "returned": charts.AMBER,
    "lost": charts.RED,
}
DAY_COMPARED = 30
CARRIERS_SHOWN = 15


def outcomes(reading: Reading) -> Section:
    """Return the section on how parcels end."""
    rows = reading.ask(
        """
        select *
        from marts.outcome_incidence
        where account = $account and grain = 'account' and share is not null
        order by day, outcome
        """
    )
    whole = reading.one("select * from performance where grain = 'account'")
    if not rows or not whole:
        nothing = missing(
            "No parcel was followed for a week yet: how they end is still open."
            if whole
            else "No parcel has a carrier's scan yet."
        )
        return Section("outcomes", "How it ended", (nothing,))
    told = text(
        "The share of parcels that has ended in each way so many days after the first scan, open"
        " ones reckoned in (Aalen and Johansen). The ways compete: a returned parcel will not be"
        " delivered any more."
    )
    blocks = (told, _figure(reading, rows, whole), *_carriers(reading))
    return Section("outcomes", "How it ended", blocks)


def _figure(reading: Reading, rows: list[dict[str, Any]], whole: dict[str, Any]) -> Block:
    days = sorted({row["day"] for row in rows})
    parts = [
        {"after": _after(row["day"]), "outcome": row["outcome"], "share": round(row["share"], 5)}
        for row in rows
    ] + [
        {"after": _after(row["day"]), "outcome": "still open", "share": round(row["open_share"], 5)}
        for row in rows
        if row["outcome"] == "delivered"
    ]
    chart = Chart(
        "outcomes",
        "Delivered, still open, returned, lost",
        _described(rows, max(day for day in days if day <= DAY_COMPARED)),
        charts.bars(
            parts,
            category="after",
            value="share",
            series="outcome",
            order=[_after(day) for day in days],
            colours=PARTS,
            title="share of parcels",
            is_share=True,
        ),
    )
    numbers = drawn(
        "outcomes",
        "Share of parcels by outcome and days since the first scan, with limits of 95 %",
        (
            Column("after", "After"),
            Column("outcome", "Outcome"),
            Column("share", "Share", "share"),
            Column("share_low", "At least", "share"),
            Column("share_high", "At most", "share"),
            Column("at_risk_count", "Followed so long", "count"),
        ),
        [{**row, "after": _after(row["day"])} for row in rows],
    )
    return figure(chart, basis=basis(reading, whole), table=numbers)


def _after(day: int) -> str:
    return f"{day} days"


def _described(rows: list[dict[str, Any]], day: int) -> str:
    said = [f"{words.share(row['share'])} {row['outcome']}" for row in rows if row["day"] == day]
    still = next(row["open_share"] for row in rows if row["day"] == day)
    return f"After {day} days {words.listed([*said, f'{words.share(still)} still open'])}."


def _carriers(reading: Reading) -> list[Block]:
    rows = reading.ask(
        f"""
        pivot (
            select
                incidence.carrier_code,
                performance.parcel_count,
                performance.open_share,
                incidence.outcome,
                incidence.share
            from marts.outcome_incidence as incidence
            inner join performance using (account, grain, carrier_code, lane)
            where
                incidence.account = $account
                and incidence.grain = 'carrier'
                and incidence.day = {DAY_COMPARED}
                and incidence.share is not null
        )
        on outcome in ('delivered', 'returned', 'lost')
        using any_value(share)
        order by parcel_count desc, carrier_code
        limit {CARRIERS_SHOWN}
        """
    )
    if not rows:
        return []
    return [
        heading(f"By carrier, within {DAY_COMPARED} days"),
        table(
            drawn(
                "outcomes-carriers",
                f"Outcomes within {DAY_COMPARED} days of the first scan, by carrier",
                (
                    Column("carrier_code", "Carrier"),
                    Column("parcel_count", "Parcels", "count"),
                    Column("open_share", "Open now", "share"),
                    Column("delivered", "Delivered", "share"),
                    Column("returned", "Returned", "share"),
                    Column("lost", "Lost", "share"),
                ),
                rows,
            )
        ),
    ]
