"""Tables of what was promised to recipients: what on time is measured by."""

from transforms.table import ACCOUNT, Column, Table

PROMISES = Table(
    "core.promises",
    "One row per promise that you make of delivery times: marts.on_time judges parcels by it.",
    (
        ACCOUNT,
        Column("carrier_code", "VARCHAR", "Whose parcels it is for; null: whoever carries them."),
        Column("origin_iso2", "VARCHAR", "Country they come from, two letters; null: any."),
        Column("destination_iso2", "VARCHAR", "Country they go to, two letters; null: any."),
        Column("promised_days", "INTEGER", "Delivered so many days after the first scan, or less."),
        Column(
            "is_business_days",
            "BOOLEAN",
            "Whether Saturdays and Sundays do not count; null: they count.",
        ),
        Column("note", "VARCHAR", "Where it is promised, or to whom."),
        Column("added_at", "TIMESTAMPTZ", "When you said so; the newest of equals stays."),
    ),
    key=("account", "carrier_code", "origin_iso2", "destination_iso2"),
)

PROMISE_TABLES = (PROMISES,)
