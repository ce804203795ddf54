"""A headless browser without a network, asked over the DevTools protocol what it met."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from websockets.sync.client import ClientConnection, connect

PATIENCE = 60.0  # seconds until a hanging browser fails its test
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-port=0",
)
DRAWN = "document.documentElement.dataset.charts"


class Tab:
    """One page of the browser, and all that happened in it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._asked = 0
        self.events: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Any:
        """Return what the browser answers; what it tells meanwhile is kept."""
        self._asked += 1
        self._socket.send(json.dumps({"id": self._asked, "method": method, "params": params}))
        while True:
            told = json.loads(self._socket.recv(timeout=PATIENCE))
            if told.get("id") == self._asked:
                assert "error" not in told, told
                return told["result"]
            self.events.append(told)

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, a promise's when it is kept."""
        told = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def open(self, path: Path) -> None:
        """Open a file, and wait until it has drawn its charts."""
        self.call("Page.navigate", url=path.resolve().as_uri())
        while self.evaluate("document.readyState") != "complete":
            pass
        self.evaluate(
            "new Promise((done) => { const look = () => "
            f"{DRAWN} === undefined ? setTimeout(look, 20) : done(); look(); }})"
        )

    def show(self, *, width: int, scheme: str = "light") -> None:
        """Be a screen that wide, whose owner likes it light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)

    @property
    def requests(self) -> list[str]:
        """What was asked of anybody."""
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event["method"] == "Network.requestWillBeSent"
        ]

    @property
    def complaints(self) -> list[dict[str, Any]]:
        """Errors, warnings and whatever else reached the console."""
        spoken = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [event for event in self.events if event["method"] in spoken]


def find_browser() -> str:
    """Return the browser's path; where there is none the test is skipped, in CI it fails."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium is installed: apt-get install chromium")
        pytest.skip("no Chromium is installed, with which the report could be opened")
    return found


@contextmanager
def browsing(profile: Path) -> Iterator[Tab]:
    """Start a browser with an empty profile, which ends with the block."""
    command = [find_browser(), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            spoken = (
                re.search(r"DevTools listening on ws://([^/]+)/", it) for it in process.stderr
            )
            host = next(match[1] for match in spoken if match)
            with urlopen(f"http://{host}/json", timeout=PATIENCE) as answer:
                tabs = json.load(answer)
            (page,) = (tab for tab in tabs if tab["type"] == "page")
            with connect(page["webSocketDebuggerUrl"], max_size=None) as socket:
                yield Tab(socket)
        finally:
            process.kill()
