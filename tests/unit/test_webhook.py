"""Which pushes are believed, and that nothing but a hint comes of them."""

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest

from trackingmore_v2.errors import TrackingMoreError, WebhookError
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.webhook import MAX_AGE, verify

EMAIL = "shop@parcels.example"
SENT = 1_772_352_000
NOW = datetime.fromtimestamp(SENT, UTC)
REF = TrackingRef("china-post", "RX000000001CN")


def signed(time: Any, email: str = EMAIL) -> str:
    """HMAC-SHA256 by its definition, RFC 2104."""
    key = email.encode().ljust(64, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in key) + str(time).encode()).digest()
    return sha256(bytes(byte ^ 0x5C for byte in key) + inner).hexdigest()


def push(time: Any = SENT, signature: Any = None, **more: Any) -> bytes:
    info = {"timeStr": time, "signature": signed(time) if signature is None else signature}
    data = {**REF._asdict(), "status": "delivered", "customer_name": "somebody"}
    return json.dumps({"meta": {"code": 200}, "data": data, "verifyInfo": info, **more}).encode()


def check(body: bytes, **how: Any) -> TrackingRef:
    return verify(body, **{"email": EMAIL, "now": NOW, **how})


@pytest.mark.parametrize("time", [SENT, str(SENT), f"0{SENT}"])
def test_a_signed_push_tells_its_parcel_and_nothing_else(time: Any) -> None:
    told = check(push(time))
    assert told == REF
    assert type(told) is TrackingRef


def test_the_signature_may_be_spelled_in_capitals() -> None:
    assert check(push(signature=signed(SENT).upper())) == REF


def test_the_clock_may_be_in_any_zone() -> None:
    assert check(push(), now=NOW.astimezone(timezone(timedelta(hours=8)))) == REF


def test_the_content_is_not_signed_and_so_it_is_only_a_hint() -> None:
    forged = push(data={"carrier_code": "dhl", "tracking_number": 12345, "status": "lost"})
    assert check(forged) == TrackingRef("dhl", "12345")


@pytest.mark.parametrize("seconds", [-1, 1])
def test_a_push_is_believed_for_a_while(seconds: int) -> None:
    edge = NOW + seconds * MAX_AGE
    assert check(push(), now=edge) == REF
    with pytest.raises(WebhookError, match="time"):
        check(push(), now=edge + timedelta(seconds=seconds))
    assert check(push(), now=edge + timedelta(seconds=seconds), max_age=2 * MAX_AGE) == REF
    with pytest.raises(WebhookError, match="time"):
        check(push(), now=NOW + timedelta(seconds=seconds), max_age=timedelta())


@pytest.mark.parametrize(
    "signature",
    ["", "0" * 64, signed(SENT)[:-1], signed(SENT + 1), signed(SENT, "x"), "ü"],
)
def test_another_signature_is_refused(signature: str) -> None:
    with pytest.raises(WebhookError, match="signature"):
        check(push(signature=signature))


def test_another_account_is_refused() -> None:
    with pytest.raises(WebhookError, match="signature"):
        check(push(), email="other@parcels.example")


@pytest.mark.parametrize("time", [None, True, 1.5, -5, "", "now", " 1772352000", [], {}, 10**30])
def test_a_time_that_is_none_is_refused(time: Any) -> None:
    with pytest.raises(WebhookError):
        check(push(time))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        push(verifyInfo=None),
        push(verifyInfo=[]),
        push(verifyInfo={}),
        push(signature=7),
        push(signature="\ud800"),
        push(data=None),
        push(data=[]),
        push(data={}),
        push(data={"carrier_code": "dhl"}),
        push(data={"carrier_code": "", "tracking_number": "1"}),
        push(data={"carrier_code": "dhl", "tracking_number": " "}),
        push(data={"carrier_code": ["dhl"], "tracking_number": "1"}),
    ],
)
def test_what_is_no_push_is_refused_in_one_sentence(body: bytes) -> None:
    with pytest.raises(WebhookError, match=r"^The push is refused: .*\.$") as caught:
        check(body)
    assert isinstance(caught.value, TrackingMoreError)
    assert not caught.value.retryable


@pytest.mark.parametrize("how", [{"email": ""}, {"now": NOW.replace(tzinfo=None)}])
def test_a_receiver_knows_its_account_and_its_zone(how: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="verified"):
        check(push(), **how)
