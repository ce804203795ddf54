"""Receiving a push: whether TrackingMore may have sent it, and which parcel it hints at."""

import hmac
from datetime import datetime, timedelta
from typing import Any

import orjson

from trackingmore_v2.envelope import whole
from trackingmore_v2.errors import WebhookError
from trackingmore_v2.models import TrackingRef

MAX_AGE = timedelta(minutes=15)


def verify(body: bytes, *, email: str, now: datetime, max_age: timedelta = MAX_AGE) -> TrackingRef:
    """Return the parcel that a push speaks of, once its signature and its age hold.

    The signature is the hex HMAC-SHA256 of `verifyInfo.timeStr` with the account's *email* as
    key, as TrackingMore's own PHP client checks it. It covers the time and nothing else: whoever
    has seen one push can send any content with it until it is *max_age* old, and an e-mail is no
    secret. A push is therefore a hint to read one parcel again and never data; nothing but the
    ref leaves this function. Where the hint is refused nothing is lost: the next sync reads it.

    Args:
        body: what was posted, untouched.
        email: the account's, as `getuserinfo` spells it.
        now: the receiver's clock, with its zone.
        max_age: how far `timeStr` may lie from *now*, before or after.

    Raises:
        WebhookError: the body is no push, is not signed with *email*, or is too old or too new.
        ValueError: *email* is empty, or *now* has no zone.
    """
    if not email or now.tzinfo is None:
        raise ValueError("A push is verified with the account's e-mail and a time with its zone.")
    push = _object(_parsed(body), "body")
    info = _object(push.get("verifyInfo"), "verifyInfo")
    sent, signature = info.get("timeStr"), info.get("signature")
    sent_at = whole(sent)
    if sent_at is None or not isinstance(signature, str):
        raise WebhookError("it has no timeStr in unix seconds, or no signature")
    expected = hmac.new(email.encode(), str(sent).encode(), "sha256").hexdigest()
    # As bytes: compare_digest refuses text beyond ASCII.
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise WebhookError("its signature is not that of this account")
    if abs(now.timestamp() - sent_at) > max_age.total_seconds():
        raise WebhookError(f"its time is more than {max_age} away")
    return _ref(_object(push.get("data"), "data"))


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        reason = str(error)
    raise WebhookError(f"it is no JSON, {reason}")


def _object(said: Any, name: str) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise WebhookError(f"its {name} is no object")
    return said


def _ref(data: dict[str, Any]) -> TrackingRef:
    carrier, number = data.get("carrier_code"), data.get("tracking_number")
    number = str(number) if whole(number) is not None else number
    if not isinstance(carrier, str) or not isinstance(number, str):
        raise WebhookError("it names no parcel")
    if not carrier.strip() or not number.strip():
        raise WebhookError("it names no parcel")
    return TrackingRef(carrier, number)
