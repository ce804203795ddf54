"""What is as documented is read as columns, and one odd payload costs the others little."""

from cProfile import Profile
from pstats import Stats
from typing import Any

import pytest

from tests.factories import at, flat, leg, parcel, scan
from trackingmore_v2.listing import Payloads
from trackingmore_v2.sandbox import Sandbox
from transforms.batch import flatten
from transforms.identity import canonical
from transforms.plain import read

PAGE = [canonical(item) for item in Sandbox(400).items()]


def left(*items: Any) -> list[int]:
    return read([canonical(item) for item in items]).left


def test_what_the_api_is_known_to_send_is_read_as_columns() -> None:
    said = read(PAGE)
    assert said.left == []
    assert said.trackings["row"].tolist() == list(range(len(PAGE)))
    assert len(said.events["row"]) == sum(said.trackings["event_count"].to_pylist())


def calls(count: int) -> tuple[int, int]:
    """How many functions Python calls to flatten so many payloads, and how many scans they have."""
    profile = Profile()
    page = Payloads(PAGE[:count])
    batch = profile.runcall(flatten, page, account="main", fetched_at=at(0), run_id="run")
    return Stats(profile).total_calls, batch.events.num_rows  # type: ignore[attr-defined]


def test_a_scan_costs_two_calls_of_python_whatever_is_said_of_it() -> None:
    """Its name's: md5, and the digits of it. A parcel has some more, for its legs' remarks."""
    calls(400)  # what is loaded with the first call is no part of it
    (few, few_scans), (many, many_scans) = calls(200), calls(400)
    scans = many_scans - few_scans
    assert scans > 2000
    assert many - few < 2 * (scans + 200) + 40 * 200


@pytest.mark.parametrize("place", [0, 1, 57, 398, 399])
def test_an_odd_payload_takes_few_others_with_it(place: int) -> None:
    page = list(PAGE)
    page[place] = canonical(parcel(title=["odd"]))
    odd = read(page).left
    assert place in odd
    assert len(odd) <= 8
    assert len(read([page[each] for each in range(400) if each not in odd]).left) == 0


@pytest.mark.parametrize(
    "odd",
    [
        None,
        17,
        "text",
        [parcel()],
        {},
        parcel(id=""),
        parcel(carrier_code=None),
        parcel(id=7),
        parcel(unheard_of=None),
        parcel(title=7),
        parcel(archived="true"),
        parcel(itemTimeLength=2**31),
        parcel(created_at="yesterday"),
        parcel(updated_at="2026-03-01 09:15"),
        parcel(origin_info=leg(phone=7)),
        parcel(origin_info=leg(CustomsClearance=7)),
        parcel(origin_info=leg(unheard_of="x")),
        parcel(origin_info=leg(scan(ActType="A"))),
        parcel(origin_info=leg(scan(substatus=7))),
        parcel(origin_info=leg() | {"trackinfo": [None]}),
    ],
)
def test_what_is_not_as_documented_is_left(odd: Any) -> None:
    assert left(odd) == [0]


@pytest.mark.parametrize(
    "known",
    [
        parcel(order_create_time=0),
        parcel(customer_email=["one@shop.example", "two@shop.example"]),
        parcel(destination_info=[]),
        parcel(origin_info=""),
        parcel(origin_info=leg() | {"trackinfo": {}}),
    ],
)
def test_a_known_oddity_is_respelt(known: Any) -> None:
    assert left(known) == []


@pytest.mark.parametrize(
    "text",
    [
        '"order_create_time":0,',
        '"destination_info":[]',
        '"customer_email":["a","b"]',
        '\\"origin_info":[]',
    ],
)
def test_words_that_look_like_a_known_oddity_are_words(text: str) -> None:
    odd = parcel("odd", order_create_time=0)  # so that the page is respelt
    row, _ = flat(parcel(title=text, comment=f"{text}\\"), odd).trackings.to_pylist()
    assert (row["title"], row["comment"]) == (text, f"{text}\\")


@pytest.mark.parametrize(
    "spelt",
    [
        b'{"id":"\xff"}',
        b'{"id":"\\ud800"}',
        b'{"id":"a","id":"b"}',
        b'{"id":\n"a"}',
        b' {"id":"a"}',
        b"{}",
        b"null",
        b"",
    ],
)
def test_what_is_spelt_oddly_is_left_and_ends_nothing(spelt: bytes) -> None:
    said = read([PAGE[0], spelt, PAGE[1]])
    assert 1 in said.left


def test_nothing_is_nothing() -> None:
    said = read([])
    assert (len(said.trackings["row"]), len(said.events["row"]), said.left) == (0, 0, [])
