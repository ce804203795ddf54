"""What a call can come to: data, or an error of this tree that knows whether it passes.

TrackingMoreError
├── NoAnswerError            nothing came, or not all of it            retryable
├── UnreadableAnswerError    something came, but no API answer         retryable
├── WindowError              a listing that cannot be read completely  retryable
└── ApiError                 TrackingMore read the call and refused it
    ├── AuthenticationError  the key
    ├── InvalidRequestError  the request
    ├── AlreadyExistsError   registered before
    ├── NotFoundError        not registered
    ├── QuotaError           credits, plan, activation
    ├── RateLimitedError     too many requests                         retryable
    └── ServerError          their side                                retryable
"""

import gc
import json
import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

import orjson

from trackingmore_v2.models import Window

EMPTY = 4031
SUCCESS = frozenset({200, 201, EMPTY})  # 202 is a refusal, whatever its number suggests
DOOR_CODES = frozenset({401, 403})  # HTTP statuses that say enough without an envelope
SHOWN_CHARS = 80  # of an unreadable body
QUOTED_CHARS = 300  # of a server's own words

_ZEROS_AND_COLONS = bytes.maketrans(b"123456789,[", b"000000000::")
_BEYOND_64_BITS = b":" + b"0" * 19  # a bare number that long, once digits and commas are levelled
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class TrackingMoreError(Exception):
    """Base of everything this package raises on purpose; its text is one sentence."""

    retryable: ClassVar[bool] = False  # may the same call succeed later, unchanged?

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        """Rebuild without `__init__`: pickle would hand it the finished sentence."""
        return _revived, (type(self), *self.args), self.__dict__


class NoAnswerError(TrackingMoreError):
    """No name, no connection, no time left, or a body that was cut.

    `was_sent` is False where the request surely never reached the server.
    """

    retryable = True

    def __init__(self, call: str, reason: str, *, was_sent: bool = True) -> None:
        super().__init__(f"TrackingMore gave no answer to {call}: {_plain(reason)}.")
        self.call = call
        self.was_sent = was_sent


class UnreadableAnswerError(TrackingMoreError):
    """HTML, broken JSON, no envelope, or an envelope without what the call promises."""

    retryable = True

    def __init__(
        self,
        call: str,
        flaw: str,
        *,
        text: str,
        status: int = 200,
        content_type: str = "application/json",
    ) -> None:
        begins = f"it begins {_plain(text)[:SHOWN_CHARS]!r}" if text.strip() else "it is empty"
        super().__init__(
            f"TrackingMore's answer to {call} cannot be read ({_plain(flaw)}): "
            f"HTTP {status}, {_plain(content_type) or 'no content type'}, {begins}."
        )
        self.call = call
        self.status = status


class WindowError(TrackingMoreError):
    """A listing that did not hold what it announced, also when asked again."""

    retryable = True

    def __init__(self, window: Window, reason: str) -> None:
        super().__init__(f"The window {window} cannot be read completely: {_plain(reason)}.")
        self.window = window
        self.reason = reason


class ApiError(TrackingMoreError):
    """A refusal by meta code; this class itself stands for codes nobody has documented."""

    codes: ClassVar[frozenset[int]] = frozenset()

    def __init__(self, code: int, type: str, *, message: str, call: str) -> None:
        words = ", ".join(filter(None, (_plain(type), _plain(message))))
        super().__init__(f"TrackingMore refused {call}: {f'{code} {words}'.strip()}.")
        self.code = code
        self.type = type
        self.message = message
        self.call = call


class AuthenticationError(ApiError):
    """The key is missing, wrong, deleted, or not allowed to do this."""

    codes = frozenset({401, 403, 4001, 4002})


class InvalidRequestError(ApiError):
    """TrackingMore does not accept this request in this shape, now or later."""

    codes = frozenset({202, 404, 405, 409, 4012, 4013, 4014, 4015, 4020, 4032, 4033})


class AlreadyExistsError(ApiError):
    """The tracking is registered already; to whoever registers, good news."""

    codes = frozenset({4016})


class NotFoundError(ApiError):
    """The tracking is not registered in this account."""

    codes = frozenset({4017, 4031})


class QuotaError(ApiError):
    """Credits, balance or plan do not cover the call."""

    codes = frozenset({402, 4018, 4019, 4021})


class RateLimitedError(ApiError):
    """Too many requests, also after the pauses that TrackingMore asks for."""

    retryable = True
    codes = frozenset({429})


class ServerError(ApiError):
    """TrackingMore failed or is being maintained."""

    retryable = True
    codes = frozenset(range(500, 600))


def refusal(code: int, type: str, *, message: str, call: str) -> ApiError:
    """Return the error whose class *code* stands for."""
    kinds = (kind for kind in ApiError.__subclasses__() if code in kind.codes)
    return next(kinds, ApiError)(code, type, message=message, call=call)


def _plain(words: str) -> str:
    """Return *words* on one line, of bearable length, without a full stop of their own."""
    return " ".join(words.split())[:QUOTED_CHARS].rstrip(". ")


def read_envelope(
    body: bytes,
    call: str,
    *,
    status: int = HTTPStatus.OK,
    content_type: str = "application/json",
    redact: Callable[[str], str] = str,
) -> tuple[int, Any]:
    """Return the meta code and the data of an answer to *call*; 4031 counts as success.

    The meta code decides, for application errors come with HTTP 200. HTTP 429 and 5xx are
    believed before it, 401 and 403 where there is no envelope.

    Raises:
        ApiError: the answer is a refusal; the class tells which.
        UnreadableAnswerError: not JSON, or no envelope around it.
    """
    flaw = "no envelope with a meta code"
    try:
        answer = _parse(body)
    except (ValueError, RecursionError) as error:
        answer, flaw = None, str(error)
    envelope = answer if isinstance(answer, dict) else {}
    meta = envelope["meta"] if isinstance(envelope.get("meta"), dict) else {}
    code = whole(meta.get("code"))
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status in DOOR_CODES and code is None):
        raise refusal(status, HTTPStatus(status).phrase, message="", call=call)
    if code in SUCCESS and status >= HTTPStatus.MULTIPLE_CHOICES:
        code, flaw = None, "an envelope that contradicts the HTTP status"
    if code is None:
        text, content_type = redact(body[:1000].decode(errors="replace")), redact(content_type)
        raise UnreadableAnswerError(call, flaw, text=text, status=status, content_type=content_type)
    if code not in SUCCESS:
        code = status if status >= HTTPStatus.INTERNAL_SERVER_ERROR else code
        kind, message = (redact(str(meta.get(name) or "")) for name in ("type", "message"))
        raise refusal(code, kind, message=message, call=call)
    return code, envelope.get("data")


def whole(value: Any) -> int | None:
    """Return a count that comes as a number or as its digits; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _parse(body: bytes) -> Any:
    """Return *body* as values that can be written down again, whatever it holds.

    The garbage collector is off meanwhile: on a page of 2000 parcels it costs half the time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        # orjson would turn such a number into a float and lose its last digits, silently.
        if _BEYOND_64_BITS in body.translate(_ZEROS_AND_COLONS, b" \t\r\n-"):
            return _parse_leniently(body)
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            return _parse_leniently(body)
    finally:
        if collecting:
            gc.enable()


def _parse_leniently(body: bytes) -> Any:
    """Read what orjson refuses: bad UTF-8 and lone surrogates as U+FFFD, NaN as None.

    A whole number beyond 64 bits becomes its digits, as text.
    """
    read = partial(json.loads, parse_constant=lambda _: None, parse_int=_int_or_digits)
    text = json.dumps(read(body.decode("utf-8-sig", "replace")), ensure_ascii=False)
    return read(_LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text))


def _int_or_digits(digits: str) -> int | str:
    return int(digits) if len(digits) < 19 or -(2**63) <= int(digits) < 2**63 else digits


def _revived(kind: type[TrackingMoreError], *args: Any) -> TrackingMoreError:
    return kind.__new__(kind, *args)
