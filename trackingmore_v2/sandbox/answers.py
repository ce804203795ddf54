"""What each endpoint answers: one function an endpoint, and the table that finds it."""

from collections.abc import Callable

from trackingmore_v2 import endpoints
from trackingmore_v2.endpoints import Endpoint
from trackingmore_v2.sandbox import advice, changing, registering, waybills, wishes
from trackingmore_v2.sandbox.asking import Call, list_query, span
from trackingmore_v2.sandbox.carriers import CARRIERS
from trackingmore_v2.sandbox.desk import Desk
from trackingmore_v2.sandbox.envelope import RefusedError, Reply, render, render_page
from trackingmore_v2.sandbox.growth import LIFE
from trackingmore_v2.sandbox.numbering import detected

# what the merchant's own entries hold; the carrier has never heard of them
UNSAID_LIVE = frozenset(
    {
        "created_at",
        "updated_at",
        "title",
        "order_id",
        "comment",
        "customer_name",
        "customer_email",
        "customer_phone",
        "logistics_channel",
        "archived",
        "track_update",
    }
)


def list_trackings(desk: Desk, call: Call) -> Reply:
    """One page of the trackings that match the filters."""
    switches = desk.switches
    query = list_query(call, desk)
    found = desk.find(query)
    if not found.rows and switches.empty_as == "4031":
        return Reply(4031)
    head: dict[str, object] = {
        "page": query.page,
        "limit": query.limit,
        "total": str(found.total) if switches.total_as == "string" else found.total,
    }
    if switches.with_count:
        head["count"] = len(found.rows)
    return Reply(data=render_page(head, [desk.rendered(row) for row in found.rows]))


def tracking(desk: Desk, call: Call) -> Reply:
    """One tracking, as it is now; `lang` is borne and changes nothing."""
    row = desk.world.row_named(**call.path)
    if row is None:
        raise RefusedError(desk.switches.unknown_tracking)
    return Reply(data=render(desk.world.item(row)))


def realtime(desk: Desk, call: Call) -> Reply:
    """One tracking as its carrier has it now, of which the list has yet to learn.

    The same one again within two hours is refused.
    """
    number, carrier = (
        str(call.params.get(field) or "") for field in ("tracking_number", "carrier_code")
    )
    if not number or not carrier:
        raise RefusedError(4012 if number else 4013)
    row = desk.world.row_named(carrier, number)
    if row is None:
        return Reply(4031) if desk.switches.empty_as == "4031" else Reply(data=b'{"items":[]}')
    item = desk.ask_carrier(row)
    if item is None:
        raise RefusedError(desk.switches.realtime_again, "Once in two hours for each parcel.")
    said = {field: value for field, value in item.items() if field not in UNSAID_LIVE}
    return Reply(data=render({"items": [said]}))


def status_counts(desk: Desk, call: Call) -> Reply:
    """How many trackings have each of the eight statuses, by range of creation."""
    created = span(call, "created_at", desk)
    ordered = span(call, "order_created_time", desk)
    rows = None if ordered is None else desk.rows_ordered_within(ordered)
    return Reply(data=render(desk.world.register.counts(created, rows)))


def account(desk: Desk, call: Call) -> Reply:
    """Whose account it is, and what is left of its credits."""
    del call
    return Reply(
        data=render(
            {
                "email": "merchant@example.com",
                "regtime": str(desk.world.laws.start - LIFE),
                "phone": "+8613800000000",
                "money": 120,
                "track_number": desk.credits.left,
            }
        )
    )


def carriers(desk: Desk, call: Call) -> Reply:
    """Every carrier; the header `Lang: cn` names them in Chinese."""
    del desk
    chinese = call.headers.get("lang", "en").lower() in ("cn", "tw")
    rows = []
    for carrier in CARRIERS.values():
        row = {
            "name": carrier.name_cn if chinese and carrier.name_cn else carrier.name,
            "code": carrier.code,
            "phone": carrier.phone,
            "homepage": carrier.homepage,
            "type": carrier.kind,
            "picture": f"//cdn.example.com/images/icons/{carrier.kind}/{carrier.code.lower()}.png",
        }
        rows.append(row | ({"name_cn": carrier.name_cn} if carrier.name_cn else {}))
    return Reply(data=render(rows))


def detect_carrier(desk: Desk, call: Call) -> Reply:
    """Whose numbers look like that one: 4032 if nobody's do."""
    number = wishes.tracking_number(call.params)
    desk.credits.take_lookup()
    found = [{"name": carrier.name, "code": carrier.code} for carrier in detected(number)]
    if not found:
        raise RefusedError(4032)
    return Reply(data=render(found if desk.switches.detect_as == "array" else found[0]))


ANSWERS: dict[Endpoint, Callable[[Desk, Call], Reply]] = {
    endpoints.LIST_TRACKINGS: list_trackings,
    endpoints.TRACKING: tracking,
    endpoints.REALTIME: realtime,
    endpoints.STATUS_COUNTS: status_counts,
    endpoints.ACCOUNT: account,
    endpoints.REGISTER: registering.register,
    endpoints.REGISTER_MANY: registering.register_many,
    endpoints.ANNOTATE: changing.annotate,
    endpoints.ANNOTATE_MANY: changing.annotate_many,
    endpoints.CORRECT_CARRIER: changing.correct_carrier,
    endpoints.STOP_UPDATES: changing.stop_updates,
    endpoints.DELETE: changing.delete,
    endpoints.DELETE_MANY: changing.delete_many,
    endpoints.REMOTE_AREAS: advice.remote_areas,
    endpoints.TRANSIT_TIMES: advice.transit_times,
    endpoints.AIR_WAYBILLS: waybills.air_waybills,
    endpoints.DETECT_CARRIER: detect_carrier,
    endpoints.CARRIERS: carriers,
}
