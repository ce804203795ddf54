"""The account's parcels over time: which exist now, and under what the list finds them."""

from array import array
from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox.growth import Growth
from trackingmore_v2.sandbox.literal import Literals
from trackingmore_v2.sandbox.lives import Laws, Lives
from trackingmore_v2.sandbox.milestones import counted_as
from trackingmore_v2.sandbox.outline import Outline
from trackingmore_v2.sandbox.quirks import order_create_time, ordered_at
from trackingmore_v2.sandbox.register import Register

Note: TypeAlias = Callable[[tuple[int, int]], object]
LITERAL = -1  # in place of a number: somebody put the payload there as it is


class World:
    """Parcels as a function of the seed and the clock, and of what people did to them.

    Rows are those of the register; a number is that of a parcel's creation. The caller moves
    the clock with `settle`, and serialises all access.
    """

    def __init__(self, size: int, laws: Laws) -> None:
        self.laws = laws
        self.now = laws.start
        self.register = Register()
        self._growth = Growth(size, start=laws.start, seed=laws.seed)
        self._lives = Lives(laws, self._growth)
        self._literals = Literals(self._lives.delay)
        self._numbers = array("q")  # row -> number
        self._rows = array("q")  # number -> row
        self._deleted: set[int] = set()
        self._agenda: list[tuple[int, int]] = []  # (instant, row): when to look at a row again
        for _ in range(size):
            self._create(self._agenda.append)
        heapify(self._agenda)

    @property
    def created_count(self) -> int:
        """How many parcels there have ever been, but for literal payloads."""
        return len(self._rows)

    def settle(self, now: int) -> None:
        """Let the world live until *now*; a clock that goes back changes nothing."""
        if now <= self.now:
            return
        self.now = now
        while self.laws.lively and self._growth.created_at(len(self._rows)) <= now:
            self._create(self._note)
        due = set()
        while self._agenda and self._agenda[0][0] <= now:
            due.add(heappop(self._agenda)[1])
        for row in sorted(due):
            self._review(row, self._note)

    def alive(self) -> Iterator[int]:
        """Yield every row that the account holds, shown in the list or not."""
        return (row for row in range(len(self._numbers)) if row not in self._deleted)

    def item(self, row: int) -> Payload:
        """Return the payload of a row as it is now; the caller may keep and change it."""
        number = self._numbers[row]
        if number == LITERAL:
            return self._literals.item(row)
        return self._lives.payload(number, self._lives.version(number, self.now))

    def live_item(self, row: int) -> Payload:
        """Return the payload of a row as if its carrier were asked now; the caller may keep it."""
        number = self._numbers[row]
        if number == LITERAL:
            return self._literals.item(row)
        return self._lives.live_payload(number, self.now)

    def is_listed_as_is(self, row: int) -> bool:
        """Return whether the list shows the newest version of a row, and of a story."""
        number = self._numbers[row]
        if number == LITERAL or not self.register.is_listed(row):
            return False
        return self.register.updated(row) == self._lives.version(number, self.now)

    def listed_item(self, row: int) -> Payload:
        """Return the payload of a row as the list shows it."""
        number = self._numbers[row]
        if number == LITERAL:
            return self._literals.listed_item(row, self.now)
        return self._lives.payload(number, self.register.updated(row))

    def tracking_id(self, row: int) -> str:
        """Return the id of a row."""
        number = self._numbers[row]
        if number == LITERAL:
            return str(self._literals.item(row).get("id", ""))
        return self._lives.tracking_id(number)

    def order_time(self, row: int) -> int:
        """Return the unix second at which the shop took the order; 0 = not said."""
        number = self._numbers[row]
        if number == LITERAL:
            return ordered_at(self._literals.item(row).get("order_create_time"))
        return ordered_at(order_create_time(self._lives.outline(number), seed=self.laws.seed))

    def row_of_id(self, tracking_id: str) -> int | None:
        """Return the row of a tracking that the account holds; None = it holds none."""
        row = self._literals.row_of_id(tracking_id)
        if row is None:
            number = self._lives.identities.number_of_id(tracking_id)
            if number is None or number >= len(self._rows):
                return None
            row = self._rows[number]
        return None if row in self._deleted else row

    def rows_of_number(self, tracking_number: str) -> list[int]:
        """Return the rows of the account with that tracking number, whatever the carrier."""
        names = self._lives.identities
        rows = self._named(tracking_number, names.numbers_like, names.tracking_number)
        return rows + self._literals.rows_with("tracking_number", tracking_number)

    def rows_of_order(self, order_id: str) -> list[int]:
        """Return the rows of the account with that order id."""
        names = self._lives.identities
        rows = self._named(order_id, names.numbers_of_order, names.order_id)
        return rows + self._literals.rows_with("order_id", order_id)

    def put(self, item: Payload) -> None:
        """Add a literal payload; it takes the place of a tracking with the same id."""
        former = self.row_of_id(str(item.get("id", "")))
        if former is not None:
            self.delete(former)
        row = self.register.append()
        self._numbers.append(LITERAL)
        self._literals.add(row, item)
        self._review(row, self._note)

    def touch(self, row: int) -> None:
        """Stamp a row with the present, and give it one more scan."""
        number = self._numbers[row]
        if number == LITERAL:
            self._literals.touch(row, self.now)
        else:
            self._lives.touch(number, self.now)
        self._review(row, self._note)

    def delete(self, row: int) -> None:
        """Take a row out of the account."""
        self._deleted.add(row)
        self._literals.forget(row)
        self.register.strike(row)

    def _create(self, note: Note) -> None:
        number = len(self._rows)
        row = self.register.append()
        self._numbers.append(number)
        self._rows.append(row)
        outline = self._lives.outline(number)
        if outline.leaves and self.laws.lively:
            note((outline.leaves, row))
        quiet = max(outline.settled, outline.created) + self.laws.visibility_delay
        if quiet <= self.now:  # its life is over: no need to tell it
            self._enter(row, outline, updated=outline.settled, status=outline.ending)
        else:
            self._review(row, note)

    def _review(self, row: int, note: Note) -> None:
        """Bring the register up to date about a row, and note when to look again."""
        if row in self._deleted:
            return
        number = self._numbers[row]
        if number == LITERAL:
            again = self._enter_literal(row)
        else:
            outline = self._lives.timeline(number).outline
            if self.laws.lively and outline.leaves and outline.leaves <= self.now:
                self.delete(row)
                return
            appears = outline.created + self._lives.delay(number, outline.created)
            if appears > self.now:
                note((appears, row))
                return
            shown = self._lives.listed_version(number, self.now)
            self._enter(row, outline, updated=shown, status=self._lives.status(number, shown))
            again = self._lives.next_change(number, self.now)
        if again:
            note((again, row))

    def _enter(self, row: int, outline: Outline, *, updated: int, status: str) -> None:
        self.register.enter(
            row,
            created=outline.created,
            updated=updated,
            status=counted_as(status),
            archived=outline.archived,
        )

    def _enter_literal(self, row: int) -> int:
        """Register what a literal payload says; return when the list next shows another."""
        facts = self._literals.facts(row, self.now)
        self.register.enter(
            row,
            created=facts.created,
            updated=facts.updated,
            status=counted_as(facts.status),
            archived=facts.archived,
        )
        return self._literals.next_change(row, self.now)

    def _named(
        self,
        name: str,
        numbers_like: Callable[[str], Iterator[int]],
        name_of: Callable[[Outline], str | None],
    ) -> list[int]:
        found = (number for number in numbers_like(name) if number < len(self._rows))
        rows = [self._rows[n] for n in found if name_of(self._lives.outline(n)) == name]
        return [row for row in dict.fromkeys(rows) if row not in self._deleted]

    def _note(self, entry: tuple[int, int]) -> None:
        heappush(self._agenda, entry)
