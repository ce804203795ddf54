"""How much memory DuckDB may have for which work, and how it gives back what it holds."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

# Of DuckDB's own 80 % of the machine, a sync needs little: what does not fit goes to disk.
MEMORY = "220MB"
LITTLE = "76MB"
# Portions of a refresh and parts of the lake are cut so that they fit into these.
FOR_MARTS = "100MB"
FOR_LAKE = "54MB"
FOR_LAKE_BY_TWO = "108MB"
NEXT_TO_NOTHING = "4MB"
ROOMY = "1GB"  # to write a whole file anew


@contextmanager
def frugal(db: duckdb.DuckDBPyConnection, memory: str) -> Iterator[None]:
    """Have what happens inside make do with that *memory*, and with one processor.

    What is done in small portions is not done sooner by two, and costs a fifth more. Afterwards
    the connection has what whoever writes has from the start. To be begun outside a transaction.
    """
    let_go(db, memory)
    try:
        yield
    finally:
        with suppress(duckdb.Error):  # a transaction has failed: its error is the one to see
            db.execute(f"set memory_limit = '{MEMORY}'; reset threads")


def let_go(db: duckdb.DuckDBPyConnection, memory: str) -> None:
    """Give back what is only cached or free, and go on with one processor and that *memory*.

    Blocks that were read stay until the limit is reached, and DuckDB's allocator keeps what was
    freed until the number of threads is another: of 290 MB in use when a lake is written, 50.
    Outside a transaction: a limit that cannot be kept would end it.
    """
    keep_no_more(db, memory)
    db.execute("set threads = 2; set threads = 1")


def commit_and_let_go(db: duckdb.DuckDBPyConnection, memory: str) -> None:
    """Do as `connection.commit_so_far`, and give back between the two what is only cached."""
    db.execute("commit")
    let_go(db, memory)
    db.execute("begin transaction")


def keep_no_more(db: duckdb.DuckDBPyConnection, memory: str) -> None:
    """Give back what is only cached, and go on with that *memory*."""
    for limit in (NEXT_TO_NOTHING, memory):
        with suppress(duckdb.OutOfMemoryException):  # what it holds already may be more than that
            db.execute(f"set memory_limit = '{limit}'")
