"""Numbers, times and names are spelt so that nobody has to ask."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from reports import words


@pytest.mark.parametrize(
    ("number", "spelt"),
    [(None, "–"), (0, "0 %"), (0.004, "0.4 %"), (0.0994, "9.9 %"), (0.5, "50 %"), (1, "100 %")],
)
def test_shares(number: float | None, spelt: str) -> None:
    assert words.share(number) == spelt.replace(" ", words.TIED)


def test_almost_all_is_not_all() -> None:
    assert words.share(0.9991) == f"99.9{words.TIED}%"


@pytest.mark.parametrize(
    ("number", "spelt"),
    [(None, "–"), (1, "1 day"), (0.04, "0 days"), (17.726, "17.7 days"), (1200, "1,200 days")],
)
def test_days(number: float | None, spelt: str) -> None:
    assert words.days(number) == spelt.replace(" ", words.TIED)


def test_an_instant_is_told_in_utc() -> None:
    eastward = timezone(timedelta(hours=8))
    assert words.instant(datetime(2026, 3, 2, 1, 5, tzinfo=eastward)) == "1 Mar 2026, 17:05 UTC"
    assert words.instant(datetime(2026, 3, 2, 1, 5, tzinfo=UTC)) == "2 Mar 2026, 01:05 UTC"
    assert words.day(date(2026, 11, 9)) == "9 Nov 2026"
    assert words.instant(None) == words.day(None) == "–"


def test_lanes_and_groups() -> None:
    assert words.lane("DE>NO") == "DE → NO"
    assert words.lane("??>NO") == "? → NO"
    assert words.group("(all)", "(all)") == "all parcels"
    assert words.group("dhl", "(all)") == "dhl"
    assert words.group("dhl", "DE>??") == "dhl, DE → ?"


def test_counting() -> None:
    assert words.counted(1, "parcel") == "1 parcel"
    assert words.counted(2000, "parcel") == "2,000 parcels"
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.span(41.2) == "41 days"
    assert words.span(400_000) == "more than ten years"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("【上海】快件离开 【张三 13800138000】", "…快件离开 …"),
        ("Call +49 170 123 45 67 today", "Call … today"),
        ("Arrived at hub 20457", "Arrived at hub 20457"),
        ("a" * 200, "a" * 119 + "…"),
    ],
)
def test_names_and_numbers_of_people_are_left_out(text: str, shown: str) -> None:
    assert words.impersonal(text) == shown
