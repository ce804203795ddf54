"""A warehouse with a past, lived through once, and copies of it to work on."""

from pathlib import Path

import pytest

from flows.settings import Settings
from tests.story import Past, live, live_through, new_account
from tests.truth import Serve
from trackingmore_v2.sandbox import Sandbox


@pytest.fixture(scope="session")
def past(front_door: Serve, tmp_path_factory: pytest.TempPathFactory) -> Past:
    """The past that all tests share: its home is to be copied, not to be written to."""
    account = new_account()
    return live_through(account, front_door(account), tmp_path_factory.mktemp("past") / "home")


@pytest.fixture
def account() -> Sandbox:
    """The account whose past that is, to live on in one test."""
    account = new_account()
    live(account)
    return account


@pytest.fixture
def ours(past: Past, tmp_path: Path) -> Settings:
    """A copy of the warehouse, without a key, and nobody at the address."""
    return past.copied(tmp_path / "home")
