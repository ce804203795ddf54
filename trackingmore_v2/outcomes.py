"""What became of each parcel that a request named: told by the answer, or not told at all."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from trackingmore_v2.envelope import whole
from trackingmore_v2.models import Payload, TrackingRef

CREATED = frozenset({200, 201})  # codes beside a parcel that mean no refusal
ALREADY_THERE, NOT_THERE, MAYBE_NOT_THERE = 4016, 4017, 4021
ONE_PARCEL = frozenset({4012, 4013, 4014, 4015, ALREADY_THERE, NOT_THERE, 4033})
"""Meta codes that speak of the parcel in the request, where it is the only one."""

COUNTS = ("added", "delete", "deleted", "change", "changed", "update", "updated")


class State(StrEnum):
    """How a parcel fared."""

    DONE = "done"
    ALREADY = "already"  # it is registered as wished, and was before
    MISSING = "missing"  # the account has no such parcel
    REFUSED = "refused"
    UNANSWERED = "unanswered"  # the answer does not settle it: read the parcel to know


class Outcome(NamedTuple):
    """What one request did with one parcel."""

    ref: TrackingRef  # as asked for; `payload` tells if TrackingMore corrected the carrier
    state: State
    code: int | None = None  # the API's reason, where it gave one
    message: str = ""
    payload: Payload | None = None  # what the answer says of the parcel, as sent


class _Word(NamedTuple):
    """One mention of a parcel in an answer."""

    carrier: str  # folded; empty where the answer names none
    number: str
    state: State
    code: int | None
    message: str
    payload: Payload

    def outcome(self, ref: TrackingRef) -> Outcome:
        return Outcome(ref, self.state, self.code, self.message, self.payload)


def refused(ref: TrackingRef, code: int, message: str) -> Outcome:
    """Return what a refusal with *code* means for *ref*, the only parcel of a request."""
    return Outcome(ref, _state(code), code, message)


def settled(asked: Sequence[TrackingRef], data: Any, *, corrected: bool = False) -> list[Outcome]:
    """Return one outcome for each of *asked*, in that order, as *data* of an answer tells.

    A parcel is known by carrier and number, or by its number where the answer names no carrier
    and only one parcel of the request bears it; with *corrected* also where it names another
    carrier. An answer that names no parcel and counts as many as were asked speaks of all.
    """
    words = list(_words(data))
    if not words and _counted(data) == len(asked):
        return [Outcome(ref, State.DONE) for ref in asked]
    told: dict[TrackingRef, Outcome] = {}
    by_key = {(_fold(ref.carrier_code), _fold(ref.tracking_number)): ref for ref in asked}
    loose = []
    for word in words:
        ref = by_key.get((word.carrier, word.number))
        if ref is None:
            loose.append(word)
        else:
            told.setdefault(ref, word.outcome(ref))
    for word in loose:
        bearers = [ref for ref in asked if _fold(ref.tracking_number) == word.number]
        open_ones = [ref for ref in bearers if ref not in told]
        by_number = corrected or (not word.carrier and len(bearers) == 1)
        if by_number and len(open_ones) == 1:
            told[open_ones[0]] = word.outcome(open_ones[0])
    return [told.get(ref, Outcome(ref, State.UNANSWERED)) for ref in asked]


def _words(data: Any) -> Iterator[_Word]:
    listing = data if isinstance(data, dict) else {"trackings": data}
    if "tracking_number" in listing:  # one bare object
        listing = {"trackings": [listing]}
    for name, silent in (("trackings", State.DONE), ("errors", State.REFUSED)):
        for entry in _objects(listing.get(name)):
            meta = entry.get("meta")
            flat = {**entry, **meta} if isinstance(meta, dict) else entry
            code = whole(flat.get("code"))
            yield _Word(
                _fold(flat.get("carrier_code")),
                _fold(flat.get("tracking_number")),
                silent if code is None or code in CREATED else _state(code),
                code,
                str(flat.get("message") or ""),
                entry,
            )


def _objects(said: Any) -> Iterable[Payload]:
    each = said if isinstance(said, list) else [said]
    return [entry for entry in each if isinstance(entry, dict)]


def _counted(data: Any) -> int | None:
    if not isinstance(data, dict):
        return None
    return next((whole(data[name]) for name in COUNTS if name in data), None)


def _state(code: int) -> State:
    return {ALREADY_THERE: State.ALREADY, NOT_THERE: State.MISSING}.get(code, State.REFUSED)


def _fold(word: Any) -> str:
    return "" if word is None else str(word).strip().casefold()
