"""An answer is landed byte for byte, whole or not at all."""

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import at, texts
from trackingmore_v2.models import Answer
from warehouse.errors import LandingError
from warehouse.landing import land, landed

ANSWER = Answer("list_trackings", {"page": "1", "status": "包"}, at(0.25), b'{"data":[]}')


def files(root: Path) -> list[Path]:
    return sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())


def landed_anew(root: Path, answer: Answer) -> Answer:
    return landed(root, land(root, answer, account="main", run_id="r"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff\xfe",
        b"<html>502</html>",
        '{"data":"\\ud83d\\ude9a 包"}\r\n'.encode(),
        os.urandom(3_000_000),
        b"[" + b'{"id":"x"},' * 1_000_000 + b"]",
    ],
    ids=["empty", "no text", "html", "json", "random", "large"],
)
def test_a_body_comes_back_byte_for_byte(tmp_path: Path, body: bytes) -> None:
    answer = ANSWER._replace(body=body)
    assert landed_anew(tmp_path, answer) == answer


@settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.binary(),
    st.dictionaries(texts(), texts(), max_size=3),
    st.datetimes(datetime.fromisoformat("2015-01-01"), datetime.fromisoformat("2099-01-01")),
    st.integers(-12, 14),
)
def test_any_answer_comes_back_as_it_was(
    tmp_path: Path, body: bytes, params: dict[str, str], moment: datetime, hours: int
) -> None:
    fetched_at = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    answer = Answer("an endpoint", params, fetched_at, body)
    assert landed_anew(tmp_path, answer) == answer


def test_a_landing_is_found_by_account_day_moment_and_run(tmp_path: Path) -> None:
    evening = datetime(2026, 2, 28, 22, 30, tzinfo=timezone(timedelta(hours=-5)))
    path = land(tmp_path, ANSWER._replace(fetched_at=evening), account="main", run_id="run-1")
    assert path.as_posix() == ("account=main/date=2026-03-01/20260301T033000.000000-run-1.parquet")
    assert files(tmp_path) == [path]


def test_every_answer_has_a_file_of_its_own_and_they_sort_by_time(tmp_path: Path) -> None:
    answers = [ANSWER._replace(fetched_at=at(micros / 1_000_000)) for micros in (0, 1, 999_999)]
    paths = [land(tmp_path, answer, account="main", run_id="r") for answer in answers]
    assert files(tmp_path) == sorted(paths) == paths
    assert [landed(tmp_path, path) for path in paths] == answers


def test_a_landing_is_plain_parquet_for_others_to_read(tmp_path: Path) -> None:
    path = land(tmp_path, ANSWER, account="main", run_id="run-1")
    (row,) = pq.read_table(tmp_path / path, partitioning=None).to_pylist()
    assert row == {
        "account": "main",
        "run_id": "run-1",
        "endpoint": "list_trackings",
        "params": '{"page": "1", "status": "包"}',
        "fetched_at": at(0.25),
        "body": b'{"data":[]}',
    }


def test_a_large_answer_is_compressed(tmp_path: Path) -> None:
    path = land(tmp_path, ANSWER._replace(body=b"ab" * 500_000), account="main", run_id="r")
    assert (tmp_path / path).stat().st_size < 20_000


@pytest.mark.parametrize("kept", [0, 1, 4, 8, 100, -100, -8, -4, -1])
def test_a_torn_file_is_an_error_of_one_line_that_names_it(tmp_path: Path, kept: int) -> None:
    path = land(tmp_path, ANSWER, account="main", run_id="r")
    whole = (tmp_path / path).read_bytes()
    (tmp_path / path).write_bytes(whole[:kept])
    with pytest.raises(LandingError) as error:
        landed(tmp_path, path)
    assert str(error.value).startswith(f"cannot read the landed answer {tmp_path / path}: ")
    assert "\n" not in str(error.value)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(LandingError, match=r"cannot read the landed answer .*gone\.parquet"):
        landed(tmp_path, Path("gone.parquet"))


def test_a_file_of_another_kind_is_an_error_that_names_it(tmp_path: Path) -> None:
    pq.write_table(pq.read_table(tmp_path / land(tmp_path, ANSWER, account="a", run_id="r"))[:0],
                   tmp_path / "empty.parquet")  # fmt: skip
    with pytest.raises(LandingError, match=r"empty\.parquet"):
        landed(tmp_path, Path("empty.parquet"))


@pytest.mark.parametrize("below", ["", "landing", "landing/deeper"])
def test_a_folder_that_cannot_be_made_is_an_error_of_one_line(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LandingError) as error:
        land(tmp_path / "file" / below, ANSWER, account="main", run_id="r")
    assert str(error.value).startswith(f"cannot land an answer in {tmp_path / 'file'}")
    assert str(error.value).endswith(": Not a directory") or "File exists" in str(error.value)
    assert files(tmp_path) == [Path("file")]


def test_what_cannot_be_put_in_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    path = land(tmp_path, ANSWER, account="main", run_id="r")
    (tmp_path / path).unlink()
    (tmp_path / path).mkdir()  # in the way of the file
    with pytest.raises(LandingError, match="Is a directory"):
        land(tmp_path, ANSWER, account="main", run_id="r")
    assert files(tmp_path) == []


def test_the_time_is_kept_to_the_microsecond_in_utc(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 1, 8, 0, 0, 123_456, tzinfo=UTC)
    assert landed_anew(tmp_path, ANSWER._replace(fetched_at=moment)).fetched_at == moment
