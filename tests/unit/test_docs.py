"""Whatever somebody can run, set or rely on is mentioned where people look for it."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import typer

from flows.cli import app
from flows.settings import Settings
from trackingmore_v2.endpoints import ENDPOINTS
from transforms.tables import TABLES

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def documentation() -> str:
    """Return README.md and everything below docs/ as one text."""
    pages = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def unmentioned(names: Iterable[str], text: str) -> list[str]:
    """Return the *names* that *text* has nowhere as a word of their own."""
    return [name for name in names if not re.search(rf"(?<!\w){re.escape(name)}(?![\w-])", text)]


def test_every_command_is_documented(documentation: str) -> None:
    whole: Any = typer.main.get_command(app)
    names = list(whole.commands)
    for name, command in whole.commands.items():
        names += [f"{name} {each}" for each in getattr(command, "commands", ())]
    assert "sync" in names
    assert unmentioned([f"parcelhouse {name}" for name in names], documentation) == []


def test_every_setting_is_documented(documentation: str) -> None:
    assert unmentioned([name.upper() for name in Settings.model_fields], documentation) == []


def test_every_endpoint_is_documented(documentation: str) -> None:
    paths = {endpoint.path.replace("carrier_code", "carrier") for endpoint in ENDPOINTS}
    shown = re.sub(r"\{carrier_code\}", "{carrier}", documentation)
    shown = shown.replace("{number}", "{tracking_number}")
    assert unmentioned(sorted(paths), shown) == []


def test_every_table_is_documented(documentation: str) -> None:
    tables = [table.name for table in TABLES if table.name.startswith(("core.", "ops."))]
    assert "core.trackings" in tables
    assert unmentioned(tables, documentation) == []
