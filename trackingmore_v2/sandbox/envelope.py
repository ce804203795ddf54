"""Answers as TrackingMore writes them: meta and data, in the escapes of PHP."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

# code -> (type, message)
META = {
    200: ("Success", "Success"),
    201: ("Created", "The request was successful and a resource was created."),
    202: ("Bad Request", "The largest number of 40 each operation."),
    401: ("Unauthorized", "Authentication failed or user does not have permissions."),
    402: ("Payment Required", "Payment is required for the requested operation."),
    403: ("Forbidden", "The request is not allowed."),
    404: ("Not Found", "The requested resource does not exist."),
    405: ("Method Not Allowed", "The method is not allowed for this resource."),
    409: ("Conflict", "The request conflicts with another one."),
    429: (
        "Too Many Requests",
        "Exceeded API limits. Pause requests, wait two minute, and try again.",
    ),
    500: ("Server Error", "Something went wrong on TrackingMore's end."),
    503: ("Service Unavailable", "Scheduled platform maintenance."),
    4001: ("Unauthorized", "Invalid API key."),
    4002: ("Unauthorized", "API key has been deleted."),
    4012: (
        "Bad Request",
        "The request could not be understood or was missing required parameters.",
    ),
    4013: ("Bad Request", "Tracking_number is required."),
    4014: ("Bad Request", "The value of `tracking_number` is invalid."),
    4015: ("Bad Request", "The value of `carrier_code` is invalid."),
    4016: ("Bad Request", "Tracking already exists."),
    4017: ("Bad Request", "Tracking does not exist."),
    4018: ("Bad Request", "Due to overload risks this feature requires custom activation."),
    4019: ("Bad Request", "Your balance is insufficient, please recharge in time."),
    4020: ("Bad Request", "Up to 200 at a time."),
    4021: ("Bad Request", "Remaining quota is deficient."),
    4031: ("No Content", "The request was successful but the response is empty."),
    4032: ("No Content", "Cannot detect courier."),
    4033: ("No Content", "The value of `status` is invalid."),
}


class Reply(NamedTuple):
    """What an endpoint answers: a meta code and data that is already rendered."""

    code: int = 200
    data: bytes = b"[]"
    message: str | None = None

    def body(self) -> bytes:
        """Return the whole answer."""
        kind, message = META[self.code]
        meta = {"code": self.code, "type": kind, "message": self.message or message}
        return b'{"meta":%b,"data":%b}' % (render(meta), self.data)


class RefusedError(Exception):
    """Ends a request with a meta code."""

    def __init__(self, code: int, message: str | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.reply = Reply(code, message=message)


def render(value: Any) -> bytes:
    r"""Return *value* as PHP's json_encode writes it: `\/` and `\uXXXX`."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").encode("ascii")


def render_page(head: dict[str, Any], items: Sequence[bytes]) -> bytes:
    """Return the data of a list answer: *head*, then `items` from rendered items."""
    return b'%b,"items":[%b]}' % (render(head)[:-1], b",".join(items))
