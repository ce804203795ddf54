"""A sheet is read as it was written: texts in rows, and nothing made of them on the way."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.errors import UsageError
from flows.steps.sheets import FLAWS_SHOWN, read_sheet, refuse_flaws
from transforms.plans import Flaw, Row

COLUMNS = ("carrier_code", "tracking_number", "title")


def read(path: Path) -> list[Row]:
    return read_sheet(path, columns=COLUMNS, needed=("tracking_number",))


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "sheet.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("tracking_number\n", []),
        ("tracking_number\n007\n", [{"tracking_number": "007"}]),
        ("tracking_number\n007", [{"tracking_number": "007"}]),
        ("\ufefftracking_number\r\n1e5\r\n", [{"tracking_number": "1e5"}]),
        (" tracking_number ,title\n 1 , a b \n", [{"tracking_number": "1", "title": "a b"}]),
        (
            'tracking_number,title\n1,"a, ""b""\nc"\n',
            [{"tracking_number": "1", "title": 'a, "b"\nc'}],
        ),
        ("tracking_number,title\nNA,null\n", [{"tracking_number": "NA", "title": "null"}]),
        ("tracking_number,title\n1\n", [{"tracking_number": "1", "title": ""}]),
        ("tracking_number\n\n1\n", [{"tracking_number": ""}, {"tracking_number": "1"}]),
    ],
)
def test_a_csv_is_texts(tmp_path: Path, text: str, rows: list[Row]) -> None:
    assert read(written(tmp_path, text)) == rows


def test_a_parquet_file_is_the_same_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "sheet.parquet"
    table = pa.table(
        {
            "tracking_number": pa.array([12345678901234567, None, 7], pa.int64()),
            "title": pa.array(["a", None, ""]),
            "carrier_code": pa.array([700.0, float("nan"), 0.5]),
        }
    )
    pq.write_table(table, path)
    assert read(path) == [
        {"tracking_number": "12345678901234567", "title": "a", "carrier_code": "700"},
        {"tracking_number": "", "title": "", "carrier_code": ""},
        {"tracking_number": "7", "title": "", "carrier_code": "0.5"},
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no column 'tracking_number'"),
        ("title\n", "has no column 'tracking_number'"),
        (
            "tracking_number,weight\n",
            "has a column 'weight'; the columns can be carrier_code, tracking_number, title",
        ),
        ("tracking_number;title\n", "has a column 'tracking_number;title'; the columns"),
        ("title,tracking_number,title\n", "has 2 columns 'title'"),
        (
            "tracking_number\n1\n2,3\n",
            "cannot be read: row 2 has 2 cells, the header only 1",
        ),
        ('tracking_number\n"1\n', "cannot be read: unexpected end of data"),
        (b"tracking_number\n\xff\n", "cannot be read: 'utf-8' codec can't decode"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path} {sentence}")


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    for path, sentence in (
        (tmp_path / "none.csv", "does not exist"),
        (tmp_path / "none.parquet", "does not exist"),
        (tmp_path, "cannot be read: Is a directory"),
    ):
        with pytest.raises(UsageError) as caught:
            read(path)
        assert str(caught.value) == f"{path} {sentence}"
    broken = tmp_path / "broken.parquet"
    broken.write_text("tracking_number\n1\n")
    with pytest.raises(UsageError, match=r"broken\.parquet cannot be read: "):
        read(broken)


def test_flaws_are_named_by_their_rows() -> None:
    refuse_flaws("a.csv", [], skip=False)
    refuse_flaws("a.csv", [Flaw(1, "is none")], skip=True)
    with pytest.raises(UsageError) as caught:
        refuse_flaws("a.csv", [Flaw(3, "It is none.")], skip=False)
    assert str(caught.value) == (
        "a.csv: 1 row is flawed, nothing was sent (--skip-flawed sends the others):"
        " row 3: It is none."
    )


def test_of_many_flaws_the_first_are_named() -> None:
    flaws = [Flaw(row, "no") for row in range(1, FLAWS_SHOWN + 4)]
    with pytest.raises(UsageError) as caught:
        refuse_flaws("a.csv", flaws, skip=False)
    assert str(caught.value).endswith(f"row {FLAWS_SHOWN}: no; and 3 more")
    assert "23 rows are flawed" in str(caught.value)
