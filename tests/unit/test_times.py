"""Every spelling of a date is read, junk is null, and nothing makes a column unreadable."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import texts
from transforms.times import instants, local_times


def arrow(column: Any) -> list[Any]:
    return list(pa.Array.from_pandas(column).to_pylist())


def instant(text: str | None) -> datetime | None:
    read: datetime | None
    (read,) = arrow(instants([text]))
    return read


def local_time(text: str | None) -> datetime | None:
    read: datetime | None
    (read,) = arrow(local_times([text]))
    return read


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T09:15:20+08:00",
        "2026-03-01T01:15:20+00:00",
        "2026-03-01T01:15:20Z",
        "2026-02-28T20:15:20-05:00",
        "2026-03-01T07:00:20+05:45",
        "2026-03-01T09:15:20+0800",
        "2026-03-01 09:15:20+08:00",
        "2026-03-01 09:15:20 +08:00",
        "2026-03-01T09:15:20.000+08:00",
        " 2026-03-01T09:15:20+08:00\n",
    ],
)
def test_a_stamp_with_an_offset_is_kept_as_its_instant(text: str) -> None:
    assert instant(text) == datetime(2026, 3, 1, 1, 15, 20, tzinfo=UTC)


def test_a_stamp_may_leave_out_its_seconds_or_carry_fractions_of_them() -> None:
    assert instant("2026-03-01T09:15+08:00") == datetime(2026, 3, 1, 1, 15, tzinfo=UTC)
    assert instant("2026-03-01T09:15:20.25+08:00") == datetime(
        2026, 3, 1, 1, 15, 20, 250_000, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["2026-03-01T09:15:20", "2026-03-01 09:15", "2026-03-01"])
def test_a_stamp_without_an_offset_is_no_instant(text: str) -> None:
    assert instant(text) is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-03-01 09:15", "2026-03-01 09:15:00"),
        ("2026-03-01 09:15:20", "2026-03-01 09:15:20"),
        ("2026-03-01T09:15:20", "2026-03-01 09:15:20"),
        ("2026-03-01 00:00", "2026-03-01 00:00:00"),
        ("2026-03-01", "2026-03-01 00:00:00"),
        ("2026/03/01 09:15", "2026-03-01 09:15:00"),
        ("2026/3/1 9:15", "2026-03-01 09:15:00"),
        ("2026/03/01 09:15:20", "2026-03-01 09:15:20"),
        ("2026/03/01", "2026-03-01 00:00:00"),
        ("2026-3-1 9:15", "2026-03-01 09:15:00"),
        ("2026-3-1 9:15:20", "2026-03-01 09:15:20"),
        ("20260301", "2026-03-01 00:00:00"),
        ("  2026-03-01 09:15 ", "2026-03-01 09:15:00"),
        ("2024-02-29 23:59:59", "2024-02-29 23:59:59"),
    ],
)
def test_a_wall_clock_is_read_in_every_spelling(text: str, read: str) -> None:
    assert str(local_time(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T09:15:20+08:00",
        "2026-03-01 09:15:20 -05:00",
        "2026-03-01T09:15:20Z",
        "2026-03-01T09:15+08",
        "2026-03-01 09:15:20 CST",
    ],
)
def test_a_stamp_with_a_zone_is_no_wall_clock(text: str) -> None:
    assert local_time(text) is None


JUNK = [
    None,
    "",
    " ",
    "0",
    "null",
    "0000-00-00 00:00:00",
    "-0001-11-30T00:00:00+00:00",
    "2026-02-30 09:15",
    "2026-13-01T09:15:20+08:00",
    "2026-03-01 24:00",
    "2026-03-01 25:61",
    "1899-12-31 23:59",
    "2100-01-01 00:00:00",
    "2026-03-01T09:15:20+99:99",
    "2026",
    "2026-03",
    "2026-W09-7",
    "01.03.2026 09:15",
    "03/01/2026 09:15",
    "1772356520",
    "1512101010",
    "1772356520000",
    "now",
    "today",
    "nan",
    "NaT",
    "２０２６-03-01 09:15",
    "2026年3月1日",
    "2026-03-01 09:15\x00",
    "9" * 5000,
]


@pytest.mark.parametrize("text", JUNK)
def test_junk_is_null(text: str | None) -> None:
    assert instant(text) is None
    assert local_time(text) is None


# Each was seen to make pandas refuse the whole column, its good neighbours included.
POISON = [
    "2026-03-01T09:15:20.123456789+08:00",
    "2026-03-01 09:15:20.123456789",
    "0001-01-01T00:00:00+08:00",
    "0001-01-01 00:00",
    "9999-12-31T23:59:59-08:00",
    "2026-03-01T09:15+08",
    "2026-03-01T09:15:20z",
    "2026-03-01 09:15:20 UTC",
    "2026-03-01 09:15-0800",
]


@pytest.mark.parametrize("poison", POISON)
def test_a_stamp_does_not_spoil_its_neighbours(poison: str) -> None:
    good = ["2026-03-01T09:15:20+08:00", "2026-03-01 09:15:20", "2026/3/1 9:15"]
    instant_, *_ = arrow(instants([*good, poison, None, *POISON]))
    _, *wall_clocks = arrow(local_times([*good, poison, None, *POISON]))
    assert instant_ == datetime(2026, 3, 1, 1, 15, 20, tzinfo=UTC)
    assert list(map(str, wall_clocks[:2])) == ["2026-03-01 09:15:20", "2026-03-01 09:15:00"]


def test_no_stamps_are_no_times_of_the_same_type() -> None:
    assert len(instants([])) == len(local_times([])) == 0
    assert instants([]).dtype == instants(["2026-03-01T09:15:20Z"]).dtype
    assert local_times([]).dtype == local_times([None]).dtype


def stamps() -> st.SearchStrategy[str | None]:
    """Texts that look like dates more often than not."""
    pieces = st.sampled_from(["2026", "03", "3", "01", "0000", "60", *"-/:. TZz+", "+08:00", "AM"])
    return st.none() | texts() | st.sampled_from(JUNK + POISON) | st.lists(pieces).map("".join)


@settings(deadline=None, max_examples=40)
@given(st.lists(stamps(), max_size=4))
def test_any_texts_are_read_or_null_each_by_itself(raw: list[str | None]) -> None:
    assert arrow(instants(raw)) == [instant(text) for text in raw]
    assert arrow(local_times(raw)) == [local_time(text) for text in raw]


@settings(deadline=None, max_examples=40)
@given(
    st.datetimes(datetime.fromisoformat("1970-01-02"), datetime.fromisoformat("2099-12-30")),
    st.integers(-12, 14),
    st.sampled_from([0, 15, 30, 45]),
)
def test_an_instant_is_the_wall_clock_less_its_offset(
    moment: datetime, hours: int, minutes: int
) -> None:
    sign = "-" if hours < 0 else "+"
    text = f"{moment:%Y-%m-%dT%H:%M:%S}{sign}{abs(hours):02}:{minutes:02}"
    assert instant(text) == datetime.fromisoformat(text).astimezone(UTC)
    assert local_time(text) is None
