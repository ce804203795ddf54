"""Which rows bear a name: tracking numbers, order ids and ids lead to rows without a search."""

from array import array
from collections.abc import Callable, Iterator

from trackingmore_v2.sandbox.lives import Lives
from trackingmore_v2.sandbox.outline import Outline


class Directory:
    """The rows of all parcels that follow a story, deleted ones included.

    A number is that of a parcel's creation. Parcels of the account's own life are counted from
    0; a registered one has a number that follows from its carrier and its tracking number.
    """

    def __init__(self, lives: Lives) -> None:
        self.rows = array("q")  # number -> row, of the account's own life
        self._lives = lives
        self._enrolled: dict[int, int] = {}  # number -> row, of what was registered
        self._by_tracking_number: dict[str, list[int]] = {}
        self._by_order: dict[str, dict[int, int]] = {}  # order id -> number -> row

    def enrol(self, number: int, row: int) -> None:
        """Remember the row of a registered parcel."""
        self._enrolled[number] = row
        name = self._lives.tracking_number(number)
        self._by_tracking_number.setdefault(name, []).append(row)

    def order(self, order_id: object, number: int, row: int) -> None:
        """Remember that a parcel has been given an order id; a later one may replace it."""
        self._by_order.setdefault(str(order_id), {})[number] = row

    def has_enrolled(self, outline: Outline) -> bool:
        """Return whether a parcel was registered before the account's own life brings it."""
        return bool(self._enrolled) and self._lives.enrolled_number(outline) in self._enrolled

    def row_of_id(self, tracking_id: str) -> int | None:
        """Return the row of a tracking; None = there never was one."""
        number = self._lives.identities.number_of_id(tracking_id)
        if number is None or number >= len(self.rows):
            return None if number is None else self._enrolled.get(number)
        return self.rows[number]

    def rows_of_number(self, tracking_number: str) -> list[int]:
        """Return the rows with that tracking number, registered ones first."""
        names = self._lives.identities
        born = self._born(tracking_number, names.numbers_like, self._lives.tracking_number)
        return list(dict.fromkeys([*self._by_tracking_number.get(tracking_number, ()), *born]))

    def rows_of_order(self, order_id: str) -> list[int]:
        """Return the rows with that order id."""
        given = self._by_order.get(order_id, {})
        rows = [row for number, row in given.items() if self._lives.order_id(number) == order_id]
        names = self._lives.identities
        rows += self._born(order_id, names.numbers_of_order, self._lives.order_id)
        return list(dict.fromkeys(rows))

    def _born(
        self,
        name: str,
        numbers_like: Callable[[str], Iterator[int]],
        name_of: Callable[[int], object],
    ) -> list[int]:
        found = (number for number in numbers_like(name) if number < len(self.rows))
        return [self.rows[number] for number in found if name_of(number) == name]
