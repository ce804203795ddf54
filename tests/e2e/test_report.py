"""The report of an account that has lived some weeks, opened where there is no network."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reports.report import write
from tests.e2e.browser import Tab, browsing
from tests.e2e.command_line import KEY, CommandLine
from tests.factories import warehouse
from tests.reported import HOSTILE, fill_with_hostile
from trackingmore_v2.sandbox import Sandbox

pytestmark = pytest.mark.e2e

PARCELS = 1500
WEEKS = 3
SETTLING = timedelta(minutes=5)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Somebody who synced an account once a week."""
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(weeks=WEEKS) - SETTLING
    account = Sandbox(PARCELS, now=began, api_key=KEY)
    with account.serving() as address:
        shell = CommandLine.at(tmp_path_factory.mktemp("house"), address)
        account.advance(SETTLING)
        for week in range(WEEKS + 1):
            account.advance(timedelta(weeks=1) if week else timedelta())
            for command in ("sync", "quota"):
                assert shell.run(command).returncode == 0
    return shell


@pytest.fixture(scope="module")
def said(house: CommandLine) -> dict[str, Any]:
    return house.json("report", "-o", "report.html", "--charts", "charts", "--format", "png")


@pytest.fixture(scope="module")
def tab(said: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browsing(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def test_the_command_says_what_it_wrote(house: CommandLine, said: dict[str, Any]) -> None:
    assert said["path"] == "report.html"
    assert said["bytes"] == (house.folder / "report.html").stat().st_size < 3_000_000
    assert said["charts"] >= 20
    assert len(said["pictures"]) == said["charts"]
    assert all(
        (house.folder / each).read_bytes().startswith(b"\x89PNG") for each in said["pictures"]
    )
    done = house.run("report", "-o", "again.html")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"again.html: {said['bytes'] / 1e6:.1f} MB, {said['charts']} charts\n"
    again = house.folder / "again.html"
    assert again.read_bytes() == (house.folder / "report.html").read_bytes()


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")], ids=str
)
def test_every_chart_is_drawn_without_a_network_or_a_complaint(
    house: CommandLine, said: dict[str, Any], tab: Tab, width: int, scheme: str
) -> None:
    tab.events.clear()
    tab.show(width=width, scheme=scheme)
    path = house.folder / "report.html"
    tab.open(path)
    assert tab.complaints == []
    assert tab.requests == [path.resolve().as_uri()]
    assert tab.evaluate("document.querySelectorAll('.chart svg.marks').length") == said["charts"]
    assert tab.evaluate("document.querySelectorAll('.chart.failed').length") == 0
    # a chart is no wider than its place, and the page no wider than the screen
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    wide = (
        "[...document.querySelectorAll('.chart')].filter((it) => it.scrollWidth > it.clientWidth)"
    )
    assert tab.evaluate(f"{wide}.map((it) => it.id)") == []


def test_nothing_in_a_chart_is_cut_off(said: dict[str, Any], house: CommandLine, tab: Tab) -> None:
    tab.show(width=390)
    tab.open(house.folder / "report.html")
    outside = """
        JSON.stringify([...document.querySelectorAll('.chart')].flatMap((chart) => {
            const place = chart.getBoundingClientRect();
            return [...chart.querySelectorAll('text')]
                .map((text) => [text.textContent, text.getBoundingClientRect()])
                .filter(([, box]) => box.left < place.left - 1 || box.right > place.right + 1)
                .map(([text]) => `${chart.id}: ${text}`);
        }))
    """
    assert json.loads(tab.evaluate(outside)) == []


def test_colours_follow_the_reader_without_drawing_again(
    said: dict[str, Any], house: CommandLine, tab: Tab
) -> None:
    tab.show(width=1280)
    tab.open(house.folder / "report.html")
    line = "getComputedStyle(document.querySelector('#chart-curve-account .mark-line path')).stroke"
    light = tab.evaluate(line)
    tab.show(width=1280, scheme="dark")
    assert (light, tab.evaluate(line)) == ("rgb(31, 95, 191)", "rgb(127, 179, 255)")


def test_whoever_has_no_mouse_gets_everywhere(
    said: dict[str, Any], house: CommandLine, tab: Tab
) -> None:
    tab.show(width=1280)
    tab.open(house.folder / "report.html")
    press = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
    tab.call("Input.dispatchKeyEvent", type="rawKeyDown", **press)
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the report"
    scrolling = "[...document.querySelectorAll('.scroll')].every((it) => it.tabIndex === 0)"
    assert tab.evaluate(scrolling)


def test_the_figures_are_those_of_what_is_published(
    house: CommandLine, said: dict[str, Any], tab: Tab
) -> None:
    tab.open(house.folder / "report.html")
    shown = tab.evaluate(
        "[...document.querySelectorAll('.tiles .value')].map((it) => it.textContent)"
    )
    ((parcels, on_the_way),) = house.ask(
        "select count(*), (select count(*) from marts.in_transit) from marts.shipments"
    )
    ((p50, p90),) = house.ask(
        "select p50_days, p90_days from marts.lane_performance where grain = 'account'"
    )
    assert (shown[0], shown[2]) == (f"{parcels:,}", str(on_the_way))
    spelt = [f"{days:.1f}".removesuffix(".0") for days in (p50, p90)]
    assert shown[3:5] == [f"{days}\xa0days" for days in spelt]
    carrier = "document.querySelectorAll('#compare-carrier-table tbody tr').length"
    assert tab.evaluate(carrier) == 20


def test_what_others_write_is_shown_and_never_run(tab: Tab, tmp_path: Path) -> None:
    with warehouse() as db:
        fill_with_hostile(db)
        written = write(db, tmp_path / "report.html", account=HOSTILE)
    tab.events.clear()
    tab.show(width=1280)
    tab.open(written.path)
    assert tab.complaints == []
    assert tab.requests == [written.path.resolve().as_uri()]
    assert tab.evaluate("document.querySelectorAll('.chart svg.marks').length") == written.charts
    assert tab.evaluate("document.images.length") == 0
    assert tab.evaluate("document.querySelector('h1').textContent").startswith("Parcels of </scr")


def test_there_is_nothing_to_report_before_the_first_sync(tmp_path: Path) -> None:
    done = CommandLine.at(tmp_path, "http://127.0.0.1:9/v2").run("report")
    assert (done.returncode, done.stdout) == (1, "")
    assert "run `parcelhouse sync` first" in done.stderr
    assert list(tmp_path.iterdir()) == []
