"""What a merchant does to parcels: each change is one more version, stamped with the present."""

from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox.world import LITERAL, World


class Changes:
    """Writes into a world; the caller has settled it, and serialises all access."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._remarks = world.lives.remarks

    def register(self, carrier_code: str, tracking_number: str, said: Payload) -> int:
        """Add a tracking with what its merchant says of it; return its row."""
        world = self._world
        number = world.lives.enrol(
            carrier_code,
            tracking_number,
            destination_code=str(said.get("destination_code") or ""),
            now=world.now,
        )
        row = world.add(number)
        self._remarks.begin(number, at=0, fields=said)  # 0: nothing is new about it yet
        self._heard(row, said)
        return row

    def bring_back(self, row: int, said: Payload) -> None:
        """Add a deleted tracking anew: with its id, its creation and all that came since."""
        self._world.restore(row)
        self._remarks.begin(self._world.number(row), at=self._world.now, fields=said)
        self._heard(row, said)

    def annotate(self, row: int, fields: Payload) -> None:
        """Set *fields* of a row; a status of None is the carrier's again."""
        world = self._world
        number = world.number(row)
        if number == LITERAL:
            world.literals.change(row, fields, now=world.now)
        else:
            self._remarks.add(number, at=world.now, fields=fields)
        self._heard(row, fields)

    def stop(self, row: int) -> bool:
        """Have a row stand still; return whether it did not before."""
        world = self._world
        number = world.number(row)
        if number == LITERAL:
            moved = world.literals.item(row).get("track_update") is not False
            if moved:
                self.annotate(row, {"track_update": False})
            return moved
        moved = self._remarks.stopped(number) is None
        if moved:
            self._remarks.stop(number, at=world.now)
            world.review(row)
        return moved

    def _heard(self, row: int, said: Payload) -> None:
        number = self._world.number(row)
        if "order_id" in said and number != LITERAL:
            self._world.directory.order(said["order_id"], number, row)
        self._world.review(row)
