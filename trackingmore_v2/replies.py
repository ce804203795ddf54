"""Reading the data of a successful answer as what its call promises."""

from typing import Any

from trackingmore_v2 import endpoints
from trackingmore_v2.envelope import EMPTY, whole
from trackingmore_v2.errors import NotFoundError, UnreadableAnswerError
from trackingmore_v2.listing import Payloads
from trackingmore_v2.models import Answer, Page, Payload, TrackingRef
from trackingmore_v2.transport import Reply

DEFAULT_LIMIT = 100  # the API's, where nobody says one
NOTHING: tuple[Any, ...] = ([], {})


def is_nothing(reply: Reply) -> bool:
    """Whether *reply* says that there is nothing."""
    return reply.code == EMPTY or reply.data in NOTHING


def tracking_of(reply: Reply) -> Payload:
    """Return the one tracking of *reply*: its data, or with realtime the one of its items."""
    _, data, answer = reply
    if answer.endpoint == endpoints.REALTIME.name and isinstance(data, dict) and data:
        if "items" not in data:
            raise unreadable(answer, "no items")
        reply = reply._replace(data=data["items"])
    if is_nothing(reply):
        ref = TrackingRef.from_payload(answer.params)
        raise NotFoundError(EMPTY, "No Content", message=f"no tracking {ref}", call=call_of(answer))
    return object_of(reply)


def page_of(reply: Reply) -> Page:
    """Return *reply* as a page of the list; every way to say nothing is an empty one."""
    code, data, answer = reply
    asked = whole(answer.params.get("limit")) or DEFAULT_LIMIT
    if data == [] or (code == EMPTY and not isinstance(data, dict)):
        return Page(asked, 0, [], answer)
    items = data.get("items", [] if code == EMPTY else None) if isinstance(data, dict) else None
    if not isinstance(items, list | Payloads):
        raise unreadable(answer, "no list of trackings")
    total = whole(data.get("total"))
    if total is None and items:
        raise unreadable(answer, "no total beside the trackings")
    return Page(whole(data.get("limit")) or asked, total or 0, items, answer)


def object_of(reply: Reply) -> Payload:
    """Return the one object of *reply*, bare or alone in an array: siblings of v2 do that."""
    data = reply.data if isinstance(reply.data, list) else [reply.data]
    if len(data) != 1:
        raise unreadable(reply.answer, f"{len(data)} objects for one")
    return objects_of(data, reply.answer)[0]


def objects_of(data: Any, answer: Answer) -> list[Payload]:
    """Return *data*, which must be an array of objects."""
    if not isinstance(data, list | Payloads) or not all(isinstance(each, dict) for each in data):
        raise unreadable(answer, "not the objects the call promises")
    return list(data)


def unreadable(answer: Answer, flaw: str) -> UnreadableAnswerError:
    """Return the error for an answer whose envelope is sound and whose data is not."""
    return UnreadableAnswerError(
        call_of(answer), flaw, text=answer.body[:1000].decode(errors="replace")
    )


def call_of(answer: Answer) -> str:
    """Return the call that *answer* answers, as errors name it."""
    endpoint = next(each for each in endpoints.ENDPOINTS if each.name == answer.endpoint)
    return f"{endpoint.method} {endpoint.path.format_map(answer.params)}"
