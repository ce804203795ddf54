"""Marts filled by hand for reports, and reports read back as a browser would."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from json import loads
from pathlib import Path
from typing import Any

import duckdb

from reports.report import write
from tests.factories import at

DAY = 86_400
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{x}}$title\x00\u2028"
LENGTHS = {"dhl": 0.6, "china-post": 5.0, "yanwen": 3.5, "fedex": 0.8}


def known_until(db: duckdb.DuckDBPyConnection, day: float, account: str = "main") -> None:
    """Let the account be known up to that day of its story."""
    db.execute(
        "insert into ops.watermarks by name select $account as account,"
        " 'update_time' as scope, $until as watermark_at",
        {"account": account, "until": at(day * DAY)},
    )


def insert(db: duckdb.DuckDBPyConnection, table: str, **row: Any) -> None:
    """Insert one row; columns that are not named are null."""
    columns = ", ".join(f'${name} as "{name}"' for name in row)
    db.execute(f"insert into {table} by name select {columns}", row)


def parcel(db: duckdb.DuckDBPyConnection, tracking_id: str, **told: Any) -> None:
    """Insert a parcel that is on the way, first scanned on day 0 and last looked at on day 5."""
    usual = {
        "account": "main",
        "tracking_id": tracking_id,
        "tracking_number": f"N-{tracking_id}",
        "carrier_code": "dhl",
        "lane": "DE>NO",
        "outcome": "open",
        "outcome_code": 0,
        "observed_days": 5.0,
        "created_at": at(0),
        "first_scan_at": at(0),
        "first_scan_local_date": at(0).date(),
        "ship_week": at(0).date(),
        "last_event_at": at(DAY),
        "last_milestone": "in_transit",
        "follow_up_at": at(5 * DAY),
        "is_deleted": False,
        "has_exception": False,
        "clock_confidence": "exact",
        "flags": [],
    }
    insert(db, "marts.shipments", **(usual | told))


def silence(db: duckdb.DuckDBPyConnection, tracking_id: str, days: float, **told: Any) -> None:
    """Insert how long nothing was heard of a parcel that is on the way."""
    usual = {
        "account": "main",
        "tracking_id": tracking_id,
        "carrier_code": "dhl",
        "lane": "DE>NO",
        "outcome": "open",
        "milestone": "in_transit",
        "happened_at": at(DAY),
        "until_at": at((1 + days) * DAY),
        "gap_days": days,
        "event": 0,
        "grp_lane": "main|dhl|DE>NO|in_transit",
        "grp_carrier": "main|dhl|in_transit",
        "grp_milestone": "main|in_transit",
    }
    insert(db, "marts.gaps", **(usual | told))


def fill(db: duckdb.DuckDBPyConnection, parcels: int, *, days: int = 120, lanes: int = 1) -> None:
    """Insert parcels of four carriers that were shipped evenly over *days*, known until their end.

    A few are returned or lost; those that take longer than there was time are open. Each has two
    gaps between scans that ended, and an open one its silence besides.
    """
    known_until(db, days)
    lengths = ", ".join(f"('{carrier}', {length})" for carrier, length in LENGTHS.items())
    db.execute(
        f"""
        insert into marts.shipments by name
        with numbered as (
            select
                i,
                (['dhl', 'china-post', 'yanwen', 'fedex'])[1 + i % 4] as carrier_code,
                (['US', 'DE', 'GB', 'FR', 'NO', 'ES', 'IT', 'PL'])[1 + i // 4 % {lanes}] as to_iso2,
                $begin + to_seconds(floor(i * {days} * 86400 / {parcels})) as first_scan_at,
                hash(i) % 997 / 997 as chance,
                hash(-i) % 97 as lot
            from range({parcels}) as numbers (i)
        ),
        timed as (
            select
                *,
                'CN' as origin_iso2,
                length * (1 + 5 * chance * chance) as needs,
                epoch($until - first_scan_at) / 86400 as lived
            from numbered
            inner join (values {lengths}) as lengths (carrier, length) on carrier = carrier_code
        )
        select
            'main' as account,
            md5(i::varchar) as tracking_id,
            'T' || i as tracking_number,
            carrier_code,
            origin_iso2,
            to_iso2 as destination_iso2,
            'CN>' || to_iso2 as lane,
            case
                when needs > lived then 'open'
                when lot < 3 then 'returned'
                when lot = 3 then 'lost'
                else 'delivered'
            end as outcome,
            list_position(['open', 'delivered', 'returned', 'lost'], outcome) - 1 as outcome_code,
            least(needs, lived) as observed_days,
            if(outcome = 'delivered', needs, null) as transit_days,
            date_trunc('week', first_scan_at)::date as ship_week,
            first_scan_at as created_at,
            first_scan_at,
            first_scan_at::date as first_scan_local_date,
            first_scan_at - interval 12 hours as label_at,
            0.5 as handover_to_carrier_days,
            if(outcome = 'delivered', first_scan_at + to_hours((needs * 24)::int), null)
                as delivered_at,
            delivered_at as ended_at,
            delivered_at as carrier_done_at,
            delivered_at::date as carrier_done_local_date,
            $until as follow_up_at,
            first_scan_at + interval 6 hours as last_event_at,
            'in_transit' as last_milestone,
            false as is_deleted,
            lot = 5 as has_exception,
            if(outcome = 'delivered', lot > 10, null) as first_attempt_success,
            'exact' as clock_confidence,
            []::varchar[] as flags
        from timed
        """,
        {"begin": at(0), "until": at(days * DAY)},
    )
    db.execute(
        """
        insert into marts.gaps by name
        select
            shipments.* exclude (first_scan_at, observed_days),
            'in_transit' as milestone,
            first_scan_at as happened_at,
            event,
            if(event = 1, gap, observed_days) as gap_days,
            concat_ws('|', account, carrier_code, lane, milestone) as grp_lane,
            concat_ws('|', account, carrier_code, milestone) as grp_carrier,
            concat_ws('|', account, milestone) as grp_milestone
        from (
            select account, tracking_id, carrier_code, lane, outcome, first_scan_at, observed_days
            from marts.shipments
        ) as shipments
        cross join (values (1, 0.5), (1, 1.5), (0, 0)) as gaps (event, gap)
        where event = 1 or outcome = 'open'
        """
    )


def fill_with_hostile(db: duckdb.DuckDBPyConnection) -> None:
    """Insert an account, HOSTILE, in which whatever somebody else writes wants to be code."""
    known_until(db, 30, HOSTILE)
    known_until(db, 30, f"other {HOSTILE}")
    told = {"account": HOSTILE, "carrier_code": HOSTILE, "lane": f"{HOSTILE}>NO"}
    for number in range(30):
        days = {"observed_days": number / 3, "transit_days": number / 3}
        parcel(db, f"delivered {number}", **told, outcome="delivered", outcome_code=1, **days)
    for number, address in enumerate(("javascript:alert(3)", f"https://x/{HOSTILE}", HOSTILE)):
        refused = {"last_milestone": "refused", "tracking_number": HOSTILE, "order_id": HOSTILE}
        parcel(db, str(number), **told, **refused)
        silence(db, str(number), 4.0, account=HOSTILE)
        seen = {"account": HOSTILE, "tracking_id": str(number), "origin_weblink": address}
        insert(db, "core.trackings", **seen)
    insert(db, "core.promises", account=HOSTILE, promised_days=4)
    flags = dict.fromkeys(("is_repeat", "is_contradicted", "is_date_only"), False)
    said = {"account": HOSTILE, "said": HOSTILE, "milestone_source": "none", "tracking_id": "1"}
    insert(db, "marts.events", carrier_code=HOSTILE, **said, **flags)


@dataclass
class Element:
    """A start tag, with the text that follows it up to its end."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A report as a browser reads it."""

    html: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[Element] = []
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in ("meta", "link", "br"):
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements of that name, those with these attributes; `class_` is class."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if element.tag == tag and wanted.items() <= element.attributes.items()
        ]

    @property
    def text(self) -> str:
        """What is to be read, on one line."""
        return " ".join(self.all("body")[0].text.split())

    @property
    def specs(self) -> dict[str, dict[str, Any]]:
        """The charts, by name."""
        found: dict[str, dict[str, Any]] = loads(self.all("script", id="charts")[0].text)["specs"]
        return found

    def drawn(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a chart, layer by layer."""

        def within(spec: dict[str, Any]) -> list[dict[str, Any]]:
            below = [row for layer in spec.get("layer", ()) for row in within(layer)]
            return list(spec.get("data", {}).get("values", ())) + below

        return within(self.specs[name])

    def table(self, name: str) -> dict[str, list[str]]:
        """Return the cells of a table by the name of their row."""
        part = re.search(rf'<table id="{name}-table".*?</table>', self.html, re.DOTALL)
        assert part, f"there is no table {name}"
        rows = Page(f"<div>{part[0]}</div>")
        cells: dict[str, list[str]] = {}
        for element in rows.elements:
            if element.tag == "th" and element.attributes.get("scope") == "row":
                cells[element.text] = row = []
            elif element.tag == "td":
                row.append(element.text)
        return cells


def reported(
    db: duckdb.DuckDBPyConnection, folder: Path, *, account: str = "main", **options: Any
) -> Page:
    """Write a report and read it."""
    written = write(db, folder / "report.html", account=account, **options)
    return Page(written.path.read_text("utf-8"))
