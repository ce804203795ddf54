"""The stops of a journey: which scans a parcel gets on a lane, and how the time divides."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from trackingmore_v2.sandbox.carriers import Lane
from trackingmore_v2.sandbox.milestones import Milestone
from trackingmore_v2.sandbox.outline import COLLECTED, DAMAGED, REFUSED, RETURNED

M = Milestone


class Stop(NamedTuple):
    """One scan to come."""

    milestone: Milestone
    abroad: bool  # on the destination's side
    wait: float  # since the stop before it, in relation to the other waits


def journey(lane: Lane, *, fate: int, dice: Random) -> list[Stop]:
    """Return the stops of one parcel on *lane*, the oldest first, until its *fate*."""
    crosses = lane.origin != lane.destination
    stops = list(_outward(dice, crosses=crosses))
    if crosses:
        stops += _border(dice)
    stops += _inland(dice, abroad=crosses)
    stops += _end(fate, dice, abroad=crosses)
    return stops


def _outward(dice: Random, *, crosses: bool) -> Iterator[Stop]:
    if dice.random() < 0.6:
        yield Stop(M.INFO_RECEIVED, False, 0.0)
    yield Stop(M.PICKED_UP, False, 0.5)
    if dice.random() < 0.25:
        yield Stop(M.IN_TRANSIT, False, 0.0)  # another feed, the same minute
    yield Stop(M.ARRIVED_HUB, False, 0.5)
    yield Stop(M.DEPARTED_HUB, False, 0.5)
    if crosses:
        yield Stop(M.ARRIVED_HUB, False, 0.5)
        yield Stop(M.DEPARTED_ORIGIN, False, 1.0)


def _border(dice: Random) -> Iterator[Stop]:
    yield Stop(M.ARRIVED_DESTINATION, True, 4.0)
    if dice.random() < 0.8:
        yield Stop(M.CUSTOMS_PROCESSING, True, 0.4)
        if dice.random() < 0.06:
            yield Stop(M.CUSTOMS_HOLD, True, 0.4)
            yield Stop(M.CUSTOMS_CLEARED, True, 4.0)
        else:
            yield Stop(M.CUSTOMS_CLEARED, True, 0.8)
    if dice.random() < 0.5:
        yield Stop(M.IN_TRANSIT, True, 0.4)


def _inland(dice: Random, *, abroad: bool) -> Iterator[Stop]:
    for _ in range(1 + int(dice.random() * 2.4)):
        yield Stop(M.ARRIVED_HUB, abroad, 0.8)
        yield Stop(M.DEPARTED_HUB, abroad, 0.3)
    yield Stop(M.AT_DELIVERY_OFFICE, abroad, 0.7)
    yield Stop(M.OUT_FOR_DELIVERY, abroad, 0.3)


def _end(fate: int, dice: Random, *, abroad: bool) -> Iterator[Stop]:
    if fate == DAMAGED:
        yield Stop(M.DAMAGED, abroad, 0.3)
        return
    if fate == REFUSED:
        yield Stop(M.REFUSED, abroad, 0.2)
        yield Stop(M.RETURNING, abroad, 0.8)
        yield Stop(M.RETURNED, False, 5.0)
        return
    if fate in (COLLECTED, RETURNED) or dice.random() < 0.07:
        yield Stop(M.DELIVERY_FAILED, abroad, 0.2)
    if fate == RETURNED:
        yield Stop(M.AVAILABLE_FOR_PICKUP, abroad, 0.3)
        yield Stop(M.UNCLAIMED, abroad, 3.0)
        yield Stop(M.RETURNING, abroad, 0.5)
        yield Stop(M.RETURNED, False, 5.0)
    elif fate == COLLECTED:
        yield Stop(M.AVAILABLE_FOR_PICKUP, abroad, 0.3)
        yield Stop(M.COLLECTED, abroad, 1.2)
    else:
        if dice.random() < 0.05:
            yield Stop(M.OUT_FOR_DELIVERY, abroad, 0.9)
        yield Stop(M.DELIVERED, abroad, 0.3)
