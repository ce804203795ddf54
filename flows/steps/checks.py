"""The checks of checks.*: each view returns the rows that ought not to be there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from warehouse import catalog
from warehouse.connection import FILE
from warehouse.errors import NothingPublishedError
from warehouse.snapshot import published

EXAMPLES = 5
SCHEMA = "checks."


class Checked(NamedTuple):
    """One check and what it found."""

    name: str
    level: str  # fail | warn: how grave a finding is
    sentence: str
    row_count: int | None  # None: the file was made before there was this check
    examples: list[dict[str, Any]]


def run_checks(db: duckdb.DuckDBPyConnection, accounts: Sequence[str]) -> list[Checked]:
    """Run every check on *accounts* of the warehouse as it is in *db*; the grave ones first."""
    made = {
        name
        for (name,) in db.execute(
            "select schema_name || '.' || view_name from duckdb_views() where not internal"
        ).fetchall()
    }
    checks = [view for view in catalog.views() if view.name.startswith(SCHEMA)]
    return [
        _checked(db, view, accounts, is_made=view.name in made)
        for view in sorted(checks, key=lambda view: (catalog.LEVELS.index(view.level), view.name))
    ]


def what_to_check(home: Path) -> Path:
    """Return the published file, or where nothing is published yet, the live one.

    Raises:
        NothingPublishedError: there is neither.
    """
    try:
        return published(home)
    except NothingPublishedError:
        if (home / FILE).exists():
            return home / FILE
        raise


def _checked(
    db: duckdb.DuckDBPyConnection, view: catalog.View, accounts: Sequence[str], *, is_made: bool
) -> Checked:
    sentence = view.sentence.partition(":")[2].strip()
    name = view.name.removeprefix(SCHEMA)
    if not is_made:
        return Checked(name, view.level, sentence, None, [])
    ((count,),) = db.execute(
        f"select count(*) from {view.name} where account in $accounts", {"accounts": list(accounts)}
    ).fetchall()
    examples = _rows(db, view.name, accounts) if count else []
    return Checked(name, view.level, sentence, count, examples)


def _rows(
    db: duckdb.DuckDBPyConnection, view: str, accounts: Sequence[str]
) -> list[dict[str, Any]]:
    cursor = db.execute(
        f"from {view} where account in $accounts order by all limit {EXAMPLES}",
        {"accounts": list(accounts)},
    )
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
