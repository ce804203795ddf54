"""Texts are read once, again when the rules change, and never against the user's word."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.factories import at, leg, load, parcel, rows, scan
from transforms import vocabulary as words
from transforms.vocabulary_tables import REFERENCE_TABLES
from warehouse import catalog, materialised, vocabulary
from warehouse.connection import open_for_writing, transaction

MILESTONES = {milestone.milestone for milestone in words.milestones()}


def says(
    db: duckdb.DuckDBPyConnection, *texts: str | None, details: str = "", **columns: str
) -> None:
    said = {"account": "main", "run_id": "run"} | columns
    for text in texts:
        db.execute(
            "insert into core.tracking_events by name"
            " select $account as account, $run_id as run_id, $text as description,"
            " $details as details",
            said | {"text": text, "details": details},
        )


def test_there_are_twenty_milestones_in_an_order_of_their_own() -> None:
    assert len(words.milestones()) == len(MILESTONES) == 20
    ranks = [milestone.rank for milestone in words.milestones()]
    assert ranks == sorted(set(ranks))


def test_every_rule_and_code_means_one_of_the_milestones() -> None:
    assert {rule.milestone for rule in words.text_rules()} == MILESTONES
    named = {milestone for kind in ("substatus", "status") for _, milestone in words.codes(kind)}
    assert named <= MILESTONES


def test_a_rule_has_a_name_of_its_own() -> None:
    names = [rule.rule for rule in words.text_rules()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("rule", words.text_rules(), ids=lambda rule: rule.rule)
def test_a_pattern_is_lower_case_and_finds_something(
    made: duckdb.DuckDBPyConnection, rule: words.TextRule
) -> None:
    assert rule.pattern == rule.pattern.lower()
    assert rule.pattern == rule.pattern.strip()
    assert made.execute("select regexp_matches('', ?)", [rule.pattern]).fetchall() == [(False,)]


def test_every_milestone_but_what_carriers_rarely_say_is_known_to_every_language() -> None:
    known = {(rule.language, rule.milestone) for rule in words.text_rules()}
    languages = {rule.language for rule in words.text_rules()}
    assert len(languages) == 13
    assert {(each, kind) for each in languages for kind in MILESTONES} - known == set()


def test_a_text_is_read_once(db: duckdb.DuckDBPyConnection) -> None:
    says(db, "Delivered", "Delivered", "Xyzzy", None, "  ")
    assert vocabulary.classify_new(db, "main") == 2
    assert vocabulary.classify_new(db, "main") == 0
    says(db, "Delivered", "Refused by the addressee")
    assert vocabulary.classify_new(db, "main") == 1
    assert rows(db, "select said, milestone, rule from core.event_texts order by all") == [
        {"said": "Delivered", "milestone": "delivered", "rule": "english 150"},
        {"said": "Refused by the addressee", "milestone": "refused", "rule": "english 30"},
        {"said": "Xyzzy", "milestone": None, "rule": None},
    ]


def test_texts_read_by_other_rules_are_read_again(db: duckdb.DuckDBPyConnection) -> None:
    says(db, "Delivered", "Xyzzy")
    vocabulary.classify_new(db, "main")
    db.execute(
        "update core.event_texts set milestone = 'unclaimed', rules_fingerprint = 'before'"
        " where said = 'Delivered'"
    )
    assert vocabulary.classify_new(db, "main", run_id="a later run") == 1
    assert rows(db, "select said, milestone from core.event_texts order by said") == [
        {"said": "Delivered", "milestone": "delivered"},
        {"said": "Xyzzy", "milestone": None},
    ]


def test_the_scans_of_one_run_can_be_looked_at_alone(db: duckdb.DuckDBPyConnection) -> None:
    says(db, "Delivered", run_id="one")
    says(db, "Refused", run_id="two")
    assert vocabulary.classify_new(db, "main", run_id="two") == 1
    assert rows(db, "select said from core.event_texts") == [{"said": "Refused"}]


def test_each_account_has_its_texts(db: duckdb.DuckDBPyConnection) -> None:
    says(db, "Delivered")
    says(db, "Delivered", account="theirs")
    assert vocabulary.classify_new(db, "main") == 1
    assert vocabulary.classify_new(db, "theirs") == 1
    assert vocabulary.classify_new(db, "nobody") == 0


def test_texts_that_nobody_says_any_more_are_forgotten(db: duckdb.DuckDBPyConnection) -> None:
    says(db, "Delivered", "Signed for by J. SMITH", None)
    says(db, "Refused", account="theirs")
    vocabulary.classify_new(db, "main")
    vocabulary.classify_new(db, "theirs")
    db.execute("delete from core.tracking_events where description <> 'Delivered'")
    assert vocabulary.forget_unsaid(db, "main") == 1
    assert vocabulary.forget_unsaid(db, "main") == 0
    assert rows(db, "select said from core.event_texts order by said") == [
        {"said": "Delivered"},
        {"said": "Refused"},
    ]


def test_a_blank_description_leaves_it_to_the_details(db: duckdb.DuckDBPyConnection) -> None:
    says(db, " ", None, details="Delivered")
    says(db, "Moving through the network", details="Delivered")
    vocabulary.classify_new(db, "main")
    assert rows(db, "select said, milestone from core.event_texts order by said") == [
        {"said": "Delivered", "milestone": "delivered"},
        {"said": "Moving through the network", "milestone": "in_transit"},
    ]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("【深圳市】快递员：张伟（13800138000）正在派件", "（ ）正在派件"),
        ("[Delivered Hotel] Departed", "Departed"),
        ("Call +49 341 123-4567 for news", "Call for news"),
        ("N’a  pas\u00a0pu", "N'a pas pu"),
        ("Room 12, Leipzig 04109", "Room 12, Leipzig 04109"),
    ],
)
def test_places_couriers_and_telephones_are_no_words(
    db: duckdb.DuckDBPyConnection, said: str, kept: str
) -> None:
    says(db, said)
    vocabulary.classify_new(db, "main")
    assert rows(db, "select said, words from core.event_texts") == [{"said": said, "words": kept}]


def test_a_text_may_tell_its_side(db: duckdb.DuckDBPyConnection) -> None:
    says(db, "Arrival at outward office of exchange", "进口海关放行", "Moving")
    vocabulary.classify_new(db, "main")
    assert rows(db, "select said, side from core.event_texts order by side nulls last") == [
        {"said": "进口海关放行", "side": "destination"},
        {"said": "Arrival at outward office of exchange", "side": "origin"},
        {"said": "Moving", "side": None},
    ]


def test_another_edition_fills_the_reference_anew_and_leaves_your_word(
    db: duckdb.DuckDBPyConnection,
) -> None:
    vocabulary.ensure(db)
    before = {each.name: db.execute(f"from {each.name}").fetchall() for each in REFERENCE_TABLES}
    assert all(before.values())
    assert len(before["ref.text_rules"]) == len(words.text_rules())
    yours = {"account": "main", "said": "Xyzzy", "milestone": "picked_up", "added_at": at(0)}
    db.execute(
        "insert into core.text_overrides by name select $account as account, $said as said,"
        " $milestone as milestone, $added_at as added_at",
        yours,
    )
    db.execute("delete from ref.milestones")
    vocabulary.ensure(db)
    assert rows(db, "from ref.milestones") == []  # the same edition: not looked at
    db.execute("update ref.edition set edition = 'another'")
    vocabulary.ensure(db)
    after = {each.name: db.execute(f"from {each.name}").fetchall() for each in REFERENCE_TABLES}
    assert after == before
    kept = rows(db, "select account, said, milestone, added_at from core.text_overrides")
    assert kept == [yours]


def test_anybodys_duckdb_reads_it_in_a_read_only_file(tmp_path: Path) -> None:
    with open_for_writing(tmp_path, "test") as db, transaction(db):
        catalog.ensure(db)
        vocabulary.ensure(db)
    with open_for_writing(tmp_path, "test") as db:
        load(db, parcel(origin_info=leg(scan("2026-02-26 18:40", "Zugestellt", ""))))
        materialised.refresh(db)
    with duckdb.connect(str(next(tmp_path.glob("*.duckdb"))), read_only=True) as db:
        db.execute("set TimeZone = 'UTC'")
        assert rows(db, "select milestone, time_zone from marts.events") == [
            {"milestone": "delivered", "time_zone": "Europe/Oslo"}
        ]
        assert len(rows(db, "from marts.milestones")) == 1
        assert rows(db, "from marts.text_audit") == []


def test_nothing_slow_is_imported_before_it_is_needed() -> None:
    script = "import sys, warehouse.vocabulary; print('country_converter' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout == "False\n"
