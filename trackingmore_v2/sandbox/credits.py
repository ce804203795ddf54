"""What the account has paid for: a credit a tracking, and the prices of what else costs some."""

from trackingmore_v2.sandbox.envelope import RefusedError
from trackingmore_v2.sandbox.world import World

LOOKUPS = 5  # calls of detect or remote for one credit
AIR_WAYBILL = 20


class Credits:
    """Counts credits down; a call that they do not suffice for is refused with 4021."""

    def __init__(self, left: int, world: World) -> None:
        self._left = left
        self._world = world
        self._before = world.created_count
        self._lookups = 0

    @property
    def left(self) -> int:
        """How many are left, after what the account's own life has taken meanwhile."""
        born = self._world.created_count - self._before
        return max(self._left - born - self._lookups // LOOKUPS, 0)

    def take(self, count: int) -> None:
        """Take *count* credits, or none and refuse."""
        if self.left < count:
            raise RefusedError(4021)
        self._left -= count

    def take_lookup(self) -> None:
        """Count one call of those of which five take a credit."""
        if not self.left:
            raise RefusedError(4021)
        self._lookups += 1
