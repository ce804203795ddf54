"""Accounts to be synced in process: settings, one server, and no waiting."""

import atexit
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from flows.settings import Settings
from flows.steps import ranges
from flows.steps import run as runs
from tests.truth import Mirror, Serve
from trackingmore_v2.sandbox import Sandbox
from trackingmore_v2.sandbox import server as sandbox_server
from trackingmore_v2.sandbox.serving import serve
from trackingmore_v2.transport import Transport
from warehouse import catalog
from warehouse.connection import open_for_writing, transaction

_status = [1]


@atexit.register  # before Prefect is imported, so run after all that Prefect cleans up
def _leave() -> None:
    """Leave without the tear-down in which DuckDB's binding counts its own leaks on stderr."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(_status[0])


def pytest_sessionfinish(exitstatus: int) -> None:
    """Note how the tests ended, for `_leave`."""
    _status[0] = int(exitstatus)


class FrontDoor(Starlette):
    """Hands every request to the account of the moment: a server of its own takes 0.2 s to stop."""

    account: Sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.account.app.state.server = self.state.server  # to hang up, if a fault says so
        await self.account.app(scope, receive, send)


@pytest.fixture(scope="session")
def front_door() -> Iterator[Serve]:
    door = FrontDoor()

    def put(account: Sandbox) -> str:
        door.account = account
        return address

    with serve(door, host="127.0.0.1", port=0) as port:
        address = f"http://127.0.0.1:{port}/v2"
        yield put


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """Makes settings for a sandbox's address; the environment and `.env` have no say."""

    def made(address: str, **differing: Any) -> Settings:
        told = {
            "trackingmore_api_key": "sandbox-key",
            "trackingmore_base_url": address,
            "trackingmore_requests_per_second": 0,
            "parcelhouse_account": "main",
            "parcelhouse_home": tmp_path / "home",
            "parcelhouse_lag_seconds": 60,
            "parcelhouse_overlap_seconds": 900,
            "parcelhouse_lake": False,  # costs a sync of a few parcels a third of its time
        }
        return Settings(_env_file=None, **(told | differing))

    return made


@pytest.fixture
def naps() -> list[float]:
    """Pauses that runs of a mirror wanted to make, in seconds; they pass at once."""
    return []


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose warehouse has its tables and no row: to make them takes half a small sync."""
    home = tmp_path_factory.mktemp("furnished") / "home"
    with open_for_writing(home, "the tests") as db, transaction(db):
        catalog.ensure(db)
    return home


@pytest.fixture
def mirror(
    front_door: Serve,
    furnished: Path,
    settings: Callable[..., Settings],
    naps: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Mirror]:
    """Makes the mirror of an account, without rows at first, with whatever settings differ.

    This machine's clock is then the account's, give or take the mirror's `clock_error`.
    """

    def made(account: Sandbox, **differing: Any) -> Mirror:
        ours = Mirror(account, settings(front_door(account), **differing))
        if not ours.settings.parcelhouse_home.exists():
            copytree(furnished, ours.settings.parcelhouse_home)

        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return (account.now + ours.clock_error).astimezone(tz)

        transport = partial(
            Transport, clock=lambda: Clock.now(UTC), sleep=naps.append, monotonic=lambda: sum(naps)
        )
        monkeypatch.setattr(runs, "Transport", transport)
        monkeypatch.setattr(ranges, "datetime", Clock)
        monkeypatch.setattr(sandbox_server, "monotonic", lambda: sum(naps))
        return ours

    return made
