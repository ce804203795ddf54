"""What the warehouse keeps of its own work: windows, runs, landings, quarantine, versions."""

from transforms.table import ACCOUNT, RUN_ID, TRACKING_ID, Column, Table

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
