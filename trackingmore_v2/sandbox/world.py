"""The account's parcels over time: which exist now, and under what the list finds them."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from heapq import heapify, heappop, heappush
from typing import TypeAlias

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox.directory import Directory
from trackingmore_v2.sandbox.growth import Growth
from trackingmore_v2.sandbox.literal import Literals
from trackingmore_v2.sandbox.lives import Laws, Lives
from trackingmore_v2.sandbox.milestones import counted_as
from trackingmore_v2.sandbox.outline import Outline
from trackingmore_v2.sandbox.quirks import ordered_at
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
        self.lives = Lives(laws, self._growth)
        self.literals = Literals(self.lives.delay)
        self._numbers = array("q")  # row -> number
        self.directory = Directory(self.lives)
        self._deleted: set[int] = set()
        self._kept: set[int] = set()  # rows that came back, which the merchant deletes no more
        self._agenda: list[tuple[int, int]] = []  # (instant, row): when to look at a row again
        for _ in range(size):
            self._create(self._agenda.append)
        heapify(self._agenda)

    @property
    def created_count(self) -> int:
        """How many parcels there have ever been, but for literal payloads."""
        return len(self.directory.rows)

    def settle(self, now: int) -> None:
        """Let the world live until *now*; a clock that goes back changes nothing."""
        if now <= self.now:
            return
        self.now = now
        while self.laws.lively and self._growth.created_at(self.created_count) <= now:
            self._create(self._note)
        due = set()
        while self._agenda and self._agenda[0][0] <= now:
            due.add(heappop(self._agenda)[1])
        for row in sorted(due):
            self.review(row)

    def alive(self) -> Iterator[int]:
        """Yield every row that the account holds, shown in the list or not."""
        return (row for row in range(len(self._numbers)) if row not in self._deleted)

    def item(self, row: int) -> Payload:
        """Return the payload of a row as it is now; the caller may keep and change it."""
        number = self._numbers[row]
        if number == LITERAL:
            return self.literals.item(row)
        return self.lives.payload(number, self.lives.version(number, self.now))

    def live_item(self, row: int) -> Payload:
        """Return the payload of a row as if its carrier were asked now; the caller may keep it."""
        number = self._numbers[row]
        if number == LITERAL:
            return self.literals.item(row)
        return self.lives.live_payload(number, self.now)

    def is_listed_as_is(self, row: int) -> bool:
        """Return whether the list shows the newest version of a row, and of a story."""
        number = self._numbers[row]
        if number == LITERAL or not self.register.is_listed(row):
            return False
        return self.register.updated(row) == self.lives.version(number, self.now)

    def listed_item(self, row: int) -> Payload:
        """Return the payload of a row as the list shows it."""
        number = self._numbers[row]
        if number == LITERAL:
            return self.literals.listed_item(row, self.now)
        return self.lives.payload(number, self.register.updated(row))

    def tracking_id(self, row: int) -> str:
        """Return the id of a row."""
        number = self._numbers[row]
        if number == LITERAL:
            return str(self.literals.item(row).get("id", ""))
        return self.lives.tracking_id(number)

    def order_time(self, row: int) -> int:
        """Return the unix second at which the shop took the order; 0 = not said."""
        number = self._numbers[row]
        if number == LITERAL:
            return ordered_at(self.literals.item(row).get("order_create_time"))
        return ordered_at(self.lives.order_create_time(number))

    def row_of_id(self, tracking_id: str) -> int | None:
        """Return the row of a tracking that the account holds; None = it holds none."""
        row = self.literals.row_of_id(tracking_id)
        if row is None:
            row = self.directory.row_of_id(tracking_id)
        return None if row is None or row in self._deleted else row

    def rows_of_number(self, tracking_number: str) -> list[int]:
        """Return the rows of the account with that tracking number, whatever the carrier."""
        rows = self._held(self.directory.rows_of_number(tracking_number))
        return rows + self.literals.rows_with("tracking_number", tracking_number)

    def rows_of_order(self, order_id: str) -> list[int]:
        """Return the rows of the account with that order id."""
        rows = self._held(self.directory.rows_of_order(order_id))
        return rows + self.literals.rows_with("order_id", order_id)

    def row_named(self, carrier_code: str, tracking_number: str) -> int | None:
        """Return the row of a tracking; None = the account holds none."""
        return self._of_carrier(carrier_code, self.rows_of_number(tracking_number))

    def former_row(self, carrier_code: str, tracking_number: str) -> int | None:
        """Return the row of a tracking that was deleted; None = there is none to bring back."""
        rows = self.directory.rows_of_number(tracking_number)
        return self._of_carrier(carrier_code, (row for row in rows if row in self._deleted))

    def add(self, number: int) -> int:
        """Add a row for the parcel with that *number*, which its life already knows."""
        row = self.register.append()
        self._numbers.append(number)
        self.directory.enrol(number, row)
        return row

    def restore(self, row: int) -> None:
        """Take a deleted row back; the account's own life deletes it no more."""
        self._deleted.discard(row)
        self._kept.add(row)

    def number(self, row: int) -> int:
        """Return the number of a row's parcel, or LITERAL."""
        return self._numbers[row]

    def put(self, item: Payload) -> None:
        """Add a literal payload; it takes the place of a tracking with the same id."""
        former = self.row_of_id(str(item.get("id", "")))
        if former is not None:
            self.delete(former)
        row = self.register.append()
        self._numbers.append(LITERAL)
        self.literals.add(row, item)
        self.review(row)

    def touch(self, row: int) -> None:
        """Stamp a row with the present, and give it one more scan."""
        number = self._numbers[row]
        if number == LITERAL:
            self.literals.touch(row, self.now)
        else:
            self.lives.touch(number, self.now)
        self.review(row)

    def delete(self, row: int) -> None:
        """Take a row out of the account."""
        self._deleted.add(row)
        self.literals.forget(row)
        self.register.strike(row)

    def _create(self, note: Note) -> None:
        number = self.created_count
        row = self.register.append()
        self._numbers.append(number)
        self.directory.rows.append(row)
        outline = self.lives.outline(number)
        if self.directory.has_enrolled(outline):  # the merchant was faster
            self._deleted.add(row)
            return
        if outline.leaves and self.laws.lively:
            note((outline.leaves, row))
        quiet = max(outline.settled, outline.created) + self.laws.visibility_delay
        if quiet <= self.now:  # its life is over: no need to tell it
            self._enter(row, outline, updated=outline.settled, status=outline.ending)
        else:
            self.review(row, note)

    def review(self, row: int, note: Note | None = None) -> None:
        """Bring the register up to date about a row, and *note* when to look again."""
        note = note or self._note
        if row in self._deleted:
            return
        number = self._numbers[row]
        if number == LITERAL:
            again = self._enter_literal(row)
        else:
            outline = self.lives.timeline(number).outline
            leaves = self.laws.lively and row not in self._kept
            if leaves and 0 < outline.leaves <= self.now:
                self.delete(row)
                return
            appears = outline.created + self.lives.delay(number, outline.created)
            if appears > self.now:
                note((appears, row))
                return
            shown = self.lives.listed_version(number, self.now)
            self._enter(row, outline, updated=shown, status=self.lives.status(number, shown))
            again = self.lives.next_change(number, self.now)
        if again:
            note((again, row))

    def _enter(self, row: int, outline: Outline, *, updated: int, status: str) -> None:
        self.register.enter(
            row,
            created=outline.created,
            updated=updated,
            status=counted_as(status),
            archived=self.lives.archived(outline, updated),
        )

    def _enter_literal(self, row: int) -> int:
        """Register what a literal payload says; return when the list next shows another."""
        facts = self.literals.facts(row, self.now)
        counted = facts._replace(status=counted_as(facts.status))
        self.register.enter(row, **counted._asdict())
        return self.literals.next_change(row, self.now)

    def _of_carrier(self, carrier_code: str, rows: Iterable[int]) -> int | None:
        for row in rows:
            number = self._numbers[row]
            if number == LITERAL:
                found = self.literals.item(row).get("carrier_code")
            else:
                found = self.lives.carrier_code(number)
            if found == carrier_code:
                return row
        return None

    def _held(self, rows: Iterable[int]) -> list[int]:
        return [row for row in rows if row not in self._deleted]

    def _note(self, entry: tuple[int, int]) -> None:
        heappush(self._agenda, entry)
