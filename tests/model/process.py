"""A process that runs a command, and may die of it at any of its moments."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb

from flows.steps.run import LocalRun, Run
from tests.model.wire import Fault


class Action(NamedTuple):
    """Something that happens in the world, to *count* parcels from the *place*-th on."""

    kind: str
    place: int = 0
    count: int = 1


class Death(NamedTuple):
    """Where a process ends without a word: at its *nth* moment, statement or commit.

    A moment is just before a question, and just before the warehouse is opened. `statement`
    is before it is executed, be it the commit; `committed` is just behind a commit.
    """

    place: str
    nth: int


class Mishaps(NamedTuple):
    """What goes wrong during one command."""

    storm: dict[int, tuple[Action, ...]] = {}  # noqa: RUF012 - never written to
    """What happens just before which moment."""
    faults: dict[int, Fault] = {}  # noqa: RUF012
    death: Death | None = None


CALM = Mishaps()


class Died(BaseException):
    """The process is gone."""


@dataclass
class Life:
    """One process from its first moment to its last; another one may sync beside it, once."""

    mishaps: Mishaps
    happens: Callable[[Action], None]
    committed: Callable[[duckdb.DuckDBPyConnection], None]
    seen: Counter[str] = field(default_factory=Counter)
    is_dead: bool = False

    def reaches(self, place: str) -> None:
        self.seen[place] += 1
        if self.mishaps.death == (place, self.seen[place]):
            self.is_dead = True
            raise Died

    def moment(self) -> None:
        for action in self.mishaps.storm.get(self.seen["moment"] + 1, ()):
            self.happens(action)
        self.reaches("moment")


class Mortal:
    """A connection that dies with its process."""

    def __init__(self, db: duckdb.DuckDBPyConnection, life: Life) -> None:
        self._db = db
        self._life = life

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, statement: str, *bound: Any) -> Any:
        if not self._life.is_dead:  # what was open is rolled back, as the kernel's end would
            self._life.reaches("statement")
        result = self._db.execute(statement, *bound)
        if statement == "commit":
            self._life.committed(self._db)
            self._life.reaches("committed")
        return result


@dataclass
class Process(Run):
    """A run that may die."""

    life: Life = field(kw_only=True)

    def __post_init__(self) -> None:
        """Keep nothing open: what a clock closes, nobody could repeat."""

    @contextmanager
    def tables(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self.life.moment()
        with LocalRun.tables(self) as db:
            yield Mortal(db, self.life)  # type: ignore[misc]
