"""A payload is readable, or it is rejected whole with a reason that a person can act on."""

from typing import Any

import pytest

from tests.factories import aged, leg, parcel, registered, scan
from transforms.payloads import Rejected, scans, sort_out


def reason(payload: Any) -> str:
    readable, (rejected,) = sort_out([payload])
    assert readable == []
    assert rejected.payload is payload
    return rejected.reason


@pytest.mark.parametrize(
    "payload",
    [
        parcel(),
        registered(),
        aged(),
        {"id": "1", "carrier_code": "c", "tracking_number": "n"},
        parcel(unheard_of={"of": [1]}, title=["no", "text"], archived="perhaps"),
    ],
    ids=["list", "registered", "2017", "keys alone", "odd fields"],
)
def test_every_shape_with_its_three_keys_is_readable(payload: Any) -> None:
    assert sort_out([payload]) == ([payload], [])


@pytest.mark.parametrize(
    "nothing",
    [None, [], {}, "", leg(), leg() | {"trackinfo": None}, dict.fromkeys(leg()), {"trackinfo": {}}],
    ids=["null", "[]", "{}", "empty text", "no scans", "null scans", "all null", "{} scans"],
)
def test_a_leg_without_news_has_no_scans_and_is_no_reason(nothing: Any) -> None:
    payload = parcel(destination_info=nothing)
    assert sort_out([payload]).readable == [payload]
    assert scans(payload, "destination_info") == []
    del payload["destination_info"]
    assert scans(payload, "destination_info") == []


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (None, "the payload is no object but null"),
        ([], "the payload is no object but a list"),
        ("a parcel", "the payload is no object but the str 'a parcel'"),
        ("", "the payload is no object but an empty text"),
        (True, "the payload is no object but the bool True"),
        ({}, "id is no text but null"),
        (parcel(id=""), "id is no text but an empty text"),
        (parcel(id=17), "id is no text but the int 17"),
        (parcel(carrier_code=None), "carrier_code is no text but null"),
        (parcel(tracking_number=["1"]), "tracking_number is no text but a list"),
        (parcel(created_at=1772356520), "created_at is no text but the int 1772356520"),
        (parcel(updated_at={}), "updated_at is no text but an object"),
        (parcel(origin_info="lost"), "origin_info is no object but the str 'lost'"),
        (parcel(origin_info=[leg()]), "origin_info is no object but a list"),
        (parcel(destination_info=0), "destination_info is no object but the int 0"),
        (
            parcel(origin_info=leg(trackinfo="later")),
            "origin_info.trackinfo is no list but the str 'later'",
        ),
        (
            parcel(origin_info=leg(trackinfo={"0": scan()})),
            "origin_info.trackinfo is no list but an object",
        ),
        (
            parcel(destination_info=leg(trackinfo=[scan(), "arrived"])),
            "destination_info.trackinfo[1] is no object but the str 'arrived'",
        ),
        (
            parcel(origin_info=leg(trackinfo=[scan(), scan(), scan() | {"Date": 1772356520}])),
            "origin_info.trackinfo[2].Date is no text but the int 1772356520",
        ),
        (
            parcel(origin_info=leg(trackinfo=[scan() | {"Details": {}}])),
            "origin_info.trackinfo[0].Details is no text but an object",
        ),
    ],
)
def test_what_cannot_be_read_says_where_and_why(payload: Any, why: str) -> None:
    assert reason(payload) == why


def test_a_reason_stays_short_whatever_was_sent() -> None:
    assert len(reason(parcel(origin_info="x" * 100_000))) < 80


def test_nothing_is_dropped_and_the_order_stays() -> None:
    items = [parcel("a"), None, parcel("b"), {}, parcel("a")]
    assert sort_out(items) == (
        [parcel("a"), parcel("b"), parcel("a")],
        [
            Rejected(None, "the payload is no object but null"),
            Rejected({}, "id is no text but null"),
        ],
    )


def test_no_items_are_nothing() -> None:
    assert sort_out([]) == ([], [])


@pytest.mark.parametrize(
    ("payload", "tracking_id"), [({"id": "a"}, "a"), ({"id": 7}, None), ({}, None), ([], None)]
)
def test_a_rejected_payload_tells_its_id_where_it_has_one(
    payload: Any, tracking_id: str | None
) -> None:
    assert Rejected(payload, "").tracking_id == tracking_id
