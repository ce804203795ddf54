"""Reading an answer's body: JSON, the envelope, and the meta code that decides."""

import gc
import json
import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson

from trackingmore_v2.errors import UnreadableAnswerError, refusal

EMPTY = 4031
SUCCESS = frozenset({200, 201, EMPTY})  # 202 is a refusal, whatever its number suggests
DOOR_CODES = frozenset({401, 403})  # HTTP statuses that say enough without an envelope

_ZEROS_AND_COLONS = bytes.maketrans(b"123456789,[", b"000000000::")
_BEYOND_64_BITS = b":" + b"0" * 19  # a bare number that long, once digits and commas are levelled
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(body: bytes) -> Any:
    """Return *body* as values that can be written down again, whatever it holds.

    Raises:
        ValueError, RecursionError: it is no JSON, or nested too deep.

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


def read_envelope(
    body: bytes,
    call: str,
    *,
    status: int = HTTPStatus.OK,
    content_type: str = "application/json",
    redact: Callable[[str], str] = str,
    parser: Callable[[bytes], Any] = parse,
) -> tuple[int, Any]:
    """Return the meta code and the data of an answer to *call*; 4031 counts as success.

    The meta code decides, for application errors come with HTTP 200. HTTP 429 and 5xx are
    believed before it, 401 and 403 where there is no envelope. *parser* reads the body.

    Raises:
        ApiError: the answer is a refusal; the class tells which.
        UnreadableAnswerError: not JSON, or no envelope around it.
    """
    flaw = "no envelope with a meta code"
    try:
        answer = parser(body)
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
