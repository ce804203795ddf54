"""The account at a glance: a handful of figures, each with what it is based on."""

from html import escape
from typing import Any, NamedTuple

from reports import words
from reports.parts import Block, Section, missing
from reports.reading import OF_ACCOUNT, Reading
from reports.sections.action import parcels
from reports.sections.basis import as_of


class Tile(NamedTuple):
    """One figure: what it is, how much, of what, and where more is said of it."""

    label: str
    figure: str
    basis: str
    section: str


def overview(reading: Reading) -> Section:
    """Return the figures at the head of the report."""
    counts = reading.one(
        f"""
        select
            count(*) as parcel_count,
            count(*) filter (where not is_deleted) as live_count,
            count(*) filter (where outcome = 'open') / count(*) as open_share,
            min(created_at) as since
        from marts.shipments
        where {OF_ACCOUNT}
        """
    )
    if not counts.get("parcel_count"):
        nothing = missing(
            f"No parcel of {_named(reading)} is published: there is nothing to report yet."
        )
        return Section("overview", "At a glance", (nothing,))
    tiles = [_parcels(counts), *_waiting(reading), *_times(reading), *_forecast(reading)]
    items = "".join(
        f'<li><a href="#{tile.section}"><span class="label">{escape(tile.label)}</span>'
        f'<span class="value">{escape(tile.figure)}</span>'
        f'<span class="basis">{escape(tile.basis)}</span></a></li>'
        for tile in tiles
    )
    said = Block(f'<ul class="tiles">{items}</ul><p class="basis">All {as_of(reading)}.</p>')
    return Section("overview", "At a glance", (said,))


def _named(reading: Reading) -> str:
    return "any account" if reading.is_over_all else f"the account “{reading.account}”"


def _parcels(counts: dict[str, Any]) -> Tile:
    gone = counts["parcel_count"] - counts["live_count"]
    removed = f", {words.count(gone)} of them gone from the account" if gone else ""
    return Tile(
        "Parcels",
        words.count(counts["parcel_count"]),
        f"{words.share(counts['open_share'])} open; since {words.day(counts['since'])}{removed}",
        "durations",
    )


def _waiting(reading: Reading) -> list[Tile]:
    on_the_way = reading.one(
        """
        select count(*) as number, count(*) filter (where outcome = 'label_only') as labels
        from on_the_way
        """
    )
    number = on_the_way["number"]
    labels = f"{words.count(on_the_way['labels'])} of them only a label"
    return [
        Tile(
            "Need action", words.count(len(parcels(reading))), f"of {number:,} on the way", "action"
        ),
        Tile("On the way", words.count(number), labels, "on-the-way"),
    ]


def _times(reading: Reading) -> list[Tile]:
    row = reading.one("select * from performance where grain = 'account'")
    if not row:
        return []
    parcels = words.counted(row["parcel_count"], "scanned parcel")
    based = f"{parcels}, {words.share(row['open_share'])} open"
    tiles = []
    for name, part in (("p50", "Half are delivered within"), ("p90", "90 % are delivered within")):
        known, least = row[f"{name}_days"], row[f"{name}_at_least_days"]
        if known is not None:
            low, high = row[f"{name}_low_days"], row[f"{name}_high_days"]
            limits = (
                f"{low:,.1f}–{words.days(high)}" if low is not None and high is not None else ""
            )
            tiles.append(Tile(part, words.days(known), f"{limits}; {based}", "durations"))
        elif least is not None:
            part = part.replace("within", "in no less than")
            tiles.append(Tile(part, words.days(least), based, "durations"))
    return tiles


def _forecast(reading: Reading) -> list[Tile]:
    row = reading.one(
        """
        select *
        from marts.arrivals_forecast
        where account = $account and carrier_code = '(all)' and expected_deliveries is not null
        """
    )
    if not row:
        return []
    judged = row["open_count"] - row["unknown_count"]
    low, high = row["expected_deliveries_low"], row["expected_deliveries_high"]
    return [
        Tile(
            "Expected within 7 days",
            words.count(row["expected_deliveries"]),
            f"{words.count(low)} to {words.count(high)}, of {judged:,} open parcels",
            "on-the-way",
        )
    ]
