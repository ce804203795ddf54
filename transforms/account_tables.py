"""Tables of what Parcelhouse does to the account, and of what it asks beside the parcels."""

from transforms.table import ACCOUNT, RUN_ID, Column, Table

_REF = (
    Column("carrier_code", "VARCHAR", "Carrier of the parcel, spelt as the API does."),
    Column("tracking_number", "VARCHAR", "The carrier's number of the parcel."),
)

API_ACTIONS = Table(
    "ops.api_actions",
    "One row per parcel and request that changed the account, or cost credits: the journal.",
    (
        ACCOUNT,
        Column("action_id", "VARCHAR", "md5 of run, action, parcel and request."),
        Column("action", "VARCHAR", "register | annotate | correct-carrier | stop-updates …"),
        *_REF,
        Column("request", "JSON", "What was asked for the parcel, beside its carrier and number."),
        Column(
            "outcome",
            "VARCHAR",
            "sent (no answer is known) | done | already | missing | refused | unanswered.",
        ),
        Column("code", "INTEGER", "The API's code for the parcel, where it gave one."),
        Column("message", "VARCHAR", "The API's words, or ours."),
        Column("credits", "DOUBLE", "What it cost by the price list; 0 where it was refused."),
        Column("sent_at", "TIMESTAMPTZ", "When it was entered, just before it was sent."),
        Column("answered_at", "TIMESTAMPTZ", "When its answer was entered."),
        RUN_ID,
    ),
    key=("account", "action_id"),
)

QUOTAS = Table(
    "ops.quotas",
    "One row per reading of the account's credits.",
    (
        ACCOUNT,
        Column("fetched_at", "TIMESTAMPTZ", "When it was read."),
        Column("credits_left", "BIGINT", "The API's track_number: each new parcel takes one."),
        Column("money", "DOUBLE", "The API's money, in whatever unit it means."),
        RUN_ID,
    ),
    key=("account", "fetched_at"),
)

REMOTE_AREAS = Table(
    "core.remote_areas",
    "One row per address asked and courier that charges extra there; none: one row, not remote.",
    (
        ACCOUNT,
        Column("country", "VARCHAR", "Country as asked."),
        Column("postcode", "VARCHAR", "Postcode or city as asked."),
        Column("company", "VARCHAR", "Courier as asked; empty: all of them."),
        Column("is_remote", "BOOLEAN", "Whether the API names a courier; null: it did not say."),
        Column("far_express_company", "VARCHAR", "The courier that charges extra; else empty."),
        Column("far_country", "VARCHAR", "Country as the API spells it."),
        Column("far_country_code", "VARCHAR", "The API's two_code."),
        Column("far_city_postcode", "VARCHAR", "Postcode or city as the API spells it."),
        Column("message", "VARCHAR", "Why the API did not say."),
        Column("fetched_at", "TIMESTAMPTZ", "When it was asked."),
        RUN_ID,
    ),
    key=("account", "country", "postcode", "company", "far_express_company"),
)

TRANSIT_BENCHMARKS = Table(
    "core.transit_benchmarks",
    "One row per lane and reading: TrackingMore's own transit times of all its customers.",
    (
        ACCOUNT,
        Column("carrier_code", "VARCHAR", "Carrier asked for."),
        Column("original", "VARCHAR", "Country of origin, two letters."),
        Column("destination", "VARCHAR", "Country of destination, two letters."),
        Column("total", "BIGINT", "Parcels the figures are of."),
        Column("delivered", "BIGINT", "How many of them were delivered."),
        Column("days_0_7_share", "DOUBLE", "Delivered within 7 days: range1."),
        Column("days_7_15_share", "DOUBLE", "Delivered in 7 to 15 days: range3."),
        Column("days_16_30_share", "DOUBLE", "Delivered in 16 to 30 days: range4."),
        Column("days_31_60_share", "DOUBLE", "Delivered in 31 to 60 days: range5."),
        Column("payload", "JSON", "The API's object, as sent."),
        Column("fetched_at", "TIMESTAMPTZ", "When it was asked."),
        RUN_ID,
    ),
    key=("account", "carrier_code", "original", "destination", "fetched_at"),
)

AIR_WAYBILLS = Table(
    "core.air_waybills",
    "One row per air waybill, as it was when it was asked for last.",
    (
        ACCOUNT,
        Column("air_waybill", "VARCHAR", "Its number, 123-12345678."),
        Column("weight", "VARCHAR", "As sent."),
        Column("piece", "VARCHAR", "Pieces, as sent."),
        Column("origin", "VARCHAR", "Airport of departure, as sent."),
        Column("destination", "VARCHAR", "Airport of destination, as sent."),
        Column("status_number", "VARCHAR", "The API's number of the state, as sent."),
        Column("event_count", "INTEGER", "Events in it."),
        Column("extra", "JSON", "Fields that no column is for, as sent; null: none."),
        Column("fetched_at", "TIMESTAMPTZ", "When it was asked."),
        Column("first_seen_at", "TIMESTAMPTZ", "When it was first asked."),
        RUN_ID,
    ),
    key=("account", "air_waybill"),
)

AIR_WAYBILL_EVENTS = Table(
    "core.air_waybill_events",
    "One row per event of an air waybill, as it was when it was asked for last.",
    (
        ACCOUNT,
        Column("air_waybill", "VARCHAR", "Its number, 123-12345678."),
        Column("position", "INTEGER", "Place in the API's array, from 1."),
        Column("plan_date", "VARCHAR", "Planned time as sent, the station's wall clock."),
        Column("actual_date", "VARCHAR", "Actual time as sent, the station's wall clock."),
        Column("event", "VARCHAR", "What happened, as sent."),
        Column("station", "VARCHAR", "Airport, as sent."),
        Column("flight_number", "VARCHAR", "Flight, as sent."),
        Column("extra", "JSON", "Fields that no column is for, as sent; null: none."),
        Column("fetched_at", "TIMESTAMPTZ", "When it was asked."),
        RUN_ID,
    ),
    key=("account", "air_waybill", "position"),
)

SHIPMENTS_TO_REGISTER = Table(
    "queues.shipments_to_register",
    "One row per shipment for `parcelhouse register`, filled by your own jobs; what is done stays"
    " and is passed over.",
    (
        ACCOUNT,
        Column("carrier_code", "VARCHAR", "Null: it is detected, which costs a fifth of a credit."),
        Column("tracking_number", "VARCHAR", "The carrier's number of the parcel."),
        Column("destination_code", "VARCHAR", "Country it goes to, two letters."),
        Column("title", "VARCHAR", "The merchant's title of the parcel."),
        Column("logistics_channel", "VARCHAR", "The merchant's name of the shipping service."),
        Column("customer_name", "VARCHAR", "Recipient, personal data."),
        Column("customer_email", "VARCHAR", "Recipient's address, personal data."),
        Column("customer_phone", "VARCHAR", "Recipient's telephone, personal data."),
        Column("order_id", "VARCHAR", "The merchant's order number."),
        Column("order_create_time", "VARCHAR", "Order time, `2026-03-01 16:48`."),
        Column("tracking_ship_date", "VARCHAR", "YYYYMMDD; some carriers want it."),
        Column("tracking_postal_code", "VARCHAR", "Some carriers want it."),
        Column("tracking_account_number", "VARCHAR", "Some carriers want it."),
        Column("tracking_destination_country", "VARCHAR", "Some carriers want it."),
        Column("lang", "VARCHAR", "Language of the results, two letters."),
        Column("comment", "VARCHAR", "The merchant's note."),
    ),
    key=("account", "tracking_number"),
)

ADDRESSES_TO_CHECK = Table(
    "queues.addresses_to_check",
    "One row per destination for `parcelhouse remote-areas`, filled by your own jobs; each is asked"
    " for once.",
    (
        ACCOUNT,
        Column("country", "VARCHAR", "Its name or two letters."),
        Column("postcode", "VARCHAR", "Or the city."),
        Column("company", "VARCHAR", "One courier; null: all of them."),
    ),
    key=("account", "country", "postcode", "company"),
)

AIR_WAYBILLS_TO_FOLLOW = Table(
    "queues.air_waybills_to_follow",
    "One row per air waybill for `parcelhouse air-cargo`, filled by your own jobs; asking for one"
    " costs 20 credits.",
    (
        ACCOUNT,
        Column("air_waybill", "VARCHAR", "Its number, 123-12345678."),
        Column("follow_until", "TIMESTAMPTZ", "No longer than that; null: until it is removed."),
    ),
    key=("account", "air_waybill"),
)

ACCOUNT_TABLES = (
    API_ACTIONS,
    QUOTAS,
    REMOTE_AREAS,
    TRANSIT_BENCHMARKS,
    AIR_WAYBILLS,
    AIR_WAYBILL_EVENTS,
    SHIPMENTS_TO_REGISTER,
    ADDRESSES_TO_CHECK,
    AIR_WAYBILLS_TO_FOLLOW,
)
