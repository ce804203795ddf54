"""Tells when all rows of an account's marts are to be made again.

They hang on the .sql files, the vocabulary, the overrides and the last replay: on what holds for
every parcel. An account's fingerprint is of all that; where it differs from the one that the rows
were made under, they are outdated.
"""

from datetime import datetime

import duckdb

from transforms.tables import CATALOG, FINGERPRINTS, RUNS, TRACKINGS
from transforms.vocabulary_tables import EDITION, TEXT_OVERRIDES


def outdated(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the accounts whose rows were made under another fingerprint, and the present one."""
    found = dict(db.execute(f"select account, fingerprint from {FINGERPRINTS.name}").fetchall())
    return {
        account: fingerprint
        for account, fingerprint in _wanted(db).items()
        if found.get(account) != fingerprint
    }


def note(db: duckdb.DuckDBPyConnection, account: str, fingerprint: str, *, at: datetime) -> None:
    """Enter under which fingerprint an account's rows are made. The caller owns the transaction."""
    db.execute(f"delete from {FINGERPRINTS.name} where account = ?", [account])
    db.execute(
        f"insert into {FINGERPRINTS.name} by name"
        " select $account as account, $print as fingerprint, $at as made_at",
        {"account": account, "print": fingerprint, "at": at},
    )


def _wanted(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return, by account, the md5 of all that every row of its marts hangs on.

    A replay is among it: it may read the same answers in another way.
    """
    return dict(
        db.execute(
            f"""
            with overrides as (
                select
                    account,
                    string_agg(
                        to_json([carrier_code, said, milestone, epoch_us(added_at)::varchar]),
                        chr(10)
                        order by said, carrier_code, added_at, milestone
                    ) as words
                from {TEXT_OVERRIDES.name}
                group by account
            ),
            replays as (
                select account, arg_max(run_id, started_at) as run_id
                from {RUNS.name}
                where command = 'replay'
                group by account
            )
            select
                account,
                md5(
                    to_json(
                        [
                            (select any_value(fingerprint) from {CATALOG.name}),
                            (select any_value(edition) from {EDITION.name}),
                            overrides.words,
                            replays.run_id
                        ]
                    )
                )
            from (select distinct account from {TRACKINGS.name})
            left join overrides using (account)
            left join replays using (account)
            order by account
            """
        ).fetchall()
    )
