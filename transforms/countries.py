"""Countries by the names that carriers and merchants give them, and the clocks they live by.

Names are read by country_converter, clocks by the tz database's own zone.tab (package tzdata);
both are corrected by files of the vocabulary. Neither is imported before it is needed.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from transforms.vocabulary import files_fingerprint, rows

if TYPE_CHECKING:
    from country_converter import CountryConverter

# Differences between zones are looked up on these days: both halves of the year, a decade long.
_DAYS = [datetime(year, month, 15, 12) for year in range(2016, 2027) for month in (1, 7)]  # noqa: DTZ001


class Country(NamedTuple):
    """A country and the clock that its carriers are taken to use."""

    iso2: str
    name: str
    main_zone: str | None
    zone_count: int
    error_hours: float | None  # how far another of its zones can be from the main one


class Spelling(NamedTuple):
    """A name in lower case, and which country it names."""

    spelling: str
    iso2: str
    said_by: str  # library | override
    is_place_too: bool  # also the name of a town or state elsewhere, as Jamaica is


def edition() -> str:
    """Return what names and clocks depend on: the libraries' versions, the vocabulary's files."""
    libraries = [f"{name} {version(name)}" for name in ("country_converter", "tzdata")]
    return ", ".join([*libraries, files_fingerprint()])


def countries() -> list[Country]:
    """Return every country that has a name or a clock."""
    zones = _zones()
    decided = {row["iso2"]: row for row in rows("zones.csv")}
    names = {iso2: short for iso2, short, _, _ in _library()}
    found = []
    for iso2 in sorted(names.keys() | zones.keys()):
        its = zones.get(iso2, [])
        main = its[0] if its else None
        if iso2 in decided:
            main = decided[iso2]["main_zone"]
            its = [main] if decided[iso2]["is_only_clock"] else its
        error = max((_apart(main, zone) for zone in its), default=0.0) if main else None
        count = len({*its, main} - {None})
        found.append(Country(iso2, names.get(iso2, iso2), main, count, error))
    return found


def spellings() -> list[Spelling]:
    """Return names that need no library to be read: short, official, three letters, overrides."""
    overrides = {row["name"].lower(): row for row in rows("country_names.csv")}
    found = {
        spelling.lower(): iso2
        for iso2, *names in _library()
        for spelling in names
        if spelling.lower() not in overrides
    }
    return [Spelling(name, iso2, "library", False) for name, iso2 in found.items()] + [
        Spelling(name, row["iso2"], "override", row["is_place_too"] == "1")
        for name, row in overrides.items()
    ]


def iso2_of(names: Iterable[str]) -> dict[str, tuple[str, str] | None]:
    """Return by name the country's two letters and who said so; None: no country's name.

    Takes about a millisecond a name that has to be looked at closely.
    """
    known = {spelling.spelling: spelling for spelling in spellings()}
    found: dict[str, tuple[str, str] | None] = {}
    for name in names:
        plain = " ".join(name.split()).lower()
        if plain in known:
            found[name] = (known[plain].iso2, known[plain].said_by)
        else:
            iso2 = _converter().convert(name, to="ISO2") if plain else None
            # several countries are a list, none is the words "not found"
            is_one = isinstance(iso2, str) and len(iso2) == 2
            found[name] = (str(iso2), "library") if is_one else None
    return found


def _apart(one: str, other: str) -> float:
    """Return by how many hours two zones differ at most."""
    return max(abs(_offset(one, day) - _offset(other, day)) / timedelta(hours=1) for day in _DAYS)


def _offset(zone: str, day: datetime) -> timedelta:
    return day.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()


def _zones() -> dict[str, list[str]]:
    """Return the zones of each country as zone.tab has them, the first one first."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    zones: dict[str, list[str]] = {}
    for line in table.splitlines():
        if not line.startswith("#"):
            iso2, _, zone, *_ = line.split("\t")
            zones.setdefault(iso2, []).append(zone)
    return zones


@cache
def _library() -> list[tuple[str, str, str, str]]:
    """Return of each country that still exists: two letters, short and official name, three."""
    data = _converter().data
    now = data[data["obsolete"].isna() & data["ISO2"].notna()]
    names = now[["ISO2", "name_short", "name_official", "ISO3"]]
    # where a country has several codes the library separates them: ^GB$|^UK$
    return [
        ("".join(filter(str.isalnum, str(iso2).split("|")[0])), short, official, iso3)
        for iso2, short, official, iso3 in names.itertuples(index=False)
    ]


@cache
def _converter() -> "CountryConverter":
    import country_converter
    import pandas as pd

    # it reports every name it does not know
    logging.getLogger("country_converter").setLevel(logging.CRITICAL)
    # read here, because by itself it takes Namibia's NA for nothing with pandas 3
    table = (files("country_converter") / "country_data.tsv").read_text("utf-8")
    data = pd.read_csv(StringIO(table), sep="\t", keep_default_na=False, na_values=[""])
    return country_converter.CountryConverter(country_data=data)
