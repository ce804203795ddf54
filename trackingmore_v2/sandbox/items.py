"""The shape of a tracking, as the list and the single answer have it, and as realtime has it."""

from trackingmore_v2.sandbox.milestones import STATUSES
from trackingmore_v2.sandbox.payload import NODES
from trackingmore_v2.sandbox.shaping import (
    COUNT,
    COUNT_OR_NULL,
    FLAG,
    INSTANT,
    OR_NULL,
    TEXT,
    Schema,
    array,
    either,
    record,
)

NULL: Schema = {"type": "null"}
SCAN = record(
    {"Date": TEXT, "StatusDescription": TEXT, "Details": TEXT},
    {"checkpoint_status": TEXT, "substatus": TEXT, "ItemNode": {"enum": list(NODES)}},
)
LEG = record(
    {
        "weblink": OR_NULL,
        "phone": OR_NULL,
        "carrier_code": OR_NULL,
        "trackinfo": either(array(SCAN), NULL),
    },
    dict.fromkeys(("ReferenceNumber", *NODES), OR_NULL),
)
NO_LEG = either(NULL, array(TEXT, most=0))
HEAD = {
    "id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "tracking_number": TEXT,
    "carrier_code": TEXT,
    "status": {"enum": [*STATUSES, "InfoReceived"]},
    "order_create_time": {"type": ["string", "integer", "null"]},
    "original_country": TEXT,
    "itemTimeLength": COUNT_OR_NULL,
    "service_code": OR_NULL,
    "origin_info": either(LEG, NULL),
}
PERHAPS = {
    "destination_country": TEXT,
    "destination_code": OR_NULL,
    "stayTimeLength": COUNT,
    "packageStatus": OR_NULL,
    "last_mile_tracking_supported": OR_NULL,
    "status_info": OR_NULL,
    "substatus": OR_NULL,
    "destination_info": either(LEG, NO_LEG),
    "lastEvent": TEXT,
    "lastUpdateTime": TEXT,
}
MERCHANT_S = {
    "created_at": INSTANT,
    "customer_email": either(OR_NULL, array(TEXT)),
    "customer_name": OR_NULL,
    "order_id": OR_NULL,
    "title": OR_NULL,
    "comment": OR_NULL,
    "archived": FLAG,
}
MERCHANT_S_PERHAPS = {
    "updated_at": either(INSTANT, NULL),
    "track_update": FLAG,
    "customer_phone": OR_NULL,
    "logistics_channel": OR_NULL,
}
ITEM = record(HEAD | MERCHANT_S, PERHAPS | MERCHANT_S_PERHAPS)
LIVE_ITEM = record(HEAD, PERHAPS)
