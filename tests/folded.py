"""The current tables of a table store, and the same tables of warehouses, to be compared."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from flows.settings import Settings
from tests.story import Past, settings
from warehouse.connection import FILE, open_read_only
from warehouse.scale_out import store as stores
from warehouse.scale_out.compact import bare, schema
from warehouse.scale_out.current import TABLES
from warehouse.scale_out.store import VERSIONS, Store
from warehouse.snapshot import published

PARCELHOUSE = Path(sys.executable).with_name("parcelhouse")
Rows: TypeAlias = dict[str, list[tuple[Any, ...]]]
"""Rows by table, in a fixed order."""


def held(store: Store) -> Rows:
    """The store's current tables."""
    found = {}
    with duckdb.connect() as db:
        db.execute("set TimeZone = 'UTC'")
        for table in TABLES:
            delta = stores.table(store, bare(table), schema(table))
            db.register("rows_held", delta.to_pyarrow_table())
            columns = ", ".join(table.column_names)
            rows = db.execute(f"select {columns} from rows_held").fetchall()
            found[table.name] = sorted(rows, key=repr)
    return found


def core(*homes: Settings) -> Rows:
    """What the warehouses of several accounts have published, together."""
    found: Rows = {table.name: [] for table in TABLES}
    for home in homes:
        with open_read_only(published(home.parcelhouse_home)) as db:
            for table in TABLES:
                columns = ", ".join(table.column_names)
                found[table.name] += db.execute(f"select {columns} from {table.name}").fetchall()
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def versions(store: Store) -> list[dict[str, Any]]:
    """What was appended, in no order."""
    rows: list[dict[str, Any]] = stores.table(store, VERSIONS).to_pyarrow_table().to_pylist()
    return rows


def loaded(home: Settings) -> tuple[int, int]:
    """How many answers a warehouse has loaded, and how many payloads that could be read."""
    with open_read_only(published(home.parcelhouse_home)) as db:
        ((count,),) = db.execute("select count(*) from ops.landings").fetchall()
        ((payloads,),) = db.execute(
            "select sum(trackings_inserted + trackings_updated + trackings_unchanged)::bigint"
            " from ops.runs"
        ).fetchall()
    return count, payloads


def renamed(past: Past, home: Path, account: str) -> Settings:
    """A copy of a warehouse that is another account's."""
    copied = past.copied(home)
    ledgers = ("ops.landings", "ops.deletions", *(table.name for table in TABLES))
    for file in (home / FILE, published(home)):
        with duckdb.connect(file) as db:
            for table in ledgers:
                db.execute(f"update {table} set account = ?", [account])
            db.execute(
                "update ops.landings set path = replace(path, '=main/', ?)", [f"={account}/"]
            )
    (copied.landing / "account=main").rename(copied.landing / f"account={account}")
    return settings(home, parcelhouse_account=account)


def loads_at_once(url: str, homes: Sequence[Settings], **environment: str) -> list[dict[str, Any]]:
    """Hand over all *homes* by the command, each in a process of its own; what each said."""
    loads = [
        subprocess.Popen(
            [PARCELHOUSE, "scale-out", "load", "--json", "--to", url],
            env=os.environ
            | {
                "PARCELHOUSE_HOME": str(home.parcelhouse_home),
                "PARCELHOUSE_ACCOUNT": home.parcelhouse_account,
            }
            | environment,
            stdout=subprocess.PIPE,
        )
        for home in homes
    ]
    said = [load.communicate(timeout=300)[0] for load in loads]
    assert [load.returncode for load in loads] == [0] * len(loads)
    return [json.loads(one) for one in said]
