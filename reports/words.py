"""How the report spells numbers, times, lanes and what is unknown."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

UNKNOWN = "–"
TIED = "\xa0"  # no line ends between a number and its unit
# texts of Chinese carriers hold couriers' names in these, and their mobile numbers in digits
_PERSONAL = re.compile(r"【[^】]*】|\+?\d(?:[\d -]{5,})\d")


def count(number: float | None) -> str:
    """Return "1,566"."""
    return UNKNOWN if number is None else f"{number:,.0f}"


def counted(number: float, thing: str, things: str = "") -> str:
    """Return "1 parcel", "2,000 parcels"; *things* where an s does not make the plural."""
    return f"{count(number)} {thing if number == 1 else things or thing + 's'}"


def days(number: float | None) -> str:
    """Return "17.7 days", "0.4 days"; a whole number without its zero."""
    if number is None:
        return UNKNOWN
    spelt = f"{number:,.1f}".removesuffix(".0")
    return f"{spelt}{TIED}{'day' if spelt == '1' else 'days'}"


def share(number: float | None) -> str:
    """Return "94 %", and "3.7 %", "99.2 %" where whole per cents would hide something."""
    if number is None:
        return UNKNOWN
    per_cent = number * 100
    is_extreme = 0 < per_cent < 9.95 or 95 < per_cent < 100
    return f"{per_cent:.1f}{TIED}%" if is_extreme else f"{per_cent:.0f}{TIED}%"


def span(number: float) -> str:
    """Return "41 days"; beyond some years nobody counts them."""
    return "more than ten years" if number > 3652 else counted(round(number), "day")


def day(when: date | None) -> str:
    """Return "16 Nov 2026"."""
    return UNKNOWN if when is None else f"{when.day} {when:%b %Y}"


def instant(when: datetime | None) -> str:
    """Return "22 Nov 2026, 09:22 UTC"."""
    if when is None:
        return UNKNOWN
    utc = when.astimezone(UTC)
    return f"{day(utc)}, {utc:%H:%M} UTC"


def lane(code: str) -> str:
    """Return "CN → US" for "CN>US", with a question mark for an end that is unknown."""
    if code == "(all)":
        return "all lanes"
    return code.replace("??", "?").replace(">", " → ")


def group(carrier_code: str, lane_code: str) -> str:
    """Return the name of a group: "dhl, CN → US", "dhl", "all parcels"."""
    if carrier_code == "(all)":
        return "all parcels"
    return carrier_code if lane_code == "(all)" else f"{carrier_code}, {lane(lane_code)}"


def listed(things: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(things[:-1]), things[-1]] if len(things) > 1 else things)


def milestone(word: str | None) -> str:
    """Return "out for delivery" for "out_for_delivery"."""
    return (word or "unknown").replace("_", " ")


def impersonal(text: str, *, limit: int = 120) -> str:
    """Return a carrier's text without names and telephone numbers, and not too long."""
    shown = _PERSONAL.sub("…", text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
