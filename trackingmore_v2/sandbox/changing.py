"""What changing registered parcels answers: annotating, correcting, stopping, deleting."""

from collections.abc import Mapping
from typing import Any

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox import wishes
from trackingmore_v2.sandbox.asking import Call
from trackingmore_v2.sandbox.desk import Desk
from trackingmore_v2.sandbox.envelope import RefusedError, Reply, render
from trackingmore_v2.sandbox.registering import enter, refused

ECHOED = (
    "id",
    "tracking_number",
    "carrier_code",
    "created_at",
    "updated_at",
    "customer_email",
    "customer_name",
    "order_id",
    "title",
    "destination_code",
    "customer_phone",
    "logistics_channel",
)


def annotate(desk: Desk, call: Call) -> Reply:
    """How a parcel is now annotated, `archived` and `status` spelled as in the request.

    A request that says nothing changes nothing, not even the stamp.
    """
    row = _row(desk, wishes.Name(**call.path))
    fields = wishes.annotation(call.params)
    if fields:
        desk.changes.annotate(row, fields)
        desk.forget(row)
    return Reply(data=render(_echo(desk, row, call.params)))


def annotate_many(desk: Desk, call: Call) -> Reply:
    """How parcels are now annotated, and why others were refused; `archived` is not heard.

    A status that cannot be set spoils the whole request.
    """
    entries = wishes.listed(call)
    for each in entries:
        if isinstance(each, dict):
            wishes.annotation({"status": each.get("status")})
    changed, errors = [], []
    for each in entries:
        try:
            row = _row(desk, wishes.name(each))
            fields = wishes.annotation({key: each[key] for key in each if key != "archived"})
        except RefusedError as refusal:
            errors.append(refused(each, refusal.code))
            continue
        if fields:
            desk.changes.annotate(row, fields)
            desk.forget(row)
        changed.append(_echo(desk, row, each))
    _refuse_if_none(changed, errors)
    counts = {"submitted": len(entries), "change": len(changed)}
    return Reply(data=render(counts | {"trackings": changed, "errors": errors}))


def correct_carrier(desk: Desk, call: Call) -> Reply:
    """Nothing worth reading; the parcel is a new one of the other carrier.

    Identity is number and carrier: the new tracking has an id and a creation of its own, takes
    no credit, and keeps what the merchant has said. The old one is gone.
    """
    name = wishes.name(call.params)
    new = name._replace(carrier_code=wishes.carrier_code(call.params, "update_carrier_code"))
    row = _row(desk, name)
    if desk.world.row_named(*new) is not None:
        raise RefusedError(4016)
    item = desk.world.item(row)
    kept = (*wishes.NOTED, *wishes.ONLY_AT_FIRST, "archived")
    said = wishes.entry({}) | {field: item[field] for field in kept if field in item}
    desk.world.delete(row)
    enter(desk, new, said, free=True)
    return Reply(data=render({"Usertag": ""}))


def stop_updates(desk: Desk, call: Call) -> Reply:
    """Which parcels stand still from now on; those that did already are not among them."""
    entries = wishes.listed(call)
    stopped = []
    for name in [wishes.name(each) for each in entries]:
        row = desk.world.row_named(*name)
        if row is not None and desk.changes.stop(row):
            desk.forget(row)
            stopped.append(_named(name))
    return Reply(
        data=render({"submitted": len(entries), "change": len(stopped), "trackings": stopped})
    )


def delete(desk: Desk, call: Call) -> Reply:
    """Nothing; what is absent is refused with 4017."""
    desk.world.delete(_row(desk, wishes.Name(**call.path)))
    return Reply()


def delete_many(desk: Desk, call: Call) -> Reply:
    """Which parcels are gone, each wrapped in a meta of its own, and why others were refused."""
    entries = wishes.listed(call)
    deleted, errors = [], []
    for each in entries:
        try:
            name = wishes.name(each)
            desk.world.delete(_row(desk, name))
        except RefusedError as refusal:
            errors.append(refused(each, refusal.code))
        else:
            deleted.append({"meta": _named(name)})
    _refuse_if_none(deleted, errors)
    counts = {"submitted": len(entries), "delete": len(deleted)}
    return Reply(data=render(counts | {"trackings": deleted, "errors": errors}))


def _row(desk: Desk, name: wishes.Name) -> int:
    row = desk.world.row_named(*name)
    if row is None:
        raise RefusedError(4017)
    return row


def _refuse_if_none(done: list[Any], errors: list[Payload]) -> None:
    """Refuse a request of which every part was refused, for the reason of the first."""
    if not done:
        raise RefusedError(errors[0]["code"])


def _named(name: wishes.Name) -> Payload:
    return {"tracking_number": name.tracking_number, "carrier_code": name.carrier_code}


def _echo(desk: Desk, row: int, asked: Mapping[str, Any]) -> Payload:
    """Return what an annotation's answer says of a parcel."""
    item = desk.world.item(row)
    said = {field: item.get(field) for field in ECHOED}
    archived = item.get("archived") in (True, "true")
    said["archived"] = str(archived).lower()
    return said | {"status": wishes.text(asked.get("status")) or item.get("status")}
