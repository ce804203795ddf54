"""Every table of the warehouse: its name, key, version, and each column once.

DDL, the merge, COMMENT ON, the Arrow schemas and the data dictionary derive from here.
"""

from transforms.account_tables import ACCOUNT_TABLES
from transforms.alert_tables import ALERT_TABLES
from transforms.personal_tables import PERSONAL_TABLES
from transforms.promise_tables import PROMISE_TABLES
from transforms.table import ACCOUNT, ARROW_TYPES, RUN_ID, TRACKING_ID, Column, Table
from transforms.vocabulary_tables import VOCABULARY_TABLES

__all__ = ["ARROW_TYPES", "Column", "Table"]


def _leg_columns(leg: str) -> tuple[Column, ...]:
    return (
        Column(f"{leg}_carrier_code", "VARCHAR", f"Carrier of the {leg} leg."),
        Column(f"{leg}_weblink", "VARCHAR", f"Website of the {leg} leg's carrier."),
        Column(f"{leg}_phone", "VARCHAR", f"Telephone of the {leg} leg's carrier."),
        Column(
            f"{leg}_info",
            "JSON",
            f"What else the API says of the {leg} leg: ReferenceNumber, ItemReceived and its"
            " like (the latest event of a kind, not the first: no measure of dwell).",
        ),
    )


TRACKINGS = Table(
    "core.trackings",
    "One row per parcel, in its newest version known.",
    (
        ACCOUNT,
        TRACKING_ID,
        Column("carrier_code", "VARCHAR", "Carrier who moves it, spelt as the API does."),
        Column("tracking_number", "VARCHAR", "The carrier's number of the parcel."),
        Column("status", "VARCHAR", "TrackingMore's word for the state, as sent."),
        Column("substatus", "VARCHAR", "TrackingMore's finer code, an open set."),
        Column("track_update", "BOOLEAN", "Whether TrackingMore still asks the carrier."),
        Column("created_at", "TIMESTAMPTZ", "When the parcel was registered; never changes."),
        Column("updated_at", "TIMESTAMPTZ", "TrackingMore's last look; null where it says null."),
        Column("order_create_time", "TIMESTAMP", "Order time as the merchant typed it, zoneless."),
        Column("order_create_time_raw", "VARCHAR", "The same as sent: many spellings."),
        Column("title", "VARCHAR", "The merchant's title of the parcel."),
        Column("order_id", "VARCHAR", "The merchant's order number."),
        Column("comment", "VARCHAR", "The merchant's note."),
        Column("logistics_channel", "VARCHAR", "The merchant's name of the shipping service."),
        Column("customer_name", "VARCHAR", "Recipient, personal data."),
        Column("customer_email", "VARCHAR", "Recipient's address; several joined by a comma."),
        Column("customer_phone", "VARCHAR", "Recipient's telephone, personal data."),
        Column("archived", "BOOLEAN", "Whether the merchant archived it."),
        Column("original_country", "VARCHAR", "Country it comes from, free text as sent."),
        Column("destination_country", "VARCHAR", "Country it goes to, free text as sent."),
        Column("destination_code", "VARCHAR", "Country it goes to, two letters as sent."),
        Column(
            "item_time_length_days",
            "INTEGER",
            "The API's itemTimeLength, rounded up at its last look; not a delivery time.",
        ),
        Column(
            "stay_time_length_days",
            "INTEGER",
            "The API's stayTimeLength: days without news at its last look, rounded up.",
        ),
        Column("service_code", "VARCHAR", "The carrier's service, where the API knows it."),
        Column("package_status", "VARCHAR", "The API's packageStatus, present in some years."),
        Column("status_info", "VARCHAR", "The API's status_info, present in some years."),
        Column("last_mile_tracking_supported", "VARCHAR", "As the API says it, in some years."),
        Column("signed_by", "VARCHAR", "Who signed (the API spells it singed_by)."),
        Column("destination_track_number", "VARCHAR", "Number of the destination carrier."),
        Column("last_event_raw", "VARCHAR", "The API's lastEvent: text, place, time in one."),
        Column("last_update_time", "TIMESTAMP", "Carrier's wall clock at the newest event."),
        Column("last_update_time_raw", "VARCHAR", "The same as sent."),
        *_leg_columns("origin"),
        *_leg_columns("destination"),
        Column("event_count", "INTEGER", "Scans in the newest version, both legs."),
        Column("extra", "JSON", "Fields that no column is for, as sent; null: none."),
        Column("payload_hash", "VARCHAR", "md5 of the payload less its two day counts."),
        Column("fetched_at", "TIMESTAMPTZ", "When this version was read, by the server's clock."),
        Column("first_seen_at", "TIMESTAMPTZ", "When the parcel was first read."),
        Column("deleted_at", "TIMESTAMPTZ", "When it was found gone from the account."),
        RUN_ID,
    ),
    key=("account", "tracking_id"),
    version=("updated_at", "fetched_at"),
)

TRACKING_EVENTS = Table(
    "core.tracking_events",
    "One row per carrier scan; what the carrier took back keeps its row and has withdrawn_at.",
    (
        ACCOUNT,
        TRACKING_ID,
        Column(
            "event_id",
            "VARCHAR",
            "md5 of parcel, leg, time, text, place and repetition, as sent.",
        ),
        Column("leg", "VARCHAR", "origin | destination: which array said it, not a place."),
        Column("position", "INTEGER", "Place in its leg's array, 1 = oldest."),
        Column("repetition", "INTEGER", "1 for the oldest of equal scans in a leg, then 2, 3."),
        Column("event_time_raw", "VARCHAR", "Time of the scan as sent."),
        Column("event_time_local", "TIMESTAMP", "The same, the carrier's wall clock, zoneless."),
        Column("description", "VARCHAR", "What the carrier says happened, exactly as sent."),
        Column("details", "VARCHAR", "Mostly the place, exactly as sent."),
        Column("checkpoint_status", "VARCHAR", "TrackingMore's word for this scan."),
        Column("substatus", "VARCHAR", "TrackingMore's finer code for this scan."),
        Column("item_node", "VARCHAR", "The API's ItemNode, e.g. ItemReceived."),
        Column("carrier_code", "VARCHAR", "Carrier of the leg that said it."),
        Column("extra", "JSON", "Fields that no column is for, as sent; null: none."),
        Column("first_seen_at", "TIMESTAMPTZ", "When this scan was first read."),
        Column("withdrawn_at", "TIMESTAMPTZ", "When it was first found missing; null: stands."),
        RUN_ID,
    ),
    key=("account", "tracking_id", "event_id"),
)

STATUS_HISTORY = Table(
    "core.status_history",
    "One row per observed state of a parcel, in the order in which it was learned.",
    (
        ACCOUNT,
        TRACKING_ID,
        Column("status", "VARCHAR", "TrackingMore's word for the state, as sent."),
        Column("substatus", "VARCHAR", "TrackingMore's finer code."),
        Column("archived", "BOOLEAN", "Whether the merchant had archived it."),
        Column("event_count", "INTEGER", "Scans it had."),
        Column("is_deleted", "BOOLEAN", "Whether it was gone from the account."),
        Column("valid_from", "TIMESTAMPTZ", "When this state was first read."),
        Column("valid_to", "TIMESTAMPTZ", "When another state was first read; null: still so."),
        Column("updated_at", "TIMESTAMPTZ", "The API's updated_at when this state was read."),
        RUN_ID,
    ),
    key=("account", "tracking_id", "valid_from"),
)

WINDOWS = Table(
    "ops.windows",
    "One row per window read: the ledger.",
    (
        ACCOUNT,
        Column("scope", "VARCHAR", "Whose ledger: update_time | created_at | backfill …"),
        Column("low", "TIMESTAMPTZ", "First second of the window."),
        Column("high", "TIMESTAMPTZ", "Last second of the window, inclusive."),
        Column("total", "BIGINT", "Trackings the API counted in it."),
        Column("rows", "BIGINT", "Payloads read for it, repeated ones included."),
        Column("proven", "BOOLEAN", "Whether its completeness is certain."),
        Column("answers", "INTEGER", "Requests that it took."),
        Column("fetched_at", "TIMESTAMPTZ", "When its last answer was read."),
        RUN_ID,
    ),
    key=("account", "scope", "low", "high", "fetched_at"),
)

WATERMARKS = Table(
    "ops.watermarks",
    "One row per ledger: the end of its contiguous proven prefix.",
    (
        ACCOUNT,
        Column(
            "scope",
            "VARCHAR",
            "update_time | created_at | first_sync: the instant the first sync began, which"
            " becomes update_time's watermark once the account's life is read.",
        ),
        Column("watermark_at", "TIMESTAMPTZ", "Everything up to this second is read."),
        RUN_ID,
    ),
    key=("account", "scope"),
)

LANDINGS = Table(
    "ops.landings",
    "One row per landed answer that was loaded, in the order of loading.",
    (
        ACCOUNT,
        Column("sequence", "BIGINT", "Order of loading, from 1."),
        Column("path", "VARCHAR", "The landing's file, relative to landing/."),
        Column("endpoint", "VARCHAR", "Which endpoint answered."),
        Column("fetched_at", "TIMESTAMPTZ", "When it was read, by the server's clock."),
        Column("items", "INTEGER", "Payloads in it."),
        RUN_ID,
    ),
    key=("account", "sequence"),
)

RUNS = Table(
    "ops.runs",
    "One row per run of a command that touches the account.",
    (
        ACCOUNT,
        RUN_ID,
        Column("command", "VARCHAR", "sync | backfill …"),
        Column("state", "VARCHAR", "running | done | attention | failed."),
        Column("started_at", "TIMESTAMPTZ", "By the local clock."),
        Column("finished_at", "TIMESTAMPTZ", "By the local clock; null while it runs."),
        Column("requests", "BIGINT", "Requests sent, repeated ones included."),
        Column("bytes_received", "BIGINT", "Bytes of the answers' bodies, decompressed."),
        Column("retries", "BIGINT", "Requests that were repeats."),
        Column("waited_seconds", "DOUBLE", "Time spent waiting for the rate limit."),
        Column("windows", "BIGINT", "Windows read."),
        Column("unproven_windows", "BIGINT", "Windows whose completeness is not certain."),
        Column("rows_read", "BIGINT", "Payloads read, repeated ones included."),
        Column("trackings_inserted", "BIGINT", "Parcels seen for the first time."),
        Column("trackings_updated", "BIGINT", "Parcels whose row was replaced by a newer one."),
        Column("trackings_unchanged", "BIGINT", "Payloads that changed nothing."),
        Column("events_inserted", "BIGINT", "Scans seen for the first time."),
        Column("events_withdrawn", "BIGINT", "Scans that the carrier took back."),
        Column("quarantined", "BIGINT", "Payloads that waited in quarantine when it ended."),
        Column("error", "VARCHAR", "Why it failed, one sentence."),
    ),
    key=("account", "run_id"),
)

QUARANTINE = Table(
    "ops.quarantine",
    "One row per payload that could not be read; it waits here for a repaired reader.",
    (
        ACCOUNT,
        Column("quarantine_id", "VARCHAR", "md5 of account and payload."),
        Column("tracking_id", "VARCHAR", "The payload's id, where it has one."),
        Column("reason", "VARCHAR", "Why it could not be read, one sentence."),
        Column("payload", "JSON", "The payload as sent."),
        Column("fetched_at", "TIMESTAMPTZ", "When it was read."),
        Column("released_at", "TIMESTAMPTZ", "When it could be read after all."),
        RUN_ID,
    ),
    key=("account", "quarantine_id"),
)

UNKNOWN_FIELDS = Table(
    "ops.unknown_fields",
    "One row per field that the API sent and no column is for; its values are in extra.",
    (
        ACCOUNT,
        Column("field", "VARCHAR", "Path of the field in the payload, e.g. origin_info.Foo."),
        Column("tracking_id", "VARCHAR", "The first parcel that had it."),
        Column("example", "JSON", "Its value there, shortened."),
        Column("first_seen_at", "TIMESTAMPTZ", "When it was first read."),
        RUN_ID,
    ),
    key=("account", "field"),
)

BACKFILLS = Table(
    "ops.backfills",
    "One row per backfill asked for; its windows are in ops.windows under its scope.",
    (
        ACCOUNT,
        Column("scope", "VARCHAR", "Its ledger: backfill:<run that began it>."),
        Column("since", "TIMESTAMPTZ", "First second of created_at asked for."),
        Column("until", "TIMESTAMPTZ", "Last second of created_at asked for, or settled then."),
        Column("is_open_ended", "BOOLEAN", "Whether no end was asked for."),
        Column("started_at", "TIMESTAMPTZ", "By the local clock."),
        Column("finished_at", "TIMESTAMPTZ", "Null: unfinished, the same question resumes it."),
        RUN_ID,
    ),
    key=("account", "scope"),
)

STATUS_COUNTS = Table(
    "ops.status_counts",
    "One row per status and reconciliation: what the API counts, what the warehouse holds.",
    (
        ACCOUNT,
        Column("low", "TIMESTAMPTZ", "First second of created_at compared."),
        Column("high", "TIMESTAMPTZ", "Last second of created_at compared."),
        Column("status", "VARCHAR", "The status, or (total)."),
        Column("api_count", "BIGINT", "Parcels by the API's count."),
        Column("warehouse_count", "BIGINT", "Live parcels in core.trackings."),
        Column("fetched_at", "TIMESTAMPTZ", "When the API was asked."),
        RUN_ID,
    ),
    key=("account", "run_id", "low", "high", "status"),
)

DELETIONS = Table(
    "ops.deletions",
    "One row per parcel found gone from the account, confirmed by its number.",
    (
        ACCOUNT,
        TRACKING_ID,
        Column("deleted_at", "TIMESTAMPTZ", "When its absence was confirmed."),
        Column("after_sequence", "BIGINT", "The last of ops.landings loaded before."),
        RUN_ID,
    ),
    key=("account", "tracking_id", "deleted_at"),
)

CATALOG = Table(
    "ops.catalog",
    "One row: which declarations made this file.",
    (Column("fingerprint", "VARCHAR", "md5 of the tables and the .sql files as last applied."),),
    key=("fingerprint",),
)

PUBLICATIONS = Table(
    "ops.publications",
    "One row per version made for readers; its newest is the version of this file.",
    (
        Column("version", "BIGINT", "Its number, as in manifest.json; always moves forward."),
        Column("as_of", "TIMESTAMPTZ", "The warehouse as it was then, by the local clock."),
        RUN_ID,
    ),
    key=("version",),
)

FINGERPRINTS = Table(
    "build.fingerprints",
    "One row per account: what its rows in the tables of marts were made of, all of them.",
    (
        ACCOUNT,
        Column("fingerprint", "VARCHAR", "md5 of all that each of them hangs on."),
        Column("made_at", "TIMESTAMPTZ", "When they were made anew, by the local clock."),
    ),
    key=("account",),
)

TABLES = (
    CATALOG,
    FINGERPRINTS,
    PUBLICATIONS,
    TRACKINGS,
    TRACKING_EVENTS,
    STATUS_HISTORY,
    WINDOWS,
    WATERMARKS,
    LANDINGS,
    RUNS,
    QUARANTINE,
    UNKNOWN_FIELDS,
    BACKFILLS,
    STATUS_COUNTS,
    DELETIONS,
    *ACCOUNT_TABLES,
    *ALERT_TABLES,
    *PROMISE_TABLES,
    *PERSONAL_TABLES,
    *VOCABULARY_TABLES,
)
