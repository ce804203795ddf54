"""Every table of the warehouse: its name, key, version, and each column once.

DDL, the merge, COMMENT ON, the Arrow schemas and the data dictionary derive from here.
"""

from transforms.account_tables import ACCOUNT_TABLES
from transforms.alert_tables import ALERT_TABLES
from transforms.ops_tables import (
    BACKFILLS,
    CATALOG,
    DELETIONS,
    FINGERPRINTS,
    LANDINGS,
    PUBLICATIONS,
    QUARANTINE,
    RUNS,
    STATUS_COUNTS,
    UNKNOWN_FIELDS,
    WATERMARKS,
    WINDOWS,
)
from transforms.personal_tables import PERSONAL_TABLES
from transforms.promise_tables import PROMISE_TABLES
from transforms.table import ACCOUNT, ARROW_TYPES, RUN_ID, TRACKING_ID, Column, Table
from transforms.vocabulary_tables import VOCABULARY_TABLES

__all__ = [
    "ARROW_TYPES",
    "BACKFILLS",
    "CATALOG",
    "DELETIONS",
    "FINGERPRINTS",
    "LANDINGS",
    "PUBLICATIONS",
    "QUARANTINE",
    "RUNS",
    "STATUS_COUNTS",
    "UNKNOWN_FIELDS",
    "WATERMARKS",
    "WINDOWS",
    "Column",
    "Table",
]


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
        Column(
            "payload_hash", "VARCHAR", "md5 of all that the payload says, less its two day counts."
        ),
        Column(
            "scans_hash",
            "BIGINT",
            "Half of an md5 of the scans as they are stored; null: unknown.",
        ),
        Column("scans_in_origin", "INTEGER", "How many of those the origin's leg has."),
        Column("fetched_at", "TIMESTAMPTZ", "When this version was read, by the server's clock."),
        Column("first_seen_at", "TIMESTAMPTZ", "When the parcel was first read."),
        Column("deleted_at", "TIMESTAMPTZ", "When it was found gone from the account."),
        RUN_ID,
    ),
    key=("account", "tracking_id"),
    version=("updated_at", "fetched_at"),
    aside=("scans_hash", "scans_in_origin"),
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
