"""Reads carriers' texts and countries' names, each distinct one once, and keeps what it read."""

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from transforms import countries
from transforms.table import Table
from transforms.vocabulary import codes, milestones, rules_fingerprint, side_rules, text_rules
from transforms.vocabulary_tables import (
    COUNTRIES,
    COUNTRY_NAMES,
    COUNTRY_SPELLINGS,
    EDITION,
    EVENT_TEXTS,
    MILESTONES,
    SIDE_RULES,
    STATUS_MILESTONES,
    SUBSTATUS_MILESTONES,
    TEXT_RULES,
)
from warehouse.catalog import quoted
from warehouse.entries import staged

# A carrier that leaves the description blank says it in the details.
SAID = "case when trim(coalesce(description, '')) = '' then details else description end"
# What says nothing of what happened: the place in brackets, who carries it, telephone numbers.
ASIDE = (
    r"【[^】]*】|^\s*\[[^\]]*\]"
    r"|(?:投递员|投遞員|揽投员|派件员|派送员|快递员|业务员|配送员|收件员)[：:]\s*(?:\p{Han}{2,4}|\*{3})"
    r"|\+?\d[\d\s-]{6,}\d"
)
BLANKS = r"[\s\x{00a0}\x{3000}]+"


def ensure(db: duckdb.DuckDBPyConnection) -> None:
    """Fill the ref tables with this edition's vocabulary, where the file has another.

    Safe to repeat, cheap where there is nothing to do; the first time it takes about a second.
    What users wrote into core.text_overrides stays. The caller owns the transaction.
    """
    edition = countries.edition()
    if db.execute(f"select edition from {EDITION.name}").fetchall() == [(edition,)]:
        return
    rules = [
        (rule.rule_order, rule.language, rule.milestone, rule.pattern, rule.note or None)
        for rule in text_rules()
    ]
    sides = [(rule.rule_order, rule.side, rule.pattern, rule.note or None) for rule in side_rules()]
    _fill(db, MILESTONES, milestones())
    _fill(db, TEXT_RULES, rules)
    _fill(db, SIDE_RULES, sides)
    _fill(db, SUBSTATUS_MILESTONES, codes("substatus"))
    _fill(db, STATUS_MILESTONES, codes("status"))
    _fill(db, COUNTRIES, countries.countries())
    _fill(db, COUNTRY_SPELLINGS, countries.spellings())
    _fill(db, EDITION, [(edition,)])


def classify_new(db: duckdb.DuckDBPyConnection, account: str, *, run_id: str | None = None) -> int:
    """Read the account's texts that no rule has seen, and those that other rules have read.

    Safe to repeat. The caller owns the transaction.

    Args:
        db: The open warehouse.
        account: Whose texts.
        run_id: Look for new texts only in scans that this run wrote; None: in all of them,
            half a second a million.

    Returns:
        How many texts were read.
    """
    bound = {"account": account, "rules": rules_fingerprint()}
    db.execute(
        f"""
        create or replace temp table unread as
        with spoken as (
            select distinct {SAID} as said from core.tracking_events
            where account = $account and ($run_id::varchar is null or run_id = $run_id)
            union
            select said from {EVENT_TEXTS.name} where account = $account
        )
        select spoken.said, {_words("spoken.said")} as words
        from spoken
        anti join (
            select said from {EVENT_TEXTS.name}
            where account = $account and rules_fingerprint = $rules
        ) as kept using (said)
        where trim(spoken.said) <> ''
        """,
        bound | {"run_id": run_id},
    )
    ((count,),) = db.execute("select count(*) from unread").fetchall()
    if count:
        db.execute(
            f"delete from {EVENT_TEXTS.name} where account = $account"
            " and said in (select said from unread)",
            {"account": account},
        )
        db.execute(
            f"""
            insert into {EVENT_TEXTS.name} by name
            with folded as (
                select distinct words, {_folded("words")} as folded from unread
            ),
            -- as a column by itself: the rules are tried once a text
            ruled as materialized (
                select words, {_first_match("folded", [each.pattern for each in text_rules()])}
                    as place,
                    {_first_match("folded", [each.pattern for each in side_rules()])} as side_place
                from folded
            )
            select
                $account as account,
                unread.said,
                unread.words,
                ($milestones)[ruled.place] as milestone,
                ($names)[ruled.place] as rule,
                ($sides)[ruled.side_place] as side,
                $rules as rules_fingerprint
            from unread
            join ruled using (words)
            """,
            bound
            | {
                "milestones": [rule.milestone for rule in text_rules()],
                "names": [rule.rule for rule in text_rules()],
                "sides": [rule.side for rule in side_rules()],
            },
        )
    db.execute("drop table unread")
    return int(count)


def forget_unsaid(db: duckdb.DuckDBPyConnection, account: str) -> int:
    """Remove the account's texts that no scan has any more: what was purged or redacted.

    Safe to repeat. The caller owns the transaction.

    Returns:
        How many texts were removed.
    """
    return int(
        db.execute(
            f"""
            delete from {EVENT_TEXTS.name}
            where
                account = $account
                and said not in (
                    select {SAID} from core.tracking_events
                    where account = $account and {SAID} is not null
                )
            """,
            {"account": account},
        ).fetchall()[0][0]
    )


def name_countries(db: duckdb.DuckDBPyConnection, account: str) -> int:
    """Find out which countries the names in the account's parcels are, those new to this edition.

    Safe to repeat. The caller owns the transaction.

    Returns:
        How many names were looked up.
    """
    edition = countries.edition()
    found = db.execute(
        f"""
        with sent as (
            select original_country as name from core.trackings where account = $account
            union
            select destination_country as name from core.trackings where account = $account
        )
        select name from sent
        anti join (
            select name from {COUNTRY_NAMES.name}
            where account = $account and edition = $edition
        ) as kept using (name)
        where trim(name) <> ''
        order by name
        """,
        {"account": account, "edition": edition},
    ).fetchall()
    names = [name for (name,) in found]
    if names:
        db.execute(
            f"delete from {COUNTRY_NAMES.name} where account = $account and name in $names",
            {"account": account, "names": names},
        )
        read = countries.iso2_of(names)
        _insert(
            db,
            COUNTRY_NAMES,
            [(account, name, *(read[name] or (None, None)), edition) for name in names],
        )
    return len(names)


def _words(said: str) -> str:
    """Return SQL for what *said* says of the parcel, in one spelling of blanks and apostrophes."""
    plain = f"regexp_replace(replace({said}, '’', ''''), {quoted(ASIDE)}, ' ', 'g')"
    return f"trim(regexp_replace({plain}, {quoted(BLANKS)}, ' ', 'g'))"


def _folded(text: str) -> str:
    return f"strip_accents(lower({text}))"


def _first_match(text: str, patterns: Sequence[str]) -> str:
    """Return SQL for the place, from 1, of the first pattern that *text* has; null: of none.

    The patterns stand in it as constants, so that each is compiled once.
    """
    whens = " ".join(
        f"when regexp_matches({text}, strip_accents({quoted(pattern)})) then {place}"
        for place, pattern in enumerate(patterns, 1)
    )
    return f"case {whens} end"


def _fill(db: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    db.execute(f"delete from {table.name}")
    _insert(db, table, rows)


def _insert(db: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    columns = zip(*rows, strict=True)
    arrays = [
        pa.array(column, field.type) for column, field in zip(columns, table.schema, strict=True)
    ]
    with staged(db, staged_rows=pa.table(arrays, schema=table.schema)):
        db.execute(f"insert into {table.name} by name select * from staged_rows")
