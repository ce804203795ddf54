"""A parcel's row says what its payload says, whatever the year the payload is from."""

from typing import Any

import pytest

from tests.factories import aged, at, flat, leg, parcel, parcel_id, registered, scan
from tests.unit.test_coercion import TEXTS_AS_SENT
from transforms.trackings import FIELDS


def row(payload: Any) -> dict[str, Any]:
    (only,) = flat(payload, second=30).trackings.to_pylist()
    return dict(only)


def test_a_parcel_of_the_list_is_one_row() -> None:
    said = row(parcel(singed_by="N. N.", destination_info=leg(carrier_code="posten", phone="815")))
    info = '{"ItemReceived":"2026-02-26 18:40"}'
    assert {name: value for name, value in said.items() if value is not None} == {
        "account": "main",
        "tracking_id": parcel_id("parcel"),
        "tracking_number": "003400006PARCEL",
        "carrier_code": "dhl-parcel",
        "status": "transit",
        "substatus": "transit001",
        "track_update": True,
        "created_at": at(-86_400),
        "updated_at": at(0),
        "order_create_time": row(parcel())["order_create_time"],
        "order_create_time_raw": "2026/02/24 17:03",
        "title": "",
        "customer_email": "",
        "archived": False,
        "original_country": "Germany",
        "destination_country": "Norway",
        "item_time_length_days": 3,
        "stay_time_length_days": 2,
        "signed_by": "N. N.",
        "last_event_raw": "Arrived at the sorting centre,LEIPZIG,2026-02-27 09:15",
        "last_update_time": row(parcel())["last_update_time"],
        "last_update_time_raw": "2026-02-27 09:15",
        "origin_carrier_code": "dhl-parcel",
        "origin_weblink": "https://carrier.example/track",
        "origin_info": info,
        "destination_carrier_code": "posten",
        "destination_weblink": "https://carrier.example/track",
        "destination_phone": "815",
        "event_count": 2,
        "payload_hash": said["payload_hash"],
        "scans_hash": said["scans_hash"],
        "scans_in_origin": 2,
        "fetched_at": at(30),
        "first_seen_at": at(30),
        "run_id": "run at 30",
    }
    assert str(said["order_create_time"]) == "2026-02-24 17:03:00"
    assert str(said["last_update_time"]) == "2026-02-27 09:15:00"


def test_an_answer_to_a_registration_is_a_row_without_news() -> None:
    said = row(registered())
    assert (said["status"], said["event_count"], said["updated_at"]) == ("pending", 0, None)
    assert (said["order_create_time"], said["order_create_time_raw"]) == (None, "0")
    assert said["extra"] == '{"destination":""}'


def test_a_payload_of_2017_is_a_row_like_any_other() -> None:
    said = row(aged())
    assert said["customer_email"] == "one@shop.example, two@shop.example"
    assert (said["created_at"], said["updated_at"]) == (at(-86_400), at(0))
    assert (said["archived"], said["track_update"], said["substatus"]) == (None, None, None)
    assert (said["origin_phone"], said["origin_info"], said["extra"]) == ("", None, None)


@pytest.mark.parametrize("text", TEXTS_AS_SENT)
def test_a_text_is_stored_exactly_as_sent(text: str) -> None:
    said = row(parcel(title=text, customer_name=text, lastEvent=text, status=text))
    assert {said["title"], said["customer_name"], said["last_event_raw"], said["status"]} == {text}


@pytest.mark.parametrize("field", [field for field in FIELDS if field.name != "id"])
def test_a_field_of_another_type_goes_to_extra_and_spoils_nothing(field: Any) -> None:
    if field.name in ("carrier_code", "tracking_number"):
        return  # a payload without them is no parcel: tests/unit/test_payloads.py
    odd = {"un": "expected"}
    strange, usual = flat(parcel("odd", **{field.name: odd}), parcel("usual")).trackings.to_pylist()
    assert strange[field.column] is None
    assert strange["extra"] == f'{{"{field.name}":{{"un":"expected"}}}}'
    assert usual == row(parcel("usual")) | {"fetched_at": at(0), "first_seen_at": at(0)} | {
        "run_id": "run at 0"
    }


def test_the_answers_to_put_spell_booleans_and_numbers_as_texts() -> None:
    said = row(parcel(archived="true", status="7", itemTimeLength="12", track_update="false"))
    assert (said["archived"], said["status"]) == (True, "7")
    assert (said["item_time_length_days"], said["track_update"]) == (12, False)


@pytest.mark.parametrize("nothing", [None, [], {}, ""])
def test_a_leg_without_news_leaves_its_columns_null(nothing: Any) -> None:
    said = row(parcel(origin_info=nothing))
    assert [name for name in said if name.startswith("origin_") and said[name] is not None] == []
    assert said["event_count"] == 0
    assert said["extra"] is None


def test_the_scans_of_both_legs_count() -> None:
    both = parcel(origin_info=leg(scan(), scan()), destination_info=leg(scan()))
    assert row(both)["event_count"] == 3


def test_the_remarks_of_a_leg_stay_as_sent() -> None:
    said = row(parcel(origin_info=leg(ReferenceNumber="R 1", ItemReceived="", CustomsClearance=7)))
    assert said["origin_info"] == '{"CustomsClearance":7,"ItemReceived":"","ReferenceNumber":"R 1"}'


def test_a_parcel_without_stamps_is_a_row() -> None:
    realtime = parcel()
    del realtime["created_at"], realtime["updated_at"]
    said = row(realtime)
    assert (said["created_at"], said["updated_at"]) == (None, None)
