"""Carrying one call to TrackingMore and one answer back, politely and without showing the key."""

import random
import re
import socket
import threading
import time
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from itertools import count
from typing import Any, NamedTuple, Self
from urllib.parse import quote, urlsplit

import orjson
import requests

from trackingmore_v2.budget import Budget, Usage, backoff, http_date, pause_after_429
from trackingmore_v2.endpoints import LIST_TRACKINGS, Endpoint
from trackingmore_v2.envelope import parse, read_envelope
from trackingmore_v2.errors import NoAnswerError, RateLimitedError, TrackingMoreError
from trackingmore_v2.listing import parse_listing
from trackingmore_v2.models import Answer

KEY_HEADER = "Trackingmore-Api-Key"
WITHHELD = "***"
PIECE = 1 << 20  # bytes
SHORTEST_KEY = 8  # a shorter one may be an ordinary word, and stays where it is in a body


class Reply(NamedTuple):
    """A successful answer: its meta code (4031 where there is nothing), its data."""

    code: int
    data: Any
    answer: Answer


class Transport:
    """One session, one key, one budget; threads may share it.

    *timeout* is (to connect, between two bytes) in seconds. *tap* gets every answer that looks
    like JSON before anybody reads it, but for calls that are not *tapped*: probes, whose answer is
    nobody's data; where it returns an answer, that is what errors show. *withhold* takes from what
    they show of any other answer whatever nobody should see. *attempts* includes the first.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        requests_per_second: float = 1.0,
        timeout: tuple[float, float] = (10, 60),
        tap: Callable[[Answer], Answer | None] | None = None,
        withhold: Callable[[str], str] = str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        attempts: int = 5,
    ) -> None:
        if urlsplit(base_url).scheme not in {"http", "https"} or not urlsplit(base_url).hostname:
            raise ValueError(f"The base URL must be a whole http(s) address, not {base_url!r}.")
        if not re.fullmatch("[!-~]+", api_key):
            raise ValueError("The API key is empty or holds characters that no header can carry.")
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._tap = tap
        self._withhold = withhold
        self._clock = clock
        self._chance = chance
        self._attempts = attempts
        self._budget = Budget(requests_per_second, monotonic=monotonic, sleep=sleep)
        self._lock = threading.Lock()
        self._last_fetched_at = datetime.min.replace(tzinfo=UTC)
        self._key = api_key
        self._session = requests.Session()
        self._session.headers.update(
            {KEY_HEADER: api_key, "Content-Type": "application/json", "Accept": "application/json"}
        )
        self.usage = Usage(self._budget)
        self.clock_skew: timedelta | None = None  # the server's clock less ours, latest answer

    def __repr__(self) -> str:
        return f"Transport({self._base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    def server_now(self) -> datetime | None:
        """Return the server's time, or None while no answer has told it."""
        return None if self.clock_skew is None else self._clock() + self.clock_skew

    def call(
        self,
        endpoint: Endpoint,
        *,
        path: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        tapped: bool = True,
    ) -> Reply:
        """Ask *endpoint*, with *path* filling the places in its path; return what it says.

        What may be repeated is asked again while the error is retryable; what may not, only when
        it surely never reached the server. After a 429 every rate pauses for 120 s, or for as
        long as `Retry-After` says.

        Raises:
            ApiError: TrackingMore refused the call.
            NoAnswerError, UnreadableAnswerError: so did the last attempt end.
        """
        route = _route(endpoint, path or {})
        send = partial(
            self._session.request,
            endpoint.method,
            self._base_url + route,
            params=params,
            data=None if json is None else orjson.dumps(json),
            headers=headers,
            timeout=self._timeout,
            allow_redirects=False,  # the key would travel to wherever they point
            stream=True,  # the body is read in larger pieces than requests would
        )
        asked = {**(path or {}), **(headers or {}), **(params or {}), **_flat(json)}
        attempt = partial(
            self._attempt,
            send,
            name=endpoint.name,
            asked=asked,
            call=f"{endpoint.method} {route}",
            tap=self._tap if tapped else None,
        )
        for tried in count(1):
            self._budget.wait(endpoint.rate)
            try:
                return attempt()
            except TrackingMoreError as error:
                unsent = isinstance(error, NoAnswerError) and not error.was_sent
                again = error.retryable and (endpoint.may_repeat or unsent)
                if not again or tried >= self._attempts:
                    raise
                if not isinstance(error, RateLimitedError):  # whose pause the budget keeps
                    self._budget.rest(backoff(tried, self._chance()))
            with self._lock:
                self.usage.retries += 1
        raise AssertionError

    def _attempt(
        self,
        send: Callable[[], requests.Response],
        *,
        name: str,
        asked: dict[str, str],
        call: str,
        tap: Callable[[Answer], Answer | None] | None,
    ) -> Reply:
        """Ask once: land what comes, then read it."""
        response, body = self._fetch(send, call)
        status, headers = response.status_code, response.headers
        sent_at = http_date(headers.get("Date"))
        fetched_at = self._stamp(sent_at)
        if len(self._key) >= SHORTEST_KEY:
            body = body.replace(self._key.encode(), WITHHELD.encode())
        answer = Answer(name, asked, fetched_at, body)
        like_json = body.removeprefix(BOM_UTF8).lstrip().startswith(b"{")
        if tap is not None and status == HTTPStatus.OK and like_json:
            answer = tap(answer) or answer
        content_type = headers.get("Content-Type", "")
        try:
            code, data = read_envelope(
                body,
                call,
                status=status,
                content_type=content_type,
                redact=self._redact,
                parser=parse_listing if name == LIST_TRACKINGS.name else parse,
            )
        except RateLimitedError:
            asked_for = headers.get("Retry-After")
            self._budget.pause(pause_after_429(asked_for, now=sent_at or fetched_at))
            raise
        return Reply(code, data, answer)

    def _fetch(
        self, send: Callable[[], requests.Response], call: str
    ) -> tuple[requests.Response, bytes]:
        """Return a whole answer and its body, whatever they say."""
        with self._lock:
            self.usage.requests += 1
        try:
            with send() as response:
                body = b"".join(response.iter_content(PIECE))
        except requests.RequestException as error:
            reason, was_sent = _cause(error)
        else:
            with self._lock:
                self.usage.bytes_received += len(body)
            reason, was_sent = _cut(response), True
            if not reason:
                return response, body
        # Not inside `except`: what requests raises holds the headers, and it would come along.
        raise NoAnswerError(call, self._redact(reason), was_sent=was_sent)

    def _stamp(self, sent_at: datetime | None) -> datetime:
        """Return when an answer was given, later than any before it; learn the server's clock."""
        local = self._clock()
        with self._lock:
            if sent_at is not None:
                self.clock_skew = sent_at - local
            now = local + (self.clock_skew or timedelta())
            self._last_fetched_at = max(now, self._last_fetched_at + timedelta(microseconds=1))
            return self._last_fetched_at

    def _redact(self, words: str) -> str:
        """Return *words* without the key, in any spelling a server might echo it, nor persons."""
        spellings = {self._key, quote(self._key, safe=""), self._key.replace("/", r"\/")}
        told = re.sub("|".join(map(re.escape, spellings)), WITHHELD, words, flags=re.IGNORECASE)
        return self._withhold(told)


def _route(endpoint: Endpoint, path: Mapping[str, str]) -> str:
    """Return the endpoint's path with its places filled, each as exactly one segment."""
    for name, value in path.items():
        if not value.strip("."):  # "", "." and ".." would lead to another endpoint
            raise ValueError(f"The {name} of a {endpoint.name} cannot be {value!r}.")
    return endpoint.path.format_map({name: quote(value, safe="") for name, value in path.items()})


def _flat(body: Any) -> dict[str, str]:
    """Return a JSON body as parameters: an object's fields, anything else whole."""
    fields = body if isinstance(body, dict) else {} if body is None else {"json": body}
    return {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in fields.items()
    }


def _cut(response: requests.Response) -> str:
    """Say how much of a body is missing; empty where nothing is."""
    announced = response.headers.get("Content-Length", "")
    chunked = "Transfer-Encoding" in response.headers  # then the length means nothing
    got = response.raw.tell()
    if chunked or not announced.isdigit() or got >= int(announced):
        return ""
    return f"the body was cut after {got} of {announced} bytes"


def _cause(error: requests.RequestException) -> tuple[str, bool]:
    """Return what really happened, and whether the server may have got the request."""
    inner = error.args[0] if error.args else error
    inner = getattr(inner, "reason", inner)  # urllib3 wraps what a connection died of
    root = getattr(inner, "__cause__", None) or inner
    refused = isinstance(root, ConnectionRefusedError | socket.gaierror)
    unsent = refused or isinstance(error, requests.ConnectTimeout)
    return f"{type(error).__name__}, {root}", not unsent
