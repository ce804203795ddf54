"""A rewrite that is killed keeps everybody out until it is repeated, and then all of it is done."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.planted import PLANTED, SECOND, found_in, named, planted_account, telling
from tests.truth import Mirror

WAITING = 3  # done, and one payload waits in quarantine
# dies in the middle of the landing, as by a power cut
KILLED = """
import os, signal, sys
from warehouse import landing

write, files = landing.land_row, []

def land_row(root, path, row):
    files.append(path)
    if len(files) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    write(root, path, row)

from warehouse import masked_files
masked_files.land_row = land_row
from flows.cli import app
app(sys.argv[1:])
"""


@pytest.fixture
def ours(mirror: Callable[..., Mirror]) -> Mirror:
    """The mirror of three syncs, so of several files in the landing."""
    account = planted_account()
    kept = mirror(account)
    kept.sync()
    for title in ("first", "second"):
        now = f"{account.now:%Y-%m-%dT%H:%M:%S}+00:00"
        account.put(telling(title=title, updated_at=now))
        kept.live_on()
        kept.sync()
    return kept


def parcelhouse(
    ours: Mirror, *words: str, program: str | None = None, **told: str
) -> subprocess.CompletedProcess[str]:
    home = ours.settings.parcelhouse_home
    program = program or "from flows.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home.parent),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PARCELHOUSE_HOME": str(home),
            "TRACKINGMORE_API_KEY": "sandbox-key",
            "TRACKINGMORE_BASE_URL": ours.settings.trackingmore_base_url,
            **told,
        },
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_rewrite_killed_in_the_landing_is_gone_on_with(ours: Mirror) -> None:
    home = ours.settings.parcelhouse_home
    hashed = {"PARCELHOUSE_PII": "hash", "PARCELHOUSE_PII_KEY": "a secret of ours"}
    refused = parcelhouse(ours, "sync", **hashed)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "personal-data apply" in refused.stderr
    unsaid = parcelhouse(ours, "personal-data", "apply", **hashed)
    assert (unsaid.returncode, "--yes" in unsaid.stderr) == (2, True)
    looked = parcelhouse(ours, "personal-data", "apply", "--dry-run", **hashed)
    assert (looked.returncode, "from `keep` to `hash`" in looked.stdout) == (WAITING, True)
    assert {word for _, word in found_in(home)} == set(PLANTED)

    killed = parcelhouse(ours, "personal-data", "apply", "--yes", program=KILLED, **hashed)
    assert killed.returncode == -signal.SIGKILL
    assert any(path.startswith("landing") for path, _ in found_in(home))
    again = parcelhouse(ours, "replay", **hashed)
    assert (again.returncode, "was not wholly rewritten" in again.stderr) == (1, True)

    done = parcelhouse(ours, "personal-data", "apply", "--yes", **hashed)
    assert done.returncode == WAITING
    assert found_in(home) == []
    assert parcelhouse(ours, "sync", **hashed).returncode == WAITING
    replayed = parcelhouse(ours, "replay", **hashed)
    assert replayed.stdout.count("the same as before") == 3
    assert "a secret of ours" not in parcelhouse(ours, "doctor", **hashed).stdout
    assert found_in(home, (*PLANTED, "a secret of ours")) == []


def test_somebody_half_forgotten_is_forgotten_before_anything_else(ours: Mirror) -> None:
    home = ours.settings.parcelhouse_home
    both = (named("telling"), named(SECOND))
    unsaid = parcelhouse(ours, "forget", *both)
    assert (unsaid.returncode, "--yes" in unsaid.stderr) == (2, True)
    killed = parcelhouse(ours, "forget", *both, "--yes", program=KILLED)
    assert killed.returncode == -signal.SIGKILL
    refused = parcelhouse(ours, "sync")
    assert (refused.returncode, "not wholly forgotten" in refused.stderr) == (1, True)
    done = parcelhouse(ours, "personal-data", "apply", "--yes")
    assert done.returncode == WAITING
    left = {word for _, word in found_in(home)}
    assert left == {"Balthasar", "Nachtigall"}  # of another parcel
    unknown = parcelhouse(ours, "forget", "dhl/0000000000", "--yes")
    assert (unknown.returncode, "nothing is stored of" in unknown.stdout) == (3, True)
    nobody = parcelhouse(ours, "forget", "--yes")
    assert (nobody.returncode, "nobody is named" in nobody.stderr) == (2, True)
