"""What somebody ought to be told of a warehouse: found, not yet said."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from flows.settings import Settings
from flows.steps.checks import what_to_check
from flows.steps.gaps import open_newest
from flows.words import counted
from warehouse import catalog
from warehouse.connection import open_read_only
from warehouse.errors import NothingPublishedError, WarehouseError

RUN_COUNTS_FOR = timedelta(days=7)  # an older failure nobody has repeated is history
OWN_ALERT = {
    "checks.unproven_windows": "unproven_windows",
    "checks.quarantined_payloads": "quarantine",
    "checks.quota_runway": "low_quota",
}
"""Checks whose findings have an alert of their own; the others' are called failed_check:NAME."""
GROWING = {"unproven_windows", "quarantine"}


class Finding(NamedTuple):
    """One thing that is not as it should be."""

    alert: str  # its name in ops.alerts
    level: str  # fail | warn
    sentence: str
    size: int = 0  # of what may grow, and is told again when it has doubled


class Look(NamedTuple):
    """What one look at a warehouse found."""

    findings: list[Finding]
    went_well: dict[str, datetime]  # by command: when the newest run that ended well began
    is_whole: bool = True  # False: the warehouse could not be read, so nothing is known to be over


def look(settings: Settings, *, now: datetime) -> Look:
    """Return what is wrong with the account's part of the warehouse, the gravest first.

    Asks neither the API nor for the writer's seat. A warehouse that cannot be read is a finding.
    """
    home, account = settings.parcelhouse_home, settings.parcelhouse_account
    limit = timedelta(hours=settings.parcelhouse_alert_after_hours)
    try:
        with open_newest(home) as db:
            found = [*_stale(db, account, now, limit), *_failed_runs(db, account, now)]
            went_well = _went_well(db, account)
        found += _checks(what_to_check(home), account)
    except NothingPublishedError:
        none = f"no sync has ended in {home} yet"
        return Look([Finding("stale_sync", "fail", none)], {}, is_whole=False)
    except (WarehouseError, duckdb.Error) as error:
        sentence = str(error).strip().splitlines()[0]
        return Look([Finding("warehouse", "fail", sentence)], {}, is_whole=False)
    return Look(sorted(found, key=lambda each: catalog.LEVELS.index(each.level)), went_well)


def _stale(
    db: duckdb.DuckDBPyConnection, account: str, now: datetime, limit: timedelta
) -> list[Finding]:
    ((well, first),) = db.execute(
        """
        select max(finished_at) filter (where state in ('done', 'attention')), min(started_at)
        from ops.runs
        where account = ? and command = 'sync'
        """,
        [account],
    ).fetchall()
    since = well or first
    if since is not None and now - since <= limit:
        return []
    hours = "" if since is None else f" for {(now - since).total_seconds() / 3600:,.1f} h"
    last = f"the last ended {well:%Y-%m-%d %H:%M} UTC" if well else "none ever has"
    return [Finding("stale_sync", "fail", f"no sync has ended well{hours}: {last}")]


def _failed_runs(db: duckdb.DuckDBPyConnection, account: str, now: datetime) -> list[Finding]:
    rows = db.execute(
        """
        select command, started_at, error
        from ops.runs
        where account = ? and finished_at is not null
        qualify row_number() over (partition by command order by started_at desc) = 1
            and state = 'failed' and started_at > ?
        order by command
        """,
        [account, now - RUN_COUNTS_FOR],
    ).fetchall()
    return [failed_run(command, f"{error} (began {at:%H:%M} UTC)") for command, at, error in rows]


def failed_run(command: str, why: str) -> Finding:
    """Return the finding that the last run of *command* failed."""
    return Finding(f"failed_run:{command}", "fail", f"the last {command} failed: {why}")


def _went_well(db: duckdb.DuckDBPyConnection, account: str) -> dict[str, datetime]:
    rows: list[tuple[str, datetime]] = db.execute(
        """
        select command, max(started_at) from ops.runs
        where account = ? and state in ('done', 'attention')
        group by command
        """,
        [account],
    ).fetchall()
    return dict(rows)


def _checks(path: Path, account: str) -> list[Finding]:
    with open_read_only(path) as db:
        return [_of_check(db, view, count, account) for view, count in failed_checks(db, account)]


def failed_checks(db: duckdb.DuckDBPyConnection, account: str) -> list[tuple[catalog.View, int]]:
    """Return the checks that find something in *account*, and how many rows."""
    made = {
        name
        for (name,) in db.execute(
            "select schema_name || '.' || view_name from duckdb_views() where not internal"
        ).fetchall()
    }
    checks = [view for view in catalog.views() if view.name.startswith("checks.")]
    found = []
    for view in checks:
        if view.name in made:
            ((count,),) = db.execute(
                f"select count(*) from {view.name} where account = ?", [account]
            ).fetchall()
            found += [(view, count)] if count else []
    return found


def _of_check(
    db: duckdb.DuckDBPyConnection, view: catalog.View, count: int, account: str
) -> Finding:
    alert = OWN_ALERT.get(view.name, f"failed_check:{view.name.removeprefix('checks.')}")
    size = count if alert in GROWING else 0
    return Finding(alert, view.level, _sentence(db, view, count, account), size)


def _sentence(db: duckdb.DuckDBPyConnection, view: catalog.View, count: int, account: str) -> str:
    if view.name == "checks.quota_runway":
        ((left, days),) = _one(db, "credits_left, days_left", view.name, account)
        return f"{counted(left, 'credit')} left, which last {days:.1f} days at the present pace"
    if view.name == "checks.quarantined_payloads":
        ((reason,),) = _one(db, "any_value(reason)", view.name, account)
        return f"{counted(count, 'payload')} in quarantine, such as: {reason}"
    if view.name == "checks.unproven_windows":
        return (
            f"{counted(count, 'window')} unproven: parcels may be missing, see `parcelhouse gaps`"
        )
    about = view.sentence.partition(":")[2].split(". ")[0].strip().rstrip(".")
    return f"check {view.name.removeprefix('checks.')} finds {counted(count, 'row')}: {about}"


def _one(
    db: duckdb.DuckDBPyConnection, columns: str, view: str, account: str
) -> list[tuple[Any, ...]]:
    return db.execute(f"select {columns} from {view} where account = ?", [account]).fetchall()
