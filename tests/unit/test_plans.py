"""What a sheet asks for: each thing once, and why a row asks for nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from trackingmore_v2.models import TrackingRef
from trackingmore_v2.orders import Address, Annotation
from transforms.plans import (
    ADDRESS,
    ANNOTATION,
    EXTRA_FIELDS,
    SHIPMENT,
    Correction,
    Marked,
    Sheet,
    addresses,
    annotations,
    corrections,
    drafts,
    needs_own_request,
    refs,
    waybills,
)

DHL = TrackingRef("dhl", "12345")
KINDS: list[Callable[..., Sheet[Any]]] = [
    drafts,
    annotations,
    corrections,
    refs,
    addresses,
    waybills,
]


def row(**said: str) -> dict[str, str]:
    return {**DHL._asdict(), **said}


def flaws(sheet: Sheet[Any]) -> list[str]:
    return [str(flaw) for flaw in sheet.flaws]


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_and_empty_rows_ask_for_nothing(kind: Callable[..., Sheet[Any]]) -> None:
    for rows in ([], [{}], [{"tracking_number": "", "country": " ", "air_waybill": ""}]):
        sheet = kind(rows)
        assert (sheet.orders, sheet.flaws, sheet.repeated) == ([], [], [])


def test_columns_are_those_of_the_api() -> None:
    assert SHIPMENT[:2] == ANNOTATION[:2] == ("carrier_code", "tracking_number")
    assert set(SHIPMENT) >= EXTRA_FIELDS
    assert ADDRESS == ("country", "postcode", "company")


def test_a_shipment_says_what_its_row_says() -> None:
    (draft,) = drafts([row(title="A lamp", comment="", auto_correct="1")]).orders
    assert draft.shipment().payload() == {
        "carrier_code": "dhl",
        "tracking_number": "12345",
        "title": "A lamp",
        "auto_correct": 1,
    }


def test_a_shipment_without_a_carrier_takes_the_one_that_is_found() -> None:
    (draft,) = drafts([{"tracking_number": "12345"}]).orders
    assert (draft.carrier_code, draft.tracking_number) == (None, "12345")
    assert draft.shipment("usps").ref == TrackingRef("usps", "12345")
    (named,) = drafts([row()]).orders
    assert named.shipment("usps").ref == DHL


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"title": "A lamp"}, "row 1: The tracking_number is missing."),
        ({"tracking_number": "1,2"}, "row 1: The tracking_number of undetected/1,2 is none."),
        (row(carrier_code="d h l"), "row 1: The carrier_code of 'd h l/12345' is none."),
        (row(lang="english"), "row 1: The lang of dhl/12345 is none."),
        (row(auto_correct="yes"), "row 1: The auto_correct must be a number."),
        (row(auto_correct="2"), "row 1: The auto_correct of dhl/12345 must be 0 or 1."),
    ],
)
def test_a_shipment_that_cannot_be_meant_is_a_flaw(said: dict[str, str], sentence: str) -> None:
    sheet = drafts([said])
    assert (flaws(sheet), sheet.orders) == ([sentence], [])


def test_a_flaw_quotes_no_personal_data() -> None:
    assert "mail" not in "".join(flaws(drafts([row(customer_email="my mail")]))).replace(
        "customer_email", ""
    )


def test_the_first_of_equal_rows_stays_and_a_flawed_one_is_none_of_them() -> None:
    rows = [row(lang="english"), row(title="first"), {}, row(title="second"), row()]
    sheet = drafts(rows)
    assert [draft.fields["title"] for draft in sheet.orders] == ["first"]
    assert [str(each) for each in sheet.repeated] == [
        "row 4: the same as row 2",
        "row 5: the same as row 2",
    ]
    assert len(sheet.flaws) == 1


def test_the_same_number_of_two_carriers_is_two_parcels() -> None:
    sheet = drafts([row(), row(carrier_code="usps"), {"tracking_number": "12345"}])
    assert (len(sheet.orders), sheet.repeated) == (3, [])


@pytest.mark.parametrize("name", sorted(EXTRA_FIELDS))
def test_a_field_of_some_carriers_takes_a_request_of_its_own(name: str) -> None:
    value = {"tracking_ship_date": "20260301"}.get(name, "DE")
    with_it, without = drafts([row(**{name: value}), row(tracking_number="2")]).orders
    assert needs_own_request(with_it.shipment())
    assert not needs_own_request(without.shipment())


def test_an_annotation_is_read_in_its_own_types() -> None:
    sheet = annotations([row(title="A lamp", archived="TRUE", status="7")])
    assert sheet.orders == [Marked(DHL, Annotation(title="A lamp", archived=True, status=7))]
    assert annotations([row(archived="0")]).orders[0].annotation.archived is False


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (row(), "row 1: An annotation without any field writes nothing."),
        (row(archived="yes"), "row 1: The archived must be true or false."),
        (row(status="delivered"), "row 1: The status must be a number."),
        ({"tracking_number": "1", "title": "a"}, "row 1: The carrier_code is missing."),
    ],
)
def test_an_annotation_that_cannot_be_meant_is_a_flaw(said: dict[str, str], sentence: str) -> None:
    assert flaws(annotations([said])) == [sentence]


def test_a_correction_names_another_carrier() -> None:
    assert corrections([row(update_carrier_code="usps")]).orders == [Correction(DHL, "usps")]
    assert flaws(corrections([row(update_carrier_code="dhl"), row()])) == [
        "row 1: The update_carrier_code of dhl/12345 is the carrier it has.",
        "row 2: The carrier_code of '/12345' is none.",
    ]


def test_an_address_may_name_a_courier() -> None:
    sheet = addresses([{"country": "US", "postcode": "1"}, {"country": "US"}])
    assert sheet.orders == [Address("US", "1")]
    assert flaws(sheet) == ["row 2: The postcode of an address must be a text."]
    named = {"country": "US", "postcode": "1", "company": "ups"}
    assert addresses([named]).orders == [Address("US", "1", "ups")]


def test_an_air_waybill_has_one_spelling() -> None:
    sheet = waybills([{"air_waybill": said} for said in ("02012345675", "020-12345675", "x")])
    assert sheet.orders == ["020-12345675"]
    assert len(sheet.repeated) == 1
    assert flaws(sheet) == ["row 3: The track_number 'x' is not that of an air waybill."]


def test_a_draft_is_not_changed_by_being_read() -> None:
    said = row(auto_correct="1")
    drafts([said])
    assert said == row(auto_correct="1")
