"""`parcelhouse publish`: which version readers have now, and what it took."""

import json
import re
from pathlib import Path

import pytest

from flows.commands import upkeep
from flows.settings import Settings
from tests.factories import load, parcel
from tests.lakes import current
from warehouse import catalog
from warehouse.connection import open_for_writing
from warehouse.manifest import FOLDER

HOME = Path("parcelhouse-data")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    with open_for_writing(HOME, "test") as db:
        catalog.ensure(db)
        load(db, parcel("a"), parcel("b"))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    assert upkeep.publish(as_json=False) == 0
    return capsys.readouterr().out


def test_the_version_and_its_files_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    written = re.fullmatch(
        rf"version    1, as of \S+ \S+Z, in {HOME / FOLDER}\n"
        r"lake       ([\d,]+) rows in (\d+) files:"
        r" (\d+) written \(0\.\d MB\), 0 kept \(0\.0 MB\)\n",
        said(capsys),
    )
    assert written is not None
    rows, files, new = (int(number.replace(",", "")) for number in written.groups())
    tables = current(HOME).tables.values()
    assert rows == sum(table.rows for table in tables)
    assert files == new == sum(len(table.files) for table in tables)
    assert f"{files} files: 0 written (0.0 MB), {files} kept (0." in said(capsys)
    assert upkeep.publish(as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["files_kept"], told["state"]) == (3, files, "done")
    assert current(HOME).run_id == told["run_id"]


def test_without_a_lake_only_the_version_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARCELHOUSE_LAKE", "false")
    assert re.fullmatch(r"version    1, as of .*\n", said(capsys))
    assert current(HOME).lake is None


def test_how_long_older_versions_stay_is_a_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for minutes, left in (("60", 3), ("0", 2)):
        monkeypatch.setenv("PARCELHOUSE_LAKE_KEEP_MINUTES", minutes)
        for _ in range(3):
            said(capsys)
        assert len(list((HOME / FOLDER / "lake").iterdir())) == left
