"""A second warehouse file beside the live one, which takes its place once it is whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import duckdb

from transforms.tables import QUARANTINE, STATUS_HISTORY, TRACKING_EVENTS, TRACKINGS
from warehouse.catalog import quoted
from warehouse.connection import FILE, STORAGE
from warehouse.errors import CannotOpenError
from warehouse.memory import ROOMY

REBUILT = "rebuilt"  # the new file's name in SQL
REPLAYED = (TRACKINGS, TRACKING_EVENTS, STATUS_HISTORY)  # what follows from the landing


@contextmanager
def replacing(db: duckdb.DuckDBPyConnection, home: Path) -> Iterator[str]:
    """Yield the live warehouse's name in SQL, with a new, empty file as the current one.

    Until the block ends, unqualified tables are those of the new file. Then it is put in the
    live one's place in one step, and *db* is closed: what it had open is the warehouse no more.
    A block that fails, or a process that is killed at any moment, leaves the live file as it
    was; what a killed process left beside it is removed by the next.

    Needs room for a second file.

    Args:
        db: The open warehouse; the caller holds the writer's seat.
        home: Folder of the warehouse.

    Raises:
        CannotOpenError: the new file cannot be put in place; the live one stays.
    """
    live, fresh = home / FILE, fresh_path(home)
    try:
        remove_leftovers(home)
        db.execute(f"set memory_limit = '{ROOMY}'")
        ((name,),) = db.execute("select current_database()").fetchall()
        db.execute(f"attach {quoted(str(fresh))} as {REBUILT} (storage_version '{STORAGE}')")
        db.execute(f"use {REBUILT}")
        yield name
        db.execute(f"checkpoint {REBUILT}")
        db.execute(f'use "{name}"')
        db.execute(f'checkpoint "{name}"')
        db.execute(f"detach {REBUILT}")
        db.close()  # takes the live file's log along: by its name it would be the new file's
        _put_in_place(fresh, live)
    except OSError as error:
        msg = f"cannot put a new {live} in its place: {error.strerror or error}"
        raise CannotOpenError(msg) from error
    finally:
        db.close()
        with suppress(OSError):
            remove_leftovers(home)


def copy_with_history_until(
    db: duckdb.DuckDBPyConnection, live: str, account: str, until: datetime | None
) -> int:
    """Copy the live warehouse, but of the account's parcels those first seen up to *until*.

    Returns how many of its parcels those are.

    Args:
        db: The connection inside `replacing`.
        live: What `replacing` yields.
        account: Whose parcels are left out; those of other accounts are copied.
        until: `datetime.max` for all of them; None for none of them.
    """
    db.execute(f'copy from database "{live}" to {REBUILT} (schema)')
    replayed = [table.name for table in REPLAYED]
    for (table,) in db.execute(
        """
        select format('"{}"."{}"', schema_name, table_name)
        from duckdb_tables()
        where database_name = $live and schema_name || '.' || table_name not in $replayed
        """,
        {"live": live, "replayed": replayed},
    ).fetchall():
        db.execute(f'insert into {REBUILT}.{table} select * from "{live}".{table}')
    parcels, *rest = replayed
    bound = {"account": account, "until": until}
    db.execute(
        f"""
        insert into {parcels} by name
        select * from "{live}".{parcels}
        where account <> $account or first_seen_at <= $until
        """,
        bound,
    )
    for table in rest:
        db.execute(
            f"""
            insert into {table} by name
            select * from "{live}".{table}
            where
                account <> $account
                or tracking_id in (select tracking_id from {parcels} where account = $account)
            """,
            {"account": account},
        )
    kept = db.execute(f"select count(*) from {parcels} where account = ?", [account]).fetchall()
    return int(kept[0][0])


def reopen_quarantine(
    db: duckdb.DuckDBPyConnection, account: str, answered: list[datetime]
) -> None:
    """Let the payloads of the answers of those instants wait again, until they are read again."""
    db.execute(
        f"""
        update {QUARANTINE.name} set released_at = null
        where account = $account and fetched_at in $answered
        """,
        {"account": account, "answered": answered},
    )


def keep_first_release(db: duckdb.DuckDBPyConnection, live: str, account: str) -> None:
    """Give payloads that are released again the instant at which they were before."""
    db.execute(
        f"""
        update {QUARANTINE.name} as held set released_at = before.released_at
        from "{live}".{QUARANTINE.name} as before
        where
            held.account = $account
            and before.account = held.account
            and before.quarantine_id = held.quarantine_id
            and before.released_at is not null
            and held.released_at is not null
        """,
        {"account": account},
    )


def _put_in_place(fresh: Path, live: Path) -> None:
    """Let *fresh* be *live* from one moment to the next, whatever happens to the power."""
    for log in (_log(fresh), _log(live)):
        if log.exists():
            msg = f"{log} should have been written into its file"
            raise CannotOpenError(msg)
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    fresh.replace(live)
    folder = os.open(live.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove_leftovers(home: Path) -> None:
    """Remove what a killed process left beside the warehouse; the caller holds the seat."""
    fresh = fresh_path(home)
    for path in (fresh, _log(fresh)):
        path.unlink(missing_ok=True)


def fresh_path(home: Path) -> Path:
    """Return where the new file is written."""
    return home / f"{FILE}.{REBUILT}"


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
