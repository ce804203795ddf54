"""Every documented meta code can be provoked, and nothing that a client sends breaks the server."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from trackingmore_v2.endpoints import ENDPOINTS, Endpoint
from trackingmore_v2.sandbox import Fault, Sandbox, Switches
from trackingmore_v2.sandbox.envelope import META

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
KEY = {"Trackingmore-Api-Key": "sandbox-key"}
NAME = {"tracking_number": "RT204060801CN", "carrier_code": "china-post"}
Ask = Callable[..., Any]


def post(path: str, body: Any, **headers: str) -> Ask:
    return lambda client: client.post(f"/v2/trackings/{path}", json=body, headers=headers)


def get(path: str, **params: str) -> Ask:
    return lambda client: client.get(f"/v2/{path}", params=params)


def twice(ask: Ask) -> Ask:
    return lambda client: (ask(client), ask(client))[1]


# how to get a code: a request to an account without parcels, with these of its options
PROVOKED: dict[int, tuple[Ask, dict[str, Any]]] = {
    200: (post("post", NAME), {}),
    201: (post("batch", [NAME]), {}),
    202: (post("batch", [NAME] * 41), {}),
    401: (get("carriers"), {"switches": Switches(missing_key=401), "api_key": None}),
    404: (get("parcels"), {}),
    405: (lambda client: client.delete("/v2/trackings/post"), {}),
    429: (twice(get("carriers")), {"switches": Switches(rate_limited=True)}),
    4001: (get("carriers"), {"api_key": "another"}),
    4012: (post("post", {"tracking_number": "RT204060801CN"}), {}),
    4013: (post("post", {"carrier_code": "usps"}), {}),
    4014: (post("post", NAME | {"tracking_number": "?"}), {}),
    4015: (post("post", NAME | {"carrier_code": "pony-express"}), {}),
    4016: (twice(post("post", NAME)), {}),
    4017: (get("trackings/usps/94001"), {}),
    4020: (post("delete", [NAME] * 201), {}),
    4021: (post("post", NAME), {"credits": 0}),
    4031: (get("trackings/get"), {}),
    4032: (get("carriers/detect", tracking_number="Q-Q-Q-Q"), {}),
    4033: (get("trackings/get", status="lost"), {}),
}
SCRIPTED = (402, 403, 409, 500, 503, 4002, 4018, 4019)  # no request is at fault


@pytest.mark.parametrize("code", PROVOKED)
def test_a_request_can_provoke(code: int) -> None:
    ask, options = PROVOKED[code]
    key = options.get("api_key", "sandbox-key")
    account = {name: value for name, value in options.items() if name != "api_key"}
    client = TestClient(
        Sandbox(0, now=NOW, **account).app, headers={"Tracking-Api-Key": key} if key else {}
    )
    answer = ask(client)
    kind, message = META[code]
    assert answer.status_code == 200
    assert answer.json()["meta"] == {"code": code, "type": kind, "message": message}
    if code not in (200, 201):
        assert answer.json()["data"] == []


@pytest.mark.parametrize("code", SCRIPTED)
def test_a_script_can_provoke(code: int) -> None:
    sandbox = Sandbox(0, now=NOW)
    sandbox.script(Fault("refusal", "register", code=code))
    client = TestClient(sandbox.app, headers=KEY)
    refused = post("post", NAME)(client)
    assert refused.status_code == 200
    assert refused.json()["meta"]["code"] == code
    assert sandbox.items() == []
    assert post("post", NAME)(client).json()["meta"]["code"] == 200


def test_every_code_is_provoked_somehow() -> None:
    assert {*PROVOKED, *SCRIPTED} == set(META)


@pytest.mark.parametrize(
    ("kind", "added"), [("meta_429", 0), ("http_429", 0), ("http_500", 1), ("html_200", 1)]
)
def test_a_refused_request_did_nothing_and_a_lost_answer_did(kind: Any, added: int) -> None:
    sandbox = Sandbox(0, now=NOW)
    sandbox.script(Fault(kind))
    post("post", NAME)(TestClient(sandbox.app, headers=KEY))
    assert len(sandbox.items()) == added


JUNK = [
    b"null",
    b"[]",
    b"[[]]",
    b"[null]",
    b"7",
    b'"x"',
    b"{}",
    b'{"tracking_number":{},"carrier_code":[]}',
    b'[{"tracking_number":true,"carrier_code":1e999}]',
    b'{"track_number":[{}],"items":{"a":1},"page":[],"status":{},"numbers":{},"orders":[[]]}',
    b'[{"carrier_code":"dhl","original":[],"destination":null,"country":5,"postcode":{}}]',
    b'[{"tracking_number":"RT204060801CN","carrier_code":"china-post","title":"\\ud800"}]',
    b'{"orders":"' + b"9" * 5000 + b'"}',
    b"[" * 100_000,
    b"\xff\xfe",
]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_junk_is_answered_too(endpoint: Endpoint) -> None:
    sandbox = Sandbox(3, now=NOW)
    client = TestClient(sandbox.app, headers=KEY)
    path = endpoint.path.format(**NAME)
    for body in JUNK:
        answer = client.request(endpoint.method, f"/v2{path}/", content=body)
        assert answer.status_code == 200, body
        assert answer.json()["meta"]["code"] in META, body
    assert client.get("/sandbox/state").json()["credits"] <= 2_000_000
