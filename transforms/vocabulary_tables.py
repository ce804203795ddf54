"""The tables of the vocabulary: what events, codes and countries mean, and what was read so."""

from transforms.table import ACCOUNT, Column, Table

RULE_ORDER = Column("rule_order", "INTEGER", "The smallest that matches decides, then language.")
PATTERN = Column("pattern", "VARCHAR", "RE2, lower case; accents count in neither text nor it.")
MILESTONE = Column("milestone", "VARCHAR", "What it means, as in ref.milestones.")
NOTE = Column("note", "VARCHAR", "Why it is there, where that is not plain.")
ISO2 = Column("iso2", "VARCHAR", "The country's two letters, as in ref.countries.")

MILESTONES = Table(
    "ref.milestones",
    "One row per kind of event that a parcel's life is told in.",
    (
        Column("milestone", "VARCHAR", "Its name."),
        Column("rank", "INTEGER", "The usual order in a parcel's life."),
        Column("phase", "VARCHAR", "before | transit | delivery | exception | return | final."),
        Column("sentence", "VARCHAR", "What it says of the parcel."),
        Column("outcome", "VARCHAR", "delivered | returned | lost | cancelled, or null: open."),
    ),
    key=("milestone",),
)

TEXT_RULES = Table(
    "ref.text_rules",
    "One row per rule by which carriers' texts are read; the first that matches decides.",
    (RULE_ORDER, Column("language", "VARCHAR", "Whose words."), MILESTONE, PATTERN, NOTE),
    key=("rule_order", "language"),
)

SIDE_RULES = Table(
    "ref.side_rules",
    "One row per rule by which a text tells the side of the border; the first decides.",
    (RULE_ORDER, Column("side", "VARCHAR", "origin | destination."), PATTERN, NOTE),
    key=("rule_order",),
)

SUBSTATUS_MILESTONES = Table(
    "ref.substatus_milestones",
    "One row per substatus of TrackingMore that says what happened.",
    (Column("substatus", "VARCHAR", "The code, lower case, without blanks."), MILESTONE),
    key=("substatus",),
)

STATUS_MILESTONES = Table(
    "ref.status_milestones",
    "One row per status of TrackingMore that says what happened, coarsely.",
    (Column("status", "VARCHAR", "The word, lower case."), MILESTONE),
    key=("status",),
)

COUNTRIES = Table(
    "ref.countries",
    "One row per country: the clock that its carriers are taken to use.",
    (
        Column("iso2", "VARCHAR", "Its two letters."),
        Column("name", "VARCHAR", "Its short name in English."),
        Column("main_zone", "VARCHAR", "The time zone that most of its people live in."),
        Column("zone_count", "INTEGER", "Time zones it has, those of equal clocks included."),
        Column("error_hours", "DOUBLE", "How far its other clocks are from the main one at most."),
    ),
    key=("iso2",),
)

COUNTRY_SPELLINGS = Table(
    "ref.country_spellings",
    "One row per name by which a country is known beforehand, in lower case.",
    (
        Column("spelling", "VARCHAR", "The name, lower case."),
        ISO2,
        Column("said_by", "VARCHAR", "library | override: who says that it is this country."),
        Column("is_place_too", "BOOLEAN", "Whether towns elsewhere are called so, as Jamaica, NY."),
    ),
    key=("spelling",),
)

EDITION = Table(
    "ref.edition",
    "One row: which edition of the vocabulary this file has.",
    (Column("edition", "VARCHAR", "Versions of the libraries, md5 of the vocabulary's files."),),
    key=("edition",),
)

TEXT_OVERRIDES = Table(
    "core.text_overrides",
    "One row per text that you say means something else; goes before every rule.",
    (
        ACCOUNT,
        Column("carrier_code", "VARCHAR", "Only where this carrier says it; null: whoever does."),
        Column("said", "VARCHAR", "The text, as in core.event_texts: its said or its words."),
        MILESTONE,
        NOTE,
        Column("added_at", "TIMESTAMPTZ", "When you said so; the newest of equals stays."),
    ),
    key=("account", "carrier_code", "said"),
)

EVENT_TEXTS = Table(
    "core.event_texts",
    "One row per text that carriers said: what the rules read in it.",
    (
        ACCOUNT,
        Column("said", "VARCHAR", "The scan's description; its details where that is blank."),
        Column("words", "VARCHAR", "The same without places in brackets, couriers and numbers."),
        Column("milestone", "VARCHAR", "What it means, as in ref.milestones; null: no rule knows."),
        Column("rule", "VARCHAR", "The rule that says so: language and order."),
        Column("side", "VARCHAR", "origin | destination, where the text tells; else null."),
        Column("rules_fingerprint", "VARCHAR", "Which rules read it."),
    ),
    key=("account", "said"),
)

COUNTRY_NAMES = Table(
    "core.country_names",
    "One row per country as merchants and carriers spelt it.",
    (
        ACCOUNT,
        Column("name", "VARCHAR", "The name exactly as sent."),
        Column("iso2", "VARCHAR", "Which country it is; null: nobody knows."),
        Column("said_by", "VARCHAR", "library | override: who says so."),
        Column("edition", "VARCHAR", "The edition of the names that was asked."),
    ),
    key=("account", "name"),
)

REFERENCE_TABLES = (
    MILESTONES,
    TEXT_RULES,
    SIDE_RULES,
    SUBSTATUS_MILESTONES,
    STATUS_MILESTONES,
    COUNTRIES,
    COUNTRY_SPELLINGS,
    EDITION,
)

VOCABULARY_TABLES = (*REFERENCE_TABLES, TEXT_OVERRIDES, EVENT_TEXTS, COUNTRY_NAMES)
