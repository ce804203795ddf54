"""The client's promises, over real HTTP: a server on this machine says what it is told to."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from trackingmore_v2.client import TrackingMoreClient, listing_page
from trackingmore_v2.errors import (
    AuthenticationError,
    NotFoundError,
    TrackingMoreError,
    UnreadableAnswerError,
)
from trackingmore_v2.models import Answer, Cursor, ListQuery, TrackingRef, Window
from trackingmore_v2.transport import Transport

REF = TrackingRef("gati-kwe", "AB/12 3")
PARCEL = {"id": "0" * 32, "carrier_code": "gati-kwe", "tracking_number": "AB/12 3"}


class Server(ThreadingHTTPServer):
    """Answers with `data`, one after the other; the last one stays."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[bytes] = []
        self.heard: list[tuple[str, dict[str, str], str | None]] = []

    def say(self, *data: Any, code: Any = 200) -> None:
        self.answers += [
            json.dumps({"meta": {"code": code, "type": "t", "message": "m"}, "data": each}).encode()
            for each in data
        ]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        params = {name: said[0] for name, said in parse_qs(url.query).items()}
        self.server.heard.append((url.path, params, self.headers["Lang"]))
        answers = self.server.answers
        self.send_response_only(200)
        self.send_header("Date", "Mon, 01 Jun 2026 12:00:00 GMT")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(answers.pop(0) if len(answers) > 1 else answers[0])

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def landed() -> list[Answer]:
    return []


@pytest.fixture
def client(server: Server, landed: list[Answer]) -> Iterator[TrackingMoreClient]:
    with Transport(
        base_url=f"http://127.0.0.1:{server.server_port}/v2",
        api_key="a-key-of-nobody",
        requests_per_second=0,
        tap=landed.append,
        clock=lambda: datetime(2026, 6, 1, 11, 59, tzinfo=UTC),
        sleep=lambda _: None,
    ) as transport:
        yield TrackingMoreClient(transport)


def listing(*items: Any, total: Any = None, **more: Any) -> dict[str, Any]:
    total = str(len(items)) if total is None else total
    return {"page": 1, "limit": 2000, "total": total, "items": list(items)} | more


# --- one page


def test_a_page_is_asked_for_with_its_query(server: Server, client: TrackingMoreClient) -> None:
    server.say(listing(PARCEL))
    page = client.page(ListQuery(limit=50).within(Window(Cursor.UPDATE_TIME, 100, 160)))
    assert (page.limit, page.total, page.items) == (2000, 1, [PARCEL])
    path, params, _ = server.heard[0]
    assert path == "/v2/trackings/get"
    assert params == {
        "page": "1",
        "limit": "50",
        "update_time_min": "99",
        "update_time_max": "161",
    }
    assert page.answer.params == params
    assert page.answer.endpoint == "list trackings"


@pytest.mark.parametrize("total", [4200, "4200"])
def test_the_total_may_be_a_number_or_its_digits(
    server: Server, client: TrackingMoreClient, total: Any
) -> None:
    server.say(listing(PARCEL, total=total))
    assert client.page(ListQuery()).total == 4200


@pytest.mark.parametrize(
    ("echo", "limit"),
    [({"limit": 100}, 100), ({"limit": "100"}, 100), ({"limit": None}, 30), ({"limit": "all"}, 30)],
)
def test_the_limit_is_the_servers_or_else_ours(
    server: Server, client: TrackingMoreClient, echo: dict[str, Any], limit: int
) -> None:
    server.say(listing(PARCEL, **echo))
    assert client.page(ListQuery(limit=30)).limit == limit


@pytest.mark.parametrize(
    ("data", "code", "total"),
    [
        ([], 4031, 0),
        (None, 4031, 0),
        ({}, 4031, 0),
        ([], 200, 0),
        (listing(), 200, 0),
        (listing(total=0), 4031, 0),
        ({"items": []}, 200, 0),
        (listing(total="7"), 200, 7),
        ({"total": 7}, 4031, 7),
    ],
)
def test_every_shape_of_nothing_is_an_empty_page(
    server: Server, client: TrackingMoreClient, data: Any, code: int, total: int
) -> None:
    server.say(data, code=code)
    page = client.page(ListQuery(limit=2000))
    assert (page.items, page.total, page.limit) == ([], total, 2000)


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        7,
        {},
        [PARCEL],
        {"items": None, "total": 0},
        {"items": {"0": PARCEL}, "total": 1},
        {"items": "none", "total": 0},
        {"items": [PARCEL]},
        {"items": [PARCEL], "total": "many"},
        {"items": [PARCEL], "total": -1},
        {"items": [PARCEL], "total": True},
        {"items": [PARCEL], "total": "²"},
    ],
)
def test_what_is_no_list_is_unreadable_rather_than_empty(
    server: Server, client: TrackingMoreClient, data: Any
) -> None:
    server.say(data)
    with pytest.raises(UnreadableAnswerError, match="GET /trackings/get"):
        client.page(ListQuery())


def test_items_are_handed_on_unexamined(server: Server, client: TrackingMoreClient) -> None:
    server.say(listing(PARCEL, None, [], "x"))
    assert client.page(ListQuery()).items == [PARCEL, None, [], "x"]


def test_a_count_is_one_small_request(server: Server, client: TrackingMoreClient) -> None:
    server.say(listing(PARCEL, total="4200", limit=1))
    assert client.count(ListQuery(page=3, status="transit")) == 4200
    assert [params for _, params, _ in server.heard] == [
        {"page": "1", "limit": "1", "status": "transit"}
    ]


# --- from the landing


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (listing(PARCEL, total="9"), 200),
        (listing(PARCEL, limit=None), "200"),
        ([], 4031),
        ([], 4001),
        ({"items": 1}, 200),
        (None, "none"),
    ],
)
def test_a_landed_page_is_read_again_as_it_was_read_first(
    server: Server, client: TrackingMoreClient, landed: list[Answer], data: Any, code: Any
) -> None:
    server.say(data, code=code)

    def outcome(read: Any, *args: Any) -> Any:
        try:
            return read(*args)
        except TrackingMoreError as error:
            return type(error), str(error)

    assert outcome(client.page, ListQuery(limit=70)) == outcome(listing_page, landed[-1])


# --- finding


def test_numbers_are_found_forty_at_a_time(server: Server, client: TrackingMoreClient) -> None:
    server.say(listing({"n": 1}), listing({"n": 2}), [], listing({"n": 3}))
    numbers = [f"RR{n:09}CN" for n in range(81)]
    found = client.find(numbers=[*numbers, numbers[0]], orders=["#1"])
    assert found == [{"n": 1}, {"n": 2}, {"n": 3}]
    asked = [params for _, params, _ in server.heard]
    assert [params["numbers"].split(",") for params in asked[:3]] == [
        numbers[:40],
        numbers[40:80],
        numbers[80:],
    ]
    assert asked[3]["orders"] == "#1"
    assert "numbers" not in asked[3]


def test_a_chunk_that_fills_more_than_a_page_is_read_to_its_end(
    server: Server, client: TrackingMoreClient
) -> None:
    server.say(
        listing({"n": 1}, {"n": 2}, total="3", limit=2), listing({"n": 3}, total="3", limit=2)
    )
    assert client.find(numbers=["a"]) == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert [params["page"] for _, params, _ in server.heard] == ["1", "2"]


@pytest.mark.parametrize("last", [[], listing(total="3")])
def test_a_find_that_comes_short_is_no_proof_of_absence(
    server: Server, client: TrackingMoreClient, last: Any
) -> None:
    server.say(listing({"n": 1}, {"n": 2}, total="3"), last)
    with pytest.raises(UnreadableAnswerError, match="2 of 3 trackings"):
        client.find(numbers=["a"])


def test_finding_nothing_costs_nothing(server: Server, client: TrackingMoreClient) -> None:
    assert client.find() == []
    assert client.usage.requests == 0


@pytest.mark.parametrize("number", ["", " ", "a,b"])
def test_a_number_that_would_widen_the_question_is_not_asked(
    server: Server, client: TrackingMoreClient, number: str
) -> None:
    with pytest.raises(ValueError, match="cannot be asked"):
        client.find(numbers=["ok", number])
    with pytest.raises(ValueError, match="cannot be asked"):
        client.find(orders=[number])
    assert server.heard == []


def test_found_things_are_objects(server: Server, client: TrackingMoreClient) -> None:
    server.say(listing(PARCEL, None))
    with pytest.raises(UnreadableAnswerError):
        client.find(numbers=["a"])


# --- one parcel


@pytest.mark.parametrize("data", [PARCEL, [PARCEL]])
def test_a_tracking_is_an_object_or_alone_in_an_array(
    server: Server, client: TrackingMoreClient, data: Any
) -> None:
    server.say(data)
    assert client.tracking(REF) == PARCEL
    assert server.heard[0][0] == "/v2/trackings/gati-kwe/AB%2F12%203"


@pytest.mark.parametrize(("data", "code"), [([], 4017), ([], 4031), (None, 4031), ([], 200)])
def test_a_tracking_that_is_not_there_is_named(
    server: Server, client: TrackingMoreClient, data: Any, code: int
) -> None:
    server.say(data, code=code)
    with pytest.raises(NotFoundError, match="gati-kwe/AB"):
        client.tracking(REF)


@pytest.mark.parametrize("data", [None, "x", [PARCEL, PARCEL], [None]])
def test_a_tracking_that_is_something_else_is_unreadable(
    server: Server, client: TrackingMoreClient, data: Any
) -> None:
    server.say(data)
    with pytest.raises(UnreadableAnswerError, match="GET /trackings/gati-kwe/AB"):
        client.tracking(REF)


def test_a_ref_without_a_carrier_is_not_asked(server: Server, client: TrackingMoreClient) -> None:
    with pytest.raises(ValueError, match="carrier_code"):
        client.tracking(TrackingRef("", "1"))
    assert server.heard == []


# --- the account


@pytest.mark.parametrize("delivered", [12, "12"])
def test_status_counts_are_numbers(
    server: Server, client: TrackingMoreClient, delivered: Any
) -> None:
    server.say({"pending": 0, "delivered": delivered})
    assert client.status_counts(created_at=(1, 2)) == {"pending": 0, "delivered": 12}
    assert server.heard[0][:2] == (
        "/v2/trackings/getstatusnumber",
        {"created_at_min": "1", "created_at_max": "2"},
    )


@pytest.mark.parametrize(("data", "code"), [([], 4031), ([], 200), ({}, 200)])
def test_no_trackings_have_no_counts(
    server: Server, client: TrackingMoreClient, data: Any, code: int
) -> None:
    server.say(data, code=code)
    assert client.status_counts() == {}
    assert server.heard[0][1] == {}


@pytest.mark.parametrize("data", [{"pending": "some"}, {"pending": None}, 7, None])
def test_a_count_that_is_none_is_unreadable(
    server: Server, client: TrackingMoreClient, data: Any
) -> None:
    server.say(data)
    with pytest.raises(UnreadableAnswerError):
        client.status_counts()


def test_the_account_is_one_object(server: Server, client: TrackingMoreClient) -> None:
    server.say({"email": "a@b.example", "track_number": 7}, [])
    assert client.account()["track_number"] == 7
    with pytest.raises(UnreadableAnswerError):
        client.account()


def test_carriers_come_in_a_language(server: Server, client: TrackingMoreClient) -> None:
    server.say([{"code": "dhl"}], [{"code": "dhl"}])
    assert client.carriers() == client.carriers("cn") == [{"code": "dhl"}]
    assert [lang for *_, lang in server.heard] == ["en", "cn"]


def test_no_carriers_are_an_empty_list(server: Server, client: TrackingMoreClient) -> None:
    server.say([], code=4031)
    assert client.carriers() == []


@pytest.mark.parametrize("data", [{"code": "dhl"}, ["dhl"], None])
def test_carriers_that_are_none_are_unreadable(
    server: Server, client: TrackingMoreClient, data: Any
) -> None:
    server.say(data)
    with pytest.raises(UnreadableAnswerError):
        client.carriers()


# --- what it knows besides


def test_the_client_knows_its_cost_and_the_servers_clock(
    server: Server, client: TrackingMoreClient
) -> None:
    assert client.server_now() is None
    server.say([], code=4001)
    with pytest.raises(AuthenticationError):
        client.account()
    assert client.usage.requests == 1
    assert client.clock_skew == timedelta(minutes=1)
    assert client.server_now() == datetime(2026, 6, 1, 12, tzinfo=UTC)
