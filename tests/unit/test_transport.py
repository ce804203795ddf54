"""The transport's promises, over real HTTP: a server on this machine says what it is told to."""

import gzip
import json
import logging
import pickle
import re
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from urllib3.response import HTTPResponse

from trackingmore_v2 import endpoints
from trackingmore_v2.endpoints import Endpoint
from trackingmore_v2.errors import (
    ApiError,
    AuthenticationError,
    InvalidRequestError,
    NoAnswerError,
    QuotaError,
    RateLimitedError,
    ServerError,
    TrackingMoreError,
    UnreadableAnswerError,
)
from trackingmore_v2.models import Answer
from trackingmore_v2.transport import Transport

KEY = "5ecre7-Key/0123456789abcdef"
LIST = endpoints.LIST_TRACKINGS
ONCE = Endpoint("register", "POST", "/trackings/post", may_repeat=False)
DATE = "Mon, 01 Jun 2026 12:00:00 GMT"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass
class Said:
    """One scripted answer; `cut` is how many bytes of the body are sent before hanging up."""

    body: bytes = b'{"meta":{"code":200,"type":"Success","message":"fine"},"data":[1]}'
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Date": DATE})
    content_type: str = "application/json"
    cut: int | None = None


def meta(code: Any, message: str = "as named", **more: Any) -> Said:
    body = {"meta": {"code": code, "type": "Bad Request", "message": message}, "data": []}
    return Said(json.dumps(body).encode(), **more)


HTML = Said(b"<html><body>Bad gateway</body></html>", 502, content_type="text/html")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Said] = [Said()]
        self.heard: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v2"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        script = self.server.script
        said = script.pop(0) if len(script) > 1 else script[0]  # the last one stays
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.heard.append((self.command, self.path, dict(self.headers), body))
        self.send_response_only(said.status)
        headers = {"Content-Length": str(len(said.body)), "Content-Type": said.content_type}
        for name, value in (headers | said.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.body[: said.cut])
        self.close_connection = said.cut is not None

    do_GET = do_POST = answer

    def log_message(self, *_: Any) -> None:
        pass


class Time:
    """A monotonic clock that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def open_transport(server: Server, time: Time) -> Iterator[Callable[..., Transport]]:
    opened: list[Transport] = []

    def open_it(**settings: Any) -> Transport:
        usual: dict[str, Any] = {
            "base_url": server.url,
            "api_key": KEY,
            "requests_per_second": 0,
            "clock": lambda: NOON - timedelta(seconds=7),
            "monotonic": time.monotonic,
            "sleep": time.sleep,
        }
        opened.append(Transport(**(usual | settings)))
        return opened[-1]

    yield open_it
    for transport in opened:
        transport.close()


@pytest.fixture
def transport(open_transport: Callable[..., Transport]) -> Transport:
    return open_transport()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# --- what is sent


def test_a_call_carries_the_key_the_path_and_the_parameters(
    server: Server, transport: Transport
) -> None:
    path = {"carrier_code": "gati-kwe", "tracking_number": "a/b c%d?é#"}
    transport.call(endpoints.TRACKING, path=path, params={"lang": "en,cn"}, headers={"X-A": "b"})
    method, url, headers, body = server.heard[0]
    assert (method, body) == ("GET", b"")
    assert url == "/v2/trackings/gati-kwe/a%2Fb%20c%25d%3F%C3%A9%23?lang=en%2Ccn"
    assert (headers["Trackingmore-Api-Key"], headers["X-A"]) == (KEY, "b")
    assert headers["Content-Type"] == "application/json"


def test_a_json_body_is_sent_also_when_it_is_empty(server: Server, transport: Transport) -> None:
    transport.call(ONCE, json=[])
    transport.call(ONCE, json={"title": "Ü"})
    assert [body for *_, body in server.heard] == [b"[]", '{"title":"Ü"}'.encode()]


@pytest.mark.parametrize("number", ["", ".", ".."])
def test_a_path_part_never_leads_to_another_endpoint(
    server: Server, transport: Transport, number: str
) -> None:
    with pytest.raises(ValueError, match="tracking_number"):
        transport.call(endpoints.TRACKING, path={"carrier_code": "dhl", "tracking_number": number})
    assert server.heard == []


def test_one_connection_serves_many_calls(
    server: Server, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="urllib3")
    for _ in range(3):
        transport.call(LIST)
    assert sum("Starting new HTTP connection" in said for said in caplog.messages) == 1


def test_a_redirect_is_not_followed_because_the_key_would_follow_too(
    server: Server, open_transport: Callable[..., Transport]
) -> None:
    server.script = [Said(b"moved", 301, {"Location": "/v2/elsewhere"})]
    with pytest.raises(UnreadableAnswerError, match="HTTP 301"):
        open_transport(attempts=1).call(LIST)
    assert len(server.heard) == 1


@pytest.mark.parametrize("url", ["", "api.trackingmore.com/v2", "ftp://host/v2", "https:///v2"])
def test_a_base_url_that_is_none_is_refused_at_once(
    open_transport: Callable[..., Transport], url: str
) -> None:
    with pytest.raises(ValueError, match="base URL"):
        open_transport(base_url=url)


# --- what comes back


def test_a_reply_holds_code_data_and_the_raw_answer(server: Server, transport: Transport) -> None:
    reply = transport.call(LIST, params={"page": "1"})
    assert (reply.code, reply.data) == (200, [1])
    assert reply.answer == Answer(LIST.name, {"page": "1"}, NOON, Said().body)


def test_an_answer_remembers_what_was_asked_but_not_the_key(transport: Transport) -> None:
    path = {"carrier_code": "dhl", "tracking_number": "1"}
    asked = transport.call(endpoints.TRACKING, path=path, params={"lang": "cn"}).answer.params
    assert asked == path | {"lang": "cn"}
    assert transport.call(ONCE, json={"a": "x", "n": 1}).answer.params == {"a": "x", "n": "1"}
    assert transport.call(ONCE, json=[{"a": 1}]).answer.params == {"json": '[{"a":1}]'}
    assert transport.call(endpoints.CARRIERS, headers={"Lang": "cn"}).answer.params == {
        "Lang": "cn"
    }


@pytest.mark.parametrize("code", [200, 201, "200", "0201"])
def test_200_and_201_are_success_as_numbers_and_as_digits(
    server: Server, transport: Transport, code: Any
) -> None:
    server.script = [meta(code)]
    assert transport.call(LIST).code == int(code)


@pytest.mark.parametrize("data", [[], {}, None])
def test_4031_is_an_empty_answer_not_an_error(
    server: Server, transport: Transport, data: Any
) -> None:
    server.script = [Said(json.dumps({"meta": {"code": 4031}, "data": data}).encode())]
    assert transport.call(LIST)[:2] == (4031, data)


def test_missing_data_are_none(server: Server, transport: Transport) -> None:
    server.script = [Said(b'{"meta":{"code":200}}')]
    assert transport.call(LIST).data is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [(202, InvalidRequestError), (4021, QuotaError), ("4001", AuthenticationError), (7, ApiError)],
)
def test_any_other_code_is_a_refusal_and_not_repeated(
    server: Server, transport: Transport, code: Any, kind: type[ApiError]
) -> None:
    server.script = [meta(code)]
    with pytest.raises(ApiError) as caught:
        transport.call(LIST)
    assert type(caught.value) is kind
    assert caught.value.code == int(code)
    assert len(server.heard) == 1


def test_a_refusal_is_one_clear_sentence(server: Server, transport: Transport) -> None:
    body = b'{"meta":{"code":4001,"type":"Unauthorized","message":"Invalid API key."},"data":[]}'
    server.script = [Said(body)]
    with pytest.raises(AuthenticationError) as caught:
        transport.call(LIST)
    sentence = "TrackingMore refused GET /trackings/get: 4001 Unauthorized, Invalid API key."
    assert str(caught.value) == sentence


def test_a_compressed_body_is_counted_as_it_is_read(server: Server, transport: Transport) -> None:
    body = gzip.compress(Said().body)
    server.script = [Said(body, headers={"Content-Encoding": "gzip"})]
    assert transport.call(LIST).answer.body == Said().body
    assert transport.usage.bytes_received == len(Said().body)


@pytest.mark.parametrize("status", [401, 403])
def test_a_closed_door_without_an_envelope_is_a_matter_of_the_key(
    server: Server, transport: Transport, status: int
) -> None:
    server.script = [Said(b"<html>no</html>", status, content_type="text/html")]
    with pytest.raises(AuthenticationError) as caught:
        transport.call(LIST)
    assert (caught.value.code, len(server.heard)) == (status, 1)


def test_an_envelope_decides_before_the_http_status(server: Server, transport: Transport) -> None:
    server.script = [meta(4021, status=403)]
    with pytest.raises(QuotaError):
        transport.call(LIST)


def test_what_is_no_envelope_is_asked_for_again(server: Server, transport: Transport) -> None:
    server.script = [Said(b""), Said(b"{}"), Said(b'{"meta":{"code":200},"data":[1,'), Said()]
    assert transport.call(LIST).data == [1]


def test_an_unreadable_answer_shows_status_type_and_beginning(
    server: Server, open_transport: Callable[..., Transport]
) -> None:
    server.script = [Said(b"<html>\n" + b"long " * 50, content_type="text/html; charset=x")]
    with pytest.raises(UnreadableAnswerError) as caught:
        open_transport(attempts=1).call(LIST)
    said = str(caught.value)
    assert "GET /trackings/get" in said
    assert "HTTP 200, text/html; charset=x" in said
    assert f"'<html> {'long ' * 14}lon'" in said


def test_success_inside_an_http_failure_is_not_believed(
    server: Server, open_transport: Callable[..., Transport]
) -> None:
    server.script = [Said(status=502), meta(4031, status=500)]
    with pytest.raises(UnreadableAnswerError, match="contradicts"):
        open_transport(attempts=2).call(LIST)


def test_a_missing_parcel_in_an_http_failure_is_the_servers_failure(
    server: Server, open_transport: Callable[..., Transport]
) -> None:
    server.script = [meta(4017, status=500)]
    with pytest.raises(ServerError):
        open_transport(attempts=2).call(LIST)
    assert len(server.heard) == 2


# --- trying again


@pytest.mark.parametrize("bad", [HTML, meta(500), meta(503), Said(b"<p>"), Said(cut=5)])
def test_what_passes_is_waited_out_with_growing_rests(
    server: Server, transport: Transport, time: Time, bad: Any
) -> None:
    server.script = [bad, bad, bad, bad, Said()]
    assert transport.call(LIST).data == [1]
    assert len(time.slept) == 4
    shares = [slept / longest for slept, longest in zip(time.slept, [0.5, 1, 2, 4], strict=True)]
    assert 0.5 <= min(shares) <= max(shares) <= 1
    assert len(set(shares)) == 4  # drawn anew for each
    assert (transport.usage.requests, transport.usage.retries) == (5, 4)
    assert transport.usage.waited_seconds == pytest.approx(sum(time.slept))


def test_rests_grow_to_thirty_seconds_and_attempts_end(
    server: Server, open_transport: Callable[..., Transport], time: Time
) -> None:
    server.script = [HTML]
    with pytest.raises(UnreadableAnswerError):
        open_transport(attempts=12).call(LIST)
    assert len(server.heard) == 12
    assert 15 <= max(time.slept) <= 30


@pytest.mark.parametrize("bad", [HTML, meta(503), meta(429), Said(cut=5), Said(b"<p>")])
def test_what_may_not_be_repeated_is_asked_once(
    server: Server, transport: Transport, bad: Any
) -> None:
    server.script = [bad]
    with pytest.raises(TrackingMoreError):
        transport.call(ONCE, json={})
    assert len(server.heard) == 1
    assert transport.usage.retries == 0


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "nowhere.invalid"])
def test_what_never_reached_the_server_may_always_be_repeated(
    open_transport: Callable[..., Transport], time: Time, host: str
) -> None:
    url = f"http://{host.format(port=free_port())}/v2"
    with pytest.raises(NoAnswerError) as caught, open_transport(base_url=url) as transport:
        transport.call(ONCE, json={})
    assert not caught.value.was_sent
    assert (transport.usage.requests, len(time.slept)) == (5, 4)


def test_a_connection_that_dies_is_no_proof_that_nothing_arrived(
    open_transport: Callable[..., Transport],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            caller, _ = listening.accept()
            caller.recv(65536)
            caller.close()

        threading.Thread(target=hang_up, daemon=True).start()
        transport = open_transport(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}/v2")
        with pytest.raises(NoAnswerError) as caught:
            transport.call(ONCE, json={})
    assert caught.value.was_sent
    assert transport.usage.requests == 1


def test_silence_ends_with_the_timeout(open_transport: Callable[..., Transport]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v2"
        with pytest.raises(NoAnswerError, match="GET /trackings/get"):
            open_transport(base_url=url, timeout=(1, 0.05), attempts=2).call(LIST)


@pytest.mark.parametrize(
    "said",
    [
        Said(cut=0),
        Said(cut=30),
        Said(b"5\r\n{'me\r\n", headers={"Transfer-Encoding": "chunked"}, cut=9),
        Said(gzip.compress(Said().body), headers={"Content-Encoding": "gzip"}, cut=30),
    ],
)
def test_a_cut_body_is_no_answer_and_is_not_landed(
    server: Server, open_transport: Callable[..., Transport], said: Said
) -> None:
    landed: list[Answer] = []
    if "Transfer-Encoding" in said.headers:
        said.headers["Content-Length"] = "9999"
    server.script = [said]
    with pytest.raises(NoAnswerError):
        open_transport(attempts=1, tap=landed.append).call(LIST)
    assert landed == []


def test_a_short_body_is_noticed_also_by_a_library_that_does_not(
    server: Server, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    init = HTTPResponse.__init__

    def lenient(self: HTTPResponse, *args: Any, **settings: Any) -> None:
        init(self, *args, **(settings | {"enforce_content_length": False}))

    monkeypatch.setattr(HTTPResponse, "__init__", lenient)
    server.script = [Said(cut=30)]
    with pytest.raises(NoAnswerError, match=f"cut after 30 of {len(Said().body)} bytes"):
        transport.call(LIST)


# --- 429


@pytest.mark.parametrize("refusal", [meta(429), Said(b"slow down", 429), meta(429, status=429)])
def test_a_429_in_either_form_pauses_for_two_minutes(
    server: Server, transport: Transport, time: Time, refusal: Said
) -> None:
    server.script = [refusal, Said()]
    assert transport.call(LIST).data == [1]
    assert time.slept == [120]
    assert transport.usage.waited_seconds == 120


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("Mon, 01 Jun 2026 12:00:42 GMT", 42),
        ("Mon, 01 Jun 2026 11:00:00 GMT", 0),
        ("soon", 120),
        ("-5", 120),
        ("9" * 30, 3600),
    ],
)
def test_retry_after_wins_measured_by_the_servers_clock(
    server: Server, transport: Transport, time: Time, retry_after: str, seconds: float
) -> None:
    server.script = [meta(429, headers={"Date": DATE, "Retry-After": retry_after}), Said()]
    transport.call(LIST)
    assert sum(time.slept) == seconds


def test_a_429_that_stays_is_given_up(server: Server, transport: Transport, time: Time) -> None:
    server.script = [meta(429)]
    with pytest.raises(RateLimitedError) as caught:
        transport.call(LIST)
    assert caught.value.retryable
    assert len(server.heard) == 5
    assert time.slept == [120] * 4


def test_the_pause_outlives_the_call_that_caused_it(
    server: Server, transport: Transport, time: Time
) -> None:
    server.script = [meta(429), Said()]
    with pytest.raises(RateLimitedError):
        transport.call(ONCE, json={})
    transport.call(LIST)
    assert time.slept == [120]


def test_requests_keep_their_distance(
    server: Server, open_transport: Callable[..., Transport], time: Time
) -> None:
    transport = open_transport(requests_per_second=1)
    for _ in range(3):
        transport.call(LIST)
    assert time.slept == [1, 1]


# --- time


def test_fetched_at_is_the_servers_time_and_strictly_increases(
    server: Server, transport: Transport
) -> None:
    earlier = Said(headers={"Date": "Mon, 01 Jun 2026 11:59:58 GMT"})
    later = Said(headers={"Date": "Mon, 01 Jun 2026 12:00:01 GMT"})
    server.script = [Said(), Said(), earlier, later]
    stamps = [transport.call(LIST).answer.fetched_at - NOON for _ in range(4)]
    assert stamps == [
        timedelta(),
        timedelta(microseconds=1),
        timedelta(microseconds=2),
        timedelta(seconds=1),
    ]


@pytest.mark.parametrize("date", [{}, {"Date": "yesterday"}, {"Date": ""}])
def test_without_a_date_the_local_clock_serves(
    server: Server, transport: Transport, date: dict[str, str]
) -> None:
    server.script = [Said(headers=date)]
    assert transport.call(LIST).answer.fetched_at == NOON - timedelta(seconds=7)
    assert transport.clock_skew is None
    assert transport.server_now() is None


def test_an_answer_without_a_date_is_stamped_by_what_is_known_of_the_servers_clock(
    server: Server, transport: Transport
) -> None:
    server.script = [Said(headers={"Date": "Mon, 01 Jun 2026 11:00:00 GMT"}), Said(headers={})]
    first, second = (transport.call(LIST).answer.fetched_at for _ in range(2))
    assert second - first == timedelta(microseconds=1)


def test_the_servers_clock_is_known_after_any_answer_even_a_refusal(
    server: Server, transport: Transport
) -> None:
    server.script = [meta(4001)]
    with pytest.raises(AuthenticationError):
        transport.call(LIST)
    assert transport.clock_skew == timedelta(seconds=7)
    assert transport.server_now() == NOON


# --- landing


def test_the_tap_sees_an_answer_before_anybody_reads_it(
    server: Server, open_transport: Callable[..., Transport]
) -> None:
    landed: list[Answer] = []
    bodies = [b'{"meta":', b"\xef\xbb\xbf {}", meta(4001).body, b"<html>", b"", Said().body]
    server.script = [Said(body) for body in bodies]
    transport = open_transport(tap=landed.append, attempts=1)
    for _ in bodies[:-1]:
        with pytest.raises(TrackingMoreError):
            transport.call(LIST, params={"page": "3"})
    transport.call(LIST)
    assert [answer.body for answer in landed] == [body for body in bodies if b"{" in body]
    assert landed[0] == Answer(LIST.name, {"page": "3"}, NOON, b'{"meta":')


def test_only_http_200_is_landed(server: Server, open_transport: Callable[..., Transport]) -> None:
    landed: list[Answer] = []
    server.script = [meta(200, status=201), meta(429, status=429), Said()]
    transport = open_transport(tap=landed.append)
    transport.call(LIST)
    transport.call(LIST)
    assert [answer.body for answer in landed] == [Said().body]


def test_a_tap_that_fails_is_not_taken_for_a_failing_server(
    server: Server, open_transport: Callable[..., Transport]
) -> None:
    def full(_: Answer) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        open_transport(tap=full).call(LIST)
    assert len(server.heard) == 1


# --- the key

ECHO = f'{{"meta":{{"code":4001,"type":"{KEY}","message":"Key {KEY.upper()}, {KEY} is wrong"}}}}'
ECHO_ESCAPED = ECHO.replace("/", r"\/")


@pytest.mark.parametrize(
    "said",
    [
        Said(ECHO.encode()),
        Said(ECHO_ESCAPED.encode()),
        Said(f"<html>{KEY} {KEY.replace('/', '%2F')}".encode(), 502, content_type=KEY),
        Said(b"x" * 70 + KEY.encode(), 500),
        Said(b" " * 985 + KEY.encode(), 500),
        Said(KEY.encode(), 403),
        Said(KEY.encode(), 429, {"Retry-After": KEY, "Date": KEY}),
        Said(ECHO.encode(), 429),
        Said(ECHO.encode(), cut=80),
        Said(b"", headers={"Content-Length": KEY}, cut=0),
        Said(b"", headers={"Location": f"http://127.0.0.1/{KEY}"}, status=302),
        Said(b"not gzip " + KEY.encode(), headers={"Content-Encoding": "gzip"}),
    ],
)
def test_the_key_is_never_shown_also_when_the_server_echoes_it(
    server: Server,
    open_transport: Callable[..., Transport],
    caplog: pytest.LogCaptureFixture,
    said: Said,
) -> None:
    caplog.set_level(logging.DEBUG)
    landed: list[Answer] = []
    server.script = [said]
    transport = open_transport(attempts=2, tap=landed.append)
    with pytest.raises(TrackingMoreError) as caught:
        transport.call(LIST, params={"page": "1"})
    error = caught.value
    shown = [str(error), repr(error), repr(vars(error)), repr(transport), repr(transport.usage)]
    shown += ["".join(traceback.format_exception(error)), caplog.text]
    shown += [repr(pickle.loads(pickle.dumps(error)))]
    cause: BaseException = error
    while cause.__context__:
        cause = cause.__context__
        shown += [repr(cause), repr(vars(cause)), repr(cause.args)]
    text = re.sub(r"\\+/|%2f", "/", "\n".join(shown), flags=re.IGNORECASE)
    assert KEY.lower() not in text.lower()
    assert KEY[:8].lower() not in text.lower()
    assert not any(KEY.encode() in answer.body for answer in landed)


@pytest.mark.parametrize("line", [f"{KEY} is no status line", f"HTTP/1.1 {KEY}"])
def test_a_key_echoed_instead_of_http_is_not_shown_either(
    open_transport: Callable[..., Transport], line: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def echo() -> None:
            caller, _ = listening.accept()
            caller.recv(65536)
            caller.sendall(f"{line}\r\n\r\n".encode())
            caller.close()

        threading.Thread(target=echo, daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v2"
        with pytest.raises(NoAnswerError, match=r"\*\*\*") as caught:
            open_transport(base_url=url, attempts=1).call(LIST)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_no_error_drags_the_request_and_its_headers_along(
    open_transport: Callable[..., Transport],
) -> None:
    url = f"http://127.0.0.1:{free_port()}/v2"
    with pytest.raises(NoAnswerError) as caught:
        open_transport(base_url=url, attempts=1).call(LIST)
    assert caught.value.__context__ is None
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert not any("requests" in frame.filename for frame in frames)


@pytest.mark.parametrize("bad", ["", "two words", KEY + "\n", "ключ-ключ"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(
    open_transport: Callable[..., Transport], bad: Any
) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        open_transport(api_key=bad)
    assert not bad or bad not in str(caught.value)


def test_a_short_key_is_withheld_from_errors_but_harms_no_body(
    server: Server, open_transport: Callable[..., Transport]
) -> None:
    server.script = [Said(b'{"meta":{"code":4001,"message":"no key demo"},"data":[]}')]
    landed: list[Answer] = []
    with pytest.raises(AuthenticationError, match=r"no key \*\*\*"):
        open_transport(api_key="demo", tap=landed.append).call(LIST)
    assert b"demo" in landed[0].body


# --- sharing


def test_threads_share_a_transport_without_losing_count_or_order(
    server: Server, transport: Transport
) -> None:
    stamps: list[datetime] = []

    def ask() -> None:
        for _ in range(10):
            stamps.append(transport.call(LIST).answer.fetched_at)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert transport.usage.requests == 40
    assert transport.usage.bytes_received == 40 * len(Said().body)
    assert len(set(stamps)) == 40
