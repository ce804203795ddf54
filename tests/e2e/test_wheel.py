"""The wheel is whole: it works far from the checkout, and carries nothing besides."""

import csv
import os
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

from tests.e2e.command_line import CommandLine, parcels_in, parcels_of
from trackingmore_v2.sandbox import Sandbox

pytestmark = pytest.mark.e2e

CHECKOUT = Path(__file__).parents[2]
PACKAGES = ("flows", "reports", "transforms", "warehouse", "trackingmore_v2")
IMPORT_ALL = f"""
import {", ".join(PACKAGES)}
for package in ({", ".join(PACKAGES)}):
    print(package.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel; what that needs is installed, so it needs no network."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a folder of its own, away from the checkout."""
    folder = tmp_path_factory.mktemp("elsewhere")
    uv = Path(sys.executable).with_name("uv")
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--target", folder, wheel],
        env=os.environ | {"VIRTUAL_ENV": sys.prefix},
        check=True,
        capture_output=True,
    )
    return folder


def test_the_wheel_holds_the_five_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        (record,) = [name for name in held if name.endswith(".dist-info/RECORD")]
        listed = {row[0] for row in csv.reader(archive.read(record).decode().splitlines())}
    assert listed == held
    sources = {
        path.relative_to(CHECKOUT).as_posix()
        for package in PACKAGES
        for path in (CHECKOUT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    sources.add("flows/prefect.yaml")  # which lies in deployments/
    assert any(name.endswith(".sql") for name in sources)
    metadata = record.split("/")[0]
    assert {name for name in held if not name.startswith(f"{metadata}/")} == sources


def test_the_wheel_cannot_be_uploaded_by_accident(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        said = HeaderParser().parsestr(archive.read(metadata).decode())
    assert "Private :: Do Not Upload" in said.get_all("Classifier", [])


def test_far_from_the_checkout_the_wheel_syncs(
    installed: Path, account: Sandbox, shell: CommandLine
) -> None:
    there = shell.having(PYTHONPATH=str(installed))
    imported = there.calling(sys.executable, "-c", IMPORT_ALL).run()
    assert imported.stderr == ""
    assert imported.stdout.split() == [
        str(installed / package / "__init__.py") for package in PACKAGES
    ]
    far = there.calling(sys.executable, installed / "bin" / "parcelhouse")
    assert far.json("sync")["trackings_inserted"] == 120
    assert parcels_in(far) == parcels_of(account)
    assert far.run("status").returncode == 0
