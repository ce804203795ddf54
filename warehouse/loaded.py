"""Which landed answers are loaded, and in which order they and the deletions came."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

import duckdb

from transforms.tables import DELETIONS, LANDINGS


class Loaded(NamedTuple):
    """A landed answer that was loaded."""

    sequence: int
    path: str  # relative to the landing
    fetched_at: datetime
    run_id: str


class Deletion(NamedTuple):
    """Parcels that one run found gone at one instant."""

    after_sequence: int
    deleted_at: datetime
    run_id: str
    tracking_ids: list[str]


def loaded_answers(db: duckdb.DuckDBPyConnection, account: str) -> list[Loaded]:
    """Return every answer that was loaded, in the order of loading."""
    rows = db.execute(
        f"""
        select {", ".join(Loaded._fields)} from {LANDINGS.name}
        where account = ?
        order by sequence
        """,
        [account],
    ).fetchall()
    return [Loaded(*row) for row in rows]


def not_loaded(db: duckdb.DuckDBPyConnection, account: str, paths: Sequence[str]) -> set[str]:
    """Return those of *paths* that no run has loaded."""
    rows = db.execute(
        f"select path from {LANDINGS.name} where account = $account and path in $paths",
        {"account": account, "paths": list(paths)},
    ).fetchall()
    return set(paths) - {path for (path,) in rows}


def deletions(db: duckdb.DuckDBPyConnection, account: str) -> Iterator[Deletion]:
    """Yield what was found gone, in the order in which it was."""
    rows = db.execute(
        f"""
        select after_sequence, deleted_at, run_id, tracking_id from {DELETIONS.name}
        where account = ?
        order by all
        """,
        [account],
    ).fetchall()
    for (after, at, run_id), group in groupby(rows, key=lambda row: row[:3]):
        yield Deletion(after, at, run_id, [row[3] for row in group])
