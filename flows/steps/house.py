"""The state of the warehouse's folder, looked at from outside and never touched."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from flows.errors import SettingsError
from flows.settings import Settings
from flows.steps.refusal import why_refused
from flows.steps.verdicts import Finding
from transforms.tables import RUNS
from warehouse import catalog, manifest
from warehouse.connection import FILE, open_read_only, seat_owner
from warehouse.errors import CannotOpenError, IncompatibleError, WarehouseError
from warehouse.snapshot import snapshot_path

LEAST_FREE = 100 * 2**20  # bytes, besides the room for one more copy of the warehouse
COMFORTABLY_FREE = 2**30
OLD = timedelta(days=1)  # the schedules run hourly and nightly


class LastRun(NamedTuple):
    """The newest row of ops.runs."""

    command: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    error: str | None


class Inside(NamedTuple):
    """What a warehouse file says of itself."""

    finding: Finding
    run: LastRun | None = None
    persons: Finding | None = None  # None: it was not looked into


def look_over(settings: Settings, *, now: datetime) -> list[Finding]:
    """Return what can be said of the folder, the files and the last run.

    The live file is opened only while nobody writes it, and for an instant.
    """
    home = settings.parcelhouse_home
    owner = seat_owner(home)
    live, snapshot = home / FILE, snapshot_path(home)
    inside = _warehouse(live, settings, owner=owner)
    run, persons = inside.run, inside.persons
    if run is None and snapshot.exists():
        seen = _look_into(snapshot, settings)
        run, persons = seen.run, persons or seen.persons
    return [
        _home(home),
        _disk(home),
        Finding("seat", "ok", f"{owner} is writing" if owner else "nobody is writing"),
        inside.finding,
        persons or _persons(settings),
        _run(run, now, is_seat_taken=owner is not None),
        _published(snapshot, run, now),
        _landing(settings.landing),
    ]


def _home(home: Path) -> Finding:
    place = _nearest(home)
    if not place.is_dir():
        return Finding("home", "fail", f"{place} is no folder (PARCELHOUSE_HOME)")
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding("home", "fail", f"{place} may not be written to (PARCELHOUSE_HOME)")
    if place != home.absolute():
        return Finding("home", "ok", f"{home} does not exist yet; the first sync makes it")
    return Finding("home", "ok", f"{home} may be written to")


def _disk(home: Path) -> Finding:
    """Judge the free space: what is published is one more copy of the file, and of the lake."""
    free = shutil.disk_usage(_nearest(home)).free
    needed = _size(home / FILE) + _lake_size(home) + LEAST_FREE
    said = f"{_mega(free)} are free, {_mega(needed)} are needed to publish"
    if free < needed:
        return Finding("disk", "fail", said)
    return Finding("disk", "warn" if free < needed + COMFORTABLY_FREE else "ok", said)


def _warehouse(live: Path, settings: Settings, *, owner: str | None) -> Inside:
    if not live.exists():
        return Inside(Finding("warehouse", "ok", "there is none yet; the first sync makes it"))
    if owner is not None:
        return Inside(Finding("warehouse", "ok", "not looked into while somebody writes it"))
    return _look_into(live, settings)


def _look_into(path: Path, settings: Settings) -> Inside:
    try:
        with open_read_only(path) as db:
            is_current = catalog.is_current(db)
            run = _last_run(db, settings.parcelhouse_account)
            persons = _persons(settings, db)
    except (CannotOpenError, IncompatibleError) as error:
        return Inside(Finding("warehouse", "fail", str(error)))
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0]
        return Inside(Finding("warehouse", "fail", f"{path} opens, but cannot be read: {first}"))
    said = f"{path} opens, {_mega(_size(path))}"
    if not is_current:
        why = "; it was made by another version, the next run brings it up to date"
        return Inside(Finding("warehouse", "warn", said + why), run, persons)
    return Inside(
        Finding("warehouse", "ok", f"{said}, its tables and views are current"), run, persons
    )


def _persons(settings: Settings, db: duckdb.DuckDBPyConnection | None = None) -> Finding:
    """Judge whether the next run may begin, for what is stored of persons.

    Without *db* only the settings are looked at.
    """
    try:
        policy = settings.personal_policy
        why = why_refused(db, settings.parcelhouse_account, policy) if db else None
    except SettingsError as error:
        return Finding("persons", "fail", str(error))
    except (duckdb.CatalogException, duckdb.BinderException):  # another version's tables
        return Finding("persons", "warn", "not found out: the next run says whether it may begin")
    if why is not None:
        return Finding("persons", "fail", why)
    stored = "what is stored is kept so" if db else "what is stored was not looked into"
    return Finding("persons", "ok", f"PARCELHOUSE_PII is {policy.name}, and {stored}")


def _last_run(db: duckdb.DuckDBPyConnection, account: str) -> LastRun | None:
    try:
        rows = db.execute(
            f"""
            select {", ".join(LastRun._fields)}
            from {RUNS.name}
            where account = ?
            order by started_at desc
            limit 1
            """,
            [account],
        ).fetchall()
    except duckdb.CatalogException:  # nobody has made the tables yet
        return None
    return LastRun(*rows[0]) if rows else None


def _run(run: LastRun | None, now: datetime, *, is_seat_taken: bool) -> Finding:
    if run is None:
        return Finding("run", "warn", "no run of this account is on record")
    if run.finished_at is None:
        said = f"{run.command} runs since {_ago(now - run.started_at)}"
        if is_seat_taken:
            return Finding("run", "ok", said)
        return Finding("run", "warn", f"{said}, or it was killed: the next one goes on from there")
    age = now - run.finished_at
    said = f"{run.command} ended {_ago(age)} ago, {run.state}"
    if run.state == "failed":
        return Finding("run", "fail", f"{said}: {run.error or 'no further word'}")
    if run.state == "attention":
        return Finding("run", "warn", f"{said}: see `parcelhouse check` and `parcelhouse gaps`")
    return Finding("run", "warn" if age > OLD else "ok", said)


def _published(snapshot: Path, run: LastRun | None, now: datetime) -> Finding:
    try:
        at = datetime.fromtimestamp(snapshot.stat().st_mtime, now.tzinfo)
    except OSError:
        return Finding("published", "warn", "readers have nothing yet: a sync publishes at its end")
    said = f"readers see what was published {_ago(now - at)} ago"
    ended = None if run is None or run.state == "failed" else run.finished_at
    if ended is not None and at < ended:
        return Finding("published", "warn", f"{said}, before the last run ended")
    return Finding("published", "ok", said)


def _landing(root: Path) -> Finding:
    sizes = list(_sizes(root))
    if not sizes:
        return Finding("landing", "ok", "no answer is landed")
    return Finding("landing", "ok", f"{len(sizes):,} answers are landed, {_mega(sum(sizes))}")


def _sizes(root: Path) -> Iterator[int]:
    for folder, _, names in os.walk(root):
        yield from (_size(Path(folder, name)) for name in names if name.endswith(".parquet"))


def _lake_size(home: Path) -> int:
    """Return the bytes of the published lake; 0: there is none."""
    try:
        tables = manifest.read(home).tables.values()
    except WarehouseError:
        return 0
    return sum(file.bytes for table in tables for file in table.files)


def _nearest(path: Path) -> Path:
    """Return *path*, or the nearest folder above it that exists."""
    path = path.absolute()
    return next(place for place in (path, *path.parents) if place.exists())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _mega(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _ago(span: timedelta) -> str:
    """Return a span in its largest unit: 3 days, 1 hour."""
    seconds = max(round(span.total_seconds()), 0)
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} s"
