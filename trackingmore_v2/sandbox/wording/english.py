"""What carriers that write English say."""

from trackingmore_v2.sandbox.milestones import Milestone as M

PHRASES = {
    M.INFO_RECEIVED: (
        "Shipping label created, item not yet received",
        "Shipment information received",
        "Origin Post is preparing shipment",
        "Pre-advice received, awaiting item",
    ),
    M.PICKED_UP: (
        "Acceptance",
        "Shipment picked up",
        "Item accepted at the counter",
        "Collected from sender",
        "We have your parcel",
    ),
    M.IN_TRANSIT: (
        "In transit to next facility",
        "Your item is on its way",
        "Shipment further connected",
        "Paper work inscan",
        "Moving through the network",
    ),
    M.ARRIVED_HUB: (
        "Arrived at sorting facility {city}",
        "Shipment arrived",
        "Processed through facility",
        "Arrived at regional facility",
        "Arrival at outward office of exchange",
        "Inbound scan, {city}",
    ),
    M.DEPARTED_HUB: (
        "Departed from sorting facility {city}",
        "Out for next station",
        "Left the hub towards {next}",
        "Despatched from {city} to {next}",
        "Outbound scan",
    ),
    M.DEPARTED_ORIGIN: (
        "Departure from outward office of exchange",
        "Handed over to airline",
        "Item has left the country of origin",
        "Departed with flight from {city}",
    ),
    M.ARRIVED_DESTINATION: (
        "Arrived at inward office of exchange",
        "Arrived in the destination country",
        "Received at country of destination",
        "Flight landed at {city}",
    ),
    M.CUSTOMS_PROCESSING: (
        "Presented to customs",
        "Customs clearance processing",
        "Item is with import customs",
    ),
    M.CUSTOMS_HOLD: (
        "Held by customs: documents requested from the addressee",
        "Customs clearance delay, further information needed",
        "Retained by customs",
    ),
    M.CUSTOMS_CLEARED: (
        "Customs clearance completed",
        "Released by customs",
        "Cleared customs",
    ),
    M.AT_DELIVERY_OFFICE: (
        "Arrived at delivery office",
        "Arrived at unit",
        "Item received at {city} delivery depot",
        "Arrived at destination hub",
    ),
    M.OUT_FOR_DELIVERY: (
        "Out for delivery",
        "With delivery courier",
        "Shipment out for delivery",
        "Your parcel is with the driver, expected today",
    ),
    M.DELIVERY_FAILED: (
        "Attempted delivery: nobody at home, notice left",
        "Delivery attempted, addressee absent",
        "Unsuccessful delivery attempt",
    ),
    M.AVAILABLE_FOR_PICKUP: (
        "Available for pick-up at {city} post office",
        "Awaiting collection at parcel shop",
        "Held at the counter, please bring identification",
    ),
    M.DELIVERED: (
        "Delivered",
        "Delivered, left with individual",
        "Shipment delivered",
        "Delivered to addressee",
        "Delivered at destination city",
        "Delivered, in/at mailbox",
    ),
    M.COLLECTED: ("Collected by customer", "Picked up at the counter by the recipient"),
    M.REFUSED: ("Refused by the addressee", "Recipient refused to accept the parcel"),
    M.DAMAGED: ("Item damaged, not deliverable", "Parcel damaged in transit, discarded"),
    M.UNCLAIMED: ("Unclaimed, storage time expired", "Not collected within the storage period"),
    M.RETURNING: ("Return to sender initiated", "On its way back to the sender"),
    M.RETURNED: ("Returned to sender", "Delivered back to the sender"),
}
