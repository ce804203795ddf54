"""The words by which carriers' texts announce a person, and those that follow and are none."""

import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from transforms.vocabulary import text_rules

FOLDER = Path(__file__).parent
SHORTEST_WORD = 4


class Cues(NamedTuple):
    """What announces a person, by how sure it is that one follows."""

    by: re.Pattern[str]  # "signed by": whoever follows
    label: re.Pattern[str]  # "recipient:": whoever follows the colon
    work: re.Pattern[str]  # "courier": who follows in capitals, or behind a colon
    title: re.Pattern[str]  # "Mrs": who follows in capitals


@cache
def cues() -> Cues:
    """Return the patterns of every language; each ends where a name would begin."""
    with (FOLDER / "cues.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))

    def pattern(kind: str, behind: str) -> re.Pattern[str]:
        words = sorted((row["cue"] for row in rows if row["kind"] == kind), key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w){behind}", re.IGNORECASE)

    return Cues(
        by=pattern("by", r"\s*[:：–-]?\s*"),
        label=pattern("label", r"\s*[:：]\s*"),
        work=pattern("work", r"\s*[:：,-]?\s*"),
        title=pattern("title", r"\.?\s+"),
    )


@cache
def nobody() -> frozenset[str]:
    """Return words that stand where a person would and name none: customer, neighbour, at."""
    return frozenset().union(*_words().values()) - titles()


@cache
def eastern_nobody() -> tuple[str, ...]:
    """Return those of them that are written without blanks."""
    return tuple(word for word in nobody() if word[0] >= "\u3040")


@cache
def particles() -> frozenset[str]:
    """Return the small words within names: van, de la."""
    return _words()["particles"]


@cache
def titles() -> frozenset[str]:
    """Return words that go before a name, mostly shortened: sig. Bellini."""
    return _words()["titles"]


@cache
def houses() -> frozenset[str]:
    """Return words that make a name one of a firm or an office: Hong Kong Post."""
    return _words()["houses"]


@cache
def _words() -> dict[str, frozenset[str]]:
    with (FOLDER / "nobody.csv").open(encoding="utf-8", newline="") as lines:
        return {row["language"]: frozenset(row["words"].split()) for row in csv.DictReader(lines)}


@cache
def words_of_trade() -> frozenset[str]:
    """Return words by which milestones are told: a customer called so is not looked for alone."""
    told = " ".join(rule.pattern for rule in text_rules())
    found = re.findall(rf"[^\W\d_]{{{SHORTEST_WORD},}}", re.sub(r"\\.", " ", told))
    return frozenset(found) | nobody()
