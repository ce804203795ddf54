"""What fits a column is in it, what does not is set aside whole."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import json_values
from transforms.coercion import Coerced, booleans, integers, texts

TEXTS_AS_SENT = [
    "-Departed from facility",
    "two  blanks and one at the end ",
    "\t\n",
    "包裹已送达",
    "Прибыло в место вручения",
    "🚚 out for delivery 👍🏽",
    "a\x00b",
    "\ufeffBOM",
    "x" * 100_000,
    "null",
    "",
]


@pytest.mark.parametrize("text", TEXTS_AS_SENT)
@pytest.mark.parametrize("neighbour", ["a text", None, 7, {"no": "text"}])
def test_a_text_is_kept_as_it_is_whatever_stands_beside_it(text: str, neighbour: Any) -> None:
    assert texts([text, neighbour]).column[0] == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (10**30, str(10**30)),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        (["one@shop.example"], "one@shop.example"),
        (["one@shop.example", "two@shop.example"], "one@shop.example, two@shop.example"),
        ([], ""),
        (None, None),
    ],
)
def test_what_can_be_spelt_as_text_is(value: Any, text: str | None) -> None:
    assert texts(["another", value]) == Coerced(["another", text], {})


@pytest.mark.parametrize("value", [{}, {"a": 1}, [1], ["a", None], [["a"]]])
def test_what_is_no_text_is_set_aside(value: Any) -> None:
    assert texts(["another", value, None]) == Coerced(["another", None, None], {1: value})


@pytest.mark.parametrize(
    ("value", "integer"),
    [
        (0, 0),
        (-1, -1),
        (2**31 - 1, 2**31 - 1),
        (-(2**31), -(2**31)),
        ("12", 12),
        (" -12 ", -12),
        ("007", 7),
        (3.0, 3),
        ("", None),
        (None, None),
    ],
)
def test_whole_numbers_are_read(value: Any, integer: int | None) -> None:
    assert integers(["1", value]) == Coerced([1, integer], {})
    assert list(integers([value]).column) == [integer]


@pytest.mark.parametrize(
    "value",
    [
        2**31,
        -(2**31) - 1,
        10**30,
        "2147483648",
        "9" * 5000,
        "--5",
        "5-",
        "- 5",
        "1_000",
        "1.0",
        "²",
        "three",
        " ",
        1.5,
        1e300,
        True,
        False,
        [],
        {},
        [1],
    ],
)
def test_what_is_no_whole_number_is_set_aside(value: Any) -> None:
    coerced = integers([1, value, None])
    assert coerced == Coerced([1, None, None], {1: value})
    assert coerced.odd[1] is value


@pytest.mark.parametrize(
    ("value", "boolean"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("false", False),
        ("True", True),
        (1, True),
        (0, False),
        ("1", True),
        ("0", False),
        ("", None),
        (None, None),
    ],
)
def test_booleans_are_read_in_every_spelling(value: Any, boolean: bool | None) -> None:
    assert booleans(["true", value]) == Coerced([True, boolean], {})
    assert list(booleans([value]).column) == [boolean]


@pytest.mark.parametrize("value", ["yes", " true", 2, -1, 1.0, [], {}, [True]])
def test_what_is_no_boolean_is_set_aside(value: Any) -> None:
    assert booleans([True, value, None]) == Coerced([True, None, None], {1: value})


@pytest.mark.parametrize("read", [texts, integers, booleans])
def test_no_values_are_no_column(read: Any) -> None:
    assert read([]) == Coerced([], {})


@settings(deadline=None, max_examples=50)
@given(
    st.lists(json_values(), max_size=5),
    st.sampled_from([(texts, str), (integers, int), (booleans, bool)]),
)
def test_any_value_is_in_the_column_or_set_aside(values: list[Any], reader: Any) -> None:
    read, kind = reader
    column, odd = read(values)
    assert len(column) == len(values)
    for row, value in enumerate(values):
        if row in odd:
            assert column[row] is None
            assert odd[row] is value
        elif column[row] is None:
            assert value in (None, "")
        else:
            assert type(column[row]) is kind
