"""The account over HTTP: finds the endpoint, lets faults have their way, answers."""

from __future__ import annotations

import json
from email.utils import formatdate
from time import monotonic
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from trackingmore_v2.endpoints import Endpoint, Rate
from trackingmore_v2.sandbox.answers import ANSWERS
from trackingmore_v2.sandbox.asking import Call, resolve
from trackingmore_v2.sandbox.control import control_routes
from trackingmore_v2.sandbox.envelope import RefusedError, Reply
from trackingmore_v2.sandbox.faults import UNHEARD
from trackingmore_v2.sandbox.misbehaviour import misbehave, too_many_requests, wait

if TYPE_CHECKING:
    from starlette.requests import Request

    from trackingmore_v2.sandbox.account import Sandbox

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]
SPACING = {Rate.LIST: 1.0, Rate.REALTIME: 1 / 3}  # seconds between requests
TOLERANCE = 0.9  # a client that keeps the pace is not refused for a hiccup of the network


def application(sandbox: Sandbox) -> Starlette:
    """Return the application that serves *sandbox*: the API below /v2, its controls beside."""
    accepted: dict[Endpoint, float] = {}

    async def v2(request: Request) -> Response:
        path = "/" + request.path_params["path"]
        refusal: RefusedError | None = None
        endpoint, held, params = None, dict[str, str](), dict[str, Any](request.query_params)
        try:
            endpoint, held = resolve(request.method, path)
            params |= parameters(await request.body())
        except RefusedError as error:
            refusal = error
        with sandbox.lock:
            sandbox.requests.append((request.method, path, params))
            fate = sandbox.faults.next(endpoint)
        if fate.slow:
            await wait(fate.slow)
        if fate.change and fate.change.change:
            await run_in_threadpool(fate.change.change, sandbox)
        with sandbox.lock:
            desk = sandbox.desk()
            date = formatdate(desk.world.now, usegmt=True)
            if sandbox.switches.rate_limited and endpoint and not _in_pace(endpoint, accepted):
                return too_many_requests(sandbox.switches.too_many_requests, date=date)
            if fate.answer and fate.answer.kind in UNHEARD:
                return misbehave(fate.answer, Reply(), date=date)
            try:
                if refusal:
                    raise refusal
                assert endpoint is not None  # noqa: S101 - no refusal, so it was found
                check_key(sandbox, request)
                call = Call(endpoint, held, params, request.headers)
                reply = ANSWERS[endpoint](desk, call)
            except RefusedError as error:
                reply = error.reply
        if fate.answer:
            return misbehave(fate.answer, reply, date=date)
        return answer(reply, date=date)

    return Starlette(
        routes=[Route("/v2/{path:path}", v2, methods=METHODS), *control_routes(sandbox)]
    )


def answer(reply: Reply, *, date: str) -> Response:
    """Return a reply as HTTP 200, which application errors have too."""
    return Response(reply.body(), media_type="application/json", headers={"Date": date})


def parameters(body: bytes) -> dict[str, Any]:
    """Return what a request body holds; a body that is no JSON is refused with 4015."""
    if not body.strip():
        return {}
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(4015) from None
    return said if isinstance(said, dict) else {"items": said}


def check_key(sandbox: Sandbox, request: Request) -> None:
    """Refuse a request that does not carry the account's key."""
    accepted = {
        "both": ("trackingmore-api-key", "tracking-api-key"),
        "trackingmore": ("trackingmore-api-key",),
        "tracking": ("tracking-api-key",),
    }[sandbox.switches.key_headers]
    keys = [request.headers[name] for name in accepted if name in request.headers]
    if not any(keys):
        raise RefusedError(sandbox.switches.missing_key)
    if sandbox.api_key not in keys:
        raise RefusedError(4001)


def _in_pace(endpoint: Endpoint, accepted: dict[Endpoint, float]) -> bool:
    """Return whether a request comes late enough after the last one that was accepted."""
    moment = monotonic()
    if moment - accepted.get(endpoint, -1e9) < SPACING[endpoint.rate] * TOLERANCE:
        return False
    accepted[endpoint] = moment
    return True
