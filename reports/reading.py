"""What the report reads: one account of what is published, or all of them."""

from datetime import datetime
from typing import Any, NamedTuple

import duckdb

from warehouse.errors import IncompatibleError

ALL = "(all)"  # as the marts call all accounts together
# of rows of single parcels, which are told once
OF_ACCOUNT = f"$account in (account, '{ALL}')"
# asked for by several sections, and too dear to be worked out for each
KEPT = {
    "performance": "select * from marts.lane_performance where account = $account",
    # a promise is broken by the rule of marts.on_time, which tells it of groups
    "on_the_way": """
        select
            parcels.*,
            promises.promised_days,
            shipments.carrier_done_local_date is null
            and promises.promised_days < case
                when promises.is_business_days
                    then business_days(
                        shipments.first_scan_local_date,
                        timezone('UTC', shipments.follow_up_at)::date
                    )
                else timezone('UTC', shipments.follow_up_at)::date - shipments.first_scan_local_date
            end as is_overdue
        from marts.in_transit as parcels
        inner join marts.shipments as shipments using (account, tracking_id)
        left join (
            select distinct account, carrier_code, lane, promised_days, is_business_days
            from marts.on_time
        ) as promises
            on parcels.account = promises.account
            and parcels.carrier_code = promises.carrier_code
            and parcels.lane = promises.lane
        where $account in (parcels.account, '(all)')
    """,
}


class Reading(NamedTuple):
    """One account of an open file, or all, and the instant up to which the file knows it."""

    db: duckdb.DuckDBPyConnection
    account: str
    as_of: datetime | None  # None: nothing of this account is published

    @property
    def is_over_all(self) -> bool:
        """Whether it is about all accounts together."""
        return self.account == ALL

    @property
    def whose(self) -> str:
        """Whose parcels, for a heading."""
        return "all accounts" if self.is_over_all else self.account

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of a query, `$account` being the account.

        Raises:
            IncompatibleError: the file has not the views that this version reads.
        """
        try:
            values = {"account": self.account} if "$account" in query else {}
            result = self.db.execute(query, values)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            said = str(error).strip().splitlines()[0]
            msg = (
                "what is published was not made by this version of parcelhouse;"
                f" `parcelhouse publish` makes it anew ({said})"
            )
            raise IncompatibleError(msg) from error
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def one(self, query: str) -> dict[str, Any]:
        """Return the first row of a query, or {}."""
        return next(iter(self.ask(query)), {})


def read(db: duckdb.DuckDBPyConnection, account: str) -> Reading:
    """Return the account's part of a file that is open for reading.

    Raises:
        IncompatibleError: the file has not the views that this version reads.
    """
    nameless = Reading(db, account, None)
    known = nameless.one("select as_of from core.as_of where account = $account")
    for name, query in KEPT.items():
        # a temporary table is in memory: the file itself cannot be written
        nameless.ask(f"create or replace temp table {name} as {query}")
    return nameless._replace(as_of=known.get("as_of"))


def accounts(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the accounts of which the file knows anything."""
    found = db.execute("select account from core.as_of order by account").fetchall()
    return [account for (account,) in found if account != ALL]
