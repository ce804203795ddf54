"""Which fields of a payload name a person, which are free text, and which are neither.

What no list here knows is withheld: nobody can say what it holds.
"""

import re
from typing import Any

from transforms.personal.tokens import Kind
from transforms.trackings import LEG_FIELDS, LEG_REMARKS

PERSONS: dict[str, Kind] = {
    "customer_name": "name",
    "customer_email": "email",
    "customer_phone": "phone",
    "customer_sms": "phone",
    "singed_by": "name",
    "signed_by": "name",
    "consignee": "name",
}
SAID = frozenset({"StatusDescription", "Details", "lastEvent", "status_info"})
"""Carriers' words."""
NOTES = frozenset({"title", "comment", "note", "logistics_channel", "message"})
"""The merchant's words, and TrackingMore's: e-mail addresses and telephone numbers are masked."""
NUMBERS = frozenset({"order_id", "orders"})
"""The merchant's numbers: what looks like a telephone number mostly is none."""
PLAIN = frozenset(
    {
        "id",
        "tracking_number",
        "carrier_code",
        "status",
        "substatus",
        "substatus_num",
        "track_update",
        "created_at",
        "updated_at",
        "order_create_time",
        "archived",
        "original_country",
        "destination_country",
        "destination_code",
        "destination",
        "itemTimeLength",
        "stayTimeLength",
        "service_code",
        "packageStatus",
        "last_mile_tracking_supported",
        "destination_track_number",
        "lastUpdateTime",
        "Date",
        "checkpoint_status",
        "ItemNode",
        "ActType",
        "lang",
        "auto_correct",
        "tracking_ship_date",
        "tracking_destination_country",
        "code",
        "type",
        "page",
        "limit",
        "total",
        "count",
        "submitted",
        "added",
        "params",
        "numbers",
        "update_carrier_code",
        "specialNumberDestination",
        "tracking_postal_code",
        "country",
        "postcode",
        "company",
    }
)
LEG_PLAIN = frozenset({*LEG_FIELDS, *LEG_REMARKS})
"""Of a leg; its telephone is the carrier's."""
LEG_NAMES = frozenset({"origin_info", "destination_info"})

_HARMLESS = re.compile(
    r"\s*|true|false|yes|no|null|none"
    r"|[A-Z]{2,3}|[a-z]{2,3}"  # countries, languages, currencies
    r"|[a-z]{3,12}\d{3}"  # delivered001
    r"|-?\d{1,6}(?:\.\d{1,6})?"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_MANY = 10_000_000  # what has more digits may be a telephone number
_INSTANTS = range(1_000_000_000, 2_000_000_000)  # unix seconds


def is_harmless(value: Any) -> bool:
    """Return whether a value of a field that nobody knows can name no person."""
    if isinstance(value, str):
        return _HARMLESS.fullmatch(value) is not None
    if isinstance(value, float):
        return abs(value) < _MANY
    if isinstance(value, int):
        return abs(value) < _MANY or value in _INSTANTS
    return value is None
