"""The demo takes somebody without an account the whole way, and does so again."""

import json
import os
from pathlib import Path

import pytest

from tests.e2e.command_line import CommandLine, ended

pytestmark = pytest.mark.e2e

MANY = ("--trackings", "2100")  # more than an answer holds
FEWER = 300


def test_the_demo_syncs_lives_on_syncs_again_and_answers(tmp_path: Path) -> None:
    nobody = CommandLine.at(tmp_path, "").lacking(
        "TRACKINGMORE_API_KEY", "TRACKINGMORE_BASE_URL", "PREFECT_HOME"
    )
    with nobody.start("demo", "--json", *MANY, start_new_session=True) as process:
        done = ended(process)
        assert (done.returncode, done.stderr) == (0, "")
        with pytest.raises(ProcessLookupError):  # the temporary server is gone too
            os.killpg(process.pid, 0)
    said = json.loads(done.stdout)
    first, second = said["first_sync"], said["second_sync"]
    assert first["trackings_inserted"] >= 2000
    assert second["trackings_updated"] > 0
    assert second["events_inserted"] > 0
    assert [len(rows) > 0 for rows in said["answers"].values()] == [True] * 3
    parcels = first["trackings_inserted"] + second["trackings_inserted"]
    asked = nobody.having(PARCELHOUSE_HOME="demo-data")
    assert asked.ask("select count(*) from core.trackings") == [(parcels,)]
    assert [path.name for path in tmp_path.iterdir()] == ["demo-data"]

    again = nobody.run("demo", "--trackings", str(FEWER))
    assert (again.returncode, again.stderr) == (0, "")
    for question in said["answers"]:
        assert question in again.stdout
    assert "Ask it yourself" in again.stdout
    # what the first one left is gone
    ((count,),) = asked.ask("select count(*) from core.trackings")
    assert FEWER <= count < parcels
