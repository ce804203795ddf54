"""The installed command as a person runs it: a process, a folder and an environment of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, Self

from trackingmore_v2.sandbox import Fault, Sandbox, Switches

PARCELHOUSE = Path(sys.executable).with_name("parcelhouse")
KEY = "tm-live-4f9d2c81b7e60a35"  # long enough that finding it means that it leaked
OURS = ("PARCELHOUSE_", "TRACKINGMORE_", "PREFECT_")
SETTLING = timedelta(minutes=5)  # longer than the sync's lag
PATIENCE = 240.0  # seconds until a hanging process fails its test


def new_account(
    trackings: int = 120, *, page: int = 2000, lively: bool = False, **options: Any
) -> Sandbox:
    """Return an account whose every parcel has settled by now, which is what its clock says."""
    start = datetime.now(UTC).replace(microsecond=0) - SETTLING
    account = Sandbox(
        trackings,
        now=start,
        api_key=KEY,
        lively=lively,
        switches=Switches(max_limit=page, **options),
    )
    account.advance(SETTLING)
    return account


def live_on(account: Sandbox, *, touched: int) -> list[str]:
    """Let *touched* parcels change, and their changes settle; return their ids.

    The account's clock is ahead of this machine's then.
    """
    ids = account.touch_any(touched)
    account.advance(SETTLING)
    return ids


@dataclass(frozen=True)
class CommandLine:
    """A person at a terminal in *folder*, with *environment* and nothing else of ours."""

    folder: Path
    environment: dict[str, str]
    command: tuple[str | Path, ...] = (PARCELHOUSE,)

    @classmethod
    def at(cls, folder: Path, address: str, **settings: str) -> Self:
        """Return a command line in *folder* whose account is served at *address*."""
        inherited = {name: it for name, it in os.environ.items() if not name.startswith(OURS)}
        ours = {
            "TRACKINGMORE_API_KEY": KEY,
            "TRACKINGMORE_BASE_URL": address,
            "TRACKINGMORE_REQUESTS_PER_SECOND": "0",
            "PREFECT_HOME": str(folder / "prefect"),  # nothing is to be left in a real home
        }
        return cls(folder, inherited | ours | settings)

    @property
    def home(self) -> Path:
        """Where the warehouse lies."""
        return self.folder / self.environment.get("PARCELHOUSE_HOME", "parcelhouse-data")

    def having(self, **settings: str) -> Self:
        """Return the same command line with other settings."""
        return replace(self, environment=self.environment | settings)

    def lacking(self, *names: str) -> Self:
        """Return the same command line without some settings."""
        left = {name: it for name, it in self.environment.items() if name not in names}
        return replace(self, environment=left)

    def calling(self, *command: str | Path) -> Self:
        """Return the same command line for another command."""
        return replace(self, command=command)

    @contextmanager
    def start(self, *arguments: str, **options: Any) -> Iterator[subprocess.Popen[Any]]:
        """Start the command, and see to it that it has ended when the block is left."""
        usual: dict[str, Any] = {
            "cwd": self.folder,
            "env": self.environment,
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }
        with subprocess.Popen([*self.command, *arguments], **usual | options) as process:
            try:
                yield process
            finally:
                process.kill()  # no word to a process that has ended

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end, however that is."""
        with self.start(*arguments) as process:
            return ended(process)

    def json(self, *arguments: str, status: int = 0) -> dict[str, Any]:
        """Run the command with --json and return the one object that stdout consists of."""
        done = self.run(*arguments, "--json")
        assert (done.returncode, done.stderr) == (status, ""), done
        said = json.loads(done.stdout)
        assert isinstance(said, dict)
        return said

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on what is published."""
        return [tuple(row.values()) for row in self.json("sql", query)["rows"]]


def ended(process: subprocess.Popen[Any]) -> subprocess.CompletedProcess[str]:
    """Wait for a process and return what it said: never the key. One that hangs fails its test."""
    said, complained = process.communicate(timeout=PATIENCE)
    assert KEY not in said + (complained or "")
    return subprocess.CompletedProcess(process.args, process.returncode, said, complained)


class Hold:
    """Withholds the answer to one request; `arrived` says when that request is there."""

    def __init__(self) -> None:
        self.arrived, self._released = Event(), Event()

    def __call__(self, _account: Sandbox) -> None:
        self.arrived.set()
        self._released.wait(PATIENCE)

    def release(self) -> None:
        """Let the answer go."""
        self._released.set()


def interrupted(process: subprocess.Popen[Any], hold: Hold) -> subprocess.CompletedProcess[str]:
    """Press Ctrl-C while an answer is withheld, and wait for the end.

    A signal that comes between Python's look for one and its wait for the answer is acted upon
    with the answer: that is let go when too long nothing has happened.
    """
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=10)  # what it said is there for the next who asks
    hold.release()
    return ended(process)


@contextmanager
def holding(account: Sandbox, *, after: int = 0) -> Iterator[Hold]:
    """Let *after* requests pass and hold the next, at the latest until the block is left."""
    hold = Hold()
    account.script(Fault("change", change=hold, after=after))
    try:
        yield hold
    finally:
        hold.release()


def parcels_of(account: Sandbox) -> set[tuple[str, str, str, float | None]]:
    """Return what the account holds: id, number, status, and when it last changed."""
    return {
        (item["id"], item["tracking_number"], item["status"], _instant(item.get("updated_at")))
        for item in account.items()
    }


def parcels_in(shell: CommandLine) -> set[tuple[str, str, str, float | None]]:
    """Return the same of what is published; a parcel that is there twice is an error."""
    rows = shell.ask(
        "select tracking_id, tracking_number, status, epoch(updated_at) from core.trackings"
    )
    assert len(rows) == len(set(rows))
    return set(rows)


def scans_of(account: Sandbox) -> int:
    """Return how many scans the account's parcels have, both legs together."""
    legs = (
        item.get(leg) for item in account.items() for leg in ("origin_info", "destination_info")
    )
    return sum(len(leg.get("trackinfo") or []) for leg in legs if leg)


def _instant(stamp: str | None) -> float | None:
    return datetime.fromisoformat(stamp).timestamp() if stamp else None
