"""Keeps the tables of heavy marts equal to their definitions, at the cost of what changed.

A parcel's rows hang on its own rows in core, and on what holds for every parcel and has a
fingerprint. Where the former changed, the parcel's rows are made again; where the latter did, all
of them are.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import NamedTuple

import duckdb

from transforms.tables import TRACKING_EVENTS, TRACKINGS
from transforms.vocabulary_tables import COUNTRY_NAMES, EVENT_TEXTS
from warehouse import fingerprints, vocabulary
from warehouse.connection import commit_so_far, transaction
from warehouse.declarations import View, names, views
from warehouse.memory import FOR_MARTS, commit_and_let_go, frugal

# The row of a parcel in core is replaced whenever anything of it changes, its scans included;
# the mart that has one row a parcel keeps these three, and so knows which version it is of.
PARCELS = "marts.shipments"
COMMITTED_TOGETHER = 5  # portions: what fills no row group is written again by the next commit
AT_ONCE = 50_000  # parcels and scans: so many fit into the memory that DuckDB has
VERSION = ("fetched_at", "run_id", "deleted_at")
OF_PARCELS = (TRACKINGS.name, TRACKING_EVENTS.name)
# Found in one thin column: a join alone would read every column from end to end.
_ROWS_OF_CHANGED = (
    "select rowid from {table} where tracking_id in (select tracking_id from changed)"
)


class Refreshed(NamedTuple):
    """What a refresh made again: parcels of which something had changed, and whole accounts."""

    parcels: int
    accounts: list[str]


class _NoTimeLeft(Exception):  # noqa: N818  # no error
    """Somebody waits for the warehouse."""


def refresh(
    db: duckdb.DuckDBPyConnection,
    *,
    between: Callable[[], None] = lambda: None,
    before: Callable[[], None] = lambda: None,
) -> Refreshed:
    """Read new texts and names of countries, and bring the materialised views up to date.

    Afterwards their rows are those of their definitions, whoever wrote to core since the last
    time and however that ended. Safe to repeat, and cheap where nothing changed. The caller
    owns the transaction.

    Args:
        db: The open warehouse.
        between: Called between portions, after each of which the next refresh could go on: for
            who wants to commit there. All of a large account does not fit into one transaction's
            memory.
        before: Called before what takes memory, where the next refresh could go on as well.
    """
    vocabulary.ensure(db)
    outdated = fingerprints.outdated(db)
    whole = list(outdated)
    for account, fingerprint in outdated.items():
        _forget(db, account)
        fingerprints.note(db, account, fingerprint, at=datetime.now(UTC))
    if whole:
        between()
    others = _refresh_changed(db, but=whole, between=between, before=before)
    return Refreshed(others, whole)


def refresh_in_portions(
    db: duckdb.DuckDBPyConnection, *, has_time: Callable[[], bool] = lambda: True
) -> bool:
    """Do the same in little memory, committing what is done so far; owns its transactions.

    Args:
        db: The open warehouse, outside a transaction.
        has_time: Asked between portions; what is left otherwise, the next refresh does.

    Returns:
        Whether all of it is done.
    """
    portions = count(1)

    def between() -> None:
        is_over = not has_time()
        if is_over or next(portions) % COMMITTED_TOGETHER == 0:
            commit_so_far(db)
        if is_over:
            raise _NoTimeLeft

    try:
        try:
            with frugal(db, FOR_MARTS), transaction(db):
                refresh(db, between=between, before=partial(commit_and_let_go, db, FOR_MARTS))
        except duckdb.OutOfMemoryException:
            # longer rows than anybody has thought of: the rest with all that there is
            with transaction(db):
                refresh(db, between=between)
    except _NoTimeLeft:
        return False
    return True


def rebuild(db: duckdb.DuckDBPyConnection, account: str) -> None:
    """Make all rows of an account again. The caller owns the transaction."""
    _forget(db, account)
    _refresh_changed(db)


def materialised() -> tuple[View, ...]:
    """Return the views that tables hold, each behind those it reads."""
    return tuple(view for view in views() if view.is_materialised)


def _forget(db: duckdb.DuckDBPyConnection, account: str) -> None:
    """Read an account's words again, and let go of all rows made from them."""
    vocabulary.name_countries(db, account)
    vocabulary.classify_new(db, account)
    for view in materialised():
        db.execute(f"delete from {view.name} where account = ?", [account])


def _refresh_changed(
    db: duckdb.DuckDBPyConnection,
    *,
    but: Sequence[str] = (),
    between: Callable[[], None] = lambda: None,
    before: Callable[[], None] = lambda: None,
) -> int:
    """Make the rows of changed parcels again, so many at a time that memory is bounded.

    Returns how many there were in other accounts than *but*.
    """
    differs = " or ".join(f"now.{name} is distinct from made.{name}" for name in VERSION)
    db.execute(
        f"""
        create or replace temp table all_changed as
        select
            account,
            tracking_id,
            made.tracking_id is not null as is_made,
            (sum(1 + coalesce(now.event_count, 0)) over (rows unbounded preceding) - 1)
                // {AT_ONCE} as batch
        from {TRACKINGS.name} as now
        full join {PARCELS} as made using (account, tracking_id)
        left join {COUNTRY_NAMES.name} as origin
            on origin.account = now.account and origin.name = now.original_country
        left join {COUNTRY_NAMES.name} as destination
            on destination.account = now.account and destination.name = now.destination_country
        where
            now.tracking_id is null
            or made.tracking_id is null
            or {differs}
            -- somebody has said that it is another country
            or origin.iso2 is distinct from made.origin_iso2
            or coalesce(destination.iso2, made.destination_iso2)
                is distinct from made.destination_iso2
        """
    )
    ((others,),) = db.execute(
        "select count(*) filter (account not in $but) from all_changed", {"but": list(but)}
    ).fetchall()
    batches = db.execute("select distinct batch from all_changed order by batch").fetchall()
    if batches:
        _choose(db, "true")
        before()
        _read_words(db)
        before()
    for (batch,) in batches:
        if batch != batches[0][0]:
            between()
        _choose(db, f"batch = {batch}")
        _make_again(db)
    db.execute("drop table if exists changed")
    db.execute("drop table all_changed")
    return int(others)


def _choose(db: duckdb.DuckDBPyConnection, condition: str) -> None:
    """Make `changed` those of the changed parcels that fulfil *condition*."""
    db.execute(
        "create or replace temp table changed as"
        f" select account, tracking_id, is_made from all_changed where {condition}"
    )


def _make_again(db: duckdb.DuckDBPyConnection) -> None:
    """Replace the rows of the parcels in `changed` by what the definitions make of them alone.

    A condition on a definition would be tried after its windows, over all parcels: instead all
    that it reads of parcels is found in temporary relations of the same names.
    """
    chain = _chain()
    ((any_made,),) = db.execute("select bool_or(is_made) from changed").fetchall()
    local = {*OF_PARCELS, *(view.name for view in chain)}
    for name in OF_PARCELS:
        db.execute(
            f"""
            create temp table {_bare(name)} as
            select * from {name}
            semi join changed using (account, tracking_id)
            where rowid in ({_ROWS_OF_CHANGED.format(table=name)})
            """
        )
    for view in chain:
        query = _over(view, local)
        if view.is_materialised:
            if any_made:
                db.execute(
                    f"delete from {view.name} where (account, tracking_id) in"
                    " (select (account, tracking_id) from changed where is_made)"
                )
            # what is inserted has row ids above all others, and is read from there: no second copy
            ((last,),) = db.execute(f"select max(rowid) from {view.name}").fetchall()
            db.execute(f"insert into {view.name} by name {query}")
            query = f"select * from {view.name} where rowid > {-1 if last is None else last}"
        db.execute(f"create temp view {_bare(view.name)} as {query}")
    for view in chain:
        db.execute(f"drop view temp.{_bare(view.name)}")
    for name in OF_PARCELS:
        db.execute(f"drop table temp.{_bare(name)}")


def _read_words(db: duckdb.DuckDBPyConnection) -> None:
    """Read the texts of changed parcels that nobody has read yet, and their countries' names."""
    for (account,) in db.execute("select distinct account from changed").fetchall():
        vocabulary.name_countries(db, account)
    for account, run_id in db.execute(
        f"""
        select distinct account, run_id
        from (
            select account, run_id, {vocabulary.SAID} as said
            from {TRACKING_EVENTS.name}
            semi join changed using (account, tracking_id)
            where rowid in ({_ROWS_OF_CHANGED.format(table=TRACKING_EVENTS.name)})
        )
        anti join {EVENT_TEXTS.name} using (account, said)
        where trim(said) <> ''
        order by all
        """
    ).fetchall():
        vocabulary.classify_new(db, account, run_id=run_id)


def _chain() -> list[View]:
    """Return the materialised views and those between parcels' rows and them, in their order."""
    used = {view.name for view in materialised()}
    for view in reversed(views()):
        if view.name in used:
            used |= names(view.query)
    reached, chain = set(OF_PARCELS), []
    for view in views():
        if view.name in used and reached & names(view.query):
            reached.add(view.name)
            chain.append(view)
    return chain


def _over(view: View, local: set[str]) -> str:
    """Return a view's query with the relations in *local* replaced by temporary ones."""
    return re.sub(
        r"\b\w+\.\w+\b",
        lambda found: f"temp.{_bare(found[0])}" if found[0] in local else found[0],
        view.query,
    )


def _bare(name: str) -> str:
    return name.rpartition(".")[2]
