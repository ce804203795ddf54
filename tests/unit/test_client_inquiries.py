"""What the inquiries find, over real HTTP: places, lanes, air waybills, carriers."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from tests.listener import Heard, Listener, client_of, listening
from trackingmore_v2 import endpoints
from trackingmore_v2.client import TrackingMoreClient
from trackingmore_v2.credits import CREDITS_PER_ITEM, cost
from trackingmore_v2.endpoints import Endpoint
from trackingmore_v2.errors import InvalidRequestError, QuotaError, UnreadableAnswerError
from trackingmore_v2.findings import AirWaybill, AirWaybills, RemoteAreas, TransitTime, TransitTimes
from trackingmore_v2.orders import Address, Lane

SEOUL, COAST, FERRY = Address("Korea", "04524"), Address("NZ", "Te Araroa"), Address("it", "57032")
LANES = [Lane("dhl", "CN", "US"), Lane("dhl", "CN", "RU")]
NUMBERS = ["172-00000011", "172-00000022"]


@pytest.fixture
def server() -> Iterator[Listener]:
    with listening() as server:
        yield server


@pytest.fixture
def client(server: Listener) -> Iterator[TrackingMoreClient]:
    with client_of(server) as client:
        yield client


def remote(company: str, code: str, country: str, place: str) -> dict[str, str]:
    return {
        "far_express_company": company,
        "two_code": code,
        "far_country": country,
        "far_city_postcode": place,
    }


def answer(*rows: Any, submitted: Any = 3, errors: Any = (), other: Any = ()) -> dict[str, Any]:
    return {"submitted": submitted, "other": other, "remote": rows, "errors": errors}


# --- remote areas


def test_an_address_is_remote_for_some_couriers_or_for_none(
    server: Listener, client: TrackingMoreClient
) -> None:
    rows = [
        remote("ups", "NZ", "New Zealand", "te araroa"),
        remote("tnt", "NZ", "New Zealand", "te araroa"),
        remote("fedex", "IT", "Italy", "57032"),
    ]
    server.say(answer(*rows))
    [found] = client.remote_areas([SEOUL, COAST, FERRY, COAST])
    assert [(area.address, area.company) for area in found.areas] == [
        (COAST, "ups"),
        (COAST, "tnt"),
        (FERRY, "fedex"),
    ]
    assert found.areas[2][2:] == ("IT", "Italy", "57032", rows[2])
    assert (found.not_remote, found.unsettled, found.errors) == ([SEOUL], [], [])
    asked = [{"country": each.country, "postcode": each.postcode} for each in (SEOUL, COAST, FERRY)]
    assert server.heard == [Heard("POST", "/trackings/remote", asked)]
    assert server.landed == []


def test_a_country_may_be_spelled_otherwise_where_its_place_tells_it(
    server: Listener, client: TrackingMoreClient
) -> None:
    twins = [Address("USA", "57032"), FERRY]
    server.say(answer(remote("ups", "KR", "Korea, South", "04524"), submitted=1))
    [found] = client.remote_areas([SEOUL])
    assert found.areas[0].address == SEOUL
    server.answers.clear()
    server.say(answer(remote("ups", "US", "United States", "57032"), submitted=2))
    [found] = client.remote_areas(twins)
    assert found.areas[0].address is None
    assert (found.not_remote, found.unsettled) == ([], twins)


def test_a_row_belongs_to_the_address_that_asked_for_its_courier(
    server: Listener, client: TrackingMoreClient
) -> None:
    asked = [Address("NZ", "Te Araroa", "ups"), Address("NZ", "Te Araroa", "tnt")]
    server.say(answer(remote("TNT", "NZ", "New Zealand", "te araroa"), submitted=2))
    [found] = client.remote_areas(asked)
    assert [area.address for area in found.areas] == asked[1:]
    assert found.not_remote == asked[:1]
    assert server.heard[0].body[0] == {"country": "NZ", "postcode": "Te Araroa", "company": "ups"}


@pytest.mark.parametrize(
    ("errors", "not_remote", "unsettled"),
    [
        ([{"postcode": "04524", "message": "?"}], [FERRY], [SEOUL]),
        ({"postcode": "04524"}, [FERRY], [SEOUL]),
        ([{"country": "KOREA", "postcode": "04524", "code": 4012}], [FERRY], [SEOUL]),
        ([{"country": "it", "postcode": "04524", "code": 4012}], [], [SEOUL, FERRY]),
        ([{"message": "one of them"}], [], [SEOUL, FERRY]),
        (["one of them"], [], [SEOUL, FERRY]),
    ],
)
def test_an_error_leaves_open_what_it_may_have_hit(
    server: Listener,
    client: TrackingMoreClient,
    errors: Any,
    not_remote: list[Address],
    unsettled: list[Address],
) -> None:
    server.say(answer(remote("ups", "NZ", "New Zealand", "te araroa"), errors=errors))
    [found] = client.remote_areas([SEOUL, COAST, FERRY])
    assert (found.not_remote, found.unsettled) == (not_remote, unsettled)


def test_fewer_submitted_than_asked_leave_the_rest_open(
    server: Listener, client: TrackingMoreClient
) -> None:
    server.say(answer(submitted="2", other=["?"]))
    assert list(client.remote_areas([SEOUL, COAST, FERRY])) == [
        RemoteAreas([], [], [SEOUL, COAST, FERRY], [], ["?"])
    ]


@pytest.mark.parametrize(("data", "code"), [([], 4031), ([], 200), ({}, 200), ([], 4017)])
def test_no_answer_about_places_settles_none(
    server: Listener, client: TrackingMoreClient, data: Any, code: int
) -> None:
    server.say(data, code=code)
    assert list(client.remote_areas([SEOUL])) == [RemoteAreas([], [], [SEOUL], [], [])]


@pytest.mark.parametrize("data", [{"submitted": 1}, [{"x": 1}], "x", None])
def test_remote_areas_that_are_none_are_unreadable(
    server: Listener, client: TrackingMoreClient, data: Any
) -> None:
    server.say(data)
    with pytest.raises(UnreadableAnswerError, match="POST /trackings/remote"):
        next(client.remote_areas([SEOUL]))


# --- transit times


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"submitted": 2, "items": rows}])
def test_transit_times_are_read_as_far_as_they_are_known(
    server: Listener, client: TrackingMoreClient, wrap: Any
) -> None:
    known = {
        "carrier_code": "DHL",
        "original": "cn",
        "destination": "us",
        "total": "120",
        "delivered": 99,
        "range1": 0.25,
        "range3": "0.5",
        "range4": "12.5%",
        "range5": None,
        "range6": "nan",
    }
    strange = {"carrier_code": "ups", "average": 7}
    server.say(wrap([known, strange]))
    assert list(client.transit_times([*LANES, LANES[0]])) == [
        TransitTimes(
            [
                TransitTime(
                    LANES[0], 120, 99, {"range1": 0.25, "range3": 0.5, "range4": 0.125}, known
                ),
                TransitTime(None, None, None, {}, strange),
            ],
            [LANES[1]],
        )
    ]
    asked = [
        {"carrier_code": "dhl", "original": "CN", "destination": "US"},
        {"carrier_code": "dhl", "original": "CN", "destination": "RU"},
    ]
    assert server.heard == [Heard("POST", "/trackings/costtime", asked)]
    assert server.landed == []


def test_one_lane_may_be_a_bare_object(server: Listener, client: TrackingMoreClient) -> None:
    row = {"carrier_code": "dhl", "original": "CN", "destination": "US", "total": 1}
    server.say(row)
    assert next(client.transit_times(LANES)).items == [TransitTime(LANES[0], 1, None, {}, row)]


def test_errors_in_the_place_of_rows_are_missing_ones(
    server: Listener, client: TrackingMoreClient
) -> None:
    server.say({"items": [], "errors": [{"carrier_code": "dhl", "code": 4015}]})
    assert list(client.transit_times(LANES)) == [TransitTimes([], LANES)]


@pytest.mark.parametrize("data", [{"submitted": 2}, "x", 7, [{"total": 1}], None])
def test_transit_times_that_are_none_are_unreadable(
    server: Listener, client: TrackingMoreClient, data: Any
) -> None:
    server.say(data)
    with pytest.raises(UnreadableAnswerError, match="no carrier_code"):
        next(client.transit_times(LANES))


# --- air waybills


@pytest.mark.parametrize("shape", ["array", "object", "named", "keyed"])
def test_air_waybills_come_with_their_flights(
    server: Listener, client: TrackingMoreClient, shape: str
) -> None:
    flight = {"plan_date": "2026-03-01 08:00", "event": "DEP", "flight_number": "LD0001"}
    waybill = {"track_number": "17200000011", "piece": "2", "track_info": [flight]}
    data = {
        "array": [waybill],
        "object": waybill,
        "named": {"trackings": [waybill]},
        "keyed": {"172-00000011": waybill},
    }[shape]
    server.say(data)
    assert list(client.air_waybills([*NUMBERS, "17200000011"], lang="cn")) == [
        AirWaybills([AirWaybill("172-00000011", [flight], waybill)], [NUMBERS[1]])
    ]
    body = {"track_number": NUMBERS, "lang": "cn"}
    assert server.heard == [Heard("POST", "/trackings/aircargo", body)]
    assert server.landed == []


@pytest.mark.parametrize(
    ("flights", "events"),
    [(None, []), ([], []), ({"event": "DEP"}, [{"event": "DEP"}]), ([None, {"a": 1}], [{"a": 1}])],
)
def test_flights_may_be_absent_or_alone(
    server: Listener, client: TrackingMoreClient, flights: Any, events: list[Any]
) -> None:
    server.say({"track_number": NUMBERS[0], "track_info": flights})
    assert next(client.air_waybills(NUMBERS[:1])).items[0].events == events


@pytest.mark.parametrize(("data", "code"), [([], 4031), ([], 4017), ([], 200), ({}, 200)])
def test_unknown_air_waybills_are_missing(
    server: Listener, client: TrackingMoreClient, data: Any, code: int
) -> None:
    server.say(data, code=code)
    assert list(client.air_waybills(NUMBERS)) == [AirWaybills([], NUMBERS)]


def test_costly_questions_are_asked_portion_by_portion(
    server: Listener, client: TrackingMoreClient
) -> None:
    server.say({"track_number": NUMBERS[0]})
    server.say([], code=4021)
    told = client.air_waybills(NUMBERS, per_request=1)
    assert server.heard == []
    assert next(told).missing == []
    assert len(server.heard) == 1
    with pytest.raises(QuotaError):
        next(told)
    assert len(server.heard) == 2
    assert list(client.air_waybills([])) == []
    with pytest.raises(ValueError, match="track_number"):
        client.air_waybills([*NUMBERS, "172"])
    assert len(server.heard) == 2


# --- carriers


@pytest.mark.parametrize("wrap", [lambda row: [row], lambda row: row])
def test_a_number_tells_its_carriers(
    server: Listener, client: TrackingMoreClient, wrap: Any
) -> None:
    row = {"name": "An Post", "code": "an-post"}
    server.say(wrap(row))
    assert client.detect("LX000000001IE") == [row]
    asked = {"tracking_number": "LX000000001IE"}
    assert server.heard == [Heard("POST", "/carriers/detect", asked)]
    assert server.landed == []


@pytest.mark.parametrize(
    ("data", "code"), [([], 4032), ([], 4031), (None, 4031), ([], 200), ({}, 200)]
)
def test_a_number_of_no_carrier_has_none(
    server: Listener, client: TrackingMoreClient, data: Any, code: int
) -> None:
    server.say(data, code=code)
    assert client.detect("12345") == []


def test_a_number_that_cannot_be_one_is_refused(
    server: Listener, client: TrackingMoreClient
) -> None:
    server.say([], code=4014)
    with pytest.raises(InvalidRequestError, match="4014"):
        client.detect("12345")
    with pytest.raises(ValueError, match="tracking_number"):
        client.detect(" ")
    assert len(server.heard) == 1


@pytest.mark.parametrize("data", ["dhl", ["dhl"], [{"name": "DHL"}], None])
def test_carriers_without_a_code_are_unreadable(
    server: Listener, client: TrackingMoreClient, data: Any
) -> None:
    server.say(data)
    with pytest.raises(UnreadableAnswerError):
        client.detect("12345")


# --- what it costs


@pytest.mark.parametrize(
    ("endpoint", "items", "credits"),
    [
        (endpoints.REGISTER, 1, 1),
        (endpoints.REGISTER_MANY, 41, 41),
        (endpoints.AIR_WAYBILLS, 3, 60),
        (endpoints.DETECT_CARRIER, 1, Fraction(1, 5)),
        (endpoints.REMOTE_AREAS, 12, Fraction(12, 5)),
        (endpoints.DELETE_MANY, 200, 0),
        (endpoints.LIST_TRACKINGS, 2000, 0),
    ],
)
def test_a_plan_can_be_priced(endpoint: Endpoint, items: int, credits: Any) -> None:
    assert cost(endpoint, items) == credits


def test_prices_are_those_of_endpoints_and_what_is_paid_each_time_is_not_repeated() -> None:
    priced = [each for each in endpoints.ENDPOINTS if each.name in CREDITS_PER_ITEM]
    assert len(priced) == len(CREDITS_PER_ITEM)
    assert {each.name for each in priced if each.may_repeat} == {"register", "register many"}
