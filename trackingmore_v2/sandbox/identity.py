"""Ids, tracking numbers and order ids of the sandbox's parcels: each leads back to its parcel."""

import re
from collections.abc import Iterator
from hashlib import blake2b

from trackingmore_v2.sandbox.carriers import CARRIERS, LANES
from trackingmore_v2.sandbox.outline import Outline

CORES = 10**8  # tracking numbers carry eight digits of their own
STRIDE = 61_803_399  # coprime to CORES, so that neighbours look unrelated
STRIDE_BACK = pow(STRIDE, -1, CORES)
S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
LETTERS = "ABEKLNPRSXY"
REGISTERED = 1 << 61  # from here on numbers are those of parcels that a merchant registered


class Identities:
    """Names parcels by the number of their creation, and finds the number by the name."""

    def __init__(self, seed: int) -> None:
        self._salt = str(seed).encode()
        self._shift = int.from_bytes(self._digest(b"numbers"), "big") % CORES

    def tracking_id(self, number: int) -> str:
        """Return the 32 hex digits of a parcel."""
        left = self._digest(number.to_bytes(8, "big"))
        right = int.from_bytes(self._digest(left), "big") ^ number
        return f"{left.hex()}{right:016x}"

    def number_of_id(self, tracking_id: str) -> int | None:
        """Return the number behind an id of this account; None = it is none."""
        if not re.fullmatch("[0-9a-f]{32}", tracking_id):
            return None
        left = bytes.fromhex(tracking_id[:16])
        number = int.from_bytes(self._digest(left), "big") ^ int(tracking_id[16:], 16)
        return number if self.tracking_id(number) == tracking_id else None

    def registered_number(self, carrier_code: str, tracking_number: str) -> int:
        """Return the number of a parcel that a merchant registers: the same at every try."""
        name = self._digest(f"{carrier_code}/{tracking_number}".encode())
        return REGISTERED | int.from_bytes(name, "big") >> 4

    def tracking_number(self, outline: Outline) -> str:
        """Return what the carrier printed on the label."""
        carrier = CARRIERS[LANES[outline.lane].carrier]
        core = f"{(outline.number * STRIDE + self._shift) % CORES:08d}"
        check = 11 - sum(w * int(d) for w, d in zip(S10_WEIGHTS, core, strict=True)) % 11
        return carrier.number.format(
            core=core,
            check={10: 0, 11: 5}.get(check, check),
            ab=LETTERS[outline.number % len(LETTERS)],
        )

    def numbers_like(self, tracking_number: str) -> Iterator[int]:
        """Yield the numbers that a tracking number may belong to; the caller compares."""
        for found in re.finditer(r"(?=(\d{8}))", tracking_number):
            yield (int(found[1]) - self._shift) * STRIDE_BACK % CORES

    def order_id(self, outline: Outline) -> str | None:
        """Return the shop's order; a few orders come in two parcels, many are not named."""
        number = outline.number
        if number % 10 in (3, 6, 9):
            return None
        if number % 40 == 11:
            return ""
        order = number - 1 if number % 20 == 8 else number
        return ("#{:04d}", "SO-{}", "PO{}CN")[order % 3].format(order + 1000)

    def numbers_of_order(self, order_id: str) -> Iterator[int]:
        """Yield the numbers that an order may belong to; the caller compares."""
        found = re.search(r"\d+", order_id)
        if found and len(found[0]) < 19 and int(found[0]) >= 1000:
            yield int(found[0]) - 1000
            yield int(found[0]) - 999

    def _digest(self, subject: bytes) -> bytes:
        return blake2b(subject, digest_size=8, key=self._salt).digest()
