"""What needs action today: parcels that somebody should look at, each under its gravest reason."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from reports import words
from reports.parts import Block, Section, hint, missing, table, text
from reports.reading import Reading
from reports.sections.basis import as_of
from reports.tables import Column, link
from reports.tables import table as drawn

EACH_SHOWN = 15
EVERYTHING = 'parcelhouse sql "from marts.in_transit where is_stalled or is_later_than_lane_p90"'
COLUMNS = (
    Column("number", "Parcel", "html"),
    Column("order_id", "Order"),
    Column("carrier_code", "Carrier"),
    Column("lane", "Lane"),
    Column("said", "Last known"),
    Column("age_days", "Age, days", "days"),
    Column("silence_days", "Silent, days", "days"),
    Column("silence_limit_days", "Usual limit, days", "days"),
)


class Reason(NamedTuple):
    """Why a parcel needs somebody: its name in the table, and who has it."""

    name: str
    condition: str


GIVEN_UP = "list_contains(flags, 'vendor_stopped_looking')"

# the gravest first: a parcel stands under the first that applies
REASONS = (
    Reason(
        "The recipient did not get it: delivery failed, refused or not collected",
        "last_milestone in ('delivery_failed', 'refused', 'unclaimed')",
    ),
    Reason(
        "Held or damaged: exception, customs, lost",
        "last_milestone in ('exception', 'customs_hold', 'lost_or_damaged')",
    ),
    Reason(
        "Waits to be collected for 3 days or more",
        "last_milestone = 'available_for_pickup' and silence_days >= 3",
    ),
    Reason("Overdue: later than was promised", f"is_overdue and not {GIVEN_UP}"),
    Reason(
        "Silent for longer than is usual there",
        f"is_stalled and outcome = 'open' and not {GIVEN_UP}",
    ),
    Reason("Later than 90 % of its carrier and lane", f"is_later_than_lane_p90 and not {GIVEN_UP}"),
    Reason(
        "Only a label: no carrier has scanned it",
        f"is_stalled and outcome = 'label_only' and not {GIVEN_UP}",
    ),
    Reason("Given up by TrackingMore: ask the carrier, or close it", f"is_stalled and {GIVEN_UP}"),
)


def action(reading: Reading) -> Section:
    """Return the section on what needs action today."""
    found = parcels(reading)
    on_the_way = reading.one("select count(*) as number from on_the_way")["number"]
    return Section("action", "What needs action today", tuple(_blocks(reading, found, on_the_way)))


def parcels(reading: Reading) -> list[dict[str, Any]]:
    """Return the parcels that need action, each with its `reason`, those of the gravest first."""
    cases = " ".join(
        f"when {reason.condition} then {place}" for place, reason in enumerate(REASONS)
    )
    return reading.ask(
        f"""
        select *, case {cases} end as reason
        from on_the_way
        where reason is not null
        order by reason, last_event_at desc, tracking_number
        """
    )


def _blocks(reading: Reading, found: Sequence[dict[str, Any]], on_the_way: int) -> list[Block]:
    if not on_the_way:
        return [missing(f"No parcel is on the way, {as_of(reading)}.")]
    counted = words.counted(on_the_way, "parcel")
    if not found:
        return [text(f"None of {counted} on the way needs anything, {as_of(reading)}.")]
    shown = [row for place in range(len(REASONS)) for row in _of(found, place)[:EACH_SHOWN]]
    blocks = [
        text(
            f"{words.count(len(found))} of {counted} on the way, {as_of(reading)}. Each stands"
            " once, under its gravest reason, those heard of last first. The usual limit is"
            " by when 95 % of such parcels have their next scan; two working days of silence are"
            " forgiven anyway. The number leads to the carrier's page where one is known."
        ),
        table(
            drawn(
                "action",
                "Parcels that need action, by reason",
                (Column("account", "Account"), *COLUMNS) if reading.is_over_all else COLUMNS,
                [_row(row, len(_of(found, row["reason"]))) for row in shown],
                groups="group",
            )
        ),
    ]
    if len(shown) < len(found):
        blocks.append(hint("All that are silent or late:", EVERYTHING))
    return blocks


def _of(found: Sequence[dict[str, Any]], place: int) -> list[dict[str, Any]]:
    return [row for row in found if row["reason"] == place]


def _row(row: dict[str, Any], number: int) -> dict[str, Any]:
    counted = words.counted(number, "parcel")
    more = f", {EACH_SHOWN} shown" if number > EACH_SHOWN else ""
    return {
        **row,
        "group": f"{REASONS[row['reason']].name} ({counted}{more})",
        "number": link(row["weblink"], row["tracking_number"] or row["tracking_id"]),
        "lane": words.lane(row["lane"]),
        "said": _said(row),
    }


def _said(row: dict[str, Any]) -> str:
    """Return "departed origin, 3 Nov 2026"."""
    last = row["last_event_at"]
    return f"{words.milestone(row['last_milestone'])}, {words.day(last)}" if last else "no scan"
