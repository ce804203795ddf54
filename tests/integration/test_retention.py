"""The landing is kept as long and as large as the settings say, and never loses what is needed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from flows.settings import Settings
from flows.steps.replay import replay
from flows.steps.retention import Sweep, sweep_landing
from flows.steps.run import LocalRun, local_run
from tests.story import Past, ask, opened, settings, tables

DAYS = ("2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09")  # with answers in the landing
TODAY = datetime(2026, 3, 9, 23, tzinfo=UTC)


@pytest.fixture
def home(past: Past, tmp_path: Path) -> Path:
    copytree(past.home, tmp_path / "home")
    return tmp_path / "home"


def swept(ours: Settings, now: datetime = TODAY) -> tuple[LocalRun, Sweep]:
    with local_run(ours, "sync") as run:
        return run, sweep_landing(run, now=now)


def files(home: Path) -> list[Path]:
    """What is landed, oldest first."""
    return sorted(home.glob("landing/account=main/date=*/[!.]*"))


def days(home: Path) -> list[str]:
    """The days that have a folder."""
    return sorted(path.name.removeprefix("date=") for path in home.glob("landing/*/date=*"))


def keeping(home: Path, **told: Any) -> Settings:
    return settings(home, **({"parcelhouse_landing_days": 0} | told))


def test_whole_days_go_when_they_are_too_old(home: Path) -> None:
    before = files(home)
    sizes = {path: path.stat().st_size for path in before}
    assert tuple(days(home)) == DAYS
    run, done = swept(keeping(home, parcelhouse_landing_days=2))
    assert tuple(days(home)) == DAYS[1:]
    gone = [path for path in before if path.parent.name == f"date={DAYS[0]}"]
    assert files(home) == [path for path in before if path not in gone]
    assert done == Sweep(len(gone), sum(sizes[path] for path in gone))
    assert f"{len(gone)} raw answers" in run.notices["landing"]


@pytest.mark.parametrize("told", [{}, {"parcelhouse_landing_days": 400}])
def test_what_is_young_or_kept_for_ever_stays(home: Path, told: dict[str, int]) -> None:
    before = files(home)
    run, done = swept(keeping(home, **told))
    assert (files(home), done, run.notices) == (before, Sweep(0, 0), {})
    if not told:
        assert swept(keeping(home), TODAY + timedelta(days=9999))[1] == Sweep(0, 0)


def test_a_landing_that_is_too_large_loses_its_oldest_files_and_no_more(home: Path) -> None:
    before = files(home)
    sizes = [path.stat().st_size for path in before]
    limit = sum(sizes[3:]) + 1
    _, done = swept(keeping(home, parcelhouse_landing_gb=limit / 1e9))
    assert files(home) == before[3:]
    assert done == Sweep(3, sum(sizes[:3]))
    assert swept(keeping(home, parcelhouse_landing_gb=limit / 1e9))[1] == Sweep(0, 0)


def test_an_answer_that_no_run_has_loaded_is_never_removed(home: Path) -> None:
    ours = keeping(home, parcelhouse_landing_gb=1e-9)
    ((needed, _), (torn, _)) = ask(
        ours, "select path, sequence from ops.landings where items > 0 order by sequence limit 2"
    )
    with opened(ours) as db:
        db.execute("delete from ops.landings where path in (?, ?)", [needed, torn])
    (home / "landing" / torn).write_bytes(b"PAR1")
    swept(ours)
    assert files(home) == [home / "landing" / needed, home / "landing" / torn]
    assert days(home) == [DAYS[0], DAYS[-1]], "today's folder may be about to get a file"


def test_a_refusal_is_nothing_that_is_needed(home: Path) -> None:
    ours = keeping(home, parcelhouse_landing_days=1)
    assert len(files(home)) == ask(ours, "select count(*) from ops.landings")[0][0] + 1
    swept(ours, TODAY + timedelta(days=9))
    assert files(home) == []
    assert days(home) == []


def test_other_accounts_are_left_alone(home: Path) -> None:
    copytree(home / "landing/account=main", home / "landing/account=other")
    swept(keeping(home, parcelhouse_landing_gb=1e-9))
    assert files(home) == []
    assert len(list(home.glob("landing/account=other/date=*/*"))) > 9


def test_a_replay_after_the_sweep_keeps_what_it_cannot_rebuild(home: Path) -> None:
    ours = keeping(home, parcelhouse_landing_days=1)
    before = tables(ours)
    swept(ours)
    with local_run(ours, "replay") as run:
        done = replay(run)
    assert tables(ours) == before
    assert done.answers_gone > 5
    assert run.has_doubts


# What killed processes leave


@pytest.fixture
def dead() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return process.pid


@pytest.fixture
def hidden(home: Path) -> Callable[[int, float], list[Path]]:
    """Makes answers that a process was writing so many days ago."""

    def made(process: int, ago: float) -> list[Path]:
        folders = home.glob("landing/account=main/date=*")
        paths = [folder / f".x.parquet.{process}" for folder in folders]
        assert paths
        for path in paths:
            path.write_bytes(b"PAR1")
            then = time.time() - ago * 86_400
            os.utime(path, (then, then))
        return paths

    return made


def test_what_a_killed_process_was_writing_goes_after_a_day(
    home: Path, hidden: Callable[[int, float], list[Path]], dead: int
) -> None:
    paths = hidden(dead, 1.1)
    swept(keeping(home), datetime.now(UTC))
    assert not any(path.exists() for path in paths)


def test_a_half_written_warehouse_goes_at_once(home: Path) -> None:
    left = [home / "warehouse.duckdb.rebuilt", home / "warehouse.duckdb.rebuilt.wal"]
    for path in left:
        path.write_bytes(b"DUCK")
    swept(keeping(home))
    assert not any(path.exists() for path in left)


@pytest.mark.parametrize("still_writing", [True, False])
def test_what_somebody_may_be_writing_stays(
    home: Path, hidden: Callable[[int, float], list[Path]], dead: int, *, still_writing: bool
) -> None:
    paths = hidden(os.getppid(), 9) if still_writing else hidden(dead, 0.9)
    swept(keeping(home), datetime.now(UTC))
    assert all(path.exists() for path in paths)
