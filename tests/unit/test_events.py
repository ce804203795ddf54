"""A scan keeps its row and its name, however its array grows, shifts or repeats itself."""

from typing import Any

import pytest

from tests.factories import flat, leg, parcel, parcel_id, registered, scan
from tests.unit.test_coercion import TEXTS_AS_SENT
from trackingmore_v2.models import Payload

PICKED_UP = scan("2026-02-26 18:40", "Picked up", "HALLE")
ARRIVED = scan("2026-02-27 09:15", "Arrived at the sorting centre", "LEIPZIG")
DEPARTED = scan("2026-02-27 09:15", "Departed", "LEIPZIG")
DELIVERED = scan("2026-02-28 11:00:30", "Delivered", "")


def events(*payloads: Payload) -> list[dict[str, Any]]:
    return [dict(row) for row in flat(*payloads).events.to_pylist()]


def origin(*scans: Payload) -> Payload:
    """A parcel whose origin leg says *scans*, newest first."""
    return parcel(origin_info=leg(*scans))


def names(*scans: Payload) -> list[str]:
    """The ids of *scans*, oldest first."""
    return [row["event_id"] for row in events(origin(*scans))]


def test_a_scan_is_a_row() -> None:
    arrived = ARRIVED | {"checkpoint_status": "transit", "substatus": "transit002", "ItemNode": "X"}
    (row,) = events(origin(arrived))
    assert str(row.pop("event_time_local")) == "2026-02-27 09:15:00"
    assert len(row.pop("event_id")) == 32
    assert row.pop("first_seen_at") is not None
    assert row == {
        "account": "main",
        "tracking_id": parcel_id("parcel"),
        "leg": "origin",
        "position": 1,
        "repetition": 1,
        "event_time_raw": "2026-02-27 09:15",
        "description": "Arrived at the sorting centre",
        "details": "LEIPZIG",
        "checkpoint_status": "transit",
        "substatus": "transit002",
        "item_node": "X",
        "carrier_code": "dhl-parcel",
        "extra": None,
        "withdrawn_at": None,
        "run_id": "run at 0",
    }


def test_positions_count_from_the_oldest() -> None:
    told = [(row["position"], row["description"]) for row in events(origin(DELIVERED, PICKED_UP))]
    assert told == [(1, "Picked up"), (2, "Delivered")]


def test_a_scan_keeps_its_name_when_newer_ones_follow() -> None:
    assert names(DELIVERED, ARRIVED, PICKED_UP)[:2] == names(ARRIVED, PICKED_UP)


def test_a_scan_keeps_its_name_when_an_older_one_turns_up_or_goes() -> None:
    assert names(ARRIVED, PICKED_UP)[1:] == names(ARRIVED)


def test_scans_of_one_minute_keep_their_names_when_they_change_places() -> None:
    assert set(names(ARRIVED, DEPARTED)) == set(names(DEPARTED, ARRIVED))


def test_equal_scans_are_numbered_from_the_oldest() -> None:
    rows = events(origin(ARRIVED, DELIVERED, ARRIVED, ARRIVED))
    assert [row["repetition"] for row in rows] == [1, 2, 1, 3]
    assert len({row["event_id"] for row in rows}) == 4


def test_equal_scans_keep_their_names_when_another_equal_one_follows() -> None:
    assert names(ARRIVED, ARRIVED, ARRIVED)[:2] == names(ARRIVED, ARRIVED)


def test_what_may_change_about_a_scan_is_no_part_of_its_name() -> None:
    remarks = {"checkpoint_status": "delivered", "substatus": None, "ItemNode": "Y", "ActType": 1}
    assert names(ARRIVED | remarks) == names(ARRIVED)
    (told,) = events(parcel(origin_info=leg(ARRIVED, carrier_code="another")))
    assert [told["event_id"]] == names(ARRIVED)


@pytest.mark.parametrize("word", ["Date", "StatusDescription", "Details"])
@pytest.mark.parametrize("other", ["another", "", None, "leipzig", "LEIPZIG "])
def test_other_words_are_another_scan(word: str, other: str | None) -> None:
    assert names(ARRIVED | {word: other}) != names(ARRIVED)


def test_a_word_that_is_absent_is_null() -> None:
    without = {name: word for name, word in ARRIVED.items() if name != "Details"}
    assert names(without) == names(ARRIVED | {"Details": None}) != names(ARRIVED | {"Details": ""})


def test_the_same_scan_in_both_legs_is_two_rows() -> None:
    here, there = events(parcel(origin_info=leg(ARRIVED), destination_info=leg(ARRIVED)))
    assert (here["leg"], there["leg"]) == ("origin", "destination")
    assert (here["repetition"], there["repetition"]) == (1, 1)
    assert here["event_id"] != there["event_id"]


def test_the_same_scan_of_another_parcel_is_another_row() -> None:
    one, other = events(
        parcel("one", origin_info=leg(ARRIVED)), parcel("other", origin_info=leg(ARRIVED))
    )
    assert one["event_id"] != other["event_id"]


@pytest.mark.parametrize(
    "nothing",
    [None, [], {}, "", leg(), dict.fromkeys(leg()), {"trackinfo": {}}, {"carrier_code": "c"}],
    ids=["null", "[]", "{}", "empty text", "no scans", "all null", "{} scans", "no trackinfo"],
)
def test_a_leg_without_news_does_not_touch_the_other_leg(nothing: Any) -> None:
    alone = events(origin(ARRIVED, PICKED_UP))
    assert events(origin(ARRIVED, PICKED_UP) | {"destination_info": nothing}) == alone
    absent = origin(ARRIVED, PICKED_UP)
    del absent["destination_info"]
    assert events(absent) == alone


def test_no_parcels_and_parcels_without_legs_have_no_scans() -> None:
    assert events() == events(registered()) == []


@pytest.mark.parametrize("text", TEXTS_AS_SENT)
def test_words_are_stored_exactly_as_sent(text: str) -> None:
    (row,) = events(origin(scan(text, text, text)))
    assert (row["event_time_raw"], row["description"], row["details"]) == (text, text, text)


@pytest.mark.parametrize(
    ("date", "local"),
    [
        ("2026-02-27 09:15", "2026-02-27 09:15:00"),
        ("2026-02-27 09:15:07", "2026-02-27 09:15:07"),
        ("2026-02-27 00:00", "2026-02-27 00:00:00"),
        ("2026-02-27T09:15:07+01:00", "None"),
        ("soon", "None"),
        ("", "None"),
        (None, "None"),
    ],
)
def test_the_time_of_a_scan_is_the_wall_clock_of_its_carrier(date: str | None, local: str) -> None:
    (row,) = events(origin(scan(date)))
    assert str(row["event_time_local"]) == local
    assert row["event_time_raw"] == date


def test_unknown_and_odd_fields_of_a_scan_go_to_extra() -> None:
    odd = ARRIVED | {"ActType": None, "substatus_num": [1], "checkpoint_status": {"a": 1}}
    plain, told = events(origin(odd, PICKED_UP))
    assert plain["extra"] is None
    assert told["extra"] == '{"ActType":null,"checkpoint_status":{"a":1},"substatus_num":[1]}'
    assert told["checkpoint_status"] is None
