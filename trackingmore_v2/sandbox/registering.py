"""What registering parcels answers: one of them, or up to forty."""

from datetime import UTC
from typing import Any

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox import wishes
from trackingmore_v2.sandbox.asking import Call
from trackingmore_v2.sandbox.desk import Desk
from trackingmore_v2.sandbox.envelope import META, RefusedError, Reply, render
from trackingmore_v2.sandbox.numbering import detected, knows
from trackingmore_v2.sandbox.payload import CHINA, iso


def register(desk: Desk, call: Call) -> Reply:
    """How the parcel begins: pending, created at this moment in UTC."""
    name = _meant(desk, call.params)
    said = wishes.entry(call.params)
    row = enter(desk, name, said)
    answer = _head(desk, row, name)
    if said["order_create_time"]:
        answer["order_create_time"] = said["order_create_time"]
    answer |= {"status": "pending", "created_at": iso(desk.world.now, UTC)}
    answer |= {field: said.get(field) for field in ("customer_email", "customer_name")}
    answer |= {field: said.get(field) for field in ("order_id", "comment", "title")}
    return Reply(data=render(answer | {"logistics_channel": said.get("logistics_channel")}))


def register_many(desk: Desk, call: Call) -> Reply:
    """How the parcels begin, in China's time, and why the others were refused."""
    entries = wishes.listed(call, over=202)
    added, errors = [], []
    for each in entries:
        try:
            name = _meant(desk, each)
            said = wishes.entry(each)
            row = enter(desk, name, said)
        except RefusedError as refusal:
            errors.append(refused(each, refusal.code))
            continue
        begun = _head(desk, row, name)
        begun["order_create_time"] = said["order_create_time"] or 0
        begun |= {"status": "pending", "created_at": iso(desk.world.now, CHINA)}
        for field in ("customer_email", "customer_name", "customer_phone", "order_id", "comment"):
            begun[field] = said.get(field)
        begun |= {"title": said["title"], "logistics_channel": said.get("logistics_channel")}
        added.append(begun | {"destination": said.get("destination_code") or ""})
    counts = {"submitted": len(entries), "added": len(added)}
    return Reply(201, render(counts | {"trackings": added, "errors": errors}))


def enter(desk: Desk, name: wishes.Name, said: Payload, *, free: bool = False) -> int:
    """Register a parcel for a credit, or for nothing one that was deleted; return its row."""
    if desk.world.row_named(*name) is not None:
        raise RefusedError(4016)
    former = desk.world.former_row(*name)
    if former is None:
        desk.credits.take(0 if free else 1)
        return desk.changes.register(*name, said)
    desk.changes.bring_back(former, said)
    desk.forget(former)
    return former


def refused(said: object, code: int) -> Payload:
    """Return what an answer about many says of one that was refused."""
    held = said if isinstance(said, dict) else {}
    named = {field: held.get(field) for field in ("tracking_number", "carrier_code")}
    return named | {"code": code, "message": META[code][1]}


def _meant(desk: Desk, said: Any) -> wishes.Name:
    """Return which tracking a registration means: maybe of another carrier than it says."""
    name = wishes.name(said)
    stays = str(said.get("auto_correct", "")) == "1" or knows(*name)
    others = detected(name.tracking_number)
    if stays or not others or not desk.switches.corrects_carriers:
        return name
    return name._replace(carrier_code=others[0].code)


def _head(desk: Desk, row: int, name: wishes.Name) -> Payload:
    carrier_code, tracking_number = name
    return {
        "id": desk.world.tracking_id(row),
        "tracking_number": tracking_number,
        "carrier_code": carrier_code,
    }
