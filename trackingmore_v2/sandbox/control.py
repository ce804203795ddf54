"""The sandbox's own controls over HTTP, outside the API: the clock, touches, state, description."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from trackingmore_v2.sandbox.openapi import document

if TYPE_CHECKING:
    from starlette.requests import Request

    from trackingmore_v2.sandbox.account import Sandbox

UNITS = ("days", "hours", "seconds")


def control_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes below /sandbox; they ask for no key."""

    async def advance(request: Request) -> JSONResponse:
        try:
            spans = {unit: float(request.query_params.get(unit) or 0) for unit in UNITS}
            sandbox.advance(timedelta(**spans))
        except (ValueError, OverflowError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(_state(sandbox))

    async def touch(request: Request) -> JSONResponse:
        count = request.query_params.get("count", "1")
        if not count.isdecimal():
            return JSONResponse({"error": "count is a whole number"}, 400)
        return JSONResponse(_state(sandbox) | {"touched": sandbox.touch_any(int(count))})

    async def state(request: Request) -> JSONResponse:
        del request
        return JSONResponse(_state(sandbox))

    async def described(request: Request) -> JSONResponse:
        del request
        return JSONResponse(document())

    return [
        Route("/sandbox/advance", advance, methods=["POST"]),
        Route("/sandbox/touch", touch, methods=["POST"]),
        Route("/sandbox/state", state, methods=["GET"]),
        Route("/sandbox/openapi.json", described, methods=["GET"]),
    ]


def _state(sandbox: Sandbox) -> dict[str, object]:
    with sandbox.lock:
        register = sandbox.desk().world.register
        return {
            "now": sandbox.now.isoformat(),
            "trackings": len(register),
            "counts": register.counts(None, None),
            "requests": sandbox.request_count,
            "credits": sandbox.credits,
        }
