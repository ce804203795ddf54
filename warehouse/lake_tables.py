"""Which tables the lake has, how each is cut into files, and what each file's rows hang on."""

from collections.abc import Iterable, Iterator
from hashlib import md5
from typing import NamedTuple

import duckdb

from transforms.tables import (
    FINGERPRINTS,
    RUNS,
    STATUS_HISTORY,
    TABLES,
    TRACKING_EVENTS,
    TRACKINGS,
)
from warehouse.lake_parts import MONTH, NO_MONTH, SLOT, Part, parts
from warehouse.materialised import PARCELS, VERSION

SCHEMAS = ("core", "ref")
WHOLE = Part("")
# Counted up whenever files are written in another way: all of them are made anew then.
LAYOUT = 2
# Runs of these write parcels by the merge and by deletions alone, and both leave their mark in
# the columns below. Any other run, a replay for one, may have changed whatever it likes.
TELLING = (
    *("sync", "backfill", "repair", "reconcile", "publish", "compact", "fill", "quota"),
    *("register", "annotate", "correct-carrier", "stop-updates", "purge"),
    *("remote-areas", "air-cargo", "transit-benchmark"),
)
# By table of parcels: columns of which one at least is another when a parcel's rows may be.
MARKS = {
    TRACKINGS.name: (*VERSION, "payload_hash", "updated_at", "first_seen_at"),
    PARCELS: (*VERSION, "updated_at", "origin_iso2", "destination_iso2", "outcome", "event_count"),
}


class Cut(NamedTuple):
    """One table of the lake: the order of its rows, and what tells their month."""

    name: str
    order: tuple[str, ...]
    parcels: str | None = None  # the table with created_at; None: the table is one file


def _by_parcel(name: str, *order: str, parcels: str = TRACKINGS.name) -> Cut:
    return Cut(name, ("account", "tracking_id", *order), parcels)


BY_MONTH = (
    _by_parcel(TRACKINGS.name),
    _by_parcel(TRACKING_EVENTS.name, "event_time_local", "leg", "position", "event_id"),
    _by_parcel(STATUS_HISTORY.name, "valid_from"),
    _by_parcel(PARCELS, parcels=PARCELS),
    _by_parcel("marts.events", "happened_at", "leg", "position", "event_id", parcels=PARCELS),
    _by_parcel("marts.gaps", "happened_at", "until_at", "milestone", parcels=PARCELS),
)


def cuts() -> tuple[Cut, ...]:
    """Return every table of the lake: all of core and ref, and the marts that are tables."""
    large = {cut.name for cut in BY_MONTH}
    return BY_MONTH + tuple(
        Cut(table.name, table.key)
        for table in TABLES
        if table.name.partition(".")[0] in SCHEMAS and table.name not in large
    )


def columns(db: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """Return name and type of each column, in their order, by table."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table, name, kind in db.execute(
        """
        select schema_name || '.' || table_name, column_name, data_type
        from duckdb_columns()
        where not internal and database_name = current_database()
        order by schema_name, table_name, column_index
        """
    ).fetchall():
        found.setdefault(table, []).append((name, kind))
    return found


def is_being_rewritten(db: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a run is under way whose changes the columns of `MARKS` need not show."""
    ((count,),) = db.execute(
        f"select count(*) from {RUNS.name} where state = 'running' and command not in $telling",
        {"telling": list(TELLING)},
    ).fetchall()
    return bool(count)


def hang_on(
    db: duckdb.DuckDBPyConnection, described: dict[str, list[tuple[str, str]]]
) -> dict[str, dict[Part, str]]:
    """Return, by table and part, the md5 of all that the rows of that file hang on.

    Of tables by month that is read from one thin row a parcel, not from their rows: what writes
    a parcel's rows says so in its row (see upsert.py and materialised.py), and whoever does
    not is no `TELLING` run. Of the others it is read from their rows, and they are one part.
    """
    ((suspect,),) = db.execute(
        f"select max(run_id) from {RUNS.name} where command not in $telling",
        {"telling": list(TELLING)},
    ).fetchall()
    made = db.execute(f"from {FINGERPRINTS.name} order by all").fetchall()
    by_part = {parcels: dict(_by_part(db, parcels)) for parcels in MARKS}
    small = _whole(db, described)
    found: dict[str, dict[Part, str]] = {}
    for cut in cuts():
        definition = (LAYOUT, cut, described[cut.name])
        if cut.parcels is None:
            found[cut.name] = {WHOLE: _md5(definition, small[cut.name])}
        else:
            common = (definition, suspect, made if cut.parcels == PARCELS else None)
            found[cut.name] = {
                part: _md5(common, part, told) for part, told in by_part[cut.parcels].items()
            }
    return found


def _by_part(db: duckdb.DuckDBPyConnection, parcels: str) -> Iterator[tuple[Part, tuple[int, int]]]:
    """Yield how many parcels each part has, and the sum of their marks' hashes."""
    marks = ", ".join(("account", "tracking_id", "created_at", *MARKS[parcels]))
    months: dict[str, dict[int, tuple[int, int, int]]] = {}
    for month, slot, *told in db.execute(
        f"""
        select
            {MONTH.format("parcels")},
            {SLOT.format("parcels")},
            sum(1 + coalesce(event_count, 0)),
            count(*),
            sum(hash({marks})::hugeint)
        from {parcels} as parcels
        group by all
        """
    ).fetchall():
        months.setdefault(month, {})[slot] = (told[0], told[1], told[2])
    # no parcels at all: one file without rows, so that readers find its columns
    for month, slots in (months or {NO_MONTH: {0: (0, 0, 0)}}).items():
        for part in parts(month, {slot: rows for slot, (rows, _, _) in slots.items()}):
            held = [each for slot, each in slots.items() if slot in part]
            yield part, (sum(count for _, count, _ in held), sum(total for _, _, total in held))


def _whole(
    db: duckdb.DuckDBPyConnection, described: dict[str, list[tuple[str, str]]]
) -> dict[str, tuple[int, int | None]]:
    """Return rows and the sum of their hashes, of each table that is one file."""
    told = " union all ".join(
        f"select '{cut.name}', count(*), sum(hash({_listed(described[cut.name])})::hugeint)"
        f" from {cut.name}"
        for cut in cuts()
        if cut.parcels is None
    )
    return {name: (count, total) for name, count, total in db.execute(told).fetchall()}


def _listed(described: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f'"{name}"' for name, _ in described)


def _md5(*told: object) -> str:
    return md5(repr(told).encode(), usedforsecurity=False).hexdigest()
