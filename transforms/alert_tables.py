"""The table of what people were alerted to."""

from transforms.table import ACCOUNT, Column, Table

ALERTS = Table(
    "ops.alerts",
    "One row per alert that was sent, from its first word to its last.",
    (
        ACCOUNT,
        Column("alert", "VARCHAR", "What it is about: stale_sync | failed_run:sync | quarantine …"),
        Column("level", "VARCHAR", "fail | warn: how grave it is."),
        Column("sentence", "VARCHAR", "What was last said."),
        Column("size", "BIGINT", "How many were last told of, where they can be counted; else 0."),
        Column("began_at", "TIMESTAMPTZ", "When it was first told, by the local clock."),
        Column("told_at", "TIMESTAMPTZ", "When it was last told, by the local clock."),
        Column("over_at", "TIMESTAMPTZ", "When it was told to be over; null while it is not."),
    ),
    key=("account", "alert", "began_at"),
)

ALERT_TABLES = (ALERTS,)
