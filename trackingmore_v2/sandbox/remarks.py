"""What the merchant has said about parcels since, each time at its instant."""

from typing import NamedTuple

from trackingmore_v2.models import Payload


class Remark(NamedTuple):
    """Something said of a parcel."""

    at: int  # unix seconds
    fields: Payload  # a status of None = the carrier's again


class Remarks:
    """Remarks by the number of a parcel's creation; each is a version of the parcel."""

    def __init__(self) -> None:
        self._remarks: dict[int, list[Remark]] = {}
        self._stops: dict[int, int] = {}

    def begin(self, number: int, *, at: int, fields: Payload) -> None:
        """Start over with a parcel: what was said before is forgotten, and it is followed."""
        self._remarks[number] = [Remark(at, fields)]
        self._stops.pop(number, None)

    def add(self, number: int, *, at: int, fields: Payload) -> None:
        """Note what is said of a parcel at an instant; instants never go back."""
        self._remarks.setdefault(number, []).append(Remark(at, fields))

    def stop(self, number: int, *, at: int) -> None:
        """Have a parcel stand still from an instant on."""
        self._stops[number] = at
        self.add(number, at=at, fields={"track_update": False})

    def stopped(self, number: int) -> int | None:
        """Return since when a parcel stands still; None = it does not."""
        return self._stops.get(number)

    def stamps(self, number: int) -> list[int]:
        """Return the instants at which something was said."""
        return [remark.at for remark in self._remarks.get(number, ())]

    def fields(self, number: int, version: int) -> Payload:
        """Return what holds of all that was said up to *version*."""
        said: Payload = {}
        for remark in self._remarks.get(number, ()):
            if remark.at <= version:
                said |= remark.fields
        return said
