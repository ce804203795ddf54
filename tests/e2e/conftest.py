"""Accounts that are served, and people who read them."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command_line import CommandLine, new_account
from trackingmore_v2.sandbox import Sandbox


@pytest.fixture
def account() -> Sandbox:
    """An account that changes only when a test says so."""
    return new_account()


@pytest.fixture
def shell(account: Sandbox, tmp_path: Path) -> Iterator[CommandLine]:
    """Somebody in an empty folder, with the account's key and address."""
    with account.serving() as address:
        yield CommandLine.at(tmp_path, address)


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_reaches_children() -> Iterator[None]:
    """Undo the deafness to Ctrl-C that `pytest &` in a script inherits, and would pass on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
