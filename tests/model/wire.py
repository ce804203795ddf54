"""The wire between a process and the account: questions, answers and what goes wrong between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import orjson
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from tests.model.account import Account

FAULTS = ("429", "429 with 200", "500", "502 html", "html", "cut", "reset", "short")
LATENCY = 0.3  # seconds from a question to its answer


class Fault(NamedTuple):
    """What goes wrong with a request, and with how many of its repetitions."""

    kind: str
    times: int = 1


@dataclass
class Wire(BaseAdapter):
    """What one process has instead of a network: its questions reach the account."""

    account: Account
    before_each: Callable[[], None]
    faults: dict[int, Fault] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    _broken: Fault | None = None

    def close(self) -> None:
        pass

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        self.before_each()
        parts = urlsplit(request.url or "")
        asked = dict(parse_qsl(str(parts.query)))
        self.asked.append(asked)
        assert len(self.asked) < 2000, "this reader does not come to an end"
        if self._broken is None:
            self._broken = self.faults.get(len(self.asked))
        fault = None
        if self._broken is not None:
            fault = self._broken.kind
            left = self._broken.times - 1
            self._broken = self._broken._replace(times=left) if left else None
        status, kind, body, announced = self._answer(str(parts.path), asked, fault)
        headers = {
            "Date": format_datetime(datetime.fromtimestamp(self.account.second, UTC), usegmt=True),
            "Content-Type": kind,
            "Content-Length": str(announced or len(body)),
        }
        self.account.tick(LATENCY)
        raw = HTTPResponse(BytesIO(body), headers, status, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    def _answer(
        self, path: str, asked: dict[str, str], fault: str | None
    ) -> tuple[int, str, bytes, int | None]:
        if fault == "reset":
            raise requests.ConnectionError("the connection was reset")
        if fault == "500":
            return 500, "application/json", _envelope(500, []), None
        if fault == "429":
            return 429, "application/json", _envelope(429, []), None
        if fault == "429 with 200":
            return 200, "application/json", _envelope(429, []), None
        if fault in {"html", "502 html"}:
            status = 200 if fault == "html" else 502
            return status, "text/html", b"<html><body>Maintenance</body></html>", None
        body = self._body(path, asked, withheld=1 if fault == "short" else 0)
        if fault == "cut":
            return 200, "application/json", body[: len(body) // 2], len(body)
        return 200, "application/json", body, None

    def _body(self, path: str, asked: dict[str, str], *, withheld: int) -> bytes:
        account, manners = self.account, self.account.manners
        if path.endswith("getstatusnumber"):
            return _envelope(200, account.counts(asked))
        assert path.endswith("/trackings/get"), path
        total, items = account.listing(asked)
        account.shown = [item["id"] for item in items] or account.shown
        items = items[: max(len(items) - withheld, 0)] if total else items
        if not items and not (withheld and total):
            if manners.empty_is_4031:
                return _envelope(4031, [])
            echoed = account.limit(asked) if manners.echoes_when_empty else asked.get("limit", 100)
            return _envelope(
                200, {"page": asked.get("page", 1), "limit": echoed, "total": "0", "items": []}
            )
        said = {
            "page": int(asked.get("page", 1)),
            "limit": account.limit(asked),
            "total": str(total),
            "items": items,
        }
        return _envelope(200, said)


def _envelope(code: int, data: Any) -> bytes:
    meta = {"code": code, "type": "Success" if code == 200 else "Sorry", "message": "as named"}
    return orjson.dumps({"meta": meta, "data": data})
