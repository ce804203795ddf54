"""Every check says how grave its rows are, in the first words of its file."""

import pytest

from warehouse import catalog
from warehouse.catalog import View

CHECKS = [view for view in catalog.views() if view.name.startswith("checks.")]


@pytest.mark.parametrize("view", CHECKS, ids=lambda view: view.name)
def test_every_check_says_how_grave_it_is(view: View) -> None:
    assert view.level in ("fail", "warn")


@pytest.mark.parametrize(
    ("header", "level"), [("fail: One row per a.", "fail"), ("warn: One row per b: c.", "warn")]
)
def test_the_level_is_the_header_s_first_word(header: str, level: str) -> None:
    assert View("checks.some", header, "select 1").level == level


@pytest.mark.parametrize("header", ["", "One row per a.", "Fail: One row per a.", "warning: x"])
def test_a_header_without_a_level_is_an_error_that_names_the_check(header: str) -> None:
    with pytest.raises(ValueError, match=r"checks\.some"):
        _ = View("checks.some", header, "select 1").level
