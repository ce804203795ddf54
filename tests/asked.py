"""A sandbox that is asked in process, as somebody with its key would."""

from datetime import UTC, datetime
from typing import Any

from starlette.testclient import TestClient

from trackingmore_v2.sandbox import Sandbox

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
KEY = {"Trackingmore-Api-Key": "sandbox-key"}
Item = dict[str, Any]


def account() -> Sandbox:
    """An account of forty parcels and one that somebody has put there."""
    sandbox = Sandbox(40, now=NOW)
    sandbox.put({"id": "own", "tracking_number": "OWN-1", "carrier_code": "x", "status": "odd"})
    return sandbox


def ask(sandbox: Sandbox, method: str, path: str, **request: Any) -> tuple[int, Any]:
    """Return the meta code and the data of an answer."""
    client = TestClient(sandbox.app, headers=KEY)
    said = client.request(method, f"/v2/trackings/{path}", **request).json()
    return said["meta"]["code"], said["data"]


def name(item: Item) -> Item:
    """What a parcel is called by in a request."""
    return {field: item[field] for field in ("tracking_number", "carrier_code")}
