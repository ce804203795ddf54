"""Why no run begins: what is stored of persons is kept otherwise than the settings want."""

import duckdb

from transforms.personal.tokens import Policy
from warehouse.policy import Stored, stored_policy, unfinished

APPLY = "`parcelhouse personal-data apply`"


def why_refused(db: duckdb.DuckDBPyConnection, account: str, policy: Policy) -> str | None:
    """Return why no run of *account* may begin under *policy*, in a sentence; None: it may."""
    why = why_kept_otherwise(stored_policy(db, account), policy)
    if why is None and unfinished(db, account):
        return f"somebody is not wholly forgotten yet, for that was interrupted: run {APPLY}"
    return why


def why_kept_otherwise(stored: Stored | None, policy: Policy) -> str | None:
    """Return in what the policy differs that what is *stored* is kept by; None: in nothing."""
    if stored is None or stored.is_of(policy):
        return None
    if not stored.is_applied:
        return f"what is stored was not wholly rewritten as PARCELHOUSE_PII wants it: run {APPLY}"
    if stored.policy == policy.name:
        return (
            "PARCELHOUSE_PII_KEY is not the one with which what is stored was hashed: set that"
            f" one again, or go on with the new one by {APPLY}"
        )
    return (
        f"PARCELHOUSE_PII is {policy.name}, and what is stored was kept by {stored.policy}: set"
        f" that again, or change what is stored by {APPLY} (--dry-run shows what)"
    )
