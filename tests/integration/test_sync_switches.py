"""The same warehouse, however the server settles what nobody documents."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

import pytest

from tests.truth import Mirror
from trackingmore_v2.errors import AuthenticationError
from trackingmore_v2.sandbox import Sandbox, Switches

MirrorOf: TypeAlias = Callable[..., Mirror]
NOW = datetime(2026, 3, 6, 15, 20, 31, tzinfo=UTC)
SMALL_PAGES = {"max_limit": 25}  # many windows
PAGING = {"empty_as", "bounds", "order", "total_as", "with_count", "visibility_delay_seconds"}
# said in answers that a sync never asks for: all at once
BESIDE = ("unknown_tracking", "realtime_again", "missing_key", "corrects_carriers", "detect_as")
NUMBERS = {"max_limit": (19, 2000), "visibility_delay_seconds": (0, 45)}
ANOTHER_DIALECT = "tracking"  # the header of v3 and v4 alone: not the API that is spoken here


def values(name: str) -> tuple[Any, ...]:
    """Return every value of a switch; of a number, some."""
    kind = get_type_hints(Switches)[name]
    if get_origin(kind) is Literal:
        return tuple(value for value in get_args(kind) if value != ANOTHER_DIALECT)
    return (False, True) if kind is bool else NUMBERS[name]


def others(name: str) -> list[Any]:
    """Return every value of a switch that is not the default."""
    return [value for value in values(name) if value != getattr(Switches(), name)]


def alone() -> Iterator[dict[str, Any]]:
    """Yield each value of each switch that is not the default, and what it needs to matter."""
    yield {}
    yield {name: value for name in BESIDE for (value,) in [others(name)]}
    for switch in fields(Switches):
        for value in others(switch.name) if switch.name not in BESIDE else ():
            needed: dict[str, Any] = SMALL_PAGES if switch.name in PAGING else {}
            if switch.name == "too_many_requests":
                needed = {"rate_limited": True}
            yield needed | {switch.name: value}


def together() -> Iterator[dict[str, Any]]:
    """Yield some combinations, drawn by lot."""
    dice = Random(11)
    for _ in range(3):
        yield {
            switch.name: dice.choice(values(switch.name)) for switch in fields(Switches)
        } | SMALL_PAGES


def spelt(switches: dict[str, Any]) -> str:
    return ",".join(f"{name}={value}" for name, value in switches.items()) or "defaults"


@pytest.mark.parametrize("switches", [*alone(), *together()], ids=spelt)
def test_the_warehouse_is_the_account_under_every_switch(
    mirror: MirrorOf, switches: dict[str, Any]
) -> None:
    ours = mirror(Sandbox(60, now=NOW, switches=Switches(**switches)))
    with ours.kept_open():
        ours.live_on()
        ours.sync()
        ours.assert_true()
        ours.live_on(timedelta(days=4), touched=10)
        ours.sync()
        ours.assert_true()
        before = ours.tables()
        ours.live_on()
        ours.sync()
        assert ours.tables() == before
    assert {path for _, path, _ in ours.account.requests} == {"/trackings/get"}, "see BESIDE"


def test_a_server_that_takes_another_header_is_an_error_that_stores_nothing(
    mirror: MirrorOf,
) -> None:
    ours = mirror(Sandbox(10, now=NOW, switches=Switches(key_headers=ANOTHER_DIALECT)))
    with pytest.raises(AuthenticationError):
        ours.sync()
    assert ours.watermarks() == {}
    assert ours.query("select state from ops.runs") == [("failed",)]
    assert not any(ours.tables().values())
