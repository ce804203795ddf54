"""What an answer turns out to be, and what every error of the tree promises."""

import copy
import gc
import math
import pickle
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson
import pytest

from trackingmore_v2 import errors
from trackingmore_v2.envelope import read_envelope
from trackingmore_v2.errors import (
    AlreadyExistsError,
    ApiError,
    AuthenticationError,
    InvalidRequestError,
    NoAnswerError,
    NotFoundError,
    QuotaError,
    RateLimitedError,
    ServerError,
    TrackingMoreError,
    UnreadableAnswerError,
    WindowError,
    refusal,
)
from trackingmore_v2.models import Cursor, Window

WINDOW = Window(Cursor.UPDATE_TIME, 100, 160)


def tree(root: type[TrackingMoreError] = TrackingMoreError) -> Iterator[type[TrackingMoreError]]:
    yield root
    for kind in root.__subclasses__():
        yield from tree(kind)


def example(kind: type[TrackingMoreError]) -> TrackingMoreError:
    if issubclass(kind, ApiError):
        code = min(kind.codes, default=9999)
        return kind(code, "Bad Request", message="As named.", call="GET /x")
    if kind is NoAnswerError:
        return NoAnswerError("GET /x", "refused", was_sent=False)
    if kind is UnreadableAnswerError:
        return UnreadableAnswerError("GET /x", "no JSON", text="<html>", status=502)
    if kind is WindowError:
        return WindowError(WINDOW, "12 of 13 came")
    return kind("something")


EXAMPLES = [example(kind) for kind in tree()]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_error_survives_pickling_and_copying(error: TrackingMoreError) -> None:
    error.add_note("seen in a worker")
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert (str(twin), vars(twin)) == (str(error), vars(error))
        assert twin.retryable is error.retryable


def test_the_docstring_draws_the_whole_tree_and_who_may_be_retried() -> None:
    lines = (errors.__doc__ or "").splitlines()
    for kind in tree():
        line = next(line for line in lines if kind.__name__ in line.split())
        assert line.endswith("retryable") == kind.retryable


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (AuthenticationError, [401, 403, 4001, 4002]),
        (InvalidRequestError, [202, 4012, 4013, 4014, 4015, 4020, 4032, 4033, 404, 405, 409]),
        (AlreadyExistsError, [4016]),
        (NotFoundError, [4017]),
        (QuotaError, [402, 4018, 4019, 4021]),
        (RateLimitedError, [429]),
        (ServerError, [500, 503]),
        (ApiError, [0, 204, 4501, 9999]),
    ],
)
def test_each_meta_code_has_its_class(kind: type[ApiError], codes: list[int]) -> None:
    for code in codes:
        error = refusal(code, "type", message="message", call="GET /x")
        assert type(error) is kind
        assert (error.code, error.type, error.message, error.call) == (
            code,
            "type",
            "message",
            "GET /x",
        )


def test_no_code_belongs_to_two_classes() -> None:
    codes = [code for kind in ApiError.__subclasses__() for code in kind.codes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            refusal(4016, "Bad Request", message="Tracking already exists.", call="POST /x"),
            "TrackingMore refused POST /x: 4016 Bad Request, Tracking already exists.",
        ),
        (refusal(77, "", message="", call="GET /x"), "TrackingMore refused GET /x: 77."),
        (
            refusal(77, "", message=" two\n lines. ", call="GET /x"),
            "TrackingMore refused GET /x: 77 two lines.",
        ),
        (
            NoAnswerError("GET /x", "ConnectionError, refused"),
            "TrackingMore gave no answer to GET /x: ConnectionError, refused.",
        ),
        (
            UnreadableAnswerError("GET /x", "no JSON", text=" \n", content_type=""),
            "TrackingMore's answer to GET /x cannot be read (no JSON): "
            "HTTP 200, no content type, it is empty.",
        ),
        (
            WindowError(WINDOW, "12 of 13 trackings came."),
            "The window update_time 100..160 cannot be read completely: 12 of 13 trackings came.",
        ),
    ],
)
def test_a_message_is_one_sentence(error: TrackingMoreError, sentence: str) -> None:
    assert str(error) == sentence


def test_a_server_that_talks_too_much_is_cut_short() -> None:
    assert len(str(refusal(500, "x", message="very " * 1000, call="GET /x"))) < 400
    unreadable = UnreadableAnswerError("GET /x", "no JSON", text="y" * 1000)
    assert f"begins '{'y' * 80}'." in str(unreadable)


# --- reading an answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"meta":[]}',
        b'{"meta":{}}',
        b'{"meta":{"code":true}}',
        b'{"meta":{"code":"ok"}}',
        b'{"meta":{"code":200.5}}',
        b'{"meta":{"code":-1}}',
        b'{"meta":{"code":"\xc2\xb2"}}',
        b'{"meta":{"code":200},"data":[1,',
        b'{"meta":{"code":200},"data":' + b"[" * 100_000,
        b'{"meta":{"code":200},"data":' + b"1" * 5000 + b"}",
    ],
)
def test_what_is_no_envelope_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableAnswerError):
        read_envelope(body, "GET /x")


def data_of(json_text: bytes) -> Any:
    return read_envelope(b'{"meta":{"code":200},"data":' + json_text + b"}", "GET /x")[1]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (rb'"\ud800"', "\ufffd"),
        (rb'"a\udfffb\ud83d\ude00"', "a\ufffdb\U0001f600"),
        (rb'{"\ud800k":["\udc00\ud800"]}', {"\ufffdk": ["\ufffd\ufffd"]}),
        (rb'"\\ud800 stays \ud800"', "\\ud800 stays \ufffd"),
        (b'"caf\xe9"', "caf\ufffd"),
        (b'"\xed\xa0\x80"', "\ufffd\ufffd\ufffd"),
        (b"[NaN,Infinity,-Infinity,1e999,1]", [None, None, None, None, 1]),
        (b"9223372036854775807", 2**63 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"[1, 9223372036854775808]", [1, "9223372036854775808"]),
        (b'{"n":\n94001118995600000000001}', {"n": "94001118995600000000001"}),
        (b"-123456789012345678901234567890", "-123456789012345678901234567890"),
        (b'"94001118995600000000001"', "94001118995600000000001"),
        (b'"1, 94001118995600000000001"', "1, 94001118995600000000001"),
    ],
)
def test_strange_text_is_readable_and_can_be_written_down_again(text: bytes, data: Any) -> None:
    read = data_of(text)
    assert read == data
    assert orjson.loads(orjson.dumps(read)) == data


def test_ordinary_numbers_stay_what_they_are() -> None:
    read = data_of(b"[1,-2,3.5,0.1234567890123456789,1e3,true,null]")
    assert read == [1, -2, 3.5, 0.12345678901234568, 1000.0, True, None]
    assert not any(isinstance(each, float) and math.isnan(each) for each in read)


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert read_envelope(b'\xef\xbb\xbf{"meta":{"code":200},"data":1}', "GET /x") == (200, 1)


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize(
    "body", [b'{"meta":{"code":200}}', b'{"meta":', rb'{"meta":{"code":200},"d":"\ud800"}']
)
def test_the_garbage_collector_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch, enabled: bool, body: bytes
) -> None:
    while_parsing: list[bool] = []
    loads = orjson.loads

    def watched(text: bytes) -> Any:
        while_parsing.append(gc.isenabled())
        return loads(text)

    monkeypatch.setattr("trackingmore_v2.envelope.orjson.loads", watched)
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with suppress(UnreadableAnswerError):
            read_envelope(body, "GET /x")
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was else gc.disable)()
    assert while_parsing == [False]
