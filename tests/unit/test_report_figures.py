"""A report tells what the marts tell, and nothing that they do not."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.report import SECTIONS, write
from tests.factories import at, rows, warehouse
from tests.reported import DAY, Page, fill, insert, known_until, parcel, reported, silence
from warehouse.connection import open_read_only
from warehouse.errors import CannotOpenError, IncompatibleError

TITLES = [
    "At a glance",
    "What needs action today",
    "How long parcels take",
    "Promises kept",
    "Week by week",
    "On the way",
    "How it ended",
    "Where the days go",
    "Quality of the data",
    "Credits",
]


@pytest.fixture(scope="module")
def busy() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse() as db:
        fill(db, 600)
        yield db


@pytest.fixture(scope="module")
def page(busy: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return reported(busy, tmp_path_factory.mktemp("busy"))


def titles(page: Page) -> list[str]:
    return [element.text for element in page.all("h2")][: len(SECTIONS)]


def tiles(page: Page) -> list[str]:
    return [element.text.replace("\xa0", " ") for element in page.all("span", class_="value")]


def test_every_section_is_there_and_every_kind_of_chart(page: Page) -> None:
    assert titles(page) == TITLES
    kinds = {"curve-account", "compare-carrier", "compare-lane", "cohorts", "ages", "outcomes"}
    assert kinds | {"forecast", "phases", "curve-carrier-4", "curve-lane-4"} <= set(page.specs)


def test_percentiles_are_those_of_the_mart(page: Page, busy: duckdb.DuckDBPyConnection) -> None:
    told = rows(busy, "select * from marts.lane_performance where grain = 'carrier'")
    assert len(told) == 4
    cells = page.table("compare-carrier")
    assert len(cells) == 4
    for row in told:
        parcels, open_share, p50, _, p90, *_ = cells[row["carrier_code"]]
        assert parcels == str(row["parcel_count"])
        assert open_share == f"{row['open_share'] * 100:.1f} %"
        low, high = row["p50_low_days"], row["p50_high_days"]
        assert p50 == f"{row['p50_days']:,.1f} ({low:,.1f}–{high:,.1f})"
        assert p90.startswith(f"{row['p90_days']:,.1f} (")


def test_the_figures_at_the_head_are_those_of_the_marts(
    page: Page, busy: duckdb.DuckDBPyConnection
) -> None:
    (whole,) = rows(busy, "select * from marts.lane_performance where grain = 'account'")
    (forecast,) = rows(busy, "select * from marts.arrivals_forecast where carrier_code = '(all)'")
    (way,) = rows(
        busy, "select count(*) as n, sum(is_stalled::int) as silent from marts.in_transit"
    )
    assert tiles(page)[0] == "600"
    assert tiles(page)[2] == str(way["n"])
    assert tiles(page)[3:] == [
        f"{whole['p50_days']:.1f} days".replace(".0 ", " "),
        f"{whole['p90_days']:.1f} days".replace(".0 ", " "),
        f"{forecast['expected_deliveries']:.0f}",
    ]


def test_every_chart_says_how_many_how_open_and_up_to_when(
    page: Page, busy: duckdb.DuckDBPyConnection
) -> None:
    (whole,) = rows(busy, "select * from marts.lane_performance where grain = 'account'")
    as_of = f"{at(120 * DAY).day} {at(120 * DAY):%b %Y, %H:%M} UTC"
    share = f"{whole['open_share'] * 100:.1f} %"
    assert f"600 scanned parcels · {share} still open · as of {as_of}" in page.text
    for figure in page.all("figure"):
        assert re.search(r"\d.* parcels", figure.text)
        assert re.search(r"\bopen\b|still in it", figure.text)


def test_curves_are_those_of_the_macro_and_end_where_few_are_followed(
    page: Page, busy: duckdb.DuckDBPyConnection
) -> None:
    busy.execute("create or replace temp table all_parcels as from marts.deliveries")
    (last,) = rows(
        busy,
        "select max(t) as t from km_curve('all_parcels')"
        " where grp = 'main|(all)|(all)' and at_risk_count >= 10",
    )
    drawn = [point for point in page.drawn("curve-account") if "name" not in point]
    assert drawn[0] == {"day": 0.0, "share": 0.0, "low": 0.0, "high": 0.0}
    assert len(drawn) <= 110
    assert drawn[-1]["day"] == pytest.approx(last["t"], abs=1 / 24)
    told = rows(
        busy,
        "select day, delivered_share as share from km_at('all_parcels', days := [1, 5, 10])"
        " where grp = 'main|(all)|(all)'",
    )
    shares = {point["day"]: point["share"] for point in drawn}
    # drawn to the hour, upward
    assert [shares[row["day"]] for row in told] == pytest.approx(
        [row["share"] for row in told], abs=0.01
    )


def test_weeks_that_are_too_young_are_not_told(page: Page, busy: duckdb.DuckDBPyConnection) -> None:
    told = rows(busy, "select * from marts.cohort_weeks where grain = 'account'")
    newest = max(row["ship_week"] for row in told)
    first, *_, last = page.table("cohorts").values()
    young = [row["delivered_share"] is None for row in told if row["ship_week"] == newest]
    assert young.count(True) == first.count("–") > 0
    assert last.count("–") == 0
    cells = page.drawn("cohorts")
    assert [cell for cell in cells if cell["share"] is None and cell["told"]] == []
    assert sum(cell["share"] is None for cell in cells) == sum(
        row["delivered_share"] is None for row in told if row["ship_week"] > newest - 16 * WEEK
    )


WEEK = timedelta(weeks=1)


def test_outcomes_add_up(page: Page) -> None:
    cells = page.drawn("outcomes")
    days = {cell["after"] for cell in cells}
    assert "7 days" in days
    for day in days:
        shares = [cell["share"] for cell in cells if cell["after"] == day]
        assert len(shares) == 4
        assert sum(shares) == pytest.approx(1, abs=1e-4)


def test_what_may_not_be_published_is_at_least_so_much(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    known_until(db, 40)
    for number in range(30):
        parcel(db, f"open {number}", observed_days=20 + number / 10)
    for number in range(5):
        days = 2.0 + number
        ended = {"outcome": "delivered", "outcome_code": 1, "transit_days": days}
        parcel(db, f"delivered {number}", observed_days=days, **ended)
    cells = reported(db, tmp_path).table("compare-carrier")["dhl"]
    (told,) = rows(db, "select * from marts.lane_performance where grain = 'carrier'")
    assert told["p50_days"] is None
    assert cells[2] == f"at least {told['p50_at_least_days']:,.1f}"


def test_who_needs_action_stands_once_under_the_gravest_reason(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    known_until(db, 5)
    parcel(db, "refused", last_milestone="refused", order_id="#1", flags=["no_events"])
    parcel(db, "promised")
    parcel(db, "well", first_scan_local_date=at(4 * DAY).date())
    parcel(db, "done", outcome="delivered", outcome_code=1, last_milestone="delivered")
    insert(db, "core.promises", account="main", promised_days=3)
    for number in range(80):
        silence(db, f"gap {number}", 1.0, event=1)
    for name in ("refused", "promised", "well"):
        silence(db, name, 0.5)
    page = reported(db, tmp_path)
    assert list(page.table("action")) == ["N-refused", "N-promised"]
    assert page.table("action")["N-refused"][:3] == ["#1", "dhl", "DE → NO"]
    assert "refused or not collected (1 parcel)" in page.text
    assert "Overdue: later than was promised (1 parcel)" in page.text
    assert tiles(page)[1] == "2"
    assert "2 of 3 parcels on the way" in page.text


def test_a_promise_is_told_as_the_mart_tells_it(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    known_until(db, 30)
    insert(db, "core.promises", account="main", promised_days=3)
    for number in range(10):
        done = at((2 + number % 4) * DAY).date()
        ended = {"outcome": "delivered", "outcome_code": 1, "carrier_done_local_date": done}
        parcel(db, str(number), **ended)
    cells = reported(db, tmp_path).table("promises")["dhl, DE → NO"]
    (told,) = rows(db, "select * from marts.on_time")
    assert told["on_time_share"] == 0.6
    assert cells[:4] == ["3 days", "10", "10", "60.0 %"]


def test_a_report_is_of_one_account_and_names_the_others(
    db: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    known_until(db, 5)
    known_until(db, 5, "second")
    parcel(db, "ours")
    parcel(db, "theirs", account="second")
    page = reported(db, tmp_path)
    assert "Published too: second;" in page.text
    assert tiles(page)[0] == "1"
    assert "Parcels of second" in reported(db, tmp_path, account="second").text


def test_the_same_file_makes_the_same_report(
    busy: duckdb.DuckDBPyConnection, page: Page, tmp_path: Path
) -> None:
    assert reported(busy, tmp_path).html == page.html


def test_a_year_stays_below_three_megabytes(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(db, 20_000, days=365, lanes=8)
    written = write(db, tmp_path / "year.html", account="main")
    assert written.size == (tmp_path / "year.html").stat().st_size < 3_000_000
    assert written.charts >= 20


def test_a_file_opened_for_reading_only_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with warehouse() as db:
        fill(db, 40)
        db.execute(f"attach '{path}' as copy")
        db.execute("copy from database memory to copy")
    before = path.read_bytes()
    with open_read_only(path) as published:
        assert write(published, tmp_path / "report.html", account="main").charts > 5
    assert path.read_bytes() == before


def test_what_another_version_published_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with duckdb.connect() as foreign, pytest.raises(IncompatibleError, match="publish"):
        write(foreign, tmp_path / "report.html", account="main")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(db: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(CannotOpenError, match="nowhere"):
        write(db, tmp_path / "nowhere" / "report.html", account="main")


def test_neither_the_command_line_nor_the_report_starts_with_what_draws() -> None:
    loads = "import sys, flows.cli, reports.report; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", loads], capture_output=True, text=True, check=True, env=os.environ
    )
    loaded = set(done.stdout.split())
    assert loaded.isdisjoint({"altair", "great_tables", "pandas", "vl_convert"})


def nothing(_: duckdb.DuckDBPyConnection) -> None: ...


def only_a_label(db: duckdb.DuckDBPyConnection) -> None:
    known_until(db, 5)
    unscanned = dict.fromkeys(("first_scan_at", "first_scan_local_date", "ship_week"))
    parcel(db, "a", outcome="label_only", outcome_code=None, observed_days=None, **unscanned)


def one_open(db: duckdb.DuckDBPyConnection) -> None:
    known_until(db, 5)
    parcel(db, "a")


def one_delivered(db: duckdb.DuckDBPyConnection) -> None:
    known_until(db, 9)
    parcel(db, "a", outcome="delivered", outcome_code=1, transit_days=5.0)


def no_country(db: duckdb.DuckDBPyConnection) -> None:
    known_until(db, 40)
    for number in range(60):
        ended = {"outcome": "delivered", "outcome_code": 1, "transit_days": number / 10}
        parcel(db, str(number), lane="??>??", observed_days=number / 10, **ended)


SPARSE: dict[Callable[[Any], None], list[str]] = {
    nothing: [
        "Nothing of this account is published.",
        "No parcel of the account “main” is published",
        "No parcel is on the way",
        "No parcel has a carrier's scan yet.",
        "There is no data to doubt.",
        "How many credits are left was never read.",
        "No delivery time is promised",
    ],
    only_a_label: ["No parcel has a carrier's scan yet.", "1 parcel on the way, all of them open"],
    one_open: [
        "None of 1 parcel with a carrier's scan is delivered yet.",
        "No curve is drawn",
        "None of 1 parcel on the way needs anything",
        "No part of the way has been finished",
    ],
    one_delivered: ["No curve is drawn", "No parcel is on the way"],
    no_country: ["Lanes cannot be told apart"],
}


@pytest.mark.parametrize("story", SPARSE, ids=lambda story: story.__name__)
def test_what_is_missing_is_said_in_plain_sentences(
    db: duckdb.DuckDBPyConnection, tmp_path: Path, story: Callable[[Any], None]
) -> None:
    story(db)
    page = reported(db, tmp_path)
    assert titles(page) == TITLES
    assert [sentence for sentence in SPARSE[story] if sentence not in page.text] == []
    assert "None " not in page.text.replace("None of", "")
    assert "nan" not in page.text.split()
