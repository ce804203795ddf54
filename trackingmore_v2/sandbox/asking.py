"""What a request asks for, read from its path, its query string and its body."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from trackingmore_v2.endpoints import (
    DETECT_CARRIER,
    ENDPOINTS,
    LIST_TRACKINGS,
    STATUS_COUNTS,
    TRACKING,
    Endpoint,
)
from trackingmore_v2.sandbox.desk import Desk
from trackingmore_v2.sandbox.envelope import RefusedError
from trackingmore_v2.sandbox.milestones import STATUSES
from trackingmore_v2.sandbox.register import Query, Span

NAMED_LIMIT = 40  # numbers and orders in one request
# one SDK sends whatever has parameters as a POST, another one the number to detect in a GET
ALSO = {LIST_TRACKINGS: "POST", STATUS_COUNTS: "POST", DETECT_CARRIER: "GET"}


class Call(NamedTuple):
    """A request that has found its endpoint."""

    endpoint: Endpoint
    path: dict[str, str]  # what the placeholders of the endpoint's path hold
    params: Mapping[str, Any]  # the query string, and over it the body
    headers: Mapping[str, str]


def resolve(method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
    """Return the endpoint of a path below `/v2`, and what its placeholders hold."""
    said = [segment for segment in path.split("/") if segment]
    elsewhere = False
    for endpoint in ENDPOINTS:
        held = _held(endpoint, said)
        if held is None:
            continue
        if method in (endpoint.method, ALSO.get(endpoint)):
            return endpoint, held
        elsewhere = True
    raise RefusedError(405 if elsewhere else 404)


def _held(endpoint: Endpoint, said: list[str]) -> dict[str, str] | None:
    wanted = endpoint.path.strip("/").split("/")
    if endpoint is TRACKING and len(said) == len(wanted) + 1:
        said = said[:-1]  # the language at the end
    if len(said) != len(wanted):
        return None
    held = {}
    for want, have in zip(wanted, said, strict=True):
        if want.startswith("{"):
            held[want.strip("{}")] = have
        elif want != have:
            return None
    return held


def list_query(call: Call, desk: Desk) -> Query:
    """Return what a list request asks for; what makes no sense is refused with 4012."""
    switches = desk.switches
    status = str(call.params.get("status") or "").lower() or None
    if status == "inforeceived":
        status = "notfound"
    if status is not None and status not in STATUSES:
        raise RefusedError(4033)
    rows = None
    for field, finder in (
        ("numbers", desk.world.rows_of_number),
        ("orders", desk.world.rows_of_order),
    ):
        names = ids(call, field)
        if names:
            found = dict.fromkeys(row for name in names for row in finder(name))
            rows = list(found if rows is None else (row for row in rows if row in found))
    ordered = span(call, "order_created_time", desk)
    if ordered is not None:
        rows = desk.rows_ordered_within(ordered, rows)
    return Query(
        page=_whole(call, "page") or 1,
        limit=min(_whole(call, "limit") or 100, switches.max_limit),
        status=status,
        archived=_flag(call, "archived"),
        created=span(call, "created_at", desk),
        updated=span(call, "update_time", desk),
        rows=rows,
    )


def span(call: Call, field: str, desk: Desk) -> Span | None:
    """Return the range of *field*, closed; a missing end is the epoch, or the present."""
    low, high = _second(call, f"{field}_min"), _second(call, f"{field}_max")
    if low is None and high is None:
        return None
    after = 1 if desk.switches.bounds == "exclusive" else 0
    before = 0 if desk.switches.bounds == "inclusive" else 1
    latest = desk.world.now if high is None else high - before
    return Span((low or 0) + after, latest)


def ids(call: Call, field: str) -> list[str]:
    """Return the names of a comma-separated parameter, at most forty."""
    said = call.params.get(field) or ""
    listed = said if isinstance(said, list) else str(said).split(",")
    names = [str(name).strip() for name in listed if str(name).strip()]
    if len(names) > NAMED_LIMIT:
        raise RefusedError(202)
    return names


def _second(call: Call, field: str) -> int | None:
    said = call.params.get(field)
    if said is None or said == "":
        return None
    try:
        return int(float(said))
    except (TypeError, ValueError, OverflowError):
        raise RefusedError(4012) from None


def _whole(call: Call, field: str) -> int | None:
    """Return a number from 1 on; None = not given."""
    number = _second(call, field)
    if number is not None and number < 1:
        raise RefusedError(4012)
    return number


def _flag(call: Call, field: str) -> bool | None:
    """Return true or false; anything else means both, as documented."""
    return {"true": True, "false": False}.get(str(call.params.get(field, "")).lower())
