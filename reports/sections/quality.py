"""Quality of the data: what to know before a number is trusted."""

from typing import Any

from reports import words
from reports.parts import Block, Section, heading, hint, missing, table, text
from reports.reading import Reading
from reports.sections.basis import as_of
from reports.tables import Column
from reports.tables import table as drawn

TEXTS_SHOWN = 15
CARRIERS_SHOWN = 12
# as of marts.data_quality
DOUBTS = {
    "unknown_text": "texts that no rule knows",
    "contradicted_text": "texts that contradict TrackingMore's code",
    "unknown_clock": "nobody knows whose clock it was",
    "date_only": "a date without a time",
    "unreadable_time": "a time that cannot be read",
    "repeated_feed": "told again by another feed",
    "no_scans": "no scan at all",
    "unknown_country": "origin or destination unknown",
    "contradicted_outcome": "scans and status tell different ends",
    "delivered_without_scan": "delivered, nobody knows when",
    "negative_transit": "delivered before it was shipped",
    "arrived_before_departed": "arrived before it departed",
    "ordered_after_shipping": "ordered after it was shipped",
    "reused_number": "moving again after its delivery",
    "status_set_by_hand": "status set by hand",
    "quarantined_payload": "could not be read, waits in quarantine",
    "unknown_field": "came without a column for it",
}


def quality(reading: Reading) -> Section:
    """Return the section on the quality of the data."""
    rows = reading.ask(
        """
        select *
        from marts.data_quality
        where account = $account
        order by share desc nulls last, doubt_count desc, kind
        """
    )
    counted = [row for row in rows if row["total_count"]]
    if not counted:
        return Section("quality", "Quality of the data", (missing("There is no data to doubt."),))
    doubts = [row for row in rows if row["doubt_count"]]
    clean = [DOUBTS.get(row["kind"], row["kind"]) for row in counted if not row["doubt_count"]]
    blocks = [
        *_doubts(reading, doubts, clean),
        *_texts(reading),
        *_completeness(reading),
        *_latency(reading),
    ]
    return Section("quality", "Quality of the data", tuple(blocks))


def _doubts(reading: Reading, doubts: list[dict[str, Any]], clean: list[str]) -> list[Block]:
    blocks = []
    if doubts:
        blocks.append(
            table(
                drawn(
                    "quality",
                    f"What is in doubt, {as_of(reading)}",
                    (
                        Column("doubt", "Doubt"),
                        Column("doubt_count", "Number", "count"),
                        Column("total_count", "of", "count"),
                        Column("share", "Share", "share"),
                        Column("unit", "Counted in"),
                        Column("example", "For example"),
                    ),
                    [_doubt(row) for row in doubts],
                )
            )
        )
    if clean:
        blocks.append(text(f"Of these there is none: {'; '.join(sorted(clean))}."))
    return blocks


def _doubt(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "doubt": DOUBTS.get(row["kind"], words.milestone(row["kind"])),
        "example": row["example_id"],
    }


def _texts(reading: Reading) -> list[Block]:
    rows = reading.ask(
        f"""
        select *, count(*) over () as text_count, sum(event_count) over () as scan_count
        from marts.text_audit
        where account = $account
        order by event_count desc, said
        limit {TEXTS_SHOWN}
        """
    )
    if not rows:
        return [heading("Texts"), text("Every text of every carrier is understood.")]
    first = rows[0]
    return [
        heading("Texts that are not understood, or contradict the code"),
        text(
            f"{words.counted(first['text_count'], 'text')} in"
            f" {words.counted(first['scan_count'], 'scan')}, the most frequent first; names and"
            " telephone numbers are left out."
        ),
        table(
            drawn(
                "texts",
                f"Texts of carriers that are unknown or contradicted, {as_of(reading)}",
                (
                    Column("text", "Text"),
                    Column("issue", "What is wrong"),
                    Column("read_as", "Read as"),
                    Column("vendor", "TrackingMore says"),
                    Column("event_count", "Scans", "count"),
                    Column("parcel_count", "Parcels", "count"),
                    Column("carriers", "Carriers"),
                ),
                [
                    {
                        **row,
                        "text": words.impersonal(row["said"]),
                        "read_as": words.milestone(row["milestone"]),
                        "vendor": words.milestone(row["vendor_milestone"]),
                        "carriers": words.impersonal(row["carriers"] or "", limit=60),
                    }
                    for row in rows
                ],
            )
        ),
        hint(
            "What you know of a text goes into core.text_overrides. All of them:",
            'parcelhouse sql "from marts.text_audit"',
        ),
    ]


def _completeness(reading: Reading) -> list[Block]:
    rows = reading.ask(
        f"""
        select *
        from marts.scan_completeness
        where account = $account and grain in ('carrier', 'account')
        order by grain = 'account' desc, ended_count desc, carrier_code
        limit {CARRIERS_SHOWN} + 1
        """
    )
    if not rows:
        return []
    return [
        heading("Scans that should be there"),
        text(
            "Of parcels that have ended, how many were scanned when picked up; of the delivered"
            " ones, when out for delivery and when delivered. What is not scanned cannot be timed."
        ),
        table(
            drawn(
                "completeness",
                f"Share of ended parcels with a scan of each kind, by carrier, {as_of(reading)}",
                (
                    Column("carrier", "Carrier"),
                    Column("ended_count", "Ended", "count"),
                    Column("picked_up_share", "Picked up", "share"),
                    Column("out_for_delivery_share", "Out for delivery", "share"),
                    Column("delivered_share", "Delivered", "share"),
                ),
                [{**row, "carrier": words.group(row["carrier_code"], "(all)")} for row in rows],
            )
        ),
    ]


def _latency(reading: Reading) -> list[Block]:
    row = reading.one(
        """
        select *
        from marts.tracking_latency
        where account = $account and carrier_code = '(all)'
        """
    )
    if not row or not row["judged_count"]:
        return []
    return [
        heading("How late news arrives"),
        text(
            f"Half of {words.counted(row['judged_count'], 'scan')} were known here within"
            f" {words.days(row['p50_hours'] / 24)} of happening, 90 % within"
            f" {words.days(row['p90_hours'] / 24)}, {as_of(reading)}. That holds the carrier's"
            " delay, TrackingMore's and the time from sync to sync."
        ),
    ]
