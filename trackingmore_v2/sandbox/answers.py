"""What each endpoint answers: one function an endpoint, and the table that finds it."""

from collections.abc import Callable

from trackingmore_v2 import endpoints
from trackingmore_v2.endpoints import Endpoint
from trackingmore_v2.sandbox.asking import Call, list_query, span
from trackingmore_v2.sandbox.carriers import CARRIERS
from trackingmore_v2.sandbox.desk import Desk
from trackingmore_v2.sandbox.envelope import RefusedError, Reply, render, render_page
from trackingmore_v2.sandbox.growth import LIFE

CREDITS = 2_000_000  # bought so far; each parcel took one
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
    row = _row(desk, **call.path)
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
    row = _row(desk, carrier_code=carrier, tracking_number=number)
    if row is None:
        return Reply(4031) if desk.switches.empty_as == "4031" else Reply(data=b'{"items":[]}')
    item = desk.ask_carrier(row)
    if item is None:
        raise RefusedError(desk.switches.realtime_again, "Once in two hours for each parcel.")
    said = {field: value for field, value in item.items() if field not in UNSAID_LIVE}
    return Reply(data=render({"items": [said]}))


def _row(desk: Desk, *, carrier_code: str, tracking_number: str) -> int | None:
    """Return the row of a tracking; None = the account holds none."""
    for row in desk.world.rows_of_number(tracking_number):
        if desk.world.item(row).get("carrier_code") == carrier_code:
            return row
    return None


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
                "track_number": max(CREDITS - desk.world.created_count, 0),
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


ANSWERS: dict[Endpoint, Callable[[Desk, Call], Reply]] = {
    endpoints.LIST_TRACKINGS: list_trackings,
    endpoints.TRACKING: tracking,
    endpoints.REALTIME: realtime,
    endpoints.STATUS_COUNTS: status_counts,
    endpoints.ACCOUNT: account,
    endpoints.CARRIERS: carriers,
}
