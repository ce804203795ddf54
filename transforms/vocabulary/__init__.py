"""The words for what happens to a parcel, and how texts and codes are read as them.

Everything here is data, the .csv files beside this one. A text is read by the first of the rules
whose pattern it matches, in the order of `rule_order`, then of the language; so negations,
returns and what is only going to happen come before "delivered". The patterns are RE2, written
in lower case with the accents of their language; they are matched without (`été` finds `ETE`).
"""

import csv
from functools import cache
from hashlib import md5
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent


class TextRule(NamedTuple):
    """A text that *pattern* finds means *milestone*, unless an earlier rule finds it."""

    rule: str  # e.g. "french 70"
    rule_order: int
    language: str
    milestone: str
    pattern: str
    note: str


class SideRule(NamedTuple):
    """A text that *pattern* finds is told on that side of the border: origin | destination."""

    rule_order: int
    side: str
    pattern: str
    note: str


class Milestone(NamedTuple):
    """One of the twenty kinds of events; *outcome* where it ends the parcel's story."""

    milestone: str
    rank: int  # the usual order in a parcel's life
    phase: str
    sentence: str
    outcome: str | None


@cache
def milestones() -> tuple[Milestone, ...]:
    """Return the twenty milestones by rank."""
    return tuple(
        Milestone(
            row["milestone"],
            int(row["rank"]),
            row["phase"],
            row["sentence"],
            row["outcome"] or None,
        )
        for row in rows("milestones.csv")
    )


@cache
def text_rules() -> tuple[TextRule, ...]:
    """Return the rules of every language in the order in which they are tried."""
    found = [
        TextRule(
            f"{path.stem} {row['rule_order']}",
            int(row["rule_order"]),
            path.stem,
            row["milestone"],
            row["pattern"],
            row["note"],
        )
        for path in (FOLDER / "rules").glob("*.csv")
        for row in rows(f"rules/{path.name}")
    ]
    return tuple(sorted(found, key=lambda rule: (rule.rule_order, rule.language)))


@cache
def side_rules() -> tuple[SideRule, ...]:
    """Return the rules that tell the side, in the order in which they are tried."""
    return tuple(
        SideRule(int(row["rule_order"]), row["side"], row["pattern"], row["note"])
        for row in rows("sides.csv")
    )


def codes(kind: str) -> list[tuple[str, str]]:
    """Return which milestone each of TrackingMore's codes means; *kind*: substatus | status."""
    file = {"substatus": "substatuses.csv", "status": "statuses.csv"}[kind]
    return [(row[kind], row["milestone"]) for row in rows(file)]


@cache
def rules_fingerprint() -> str:
    """Return the md5 of what decides how a text is read."""
    return md5(repr((text_rules(), side_rules())).encode(), usedforsecurity=False).hexdigest()


@cache
def files_fingerprint() -> str:
    """Return the md5 of every file of the vocabulary."""
    digest = md5(usedforsecurity=False)
    for path in sorted(FOLDER.rglob("*.csv")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def rows(file: str) -> list[dict[str, str]]:
    """Return the rows of one of the files; an empty field is the empty text."""
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
