"""Percentiles of a group as words: what may be published, else what it takes at least."""

from collections.abc import Mapping
from typing import Any

from reports import words

Row = Mapping[str, Any]  # of marts.lane_performance

PERCENTILES = {"p50": 0.5, "p80": 0.8, "p90": 0.9}
PARTS = {"p50": "half", "p80": "80 %", "p90": "90 %"}


def group(row: Row) -> str:
    """Return the name of the row's group."""
    return words.group(row["carrier_code"], row["lane"])


def percentile(row: Row, name: str) -> str:
    """Return "17.7 (16.4–18.9)", or "at least 24.6" where more may not be said."""
    if row[f"{name}_days"] is None:
        least = row[f"{name}_at_least_days"]
        return words.UNKNOWN if least is None else f"at least {least:,.1f}"
    limits = (row[f"{name}_low_days"], row[f"{name}_high_days"])
    low, high = ("?" if limit is None else f"{limit:,.1f}" for limit in limits)
    return f"{row[f'{name}_days']:,.1f} ({low}–{high})"


def sentence(row: Row) -> str:
    """Return the percentiles of a group as a sentence; "" where there are none."""
    said = []
    for name, part in PARTS.items():
        known, least = row[f"{name}_days"], row[f"{name}_at_least_days"]
        if known is not None:
            said.append(f"{part} within {words.days(known)}")
        elif least is not None:
            said.append(f"{part} in no less than {words.days(least)}")
    if not said:
        return ""
    name = group(row)
    return f"{name[:1].upper()}{name[1:]}: {words.listed(said)}."


def short(row: Row) -> str:
    """Return "p50 17.7 · p80 28.1 · p90 ≥ 33.0 days"."""
    said = []
    for name in PERCENTILES:
        known, least = row[f"{name}_days"], row[f"{name}_at_least_days"]
        if known is not None:
            said.append(f"{name} {known:,.1f}")
        elif least is not None:
            said.append(f"{name} ≥ {least:,.1f}")
    return " · ".join(said) + " days" if said else ""
