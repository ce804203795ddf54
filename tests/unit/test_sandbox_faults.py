"""Each scripted fault of the sandbox, seen through a real connection."""

from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import pytest
import requests

from trackingmore_v2 import endpoints
from trackingmore_v2.sandbox import Fault, Sandbox

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
KEY = {"Trackingmore-Api-Key": "sandbox-key"}
LIST = "/trackings/get"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    sandbox = Sandbox(60, now=NOW)
    with sandbox.serving() as url:
        yield sandbox, url


def get(url: str, path: str = LIST, **params: Any) -> requests.Response:
    return requests.get(url + path, params=params, headers=KEY, timeout=60)


def fine(answer: requests.Response) -> bool:
    return answer.status_code == 200 and bool(answer.json()["meta"]["code"] == 200)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("http_429", 429, 429), ("meta_429", 200, 429), ("http_500", 500, 500)],
)
def test_a_refusal_comes_once_and_is_over(
    served: tuple[Sandbox, str], kind: Any, status: int, code: int
) -> None:
    sandbox, url = served
    sandbox.script(Fault(kind, retry_after=3))
    answer = get(url)
    assert answer.status_code == status
    assert answer.json()["meta"]["code"] == code
    assert answer.headers["Retry-After"] == "3"
    assert answer.headers["Date"] == "Mon, 06 May 2024 12:00:00 GMT"
    assert fine(get(url))


@pytest.mark.parametrize(("kind", "status"), [("http_503", 503), ("html_200", 200)])
def test_a_gateway_answers_with_a_web_page(
    served: tuple[Sandbox, str], kind: Any, status: int
) -> None:
    sandbox, url = served
    sandbox.script(Fault(kind))
    answer = get(url)
    assert answer.status_code == status
    assert answer.text.startswith("<html>")
    assert fine(get(url))


@pytest.mark.parametrize("kind", ["cut_body", "reset"])
def test_a_line_breaks(served: tuple[Sandbox, str], kind: Any) -> None:
    sandbox, url = served
    sandbox.script(Fault(kind))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get(url)
    assert fine(get(url))


def test_a_cut_body_arrives_in_part(served: tuple[Sandbox, str]) -> None:
    sandbox, url = served
    whole = get(url).content
    sandbox.script(Fault("cut_body"))
    with requests.get(url + LIST, headers=KEY, stream=True, timeout=60) as answer:
        assert int(answer.headers["Content-Length"]) == len(whole)
        part = answer.raw.read(len(whole) // 2)
        assert whole.startswith(part)


def test_a_slow_answer_comes_late(served: tuple[Sandbox, str]) -> None:
    sandbox, url = served
    sandbox.script(Fault("slow", seconds=0.3))
    started = monotonic()
    assert fine(get(url))
    assert monotonic() - started >= 0.3


def test_a_change_happens_between_two_pages() -> None:
    sandbox = Sandbox(60, now=NOW, lively=False)
    first = sandbox.items()[0]["id"]
    sandbox.script(Fault("change", after=1, change=lambda box: box.delete(first)))
    with sandbox.serving() as url:
        pages = [get(url, limit=20, page=page).json()["data"] for page in (1, 2, 3)]
    assert [page["total"] for page in pages] == ["60", "59", "59"]
    seen = [item["id"] for page in pages for item in page["items"]]
    assert len(seen) == len(set(seen)) == 59
    assert first not in {item["id"] for item in sandbox.items()}


def test_a_fault_waits_for_its_endpoint_and_its_turn(served: tuple[Sandbox, str]) -> None:
    sandbox, url = served
    sandbox.script(
        Fault("http_500", endpoint="carriers"),
        Fault("http_500", endpoint=endpoints.LIST_TRACKINGS, after=2, times=2),
    )
    assert [get(url).status_code for _ in range(6)] == [200, 200, 500, 500, 200, 200]
    assert [get(url, "/carriers").status_code for _ in range(2)] == [500, 200]


def test_faults_come_in_the_order_of_the_script(served: tuple[Sandbox, str]) -> None:
    sandbox, url = served
    sandbox.script(Fault("http_500"), Fault("http_429"), Fault("http_503"))
    assert [get(url).status_code for _ in range(4)] == [500, 429, 503, 200]


def test_a_change_and_a_spoilt_answer_may_meet(served: tuple[Sandbox, str]) -> None:
    sandbox, url = served
    called: list[Sandbox] = []
    sandbox.script(Fault("change", change=called.append, times=2), Fault("http_500"))
    assert [get(url).status_code for _ in range(3)] == [500, 200, 200]
    assert called == [sandbox, sandbox]


def test_the_server_stops_when_its_block_is_left() -> None:
    with Sandbox(3, now=NOW).serving() as url:
        assert fine(get(url))
    with pytest.raises(requests.ConnectionError):
        get(url)


def test_many_clients_are_served_while_the_account_changes() -> None:
    sandbox = Sandbox(80, now=NOW, lively=False)
    ids = [item["id"] for item in sandbox.items()]
    with sandbox.serving() as url, requests.Session() as session:
        for turn in range(40):
            sandbox.touch(ids[turn])
            answer = session.get(url + LIST, params={"limit": 100}, headers=KEY, timeout=60)
            assert answer.json()["data"]["count"] == 80
