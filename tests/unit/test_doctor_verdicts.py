"""What the doctor concludes from a page, and what it tells of the settings."""

from pathlib import Path
from typing import Any

import pytest

from flows.choosing import read_settings
from flows.origins import origins
from flows.settings import Settings
from flows.steps.verdicts import order_of

KEY = "tm-live-4f9d2c81b7e60a35"
DAYS = [f"2026-03-0{day}T09:00:00+08:00" for day in range(1, 8)]


def items(created: list[Any], updated: list[Any]) -> list[dict[str, Any]]:
    return [
        {"created_at": one, "updated_at": two} for one, two in zip(created, updated, strict=True)
    ]


MIXED = [DAYS[place] for place in (3, 0, 6, 2, 5, 1, 4)]
FALLING = DAYS[::-1]


@pytest.mark.parametrize(
    ("created", "updated", "orders"),
    [
        (DAYS, MIXED, ["created_at, oldest first"]),
        (FALLING, MIXED, ["created_at, newest first"]),
        (MIXED, DAYS, ["updated_at, oldest first"]),
        (MIXED, FALLING, ["updated_at, newest first"]),
        (MIXED, MIXED[::-1], []),
        (DAYS, DAYS, ["created_at, oldest first", "updated_at, oldest first"]),
        (DAYS, [None] * 7, ["created_at, oldest first"]),
        (DAYS[:1] * 7, MIXED, []),
        (DAYS[:1] * 7, DAYS, ["updated_at, oldest first"]),
    ],
)
def test_a_page_tells_the_orders_it_is_in(
    created: list[Any], updated: list[Any], orders: list[str]
) -> None:
    assert order_of(items(created, updated)) == orders


def test_equal_stamps_are_in_every_order() -> None:
    created = [DAYS[0], *DAYS, DAYS[-1]]
    assert order_of(items(created, [None] * 9)) == ["created_at, oldest first"]


@pytest.mark.parametrize(
    "page",
    [
        [],
        items(DAYS[:4], DAYS[:4]),
        items(DAYS[:1] * 7, [None] * 7),
        items(["soon"] * 7, [7] * 7),
        items([day.removesuffix("+08:00") for day in DAYS], [""] * 7),
        ["no object", None, 7, [], {}],
    ],
)
def test_a_page_that_cannot_tell_says_so(page: list[Any]) -> None:
    assert order_of(page) is None


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_setting_tells_where_it_came_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("PARCELHOUSE_ACCOUNT=filed\nPARCELHOUSE_LAG_SECONDS=7\nOTHER=1\n")
    monkeypatch.setenv("PARCELHOUSE_ACCOUNT", "said")
    found = {each.name: (each.value, each.origin) for each in origins(read_settings())}
    assert found["PARCELHOUSE_ACCOUNT"] == ("said", "environment")
    assert found["PARCELHOUSE_LAG_SECONDS"] == ("7", ".env")
    assert found["PARCELHOUSE_HOME"] == ("parcelhouse-data", "default")
    assert found.keys() == {name.upper() for name in Settings.model_fields}


def test_the_case_of_a_variable_does_not_hide_its_origin(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("parcelhouse_account", "said")
    found = {each.name: (each.value, each.origin) for each in origins(read_settings())}
    assert found["PARCELHOUSE_ACCOUNT"] == ("said", "environment")


@pytest.mark.parametrize(
    ("line", "value", "origin"),
    [
        (f"TRACKINGMORE_API_KEY={KEY}", "set", ".env"),
        ("TRACKINGMORE_API_KEY=", "not set", ".env"),
        ("", "not set", "default"),
    ],
)
def test_of_the_key_only_is_told_whether_it_is_set(
    folder: Path, line: str, value: str, origin: str
) -> None:
    (folder / ".env").write_text(line)
    (said,) = (each for each in origins(read_settings()) if each.name == "TRACKINGMORE_API_KEY")
    assert (said.value, said.origin) == (value, origin)
