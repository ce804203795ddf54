"""The page around the sections: one HTML file that asks nobody for anything."""

import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from reports import words
from reports.charts import CONFIG
from reports.parts import Section
from reports.reading import Reading

ASSETS = Path(__file__).parent / "assets"

PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src $hashes; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>$title$dated</title>
<link rel="icon" href="data:,">
<style>
$style</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<h1>$title</h1>
<p class="lead">$lead</p>
</header>
<nav aria-label="Sections"><ul>$links</ul></nav>
<main id="main" tabindex="-1">
<noscript><p class="missing">Charts need JavaScript; the tables have their numbers.</p></noscript>
$sections
</main>
<footer>$footer</footer>
<script type="application/json" id="charts">$charts</script>
$scripts
</body>
</html>
""")

FOOTER = """\
<h2>How to read it</h2>
<p>Nothing here hangs on the day on which you open it: ages and shares are counted up to the time
at the top, beyond which the warehouse knows nothing. A percentile is told where enough parcels are
delivered (6 for p50, 17 for p80, 36 for p90) and at least 10 are still followed at that time; else
the report says “at least so many days”. Ranges are of 95 % confidence.</p>
<p>Made by Parcelhouse from its published tables; the file contains all that it shows.</p>
"""


def page(reading: Reading, sections: Sequence[Section], others: Sequence[str]) -> str:
    """Return the report as HTML.

    A policy in its head forbids every request and every script but the report's own: what a
    carrier or a customer wrote cannot run, even where it were not escaped.

    Args:
        reading: Knows the account, and up to when.
        sections: In their order, the first one without a link to it.
        others: The accounts, or further accounts, of which something is published.
    """
    scripts = _scripts() if any(section.charts for section in sections) else ()
    return PAGE.substitute(
        title=escape(f"Parcels of {reading.whose}"),
        dated=f", {words.day(reading.as_of)}" if reading.as_of else "",
        lead=escape(_lead(reading, others)),
        hashes=" ".join(f"'sha256-{_digest(script)}'" for script in scripts) or "'none'",
        style=(ASSETS / "style.css").read_text("utf-8"),
        links="".join(
            f'<li><a href="#{section.name}">{escape(section.title)}</a></li>'
            for section in sections[1:]
        ),
        sections="\n".join(map(_section, sections)),
        footer=FOOTER,
        charts=_charts(sections),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def _lead(reading: Reading, others: Sequence[str]) -> str:
    said = (
        f"As the warehouse knew them on {words.instant(reading.as_of)}."
        if reading.as_of
        else "Nothing of this account is published."
    )
    if reading.is_over_all:
        return f"{said} They are those of {words.listed(others)} together."
    if others:
        said += (
            f" Published too: {words.listed(others)}; PARCELHOUSE_ACCOUNT says whose report it is."
        )
    return said


def _section(section: Section) -> str:
    blocks = "\n".join(block.html for block in section.blocks)
    return (
        f'<section id="{section.name}" aria-labelledby="h-{section.name}">\n'
        f'<h2 id="h-{section.name}">{escape(section.title)}</h2>\n{blocks}\n</section>'
    )


def _charts(sections: Sequence[Section]) -> str:
    """Return the charts as JSON that cannot end the element that it stands in."""
    specs = {chart.name: chart.spec for section in sections for chart in section.charts}
    said = json.dumps(
        {"config": CONFIG, "specs": specs},
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        default=str,
    )
    return said.replace("<", "\\u003c")


@cache
def _scripts() -> tuple[str, str]:
    """Return Vega's libraries and what draws with them."""
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # within a string of the script this is the same text; within the page it would end the script
    libraries = bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return libraries, (ASSETS / "draw.js").read_text("utf-8")


def _digest(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode()
