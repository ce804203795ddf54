"""Remove raw answers that are older, or more, than the settings want kept."""

import os
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from flows.steps.replay import carries_parcels
from flows.steps.run import LocalRun
from warehouse.errors import LandingError, SeatTakenError
from warehouse.landing import landed, landed_paths, unfinished_paths
from warehouse.loaded import not_loaded
from warehouse.rebuild import fresh_path, remove_leftovers

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
    first_kept = _folder(now - timedelta(days=days)) if days else ""
    remove_abandoned(run, now)
    files = landed_paths(root, run.account)
    limit = run.settings.parcelhouse_landing_gb * GIGABYTE
    excess = sum(_size(root / path) for path in files) - limit if limit else 0
    removed = freed = 0
    if not files or not (excess > 0 or _is_old(files[0], first_kept)):
        return Sweep(0, 0)
    with suppress(SeatTakenError, OSError), closing(_removable(run, files)) as oldest_first:
        for path in oldest_first:
            if excess <= 0 and not _is_old(path, first_kept):
                break
            size = _size(root / path)
            (root / path).unlink(missing_ok=True)
            removed, freed, excess = removed + 1, freed + size, excess - size
            if _is_old(path, _folder(now)):  # today's folder may be about to get a file
                with suppress(OSError):
                    (root / path).parent.rmdir()
    if removed:
        run.notices["landing"] = (
            f"{removed:,} raw answers ({freed / 1e6:,.1f} MB) were beyond"
            " PARCELHOUSE_LANDING_DAYS or _GB and are removed"
        )
    return Sweep(removed, freed)


def _removable(run: LocalRun, files: Sequence[Path]) -> Generator[Path, None, None]:
    """Yield what nobody would miss, in the order of *files*, under the writer's seat."""
    for start in range(0, len(files), PORTION):
        portion = files[start : start + PORTION]
        with run.warehouse() as db:
            unknown = not_loaded(db, run.account, [path.as_posix() for path in portion])
            for path in portion:
                if path.as_posix() not in unknown or _holds_nothing(run, path):
                    yield path


def _folder(at: datetime) -> str:
    """Return the name of a day's folder; names follow on each other as the days do."""
    return f"date={at:%Y-%m-%d}"


def _is_old(path: Path, first_kept: str) -> bool:
    return path.parent.name < first_kept


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _holds_nothing(run: LocalRun, path: Path) -> bool:
    """Return whether a file that nobody loaded is known to hold no parcels."""
    try:
        return carries_parcels(landed(run.settings.landing, path)) is None
    except LandingError:
        return False


def remove_abandoned(
    run: LocalRun, now: datetime | None = None, *, rests: timedelta | None = ABANDONED
) -> None:
    """Remove hidden files, .<name>.<process>, and a rebuilt warehouse that nobody will finish.

    Where *rests* is None however young they are, and no warehouse: for who has the writer's seat.
    """
    home, root = run.settings.parcelhouse_home, run.settings.landing
    for path in (root / each for each in unfinished_paths(root, run.account)):
        process = path.suffix.removeprefix(".")
        with suppress(OSError):
            age = (now or datetime.now(UTC)) - datetime.fromtimestamp(path.stat().st_mtime, UTC)
            is_old = rests is None or age > rests
            if process.isdecimal() and is_old and not _is_alive(int(process)):
                path.unlink()
    if rests is not None and fresh_path(home).exists():
        with suppress(SeatTakenError, OSError), run.warehouse():
            remove_leftovers(home)  # nobody writes it: that takes the seat


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
