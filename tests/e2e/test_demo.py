"""The demo takes somebody without an account the whole way, and does so again."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.command_line import CommandLine, demo_of

pytestmark = pytest.mark.e2e


def test_the_demo_syncs_lives_on_syncs_again_and_answers(tmp_path: Path) -> None:
    nobody = CommandLine.at(tmp_path, "").lacking("TRACKINGMORE_API_KEY", "TRACKINGMORE_BASE_URL")
