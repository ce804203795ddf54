"""How wide the next window should be: to fit into one answer, and to waste few."""

from typing import NamedTuple, Self

FILL = 0.85  # of a page: denser stretches lie ahead, and an answer that overflows proves nothing
SMOOTHING = 0.5  # weight of the newest window in the density
LARGEST_STEP = 8  # times the window before
HINTS = 3  # of where trackings begin, each from an answer that overflowed; behind them by halves


class Pace(NamedTuple):
    """What is known of how trackings are spread over the range; plain values, may be pickled."""

    limit: int  # trackings in a page, as the server last echoed it
    density: float | None = None  # trackings a second, smoothed over the windows read
    width: int | None = None  # seconds of the window before
    counted: tuple[tuple[int, int], ...] = ()
    """(end, trackings still unread up to it) of answers that overflowed, innermost last."""
    begins: int | None = None  # hardly any is supposed to lie before this second

    @property
    def takes_hints(self) -> bool:
        """Whether nothing is read yet, so that it helps to know where the trackings begin."""
        is_new = self.width is None or self.begins is not None
        return is_new and len(self.counted) < HINTS

    def counts(self, high: int, total: int) -> Self:
        """Take note that *total* trackings are unread up to *high*."""
        outer = tuple(known for known in self.counted if known[0] > high)
        return self._replace(counted=(*outer, (high, total)))

    def overflowed(self, low: int, high: int, total: int, *, begins: int | None = None) -> Self:
        """Take note that low..high holds *total*, which is more than a page.

        Args:
            low: First second of the window.
            high: Last second of the window.
            total: How many trackings it holds.
            begins: Second before which hardly any of them is supposed to be; None: not known.
        """
        width = high - low + 1
        filled = width if begins is None else high - begins + 1
        fitting = max(1, min(int(width * FILL * self.limit / total), width // 2))
        return self.counts(high, total)._replace(
            density=total / filled, width=fitting, begins=begins
        )

    def fitted(self, low: int, high: int, total: int, *, chosen: bool) -> Self:
        """Take note that low..high held *total* and was read.

        Args:
            low: First second of the window.
            high: Last second of the window.
            total: How many trackings it held.
            chosen: The width was this pace's own choice; a window cut short to isolate one
                second says little about the density around it.
        """
        counted = tuple((end, max(left - total, 0)) for end, left in self.counted if end > high)
        if not chosen:
            begins = self.begins if self.begins is not None and self.begins > high else None
            return self._replace(counted=counted, begins=begins)
        width = high - low + 1
        density = total / width
        if self.begins is not None and counted:  # most of this window was to be empty
            end, left = counted[-1]
            density = left / (end - high)
        elif self.density and total:
            density = SMOOTHING * density + (1 - SMOOTHING) * self.density
        return self._replace(density=density, width=width, counted=counted, begins=None)

    def next_width(self, low: int, high: int) -> int:
        """Return how many seconds from *low* to ask for; at least 1, at most up to *high*."""
        rest = high - low + 1
        if self.width is None:
            return rest  # the ordinary run is one request
        filling = int(FILL * self.limit / self.density) if self.density else rest
        if self.begins is not None:
            return max(1, min(self.begins - low + filling, rest))
        width = min(self.width * LARGEST_STEP, filling)
        if self.counted:
            end, left = self.counted[-1]
            before_end = end - low + 1
            if left <= self.limit:
                width = max(width, before_end)  # known to fit
            else:
                width = min(width, before_end if self.density else before_end // 2)
        return max(1, min(width, rest))
