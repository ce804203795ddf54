"""The shapes of requests and answers as JSON Schema: what the OpenAPI document is made of."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from trackingmore_v2 import endpoints
from trackingmore_v2.endpoints import Endpoint
from trackingmore_v2.sandbox.advice import RANGES
from trackingmore_v2.sandbox.carriers import CARRIERS
from trackingmore_v2.sandbox.items import ITEM, LIVE_ITEM
from trackingmore_v2.sandbox.milestones import STATUSES
from trackingmore_v2.sandbox.shaping import (
    COUNT,
    INSTANT,
    OR_NULL,
    TEXT,
    Schema,
    array,
    either,
    record,
)
from trackingmore_v2.sandbox.wishes import NOTED

CARRIER_CODE: Schema = {"type": "string", "enum": list(CARRIERS)}
NUMBER: Schema = {"type": "string", "pattern": "^[0-9A-Za-z_-]{5,40}$"}
NAME = {"tracking_number": NUMBER, "carrier_code": CARRIER_CODE}
NAMED = record(NAME)
SECOND: Schema = {"type": "integer", "minimum": 0}
STATUS: Schema = {"enum": [4, 7, 8, "4", "7", "8"]}
NOTES = dict.fromkeys(NOTED, TEXT)
ENTRY = record(
    NAME,
    NOTES
    | dict.fromkeys(("comment", "order_create_time", "tracking_ship_date", "lang"), TEXT)
    | dict.fromkeys(("tracking_postal_code", "tracking_account_number"), TEXT)
    | {"auto_correct": {"enum": [0, 1]}},
)
ANNOTATION = NOTES | {"status": STATUS}
ARCHIVED: Schema = {"enum": ["true", "false"]}
LIST_FILTERS: dict[str, Schema] = {
    "page": {"type": "integer", "minimum": 1},
    "limit": {"type": "integer", "minimum": 1},
    "status": {"enum": list(STATUSES)},
    "archived": ARCHIVED,
    "numbers": TEXT,
    "orders": TEXT,
    "lang": TEXT,
}


def _ranges(*instants: str) -> dict[str, Schema]:
    return {f"{instant}_{end}": SECOND for instant in instants for end in ("min", "max")}


BEGUN = record(
    {"id": TEXT, **NAME, "status": {"const": "pending"}, "created_at": INSTANT},
    dict.fromkeys(NOTED, OR_NULL)
    | {"comment": OR_NULL, "order_create_time": either(TEXT, {"const": 0}), "destination": TEXT},
)
REFUSED = record({"code": COUNT, "message": TEXT}, {"tracking_number": {}, "carrier_code": {}})
ANNOTATED = record(
    {"id": OR_NULL, **NAME, "created_at": INSTANT, "updated_at": OR_NULL}
    | {field: either(OR_NULL, array(TEXT)) for field in NOTED}
    | {"archived": {"enum": ["true", "false"]}, "status": TEXT}
)
CARRIER = record(
    dict.fromkeys(("name", "code", "phone", "homepage", "picture"), TEXT)
    | {"type": {"enum": ["express", "globalpost"]}},
    {"name_cn": TEXT},
)
DETECTED = record({"name": TEXT, "code": CARRIER_CODE})
REMOTE = record(
    dict.fromkeys(("two_code", "far_country", "far_city_postcode", "far_express_company"), TEXT)
)
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
TIMES = record(
    {"carrier_code": CARRIER_CODE, "original": TEXT, "destination": TEXT}
    | {"total": COUNT, "delivered": COUNT}
    | dict.fromkeys(RANGES, SHARE)
)
EVENT = record(
    dict.fromkeys(("plan_date", "actual_date", "event", "station", "flight_number"), TEXT)
)
FREIGHT = record(
    {"track_number": TEXT, "weight": {"type": "number"}, "piece": COUNT, "origin": TEXT}
    | {"destination": TEXT, "status_number": COUNT, "track_info": array(EVENT)}
)
AIR_WAYBILL: Schema = {"type": "string", "pattern": "^[0-9]{3}[ -]?[0-9]{7,8}$"}


class Shapes(NamedTuple):
    """What an endpoint is asked with, and what it answers when all is well."""

    data: Schema
    query: Mapping[str, Schema] = MappingProxyType({})
    body: Schema | None = None
    code: int = 200


def many(of: Schema, endpoint: Endpoint) -> Schema:
    """Return the body of a request about many."""
    return {"type": "array", "items": of, "minItems": 1, "maxItems": endpoint.batch_limit}


def about_many(done: str, of: Schema, *, errors: bool = True) -> Schema:
    """Return the data of an answer about many; *done* names how many of them went well."""
    required: dict[str, Any] = {"submitted": COUNT, done: COUNT, "trackings": array(of)}
    return record(required | ({"errors": array(REFUSED)} if errors else {}))


E = endpoints
PAGE = record({"page": COUNT, "limit": COUNT, "total": either(TEXT, COUNT), "items": array(ITEM)})
PAGE["properties"]["count"] = COUNT
SHAPES = {
    E.LIST_TRACKINGS: Shapes(
        PAGE, LIST_FILTERS | _ranges("created_at", "update_time", "order_created_time")
    ),
    E.TRACKING: Shapes(ITEM),
    E.REALTIME: Shapes(
        record({"items": array(LIVE_ITEM)}), body=record(NAME, {"lang": TEXT, "order": TEXT})
    ),
    E.STATUS_COUNTS: Shapes(
        record(dict.fromkeys(STATUSES, COUNT)), _ranges("created_at", "order_created_time")
    ),
    E.ACCOUNT: Shapes(
        record(
            {"email": TEXT, "regtime": TEXT, "phone": TEXT, "money": COUNT, "track_number": COUNT}
        )
    ),
    E.REGISTER: Shapes(BEGUN, body=ENTRY),
    E.REGISTER_MANY: Shapes(
        about_many("added", BEGUN), body=many(ENTRY, E.REGISTER_MANY), code=201
    ),
    E.ANNOTATE: Shapes(
        ANNOTATED, body=record({}, ANNOTATION | {"archived": LIST_FILTERS["archived"]})
    ),
    E.ANNOTATE_MANY: Shapes(
        about_many("change", ANNOTATED), body=many(record(NAME, ANNOTATION), E.ANNOTATE_MANY)
    ),
    E.CORRECT_CARRIER: Shapes(
        record({"Usertag": {"const": ""}}),
        body=record(NAME | {"update_carrier_code": CARRIER_CODE}),
    ),
    E.STOP_UPDATES: Shapes(
        about_many("change", NAMED, errors=False), body=many(NAMED, E.STOP_UPDATES)
    ),
    E.DELETE: Shapes(array(TEXT, most=0)),
    E.DELETE_MANY: Shapes(
        about_many("delete", record({"meta": NAMED})), body=many(NAMED, E.DELETE_MANY)
    ),
    E.REMOTE_AREAS: Shapes(
        record(
            {"submitted": COUNT, "other": {"type": "array"}, "remote": array(REMOTE)}
            | {"errors": {"type": "array"}}
        ),
        body=many(record({"country": TEXT, "postcode": TEXT}, {"company": TEXT}), E.REMOTE_AREAS),
    ),
    E.TRANSIT_TIMES: Shapes(
        array(TIMES),
        body=many(
            record({"carrier_code": CARRIER_CODE, "original": TEXT, "destination": TEXT}),
            E.TRANSIT_TIMES,
        ),
    ),
    E.AIR_WAYBILLS: Shapes(
        array(FREIGHT),
        body=record(
            {"track_number": either(AIR_WAYBILL, many(AIR_WAYBILL, E.AIR_WAYBILLS))}, {"lang": TEXT}
        ),
    ),
    E.DETECT_CARRIER: Shapes(
        either(array(DETECTED), DETECTED), body=record({"tracking_number": NUMBER}, {"lang": TEXT})
    ),
    E.CARRIERS: Shapes(array(CARRIER)),
}
