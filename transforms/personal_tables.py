"""The tables of what is done with personal data, and of who is forgotten."""

from transforms.table import ACCOUNT, RUN_ID, TRACKING_ID, Column, Table

PERSONAL_DATA = Table(
    "ops.personal_data",
    "One row per account: how the personal data that this file and the landing hold are kept.",
    (
        ACCOUNT,
        Column("policy", "VARCHAR", "keep | hash | drop: PARCELHOUSE_PII."),
        Column("key_fingerprint", "VARCHAR", "Tells one PARCELHOUSE_PII_KEY from another."),
        Column("is_applied", "BOOLEAN", "False: what is stored is still being rewritten."),
        Column("changed_at", "TIMESTAMPTZ", "When it was decided, by the local clock."),
        RUN_ID,
    ),
    key=("account",),
)

FORGOTTEN = Table(
    "ops.forgotten",
    "One row per parcel or customer forgotten; nobody's name is in it, and whoever is stays so.",
    (
        ACCOUNT,
        Column("kind", "VARCHAR", "parcel | name | email | phone: what names them."),
        Column("mark", "VARCHAR", "A parcel's id; else HMAC-SHA256 of what was asked for."),
        Column("salt", "VARCHAR", "What the HMAC is keyed with, drawn for this account."),
        TRACKING_ID,
        Column("carrier_code", "VARCHAR", "Of a parcel."),
        Column("tracking_number", "VARCHAR", "Of a parcel."),
        Column("forgotten_at", "TIMESTAMPTZ", "When it was asked for, by the local clock."),
        Column("finished_at", "TIMESTAMPTZ", "When it was done; null: `personal-data apply`."),
        Column("trackings", "BIGINT", "Rows of core.trackings that were rewritten with it."),
        Column("events", "BIGINT", "Rows of core.tracking_events."),
        Column("others", "BIGINT", "Rows of quarantine, journals and other tables."),
        Column("files", "BIGINT", "Files of the landing and the archive."),
        RUN_ID,
    ),
    key=("account", "kind", "mark"),
)

PERSONAL_TABLES = (PERSONAL_DATA, FORGOTTEN)
