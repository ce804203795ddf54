"""The report's page asks nobody for anything, runs nobody else's code, and can be read by all."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import pytest

from reports import charts, words
from reports.page import ASSETS
from reports.tables import Column, link, table
from tests.factories import at, rows, warehouse
from tests.reported import (
    DAY,
    HOSTILE,
    Page,
    fill,
    fill_with_hostile,
    insert,
    known_until,
    parcel,
    reported,
)

COLOUR = re.compile(r"(--[a-z0-9-]+): (#[0-9a-f]{6})")


@pytest.fixture(scope="module")
def busy() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse() as db:
        fill(db, 400, lanes=2)
        insert(db, "core.promises", account="main", promised_days=9)
        for day, left in ((1, 900), (20, 850), (40, 700)):
            read = {"account": "main", "fetched_at": at(day * DAY), "credits_left": left}
            insert(db, "ops.quotas", **read)
        yield db


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def page(busy: duckdb.DuckDBPyConnection, folder: Path) -> Page:
    return reported(busy, folder, pictures=folder / "svg", form="svg")


@pytest.fixture(scope="module")
def hostile(folder: Path) -> Page:
    """A report on texts that want to be more than texts, wherever somebody else writes them."""
    with warehouse() as db:
        fill_with_hostile(db)
        return reported(db, folder, account=HOSTILE)


def test_nothing_is_asked_of_the_network(page: Page) -> None:
    asking = ("src", "srcset", "data", "poster", "action", "formaction", "ping", "background")
    for element in page.elements:
        assert not set(asking) & set(element.attributes), element
        if element.tag in ("link", "a"):
            address = element.attributes["href"] or ""
            assert address == "data:," or address.startswith("#")
    style = page.all("style")[0].text
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_the_two_scripts_of_the_page_and_nothing_else(page: Page) -> None:
    (policy,) = [
        element.attributes["content"] or ""
        for element in page.all("meta")
        if element.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    scripts = [script.text for script in page.all("script") if not script.attributes]
    digests = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split() == [f"'sha256-{digest}'" for digest in digests]
    assert len(scripts) == 2


def test_vega_is_there_once(page: Page) -> None:
    assert len(re.findall(r"window\.vegaEmbed\s*=", page.html)) == 1


def test_hostile_texts_stay_texts(hostile: Page) -> None:
    allowed = {"class", "id", "href", "rel", "role", "tabindex", "lang", "content", "name", "scope"}
    allowed |= {"charset", "http-equiv", "headers", "colspan", "rowspan", "type", "title"}
    for element in hostile.elements:
        assert element.tag != "img"
        named = {name for name in element.attributes if not name.startswith(("aria-", "data-"))}
        assert named <= allowed, element
    assert len(hostile.all("script")) == 3
    for anchor in hostile.all("a"):
        address = anchor.attributes["href"] or ""
        assert address.startswith("#") or urlsplit(address).scheme == "https"
    assert hostile.all("h1")[0].text.startswith("Parcels of </script><script>alert(1)")
    assert hostile.text.count("<img src=x onerror=alert(2)>") >= 15
    assert hostile.specs


def test_no_text_of_others_ends_the_charts_data(hostile: Page) -> None:
    (told,) = hostile.all("script", id="charts")
    assert "<" not in told.text
    names = {row.get("group") for row in hostile.drawn("compare-carrier")}
    assert names == {HOSTILE}


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//host/x",
        "http://",
        "http://[",
        "ftp://a/b",
    ],
)
def test_only_addresses_of_the_web_are_links(address: str | None) -> None:
    assert link(address, "<b>") == "&lt;b&gt;"


def test_a_link_keeps_its_address() -> None:
    told = link("https://carrier.example/?a=1&b=%22", "N1")
    (anchor,) = Page(f"<p>{told}</p>").all("a")
    assert (anchor.attributes["href"], anchor.text) == ("https://carrier.example/?a=1&b=%22", "N1")


def test_a_table_spells_each_kind_and_what_is_missing() -> None:
    kinds = ("count", "days", "share", "text", "number")
    columns = [Column("name", "Name"), *(Column(kind, kind, kind) for kind in kinds)]  # type: ignore[arg-type]
    told = {
        "name": "a",
        "count": 1234,
        "days": 2.34,
        "share": 0.4567,
        "text": "<i>",
        "number": "1–2",
    }
    html = table("t", "A <caption>", columns, [told, {"name": "b", "text": ""}])
    page = Page(f"<div>{html}</div>")
    assert page.all("caption")[0].text == "A <caption>"
    assert page.table("t") == {
        "a": ["1,234", "2.3", "45.7 %", "<i>", "1–2"],
        "b": ["–"] * 5,
    }


def test_landmarks_headings_and_a_way_past_the_navigation(page: Page) -> None:
    for landmark in ("header", "nav", "main", "footer", "h1"):
        assert len(page.all(landmark)) == 1
    assert page.all("html")[0].attributes["lang"] == "en"
    (skip,) = page.all("a", class_="skip")
    targets = {element.attributes.get("id") for element in page.elements}
    assert page.all("a")[0] is skip
    for anchor in page.all("a"):
        assert (anchor.attributes["href"] or "")[1:] in targets
    levels = [int(each.tag[1]) for each in page.elements if re.fullmatch(r"h[1-6]", each.tag)]
    assert all(below <= above + 1 for above, below in pairwise(levels))
    for section in page.all("section"):
        assert section.attributes["aria-labelledby"] in targets


def test_ids_are_there_once(page: Page) -> None:
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))


def test_every_chart_has_words_and_every_table_a_caption(page: Page) -> None:
    places = page.all("div", class_="chart")
    assert [place.attributes["id"] for place in places] == [f"chart-{name}" for name in page.specs]
    for place in places:
        assert place.attributes["role"] == "img"
        title, _, description = (place.attributes["aria-label"] or "").partition(". ")
        assert title
        assert re.search(r"\d", description), place
    tables = page.all("table")
    assert len(page.all("caption")) == len(tables) >= 12
    assert len(page.all("div", class_="scroll", tabindex="0")) == len(tables)
    assert len(page.all("details")) >= 10


def test_colours_are_those_of_the_style_sheet() -> None:
    style = (ASSETS / "style.css").read_text("utf-8")
    light, dark, *_ = style.split("prefers-color-scheme: dark")
    told = dict(COLOUR.findall(light))
    assert {name: told[name] for name in charts.COLOURS} == charts.COLOURS
    assert dict(COLOUR.findall(dark)).keys() == told.keys()


def luminance(colour: str) -> float:
    """As of WCAG 2.2."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("part", [0, 1], ids=["light", "dark"])
def test_texts_and_marks_stand_out(part: int) -> None:
    style = (ASSETS / "style.css").read_text("utf-8")
    colours = dict(COLOUR.findall(style.split("prefers-color-scheme: dark")[part]))
    for ground in ("--page", "--surface", "--note"):
        assert contrast(colours["--ink"], colours[ground]) >= 7
        for text in ("--ink-2", "--blue"):
            assert contrast(colours[text], colours[ground]) >= 4.5
    for mark in ("--blue", "--teal", "--amber", "--red", "--grey", "--focus"):
        assert contrast(colours[mark], colours["--surface"]) >= 3


def test_every_chart_is_a_picture_on_request(page: Page, folder: Path) -> None:
    pictures = {path.stem: path.read_text("utf-8") for path in (folder / "svg").iterdir()}
    assert set(pictures) == set(page.specs)
    for svg in pictures.values():
        assert svg.startswith("<svg")
        assert "var(--" not in svg
        assert "#ffffff" in svg
    assert "By when 50, 80 and 90 % are delivered, by carrier" in pictures["compare-carrier"]


def test_pictures_may_be_pixels(folder: Path) -> None:
    with warehouse() as db:
        known_until(db, 5)
        parcel(db, "a")
        page = reported(db, folder, pictures=folder / "png", form="png")
    pictures = list((folder / "png").iterdir())
    assert {path.name for path in pictures} == {f"{name}.png" for name in page.specs} != set()
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pictures)


def test_every_chart_is_valid_vega_lite(page: Page) -> None:
    import altair as alt

    assert {"promises", "quota", "curve-lane-8"} <= set(page.specs)
    for spec in page.specs.values():
        alt.Chart.from_dict(spec)  # raises on what the schema does not know
        used = set(re.findall(r"var\((--[a-z0-9-]+)\)", json.dumps(spec)))
        assert used <= set(charts.COLOURS)


def test_credits_are_those_of_the_mart(page: Page, busy: duckdb.DuckDBPyConnection) -> None:
    (told,) = rows(busy, "select * from marts.quota_runway")
    assert f"700 credits left on {words.instant(told['fetched_at'])}" in page.text
    assert f"they last {told['days_left']:.0f} days" in page.text
    assert [row["credits"] for row in page.drawn("quota")] == [900, 850, 700]
