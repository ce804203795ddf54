"""Remove raw answers that are older, or more, than the settings want kept."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from flows.steps.replay import carries_parcels
from flows.steps.run import LocalRun
from warehouse.errors import LandingError, SeatTakenError
from warehouse.landing import landed, landed_paths
from warehouse.loaded import not_loaded
from warehouse.publish import FOLDER

ABANDONED = timedelta(days=1)
GIGABYTE = 10**9
PORTION = 1000  # files judged at once


class Sweep(NamedTuple):
    """What was removed from the landing."""

    files: int
    bytes: int


def sweep_landing(run: LocalRun, *, now: datetime | None = None) -> Sweep:
    """Remove the account's oldest raw answers beyond PARCELHOUSE_LANDING_DAYS and _GB.

    Whole files, oldest first. An answer with parcels that no run has loaded is never removed,
    however old: it is nowhere else. What a killed process was writing is removed after a day.
    To be called at the end of a run that went well; what cannot be removed is left for the
    next. Files go under the writer's seat, so that none vanishes under a replay.

    Returns:
        What was removed; a notice of the run says the same if it is anything.
    """
    now = now or datetime.now(UTC)
    root, days = run.settings.landing, run.settings.parcelhouse_landing_days
    first_kept = (now - timedelta(days=days)).date() if days else date.min
    _remove_abandoned(run, now)
    files = landed_paths(root, run.account)
    excess = _excess(run, root, files)
    removed = freed = 0
    for path in _expendable(run, files, first_kept, lambda: excess):
        size = _removed(root / path)
        removed, freed, excess = removed + bool(size), freed + size, excess - size
        if _day(path) < now.date():  # today's folder may be about to get a file
            with suppress(OSError):
                (root / path).parent.rmdir()
    if removed:
        run.notices["landing"] = (
            f"{removed:,} raw answers ({freed / 1e6:,.1f} MB) were beyond"
            " PARCELHOUSE_LANDING_DAYS or _GB and are removed"
        )
    return Sweep(removed, freed)


def _expendable(
    run: LocalRun, files: Sequence[Path], first_kept: date, excess: Callable[[], float]
) -> Iterator[Path]:
    """Yield what may be removed, oldest first, while it is too old or *excess* is left."""

    def stays(path: Path) -> bool:
        return excess() <= 0 and _day(path) >= first_kept

    for start in range(0, len(files), PORTION):
        portion = files[start : start + PORTION]
        if stays(portion[0]):
            return
        try:
            with run.warehouse() as db:
                names = [path.as_posix() for path in portion]
                unknown = not_loaded(db, run.account, names)
                for path in portion:
                    if stays(path):
                        return
                    if path.as_posix() not in unknown or _holds_nothing(run, path):
                        yield path
        except SeatTakenError:
            return


def _excess(run: LocalRun, root: Path, files: Sequence[Path]) -> float:
    """Return by how many bytes the landing is too large; not measured without a limit."""
    limit = run.settings.parcelhouse_landing_gb * GIGABYTE
    return sum((root / path).stat().st_size for path in files) - limit if limit else 0


def _day(path: Path) -> date:
    """Return the day of a landed file, as its folder says it."""
    return date.fromisoformat(path.parent.name.removeprefix("date="))


def _holds_nothing(run: LocalRun, path: Path) -> bool:
    """Return whether a file that nobody loaded is known to hold no parcels."""
    try:
        return carries_parcels(landed(run.settings.landing, path)) is None
    except LandingError:
        return False


def _removed(path: Path) -> int:
    """Remove a file and return its size; 0 if it cannot be removed."""
    try:
        size = path.stat().st_size
        path.unlink()
    except OSError:
        return 0
    return size


def _remove_abandoned(run: LocalRun, now: datetime) -> None:
    """Remove hidden files, .<name>.<process>, that their processes will never finish."""
    home = run.settings.parcelhouse_home
    hidden = run.settings.landing.glob(f"account={run.account}/date=*/.*")
    for path in chain(hidden, (home / FOLDER).glob(".*")):
        process = path.suffix.removeprefix(".")
        with suppress(OSError):
            age = now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if process.isdecimal() and age > ABANDONED and not _is_alive(int(process)):
                path.unlink()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
