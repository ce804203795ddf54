"""How long parcels take: open ones reckoned in, and nothing told that may not be."""

from reports import words
from reports.parts import Block, Section, heading, missing, text
from reports.reading import Reading
from reports.sections.comparison import GRAINS, comparison
from reports.sections.curves import account_curve, curves, gallery_of, x_end
from reports.sections.percentiles import Row


def durations(reading: Reading) -> Section:
    """Return the section on how long parcels take."""
    whole = reading.one("select * from performance where grain = 'account'")
    blocks = _told(reading, whole) if whole else [missing("No parcel has a carrier's scan yet.")]
    return Section("durations", "How long parcels take", tuple(blocks))


def _told(reading: Reading, whole: Row) -> list[Block]:
    blocks = [
        text(
            "From the carrier's first scan to the delivery, in days of 24 hours. Parcels that are"
            " still on the way are reckoned in (Kaplan and Meier); without them every figure would"
            " be too good. Returned and lost ones count as no longer followed. The shaded band"
            " holds the truth with 95 % confidence; a curve ends where fewer than 10 parcels are"
            " still followed."
        )
    ]
    if not whole["delivered_count"]:
        blocks.append(_none_delivered(whole))
    found = curves(reading)
    if found:
        blocks += account_curve(reading, whole, found, x_end(found))
    else:
        blocks.append(missing("No curve is drawn: that takes 10 parcels or more with times."))
    for grain, name in GRAINS.items():
        if grain == "lane" and not _has_lanes(reading):
            blocks.append(_no_lanes())
            continue
        told = comparison(reading, grain) + gallery_of(reading, grain, found, x_end(found))
        blocks += [heading(name), *told] if told else []
    return blocks


def _none_delivered(whole: Row) -> Block:
    scanned = words.counted(whole["parcel_count"], "parcel")
    least = whole["p50_at_least_days"]
    more = [f"Half of them take at least {words.days(least)}."] if least else []
    return missing(f"None of {scanned} with a carrier's scan is delivered yet.", *more)


def _has_lanes(reading: Reading) -> bool:
    lane = "select 1 from performance where grain = 'lane' and lane <> '??>??' limit 1"
    return bool(reading.ask(lane))


def _no_lanes() -> Block:
    return missing(
        "Lanes cannot be told apart: of no parcel TrackingMore says where it comes from or goes to."
    )
