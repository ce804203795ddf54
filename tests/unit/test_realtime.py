"""Asking the carrier now: what comes back, what it leaves alone, and the two hours between."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from trackingmore_v2.client import TrackingMoreClient, one_tracking
from trackingmore_v2.errors import (
    ApiError,
    InvalidRequestError,
    NoAnswerError,
    NotFoundError,
    RateLimitedError,
    UnreadableAnswerError,
)
from trackingmore_v2.models import Answer, ListQuery, Payload, TrackingRef
from trackingmore_v2.sandbox import Sandbox, Switches
from trackingmore_v2.sandbox.faults import Fault
from trackingmore_v2.transport import Transport

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
UNSAID = {"created_at", "updated_at", "title", "order_id", "customer_name", "customer_email"}
Asked: TypeAlias = tuple[dict[TrackingRef, Payload], dict[TrackingRef, Payload]]
TWO_HOURS = timedelta(hours=2)


@contextmanager
def client_of(sandbox: Sandbox, **options: Any) -> Iterator[TrackingMoreClient]:
    with (
        sandbox.serving() as url,
        Transport(
            base_url=url,
            api_key=sandbox.api_key,
            requests_per_second=0,
            sleep=lambda _: None,
            **options,
        ) as transport,
    ):
        yield TrackingMoreClient(transport)


def scans(item: Payload) -> list[Any]:
    legs = [item.get(leg) or {} for leg in ("origin_info", "destination_info")]
    return [scan for leg in legs for scan in leg.get("trackinfo") or []]


def refs(sandbox: Sandbox) -> dict[TrackingRef, Payload]:
    return {TrackingRef.from_payload(item): item for item in sandbox.items()}


@pytest.fixture(scope="module")
def asked() -> Asked:
    """Every parcel of an account, as the list has it and as its carrier tells it."""
    sandbox = Sandbox(300, now=NOW)
    listed = refs(sandbox)
    with client_of(sandbox) as client:
        live = {ref: client.refresh(ref) for ref in listed}
        assert sandbox.items() == list(listed.values()), "the list is as it was"
    return listed, live


def test_a_live_answer_lacks_what_only_the_account_knows(asked: Asked) -> None:
    listed, live = asked
    assert all(TrackingRef.from_payload(item) == ref for ref, item in live.items())
    assert all(live[ref]["id"] == item["id"] for ref, item in listed.items())
    assert not any(
        (UNSAID | {"archived", "customer_phone"}) & item.keys() for item in live.values()
    )
    assert all(isinstance(item["destination_code"], str) for item in live.values())


def test_a_carrier_tells_at_least_what_the_list_has(asked: Asked) -> None:
    listed, live = asked
    for ref, item in listed.items():
        known = [str(scan) for scan in scans(item)]
        told = [str(scan) for scan in scans(live[ref])]
        assert set(known) <= set(told), ref


def test_a_carrier_knows_scans_that_the_list_has_yet_to_learn(asked: Asked) -> None:
    listed, live = asked
    ahead = [ref for ref, item in listed.items() if len(scans(live[ref])) > len(scans(item))]
    assert ahead
    for ref in ahead:
        assert live[ref]["lastUpdateTime"] > listed[ref].get("lastUpdateTime", "")


def test_what_is_at_rest_is_told_the_same(asked: Asked) -> None:
    listed, live = asked
    done = [ref for ref, item in listed.items() if item["status"] == "delivered"]
    assert len(done) > 100
    for ref in done:
        assert live[ref]["status"] == "delivered"
        assert scans(live[ref]) == scans(listed[ref])


def test_what_a_carrier_told_is_in_the_list_after_its_refresh() -> None:
    sandbox = Sandbox(300, now=NOW)
    with client_of(sandbox) as client:
        live = {ref: client.refresh(ref) for ref in refs(sandbox)}
    sandbox.advance(timedelta(hours=7))
    later = refs(sandbox)
    for ref in live.keys() & later.keys():
        texts = [scan["StatusDescription"] for scan in scans(later[ref])]
        missing = [s for s in scans(live[ref]) if s["StatusDescription"] not in texts]
        assert len(missing) <= 2, ref  # a carrier takes a scan back now and then


def test_asking_live_registers_nothing_and_stamps_nothing() -> None:
    sandbox = Sandbox(20, now=NOW)
    before = deepcopy(sandbox.items())
    with client_of(sandbox) as client:
        credits_left = client.account()["track_number"]
        for ref in refs(sandbox):
            client.refresh(ref)
        with pytest.raises(NotFoundError):
            client.refresh(TrackingRef("usps", "9400111699512345678900"))
        assert client.account()["track_number"] == credits_left
        assert client.page(ListQuery()).total == 20
    assert sandbox.items() == before


@pytest.mark.parametrize("empty_as", ["4031", "items"])
def test_nothing_known_is_not_found_by_the_parcel_s_name(empty_as: Any) -> None:
    sandbox = Sandbox(0, now=NOW, switches=Switches(empty_as=empty_as))
    with (
        client_of(sandbox) as client,
        pytest.raises(NotFoundError, match="usps/9400111699512345678900"),
    ):
        client.refresh(TrackingRef("usps", "9400111699512345678900"))


@pytest.mark.parametrize(("code", "kind"), [(429, RateLimitedError), (202, InvalidRequestError)])
def test_the_same_parcel_within_two_hours_is_refused_once(code: Any, kind: type[ApiError]) -> None:
    sandbox = Sandbox(5, now=NOW, switches=Switches(realtime_again=code))
    first, second, *_ = refs(sandbox)
    with client_of(sandbox) as client:
        client.refresh(first)
        sandbox.advance(TWO_HOURS - timedelta(seconds=1))
        with pytest.raises(kind) as refused:
            client.refresh(first)
        assert refused.value.code == code
        assert sandbox.request_count == 2, "a refusal is not asked for again"
        client.refresh(second)
        sandbox.advance(timedelta(seconds=1))
        client.refresh(first)
        with pytest.raises(kind):
            client.refresh(first)


def test_a_lost_answer_is_not_asked_for_again() -> None:
    sandbox = Sandbox(5, now=NOW)
    sandbox.script(Fault("cut_body", endpoint="realtime"))
    with client_of(sandbox) as client, pytest.raises(NoAnswerError):
        client.refresh(next(iter(refs(sandbox))))
    assert sandbox.request_count == 1


def test_a_literal_payload_is_told_as_it_is() -> None:
    sandbox = Sandbox(0, now=NOW)
    item = {
        "id": "1" * 32,
        "carrier_code": "dhl",
        "tracking_number": "4711 / 5",
        "title": "mine",
        "status": "transit",
        "origin_info": None,
    }
    sandbox.put(item)
    with client_of(sandbox) as client:
        live = client.refresh(TrackingRef("dhl", "4711 / 5"))
    assert live == {name: value for name, value in item.items() if name != "title"}


@pytest.mark.parametrize("ref", [TrackingRef("", "471100"), TrackingRef("dhl", " ")])
def test_half_a_name_is_not_asked_for(ref: TrackingRef) -> None:
    sandbox = Sandbox(0, now=NOW)
    with client_of(sandbox) as client, pytest.raises(ValueError, match="asked"):
        client.refresh(ref)
    assert sandbox.request_count == 0


def test_the_sandbox_wants_both_halves_of_a_name() -> None:
    import requests

    sandbox = Sandbox(0, now=NOW)
    with sandbox.serving() as url:
        for body, code in (
            ({"carrier_code": "dhl"}, 4013),
            ({"tracking_number": "471100"}, 4012),
            ({}, 4013),
        ):
            said = requests.post(
                f"{url}/trackings/realtime/",
                json=body,
                headers={"Trackingmore-Api-Key": sandbox.api_key},
                timeout=10,
            ).json()
            assert said["meta"]["code"] == code


def test_a_landed_answer_about_one_parcel_reads_as_it_did() -> None:
    landed: list[Answer] = []
    sandbox = Sandbox(5, now=NOW)
    ref = next(iter(refs(sandbox)))
    with client_of(sandbox, tap=landed.append) as client:
        read = [client.tracking(ref), client.refresh(ref)]
        with pytest.raises(RateLimitedError):
            client.refresh(ref)
    assert [answer.endpoint for answer in landed] == ["tracking", "realtime", "realtime"]
    assert [one_tracking(answer) for answer in landed[:2]] == read
    with pytest.raises(RateLimitedError):
        one_tracking(landed[2])


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"[]", NotFoundError),
        (b"{}", NotFoundError),
        (b'{"items":[]}', NotFoundError),
        (b'{"items":{}}', NotFoundError),
        (b'{"items":[{},{}]}', UnreadableAnswerError),
        (b'{"items":["x"]}', UnreadableAnswerError),
        (b'{"items":null}', UnreadableAnswerError),
        (b'{"total":1}', UnreadableAnswerError),
        (b"null", UnreadableAnswerError),
    ],
)
def test_only_one_item_is_one_tracking(data: bytes, error: type[Exception]) -> None:
    body = b'{"meta":{"code":200,"type":"Success","message":"Success"},"data":%b}' % data
    params = {"carrier_code": "dhl", "tracking_number": "471100"}
    with pytest.raises(error):
        one_tracking(Answer("realtime", params, NOW, body))


def test_one_item_may_stand_without_its_array() -> None:
    body = b'{"meta":{"code":200,"type":"Success"},"data":{"items":{"id":"1"}}}'
    params = {"carrier_code": "dhl", "tracking_number": "471100"}
    assert one_tracking(Answer("realtime", params, NOW, body)) == {"id": "1"}
