"""The same thing keeps its name, another thing has another."""

import json
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import json_values, parcel, payload_hash, texts
from transforms.batch import payload_hashes
from transforms.identity import canonical, event_id

WORDS = ("2026-02-27 09:15", "Arrived at the sorting centre", "LEIPZIG")


def test_an_event_has_the_same_name_in_every_version() -> None:
    assert event_id("a1", "origin", WORDS, 1) == "878423bc3f9ec91e4c07b23ddb4dbe5f"
    assert event_id("a1", "origin", ("包", None, ""), 2) == "ef14d863751e5874b8542cd562c71999"


def test_an_event_has_the_same_name_in_another_engine() -> None:
    with duckdb.connect() as db:
        ((name,),) = db.execute(
            """select md5('["a1","origin","2026-02-27 09:15","say \\"包\\"",null,3]')"""
        ).fetchall()
    assert event_id("a1", "origin", ("2026-02-27 09:15", 'say "包"', None), 3) == name


def events() -> st.SearchStrategy[Any]:
    word = st.none() | texts(max_size=3)
    return st.tuples(
        texts(max_size=3),
        st.sampled_from(["origin", "destination"]),
        st.tuples(word, word, word),
        st.integers(1, 3),
    )


@settings(deadline=None, max_examples=300)
@given(events(), events())
def test_different_words_have_different_names(one: Any, other: Any) -> None:
    assert (event_id(*one) == event_id(*other)) == (one == other)


@settings(deadline=None, max_examples=60)
@given(texts(max_size=5), texts(max_size=5), st.sampled_from(["\x00", "\x1f", ",", '","', "|"]))
def test_no_separator_in_the_words_makes_two_events_one(
    left: str, right: str, separator: str
) -> None:
    names = {
        event_id("a1", "origin", words, 1)
        for words in (
            (left + separator + right, "", ""),
            (left, separator + right, ""),
            (left, right, separator),
            (left, right, None),
            (left, right, "null"),
        )
    }
    assert len(names) == 5


def reordered(value: Any) -> Any:
    """The same JSON with the keys of every object the other way round."""
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    if isinstance(value, list):
        return [reordered(each) for each in value]
    return value


@settings(deadline=None, max_examples=30)
@given(st.dictionaries(texts(), json_values(), max_size=4))
def test_the_order_of_keys_is_no_content(extra: dict[str, Any]) -> None:
    payload = parcel(nested=extra, **{f"x{name}": value for name, value in extra.items()})
    assert payload_hash(reordered(payload)) == payload_hash(payload)


def test_the_order_of_scans_is_content() -> None:
    payload = parcel()
    payload["origin_info"]["trackinfo"].reverse()
    assert payload_hash(payload) != payload_hash(parcel())


VOLATILE = ("itemTimeLength", "stayTimeLength")


def test_days_that_pass_without_news_are_no_content() -> None:
    assert payload_hash(parcel(itemTimeLength=4, stayTimeLength=3)) == payload_hash(parcel())
    without = {name: value for name, value in parcel().items() if name not in VOLATILE}
    assert payload_hash(without) == payload_hash(parcel())


def test_every_other_field_is_content() -> None:
    original = payload_hash(parcel())
    for name in parcel().keys() - set(VOLATILE):
        another = payload_hashes([parcel(**{name: "another"})])  # none, where it cannot be read
        assert original not in another.values(), name
    assert payload_hash(parcel(unheard_of=None)) != original


@pytest.mark.parametrize("name", ["created_at", "updated_at"])
def test_an_instant_is_content_and_its_spelling_is_not(name: str) -> None:
    def hashed(text: str) -> str:
        return payload_hash(parcel(**{name: text}))

    assert hashed("2026-03-01T09:15:20+08:00") == hashed("2026-03-01T01:15:20Z")
    assert hashed("2026-03-01T09:15:20+08:00") != hashed("2026-03-01T09:15:20+07:00")


def test_texts_that_meet_at_another_place_are_another_content() -> None:
    names = {
        payload_hash(parcel(title=title, order_id=order))
        for title, order in (("a:1", "b"), ("a", "1:b"), ("a:1:b", ""), ("", "a:1:b"), ("-", None))
    }
    assert len(names) == 5


@settings(deadline=None, max_examples=60)
@given(json_values())
def test_the_one_spelling_of_a_value_reads_back_as_the_value(value: Any) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(reordered(value)) == canonical(value)


def test_an_integer_beyond_64_bits_is_spelt_out() -> None:
    assert (
        canonical({"b": 10**30, "a": "包"})
        == '{"a":"包","b":1000000000000000000000000000000}'.encode()
    )
