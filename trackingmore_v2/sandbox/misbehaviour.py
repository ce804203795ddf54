"""Spoilt answers: what a gateway or a broken line makes of a reply."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

from trackingmore_v2.sandbox.envelope import Reply

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from trackingmore_v2.sandbox.faults import Fault

PAGE = """<html><head><title>{title}</title></head>
<body><center><h1>{title}</h1></center><hr><center>nginx</center></body></html>
"""
STATUS = {"http_429": 429, "meta_429": 200, "http_500": 500, "http_503": 503, "refusal": 200}


async def wait(fault: Fault) -> None:
    """Let the client wait."""
    await asyncio.sleep(fault.seconds)


def misbehave(fault: Fault, reply: Reply, *, date: str) -> Response:
    """Return what the client gets in place of *reply*."""
    headers = {"Date": date}
    if fault.retry_after is not None:
        headers["Retry-After"] = str(fault.retry_after)
    if fault.kind in ("cut_body", "reset"):
        return Hangup(reply.body() if fault.kind == "cut_body" else None, headers=headers)
    if fault.kind == "html_200":
        return Response(PAGE.format(title="Welcome"), media_type="text/html", headers=headers)
    if fault.kind == "http_503":
        return _gateway(503, "503 Service Temporarily Unavailable", headers)
    code = {"http_500": 500, "refusal": fault.code}.get(fault.kind, 429)
    return _json(STATUS[fault.kind], Reply(code), headers)


def too_many_requests(form: str, *, date: str) -> Response:
    """Return the refusal of a request that came too early, in the switch's *form*."""
    if form == "html":
        return _gateway(502, "502 Bad Gateway", {"Date": date})
    return _json(429 if form == "http" else 200, Reply(429), {"Date": date})


def _json(status: int, reply: Reply, headers: dict[str, str]) -> Response:
    return Response(reply.body(), status, headers=headers, media_type="application/json")


def _gateway(status: int, title: str, headers: dict[str, str]) -> Response:
    return Response(PAGE.format(title=title), status, headers=headers, media_type="text/html")


class Hangup(Response):
    """Hangs up: half of *body* after the promise of all of it, or without a word for None.

    Needs a real connection; without one, as in Starlette's TestClient, it raises.
    """

    def __init__(self, body: bytes | None, *, headers: dict[str, str]) -> None:
        super().__init__(body, headers=headers, media_type="application/json")
        self._speechless = body is None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in part, then close the line."""
        server = getattr(scope["app"].state, "server", None)
        lines = server.server_state.connections if server else ()
        ours = [line for line in lines if line.client == scope["client"]]
        if not ours:
            raise ConnectionResetError(f"{type(self).__name__} needs a connection to close")
        transport = ours[0].transport
        if self._speechless:
            transport.abort()
        else:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            half = bytes(self.body)[: len(self.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            transport.close()  # sends what is buffered first
        while (await receive())["type"] != "http.disconnect":
            continue
