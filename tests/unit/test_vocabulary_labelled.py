"""Carriers' sentences mean what a person says they mean.

`tests/labelled` is what the rules were written with; `tests/labelled/held_out` was written before
them and no rule was ever changed on its account, so its share is what to expect of new texts.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pytest

from tests.factories import rows, warehouse
from trackingmore_v2.sandbox.wording import LANGUAGES
from transforms.vocabulary import FOLDER
from warehouse import vocabulary

LABELLED = Path(__file__).parents[1] / "labelled"
HELD_OUT = LABELLED / "held_out"
WITHOUT_RULES = {"swedish", "turkish"}

# Sandbox kinds that the vocabulary does not tell apart.
COARSER = {
    "arrived_hub": "in_transit",
    "departed_hub": "in_transit",
    "collected": "delivered",
    "damaged": "lost_or_damaged",
}
# "Received in <city>" says of no language that it is the last office.
UNDECIDED = {"Recebido em {city}"}

NEVER_DELIVERED = (
    "could not be delivered",
    "will be delivered",
    "Delivered to the next carrier",
    "delivery attempted",
    "not delivered",
    "undelivered",
    "n'a pas été livré",
    "sera livré",
    "SERA LIVRE",
    "wird zugestellt",
    "konnte nicht zugestellt werden",
    "no entregado",
    "será entregado",
    "non consegnato",
    "sarà consegnato",
    "não entregue",
    "será entregue",
    "niet bezorgd",
    "wordt bezorgd",
    "nie doręczono",
    "zostanie doręczona",
    "не вручено",
    "Отправление не доставлено",
    "будет доставлено",
    "не доставлено",
    "буде доставлено",
    "未妥投",
    "投递未果",
    "预计今日送达",
    "退件已签收",
    "配達できませんでした",
    "配達予定",
    "미배달",
    "배달 예정",
    "Returned and delivered to the sender",
)


class Sentence(NamedTuple):
    """A text and what it means."""

    text: str
    milestone: str


def sentences(path: Path) -> list[Sentence]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [Sentence(**row) for row in csv.DictReader(lines)]


def of_the_sandbox() -> list[Sentence]:
    return [
        Sentence(phrase, COARSER.get(milestone.value, milestone.value))
        for phrases in LANGUAGES.values()
        for milestone, variants in phrases.items()
        for phrase in variants
    ]


def spoken(phrase: str) -> str:
    """What the sandbox makes of its phrase."""
    return phrase.format(city="Leipzig", next="Bonn", courier="张伟", phone="13800138000")


@pytest.fixture(scope="module")
def meaning() -> Iterator[dict[str, str | None]]:
    """Every text of this file as one warehouse reads it."""
    files = [*LABELLED.glob("*.csv"), *HELD_OUT.glob("*.csv")]
    texts = {sentence.text for file in files for sentence in sentences(file)}
    texts |= {spoken(sentence.text) for sentence in of_the_sandbox()} | {*NEVER_DELIVERED}
    with warehouse() as db:
        read(db, sorted(texts))
        yield {
            row["said"]: row["milestone"]
            for row in rows(db, "select said, milestone from core.event_texts")
        }


def read(db: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    db.register("texts", pa.table({"description": texts}))
    db.execute(
        "insert into core.tracking_events by name"
        " select 'main' as account, description, 'run' as run_id from texts"
    )
    assert vocabulary.classify_new(db, "main") == len(texts)


@pytest.mark.parametrize("path", sorted(LABELLED.glob("*.csv")), ids=lambda path: path.stem)
def test_the_sentences_of_a_language_mean_what_they_mean(
    meaning: dict[str, str | None], path: Path
) -> None:
    labelled = sentences(path)
    assert len(labelled) >= 25
    assert {each.text: meaning[each.text] for each in labelled} == dict(labelled)


def test_every_language_with_rules_has_sentences() -> None:
    ruled = {path.stem for path in (FOLDER / "rules").glob("*.csv")}
    assert {path.stem for path in LABELLED.glob("*.csv")} == ruled
    assert {path.stem for path in HELD_OUT.glob("*.csv")} == ruled | WITHOUT_RULES


def test_what_the_sandboxs_parcels_say_is_understood(meaning: dict[str, str | None]) -> None:
    misread = {
        each.text for each in of_the_sandbox() if meaning[spoken(each.text)] != each.milestone
    }
    assert misread == UNDECIDED


@pytest.mark.parametrize("text", NEVER_DELIVERED)
def test_what_did_not_happen_or_is_to_come_is_no_delivery(
    meaning: dict[str, str | None], text: str
) -> None:
    assert meaning[text] not in (None, "delivered")


def held_out(*, with_rules: bool) -> list[Sentence]:
    return [
        sentence
        for path in HELD_OUT.glob("*.csv")
        if (path.stem not in WITHOUT_RULES) == with_rules
        for sentence in sentences(path)
    ]


def test_most_sentences_never_tuned_on_are_understood(meaning: dict[str, str | None]) -> None:
    unseen = held_out(with_rules=True)
    right = [each for each in unseen if meaning[each.text] == each.milestone]
    assert len(unseen) == 140
    assert len(right) >= 112  # docs/explanation/vocabulary.md has the measured figure


def test_a_language_without_rules_is_left_to_the_vendors_codes(
    meaning: dict[str, str | None],
) -> None:
    unseen = held_out(with_rules=False)
    misread = [each for each in unseen if meaning[each.text] not in (None, each.milestone)]
    assert len(unseen) == 24
    assert len(misread) <= 2


def test_no_held_out_sentence_is_taken_for_a_delivery_that_is_none(
    meaning: dict[str, str | None],
) -> None:
    others = [
        each
        for each in held_out(with_rules=True) + held_out(with_rules=False)
        if each.milestone != "delivered"
    ]
    assert [each.text for each in others if meaning[each.text] == "delivered"] == []
