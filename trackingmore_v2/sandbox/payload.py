"""A parcel as the list carries it at one of its versions."""

from datetime import UTC, datetime, timedelta, timezone
from math import ceil
from typing import Any

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox.carriers import LANES
from trackingmore_v2.sandbox.identity import Identities
from trackingmore_v2.sandbox.milestones import REPORTS, Milestone
from trackingmore_v2.sandbox.quirks import Quirks, order_create_time, quirks
from trackingmore_v2.sandbox.story import Leg, Line, Story, by_date, naive, story
from trackingmore_v2.sandbox.timeline import Scan, Timeline

NODES = (
    "ItemReceived",
    "ItemDispatched",
    "DepartfromAirport",
    "ArrivalfromAbroad",
    "CustomsClearance",
    "DestinationArrived",
)
CHINA = timezone(timedelta(hours=8))
DAY_SECONDS = 86400
TOUCHED = ("Shipment information updated", "Processed through facility")


def payload(
    told: Timeline,
    *,
    version: int,
    status: str,
    touches: tuple[int, ...],
    seed: int,
    identities: Identities,
    no_destination: str,
) -> Payload:
    """Return the item of a parcel as of its *version*, the stamp it carries; 0 = none yet.

    *touches* are the instants at which somebody touched it, up to that version.
    """
    outline = told.outline
    lane = LANES[outline.lane]
    quirk = quirks(outline, seed=seed)
    told_in_full = _with_touches(story(told, seed=seed), touches)
    as_of = version or outline.created
    origin = _shown(told_in_full.origin, as_of) if status != "pending" else ()
    away = told_in_full.destination
    destination = _shown(away, as_of) if away and status != "pending" else ()
    item: Payload = {
        "id": identities.tracking_id(outline.number),
        "tracking_number": identities.tracking_number(outline),
        "carrier_code": lane.carrier,
        "status": status,
    }
    if quirk.shape >= 2019:
        item["track_update"] = status not in ("delivered", "expired")
    item["created_at"] = iso(outline.created, quirk.zone)
    if version or not quirk.drops_null_stamp:
        item["updated_at"] = iso(version, quirk.zone) if version else None
    item["order_create_time"] = order_create_time(outline, seed=seed)
    item |= quirk.customer
    item["order_id"] = identities.order_id(outline)
    item["archived"] = outline.archived
    item["original_country"] = quirk.original_country
    if quirk.destination_country is not None:
        item["destination_country"] = quirk.destination_country
    newest = _newest(origin, destination)
    item |= _lengths(origin, destination, newest=newest, as_of=as_of, status=status)
    item["service_code"] = quirk.service_code
    if quirk.shape >= 2020:
        item["packageStatus"] = status if newest else None
        item["last_mile_tracking_supported"] = quirk.last_mile_tracking_supported
    if quirk.shape >= 2019:
        item["status_info"] = quirk.status_info
        item["substatus"] = _substatus(newest, status)
    item["origin_info"] = _info(told_in_full.origin, origin, quirk)
    way = quirk.no_destination if no_destination == "mixed" else no_destination
    if away and destination:
        item["destination_info"] = _info(away, destination, quirk)
    elif way == "all_null":
        item["destination_info"] = _nulls(quirk)
    elif way != "absent":
        item["destination_info"] = None if way == "null" else []
    if newest or quirk.shape >= 2019:
        said = (newest.description, newest.details, newest.date) if newest else ()
        item["lastEvent"] = ",".join(filter(None, said))
        item["lastUpdateTime"] = newest.date if newest else ""
    return item


def iso(moment: int, zone: timezone) -> str:
    """Return an instant in the API's layout."""
    return datetime.fromtimestamp(moment, zone).isoformat(timespec="seconds")


def restamped(item: Payload, version: int) -> Payload:
    """Return an item with another stamp, in the zone of its creation."""
    zone = datetime.fromisoformat(item["created_at"]).tzinfo
    stamp = datetime.fromtimestamp(version, zone).isoformat(timespec="seconds")
    return item | {"updated_at": stamp}


def _shown(leg: Leg, as_of: int) -> tuple[Line, ...]:
    return tuple(line for line in leg.lines if line.scan.shows(as_of))


def _newest(origin: tuple[Line, ...], destination: tuple[Line, ...]) -> Line | None:
    """Return the newest line of both legs; of equal dates the destination's."""
    heads = [lines[0] for lines in (destination, origin) if lines]
    return max(heads, key=by_date) if heads else None


def _lengths(
    origin: tuple[Line, ...],
    destination: tuple[Line, ...],
    *,
    newest: Line | None,
    as_of: int,
    status: str,
) -> Payload:
    """Return the two lengths in days, rounded up, as the API counts them at a refresh."""
    if newest is None:
        return {"itemTimeLength": None}
    refresh = datetime.fromtimestamp(as_of, CHINA).replace(tzinfo=None)
    first = naive(min((lines[-1] for lines in (origin, destination) if lines), key=by_date).date)
    last = naive(newest.date)
    end = last if status == "delivered" else refresh
    return {
        "itemTimeLength": _days(end - first),
        "stayTimeLength": _days(refresh - last),
    }


def _days(span: timedelta) -> int:
    return max(ceil(span.total_seconds() / DAY_SECONDS), 0)


def _substatus(newest: Line | None, status: str) -> str | None:
    if status == "expired":
        return "expired001"
    if status in ("pending", "notfound") and newest is None:
        return "notfound002" if status == "notfound" else None
    return REPORTS[newest.milestone].substatus if newest else None


def _info(leg: Leg, lines: tuple[Line, ...], quirk: Quirks) -> Payload | None:
    """Return one info object; without lines, in one of the ways the API has for that."""
    if not lines and quirk.bare_origin == "null":
        return None
    info = _nulls(quirk)
    elements = [_element(line, quirk) for line in lines]
    if lines and quirk.shape > 2017:
        named = {"ItemReceived": len(lines) - 1}
        for place in range(len(lines) - 1, -1, -1):  # newest last, so that it wins
            line = lines[place]
            node = REPORTS[line.milestone].node
            if quirk.received_at_pickup and line.milestone is Milestone.PICKED_UP:
                node = "ItemReceived"
            if node:
                named[node] = place
        for node, place in named.items():
            info[node] = lines[place].date
            if quirk.names_nodes:
                elements[place]["ItemNode"] = node
    info["weblink"] = leg.carrier.homepage if quirk.has_weblink else None
    info["phone"] = leg.carrier.phone or (None if quirk.has_weblink else "")
    info["carrier_code"] = leg.carrier.code
    info["trackinfo"] = elements or ([] if quirk.bare_origin == "empty" else None)
    return info


def _nulls(quirk: Quirks) -> Payload:
    """Return an info object that says nothing."""
    info: Payload = {"ReferenceNumber": None} if quirk.shape == 2019 else {}
    if quirk.shape > 2017:
        info |= dict.fromkeys(NODES)
    return info | {"weblink": None, "phone": None, "carrier_code": None, "trackinfo": None}


def _element(line: Line, quirk: Quirks) -> dict[str, Any]:
    said = {
        "Date": line.date,
        "StatusDescription": line.description,
        "Details": line.details,
    }
    if quirk.shape == 2017:
        return said
    report = REPORTS[line.milestone]
    element = said | {"checkpoint_status": report.status}
    if quirk.shape >= 2020:
        element["substatus"] = report.substatus
    if quirk.status_first:
        element = dict(reversed(element.items()))
    return element


def _with_touches(told: Story, touches: tuple[int, ...]) -> Story:
    """Return the story with one more scan for each touch, on the leg that spoke last."""
    leg = told.destination if told.destination and told.destination.lines else told.origin
    for turn, moment in enumerate(touches):
        scan = Scan(moment, Milestone.IN_TRANSIT, False, moment)
        date = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
        line = Line(date, TOUCHED[turn % 2], "", Milestone.IN_TRANSIT, scan)
        leg = leg._replace(lines=tuple(sorted((line, *leg.lines), key=by_date, reverse=True)))
    if leg.carrier is told.origin.carrier:
        return told._replace(origin=leg)
    return told._replace(destination=leg)
