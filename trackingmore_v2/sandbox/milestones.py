"""What can happen to a parcel, and the words in which the API reports each."""

from enum import StrEnum
from typing import NamedTuple


class Milestone(StrEnum):
    """The kinds of carrier scans, in about the order in which they happen."""

    INFO_RECEIVED = "info_received"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    ARRIVED_HUB = "arrived_hub"
    DEPARTED_HUB = "departed_hub"
    DEPARTED_ORIGIN = "departed_origin"
    ARRIVED_DESTINATION = "arrived_destination"
    CUSTOMS_PROCESSING = "customs_processing"
    CUSTOMS_HOLD = "customs_hold"
    CUSTOMS_CLEARED = "customs_cleared"
    AT_DELIVERY_OFFICE = "at_delivery_office"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERY_FAILED = "delivery_failed"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELIVERED = "delivered"
    COLLECTED = "collected"
    REFUSED = "refused"
    DAMAGED = "damaged"
    UNCLAIMED = "unclaimed"
    RETURNING = "returning"
    RETURNED = "returned"


class Report(NamedTuple):
    """How the API words a milestone."""

    status: str  # of the scan, and of a parcel whose newest scan it is
    substatus: str
    node: str = ""  # the field of the info object that its newest scan dates


M = Milestone
REPORTS = {
    M.INFO_RECEIVED: Report("transit", "notfound001"),
    M.PICKED_UP: Report("transit", "transit001"),
    M.IN_TRANSIT: Report("transit", "transit001"),
    M.ARRIVED_HUB: Report("transit", "transit002"),
    M.DEPARTED_HUB: Report("transit", "transit006", "ItemDispatched"),
    M.DEPARTED_ORIGIN: Report("transit", "transit007", "DepartfromAirport"),
    M.ARRIVED_DESTINATION: Report("transit", "transit004", "ArrivalfromAbroad"),
    M.CUSTOMS_PROCESSING: Report("transit", "transit001"),
    M.CUSTOMS_HOLD: Report("exception", "exception006"),
    M.CUSTOMS_CLEARED: Report("transit", "transit005", "CustomsClearance"),
    M.AT_DELIVERY_OFFICE: Report("transit", "transit003", "DestinationArrived"),
    M.OUT_FOR_DELIVERY: Report("pickup", "pickup001"),
    M.DELIVERY_FAILED: Report("undelivered", "undelivered002"),
    M.AVAILABLE_FOR_PICKUP: Report("pickup", "pickup002"),
    M.DELIVERED: Report("delivered", "delivered001"),
    M.COLLECTED: Report("delivered", "delivered002"),
    M.REFUSED: Report("exception", "exception009"),
    M.DAMAGED: Report("exception", "exception007"),
    M.UNCLAIMED: Report("exception", "exception004"),
    M.RETURNING: Report("exception", "exception011"),
    M.RETURNED: Report("exception", "exception010"),
}

# the eight words of the documentation, as getstatusnumber counts them
STATUSES = (
    "pending",
    "notfound",
    "transit",
    "pickup",
    "delivered",
    "undelivered",
    "exception",
    "expired",
)


def counted_as(status: str) -> str:
    """Return which of the eight words *status* counts as; "" = none of them.

    `InfoReceived` is the API's newer name for a parcel that is announced, which v2 documents as
    notfound with the substatus notfound001.
    """
    folded = status.lower()
    if folded == "inforeceived":
        return "notfound"
    return folded if folded in STATUSES else ""
