"""What a report is made of: sections of blocks, some of which are charts."""

from html import escape
from typing import Any, NamedTuple


class Chart(NamedTuple):
    """A Vega-Lite chart and what is said of it to those who do not see it."""

    name: str  # in ids and file names
    title: str
    description: str
    spec: dict[str, Any]


class Block(NamedTuple):
    """A piece of a section, as HTML; with the chart that is to be drawn in it, if any."""

    html: str
    charts: tuple[Chart, ...] = ()


class Section(NamedTuple):
    """One heading of the report."""

    name: str
    title: str
    blocks: tuple[Block, ...]

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The charts of its blocks, in their order."""
        return tuple(chart for block in self.blocks for chart in block.charts)


def text(*sentences: str) -> Block:
    """Return a paragraph."""
    return Block(f"<p>{escape(' '.join(sentences))}</p>")


def missing(*sentences: str) -> Block:
    """Return a paragraph that says why there is nothing to see."""
    return Block(f'<p class="missing">{escape(" ".join(sentences))}</p>')


def heading(words: str) -> Block:
    """Return a heading within a section."""
    return Block(f"<h3>{escape(words)}</h3>")


def hint(sentence: str, command: str) -> Block:
    """Return a sentence and what to type."""
    return Block(f'<p class="hint">{escape(sentence)} <code>{escape(command)}</code></p>')


def table(html: str) -> Block:
    """Return a table that is read by itself, in a frame that scrolls where it is too wide."""
    return Block(_scrolling(html))


def figure(chart: Chart, *, basis: str, table: str, note: str = "") -> Block:
    """Return a chart with what it is based on, and its numbers as a table to unfold."""
    return Block(_figure(chart, basis=basis, table=table, note=note), (chart,))


def gallery(figures: list[tuple[Chart, str]], *, basis: str, table: str) -> Block:
    """Return small charts side by side, each with its own basis, and one table of them all."""
    shown = "".join(_figure(chart, basis=own, table="", note="") for chart, own in figures)
    return Block(
        f'<div class="gallery">{shown}</div><p class="basis">{escape(basis)}</p>'
        + _unfolding(table, "The numbers behind these charts"),
        tuple(chart for chart, _ in figures),
    )


def _figure(chart: Chart, *, basis: str, table: str, note: str) -> str:
    """Return a chart that is one image to a screen reader: the table tells its parts."""
    noted = f'<p class="note">{escape(note)}</p>' if note else ""
    unfolding = _unfolding(table, f"The numbers behind “{chart.title}”") if table else ""
    return (
        f'<figure><figcaption id="title-{chart.name}">{escape(chart.title)}</figcaption>'
        f'<div class="chart" id="chart-{chart.name}" role="img"'
        f' aria-label="{escape(f"{chart.title}. {chart.description}")}"></div>'
        f'{noted}<p class="basis">{escape(basis)}</p>{unfolding}</figure>'
    )


def _unfolding(table: str, words: str) -> str:
    return f"<details><summary>{escape(words)}</summary>{_scrolling(table)}</details>"


def _scrolling(table: str) -> str:
    """Whoever has no mouse scrolls a frame that can be focused."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="Table">{table}</div>'
