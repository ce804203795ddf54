"""When the account's parcels are created: growing volume, working hours, one bulk import."""

from bisect import bisect_left, bisect_right

from trackingmore_v2.sandbox.chance import scatter

HOUR = 3600
DAY = 24 * HOUR
LIFE = 400 * DAY  # how old the account is when the sandbox starts
WEEK = (1.1, 1.2, 1.1, 1.05, 1.0, 0.55, 0.3)  # Monday first
# UTC; the merchant packs in Shenzhen by day, and in Hamburg
HOURS = (5, 7, 8, 8, 6, 7, 9, 10, 10, 9, 8, 7, 5, 5, 5, 4, 3, 3, 2, 1, 1, 1, 2, 3)
IMPORT_SHARE = 0.05


class Growth:
    """The instants at which parcels are created, a non-decreasing function of their number.

    Creation number 0 is the oldest; *size* of them lie before *start*, and the numbers from
    there on are what the future brings. Instants are unix seconds.
    """

    def __init__(self, size: int, *, start: int, seed: int) -> None:
        self._seed = seed
        self._born = start - LIFE
        self._load: list[float] = [0.0]  # what the first k hours bring, in arbitrary units
        imported = int(size * IMPORT_SHARE)
        regular = size - imported
        while self._born + (len(self._load) - 1) * HOUR < start:
            self._add_hour()
        self._unit = max(regular, 1) / self._load[-1]  # parcels per arbitrary unit
        self._ahead = 0 if regular else 1  # an empty account's first parcel is yet to come
        self.imported_at = self._working_day(start - int(LIFE * 0.45)) + 10 * HOUR + 1421
        first = bisect_right(range(regular), self.imported_at, key=self._regular)
        self.imported = range(first, first + imported)

    def created_at(self, number: int) -> int:
        """Return when the parcel of that *number* is created."""
        if number in self.imported:
            return self.imported_at
        return self._regular(
            number if number < self.imported.start else number - len(self.imported)
        )

    def _regular(self, number: int) -> int:
        target = (
            number + self._ahead + scatter(self._seed, number, 0, 1 << 16) / 65537
        ) / self._unit
        while self._load[-1] <= target:
            self._add_hour()
        hour = bisect_left(self._load, target, lo=1)
        before, after = self._load[hour - 1], self._load[hour]
        return self._born + int((hour - 1 + (target - before) / (after - before)) * HOUR)

    def _add_hour(self) -> None:
        """Extend the curve, which has no end, by an hour."""
        hour = len(self._load) - 1
        moment = self._born + hour * HOUR
        weekday = (moment // DAY + 3) % 7  # the epoch began on a Thursday
        volume = 1 + min(hour * HOUR / LIFE, 1.2) * 1.5
        self._load.append(self._load[-1] + volume * WEEK[weekday] * HOURS[moment % DAY // HOUR])

    @staticmethod
    def _working_day(moment: int) -> int:
        """Return the start of the Tuesday before *moment*, when imports are done."""
        return moment - (moment - 5 * DAY) % (7 * DAY)
