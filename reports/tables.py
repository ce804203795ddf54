"""Tables of the report, by Great Tables; the page's own style sheet dresses them."""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from reports.words import UNKNOWN

Kind = Literal["text", "number", "count", "days", "share", "html"]


class Column(NamedTuple):
    """One column: where its value is in a row, what it is called, how it is spelt.

    `number` is a text that stands with numbers; `html` is for cells that come from `link`, and
    for nothing that came from elsewhere.
    """

    key: str
    label: str
    kind: Kind = "text"


def table(
    name: str,
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    *,
    groups: str | None = None,
) -> str:
    """Return a table as HTML, its first column being the name of a row.

    Args:
        name: Its id in the page.
        caption: What it is, for those who cannot see what stands above it.
        columns: In their order.
        rows: In their order.
        groups: The key by which neighbouring rows have a heading in common.
    """
    import pandas as pd
    from great_tables import GT

    keys = [column.key for column in columns]
    frame = pd.DataFrame(
        [{key: row.get(key) for key in (*keys, *([groups] if groups else ()))} for row in rows],
        dtype=object,
    )
    drawn = GT(frame, rowname_col=keys[0], groupname_col=groups, id=f"table-{name}")
    drawn = drawn.tab_stubhead(columns[0].label)
    drawn = drawn.cols_label({column.key: column.label for column in columns[1:]})
    for column in columns:
        drawn = drawn.fmt(_SPELLINGS[column.kind], columns=column.key)
        is_number = column.kind not in ("text", "html")
        if column is not columns[0]:
            drawn = drawn.cols_align("right" if is_number else "left", columns=column.key)
    made: str = drawn.as_raw_html()
    found = re.search(r"<table.*</table>", made, re.DOTALL)
    assert found is not None  # noqa: S101 - Great Tables draws a table
    return re.sub(
        r"<table([^>]*)>",
        lambda tag: (
            f'<table id="{name}-table"{tag[1]}><caption><span>{escape(caption)}</span></caption>'
        ),
        found[0],
        count=1,
    )


def link(address: str | None, words: str) -> str:
    """Return *words* as HTML, leading to *address* where that is one of the web's."""
    if address is None or not _is_of_the_web(address):
        return escape(words)
    return f'<a href="{escape(address)}" rel="noopener noreferrer">{escape(words)}</a>'


def _is_of_the_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _spelling(spell: Callable[[Any], str]) -> Callable[[Any], str]:
    """Return how a cell is spelt, one without a value included."""
    return lambda value: UNKNOWN if value in (None, "") or value != value else spell(value)


def _percent(number: float) -> str:
    return f"{number * 100:.1f} %"


_SPELLINGS: dict[Kind, Callable[[Any], str]] = {
    "text": _spelling(lambda value: escape(str(value))),
    "number": _spelling(lambda value: escape(str(value))),
    "count": _spelling(lambda value: f"{value:,.0f}"),
    "days": _spelling(lambda value: f"{value:,.1f}"),
    "share": _spelling(_percent),
    "html": _spelling(str),
}
