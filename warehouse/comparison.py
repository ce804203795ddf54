"""How the rows of one account differ between two warehouses attached to one connection."""

from collections.abc import Iterable
from typing import NamedTuple

import duckdb

from transforms.tables import Table


class Difference(NamedTuple):
    """Rows of one table by whether both have them; none where the table is the same."""

    table: str
    only_before: int
    only_after: int
    differing: int

    @property
    def is_any(self) -> bool:
        """Whether the table differs at all."""
        return bool(self.only_before or self.only_after or self.differing)


def compare(
    db: duckdb.DuckDBPyConnection,
    account: str,
    tables: Iterable[Table],
    *,
    before: str,
    after: str,
) -> list[Difference]:
    """Return for each of *tables* how its rows of *account* differ, by key and in all they tell.

    Args:
        db: The connection that has both.
        account: Whose rows.
        tables: Which tables.
        before: One warehouse's name in SQL.
        after: The other's.
    """
    return [
        Difference(table.name, 0, 0, 0)
        if _digest(db, account, table, before) == _digest(db, account, table, after)
        else _count(db, account, table, before, after)
        for table in tables
    ]


def _digest(
    db: duckdb.DuckDBPyConnection, account: str, table: Table, warehouse: str
) -> tuple[int, int]:
    """Return what equal tables have in common, whatever the order of their rows."""
    rows = db.execute(
        f"""
        select count(*), coalesce(sum({_content(table)}::hugeint), 0)
        from "{warehouse}".{table.name}
        where account = ?
        """,
        [account],
    ).fetchall()
    return int(rows[0][0]), int(rows[0][1])


def _content(table: Table) -> str:
    return f"hash({', '.join(table.told.column_names)})"


def _count(
    db: duckdb.DuckDBPyConnection, account: str, table: Table, before: str, after: str
) -> Difference:
    keys = ", ".join(table.key)
    sides = (
        f'select {keys}, {_content(table)} as content from "{name}".{table.name}'
        " where account = $account"
        for name in (before, after)
    )
    old, new = sides
    rows = db.execute(
        f"""
        with
        old as ({old}),
        new as ({new})
        select
            count(*) filter (new.content is null),
            count(*) filter (old.content is null),
            count(*) filter (new.content <> old.content)
        from old
        full join new using ({keys})
        """,
        {"account": account},
    ).fetchall()
    return Difference(table.name, *rows[0])
