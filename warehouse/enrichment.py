"""Stores what was asked beside the parcels: each answer replaces what was known of its subject."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from transforms.account_tables import AIR_WAYBILL_EVENTS, AIR_WAYBILLS
from transforms.table import Table
from warehouse.entries import staged


def replace_rows(
    db: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table, *, subject: Sequence[str]
) -> None:
    """Put *rows* into *table* in place of those with the same *subject* columns.

    The caller owns the transaction.
    """
    with staged(db, answered_rows=rows):
        db.execute(
            f"delete from {table.name} as kept using answered_rows as answered where "
            + " and ".join(f"kept.{name} = answered.{name}" for name in subject)
        )
        db.execute(f"insert into {table.name} by name select * from answered_rows")


def store_air_waybills(db: duckdb.DuckDBPyConnection, bills: pa.Table, events: pa.Table) -> None:
    """Store waybills as they are now, in place of what they were; first_seen_at stays.

    The caller owns the transaction.
    """
    subject = ("account", "air_waybill")
    with staged(db, answered_bills=bills):
        known: pa.Table = db.sql(
            f"""
            select answered_bills.* replace (
                least(kept.first_seen_at, answered_bills.first_seen_at) as first_seen_at
            )
            from answered_bills
            left join {AIR_WAYBILLS.name} as kept using (account, air_waybill)
            """
        ).to_arrow_table()
        # of a waybill that lost its events none may stay
        db.execute(
            f"delete from {AIR_WAYBILL_EVENTS.name} as kept using answered_bills as answered"
            " where kept.account = answered.account and kept.air_waybill = answered.air_waybill"
        )
    replace_rows(db, AIR_WAYBILLS, known.cast(bills.schema), subject=subject)
    replace_rows(db, AIR_WAYBILL_EVENTS, events, subject=subject)
