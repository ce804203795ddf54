"""`python -m trackingmore_v2.sandbox` serves an account, and says clearly when it cannot."""

import re
import signal
import socket
import subprocess
import sys
from dataclasses import fields

import pytest
import requests

from trackingmore_v2.sandbox import Switches
from trackingmore_v2.sandbox.__main__ import main

COMMAND = [sys.executable, "-m", "trackingmore_v2.sandbox"]


def test_it_serves_what_the_options_say_and_ends_quietly() -> None:
    options = ["--port", "0", "--trackings", "5", "--key", "k1", "--now", "2024-05-06T12:00:00"]
    switches = ["--max-limit", "3", "--total-as", "number", "--no-with-count"]
    with subprocess.Popen(
        [*COMMAND, *options, *switches],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as served:
        assert served.stdout is not None
        lines = [served.stdout.readline() for _ in range(5)]
        url = re.findall(r"http://\S+", lines[1])[0]
        answer = requests.get(
            f"{url}/trackings/get", headers={"Trackingmore-Api-Key": "k1"}, timeout=60
        )
        served.send_signal(signal.SIGINT)
        assert served.wait(5) == 0
        assert served.stderr is not None
        assert served.stderr.read() == ""
    page = answer.json()["data"]
    assert (page["total"], page["limit"], len(page["items"])) == (5, 3, 3)
    assert "count" not in page
    assert answer.headers["Date"].startswith("Mon, 06 May 2024 12:00:0")
    assert "curl" in lines[3]


def test_a_taken_port_is_one_clear_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port), "--trackings", "1"]) == 1
    said = capsys.readouterr()
    assert said.err == f"Cannot serve on 127.0.0.1:{port}: Address already in use.\n"


def test_every_switch_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    for field in fields(Switches):
        assert f"--{field.name.replace('_', '-')}" in said


def test_an_unknown_value_of_a_switch_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as wrong:
        main(["--order", "sideways"])
    assert wrong.value.code == 2
    assert "created_desc" in capsys.readouterr().err
