"""Users fill what is theirs from a file, all of it or nothing."""

import json
from pathlib import Path

import pytest

from flows.commands import upkeep
from flows.errors import UsageError
from warehouse.connection import open_read_only
from warehouse.snapshot import published

NAME = "core.promises"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARCELHOUSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def sheet(text: str) -> Path:
    path = Path("sheet.csv")
    path.write_text(text)
    return path


def promises(home: Path) -> list[tuple[object, ...]]:
    with open_read_only(published(home)) as db:
        return db.execute(
            "select account, carrier_code, destination_iso2, promised_days, added_at is not null"
            f" from {NAME} order by all"
        ).fetchall()


def test_rows_are_added_and_an_empty_cell_is_null(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sheet("carrier_code,destination_iso2,promised_days\ndhl,DE,2\n,FR,5\n")
    assert upkeep.fill(NAME, path, replace=False, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 2
    assert promises(home) == [("main", "dhl", "DE", 2, True), ("main", None, "FR", 5, True)]
    upkeep.fill(NAME, sheet("promised_days\n9\n"), replace=False, as_json=False)
    assert len(promises(home)) == 3
    upkeep.fill(NAME, sheet("promised_days\n9\n"), replace=True, as_json=False)
    assert promises(home) == [("main", None, None, 9, True)]


def test_a_value_that_does_not_fit_changes_nothing(home: Path) -> None:
    upkeep.fill(NAME, sheet("promised_days\n9\n"), replace=False, as_json=False)
    with pytest.raises(UsageError, match=r"sheet.csv does not fit core.promises: .*'soon'"):
        upkeep.fill(NAME, sheet("promised_days\n3\nsoon\n"), replace=True, as_json=False)
    assert [row[3] for row in promises(home)] == [9]


def test_other_tables_are_not_theirs_to_fill() -> None:
    with pytest.raises(UsageError, match=r"core.trackings is not one of the tables .* yours"):
        upkeep.fill("core.trackings", sheet("a\n1\n"), replace=False, as_json=False)
