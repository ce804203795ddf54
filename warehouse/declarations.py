"""Reads the .sql files: the views and macros, each with its documentation."""

import re
from functools import cache
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import duckdb

SQL = Path(__file__).parent / "sql"
MACROS = "macros"
VIEW_SCHEMAS = ("core", "marts", "queues", "checks")
# Views too heavy to be asked each time: tables of their rows, which materialised.py looks after.
MATERIALISED = ("marts.events", "marts.shipments", "marts.gaps")
DEFINITIONS = "build"  # the schema in which those are views
LEVELS = ("fail", "warn")


class View(NamedTuple):
    """One .sql file: folder = schema, file = name, header comment = its documentation."""

    name: str
    sentence: str
    query: str
    columns: tuple[tuple[str, str], ...] = ()  # name and sentence, where the header tells of it

    @property
    def is_materialised(self) -> bool:
        """Whether a table of this name holds its rows."""
        return self.name in MATERIALISED

    @property
    def definition(self) -> str:
        """The name under which it is a view: its own, unless a table has that."""
        return f"{DEFINITIONS}.{self.name.split('.')[1]}" if self.is_materialised else self.name

    @property
    def level(self) -> str:
        """How grave it is that a check returns rows: fail | warn; its header begins with it.

        Raises:
            ValueError: the header says neither.
        """
        level = self.sentence.partition(":")[0]
        if level not in LEVELS:
            raise ValueError(f"The header of {self.name} must begin with `fail:` or `warn:`.")
        return level

    @property
    def statement(self) -> str:
        """Makes it, or replaces one of that name."""
        return f"create or replace view {self.definition} as {self.query}"


class Macro(NamedTuple):
    """One file of macros/, in schema main: file = name, header comment = its documentation."""

    name: str
    sentence: str
    statement: str

    @property
    def is_table(self) -> bool:
        """Whether it stands where a table does."""
        return bool(re.search(r"\bas table\b", code(self.statement)))

    @property
    def kind(self) -> str:
        """What COMMENT ON calls it."""
        return "macro table" if self.is_table else "macro"

    @property
    def arguments(self) -> str:
        """What stands in its parentheses, defaults included."""
        called = code(self.statement).partition(f"macro {self.name}(")[2]
        return " ".join(re.split(r"\)\s*as\b", called)[0].split())


def sources() -> tuple[tuple[str, str], ...]:
    """Return the .sql files by folder and name, and how they are read: all that declares."""
    files = [
        path for schema in (MACROS, *VIEW_SCHEMAS) for path in sorted((SQL / schema).glob("*.sql"))
    ]
    return tuple(
        (f"{path.parent.name}.{path.stem}", path.read_text("utf-8"))
        for path in (Path(__file__), *files)
    )


@cache
def declarations() -> tuple[Macro | View, ...]:
    """Return the macros and views of the .sql files, each behind those it uses.

    A macro of DuckDB is bound when it is made, as a view is: what it names must be there. What
    it is told by an argument, as `query_table` is, need not.

    Raises:
        graphlib.CycleError: some use each other.
    """
    found: dict[str, Macro | View] = {}
    for path in sorted((SQL / MACROS).glob("*.sql")):
        text = path.read_text("utf-8")
        found[path.stem] = Macro(path.stem, header(text), text.strip().rstrip(";"))
    for schema in VIEW_SCHEMAS:
        for path in sorted((SQL / schema).glob("*.sql")):
            text = path.read_text("utf-8")
            name = f"{schema}.{path.stem}"
            sentence, columns = _with_columns(header(text))
            found[name] = View(name, sentence, text.strip().rstrip(";"), columns)
    # sorted: the fingerprint of the file hangs on the order
    uses = {
        name: sorted(names(each.statement) & found.keys() - {name}) for name, each in found.items()
    }
    return tuple(found[name] for name in TopologicalSorter(uses).static_order())


def views() -> tuple[View, ...]:
    """Return the views of the .sql files, each behind those it reads."""
    return tuple(each for each in declarations() if isinstance(each, View))


def macros() -> tuple[Macro, ...]:
    """Return the macros of the .sql files, each behind those it calls."""
    return tuple(each for each in declarations() if isinstance(each, Macro))


def header(sql: str) -> str:
    """Return the comment a .sql file opens with, each of its paragraphs as one line.

    A line that begins with a dash begins a paragraph.
    """
    paragraphs: list[list[str]] = [[]]
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        said = line.removeprefix("--").strip()
        if not said or said.startswith("- "):
            paragraphs.append([])
        if said:
            paragraphs[-1].append(said)
    return "\n".join(" ".join(lines) for lines in paragraphs if lines)


def _with_columns(header: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what a header says of a view, and its list of columns, `- name: sentence`."""
    told, columns = [], []
    for paragraph in header.splitlines():
        if column := re.fullmatch(r"- (\w+): (.+)", paragraph):
            columns.append((column[1], column[2]))
        else:
            told.append(paragraph)
    return "\n".join(told), tuple(columns)


def code(sql: str) -> str:
    """Return *sql* without its comments, by DuckDB's own tokenizer."""
    tokens = [*duckdb.tokenize(sql), (len(sql), duckdb.token_type.comment)]
    return "".join(
        sql[begin:end]
        for (begin, kind), (end, _) in pairwise(tokens)
        if kind != duckdb.token_type.comment
    )


def quoted(text: str) -> str:
    """Return *text* as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


@cache
def names(sql: str) -> frozenset[str]:
    """Return every word of *sql*, and every two with a dot between them.

    Names within strings are among them: that is how a macro is told what to read. DuckDB's list
    of a query's tables has not these, and asks that its macros exist.
    """
    told = code(sql)
    return frozenset(re.findall(r"\w+", told) + re.findall(r"\w+\.\w+", told))
