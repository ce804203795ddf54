"""What may be said of a parcel, and what makes no sense to TrackingMore."""

from typing import Any

import pytest

from trackingmore_v2.models import TrackingRef
from trackingmore_v2.orders import Address, Annotation, Lane, Shipment, air_waybill, batches

REF = TrackingRef("china-ems", "EX0000001CN")


@pytest.mark.parametrize(
    "field",
    [
        {"carrier_code": "d h l"},
        {"carrier_code": ""},
        {"tracking_number": ""},
        {"tracking_number": " 1"},
        {"tracking_number": "1,2"},
        {"tracking_number": 12345},
        {"destination_code": "USA"},
        {"title": 7},
        {"customer_email": "secret"},
        {"order_create_time": "yesterday"},
        {"tracking_ship_date": "2026-03-01"},
        {"lang": "english"},
        {"auto_correct": 2},
        {"auto_correct": True},
    ],
)
def test_a_shipment_that_makes_no_sense_names_the_field(field: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(field))) as caught:
        Shipment(**{**REF._asdict(), **field})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "field",
    [
        {"order_create_time": "2026/4/1 10:08"},
        {"order_create_time": "2026-04-01 10:08:59"},
        {"tracking_ship_date": "20260401"},
        {"tracking_ship_date": "1775000000"},
        {"destination_code": "IL", "lang": "cn", "customer_email": "a@b.example"},
        {"auto_correct": 0, "title": "", "comment": "с днём"},
    ],
)
def test_a_shipment_is_sent_as_it_was_said(field: dict[str, Any]) -> None:
    assert Shipment(**REF._asdict(), **field).payload() == {**REF._asdict(), **field}


@pytest.mark.parametrize(
    "field",
    [
        {"status": 3},
        {"status": "7"},
        {"archived": "true"},
        {"title": 7},
        {"destination_code": "USA"},
        {"customer_email": "secret"},
    ],
)
def test_an_annotation_that_makes_no_sense_names_the_field(field: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(field))) as caught:
        Annotation(**field)
    assert "secret" not in str(caught.value)


def test_an_annotation_writes_something() -> None:
    with pytest.raises(ValueError, match="writes nothing"):
        Annotation()
    assert Annotation(destination_code="").payload() == {"destination_code": ""}
    assert [Annotation(status=n).payload() for n in (4, 7, 8)] == [
        {"status": 4},
        {"status": 7},
        {"status": 8},
    ]
    assert Annotation(archived=False).payload() == {"archived": "false"}


@pytest.mark.parametrize("field", ["country", "postcode"])
@pytest.mark.parametrize("value", ["", " ", None, 7])
def test_an_address_has_a_country_and_a_place(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        Address(**{"country": "NZ", "postcode": "3506", field: value})


@pytest.mark.parametrize("field", ["carrier_code", "original", "destination"])
@pytest.mark.parametrize("value", ["", None, 7])
def test_a_lane_has_a_carrier_and_two_ends(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        Lane(**{"carrier_code": "dhl", "original": "CN", "destination": "US", field: value})


@pytest.mark.parametrize("number", ["123-45678901", "123 45678901", "12345678901"])
def test_an_air_waybill_has_one_spelling(number: str) -> None:
    assert air_waybill(number) == "123-45678901"


@pytest.mark.parametrize(
    "number", ["", "123-456", "123--45678901", "12a-45678901", "123-4567890\n1"]
)
def test_other_numbers_are_no_air_waybills(number: str) -> None:
    with pytest.raises(ValueError, match="track_number"):
        air_waybill(number)


@pytest.mark.parametrize(
    ("size", "portions"), [(0, []), (1, [1]), (3, [3]), (4, [3, 1]), (6, [3, 3])]
)
def test_portions_hold_everything_once(size: int, portions: list[int]) -> None:
    told = list(batches(iter(range(size)), 3))
    assert [len(portion) for portion in told] == portions
    assert [item for portion in told for item in portion] == list(range(size))


def test_a_portion_holds_something() -> None:
    with pytest.raises(ValueError, match="not 0"):
        batches([1], 0)
