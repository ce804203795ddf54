"""What calls cost in credits, as far as TrackingMore's documentation of v2 says."""

from fractions import Fraction

from trackingmore_v2 import endpoints
from trackingmore_v2.endpoints import Endpoint

CREDITS_PER_ITEM = {
    endpoints.REGISTER.name: Fraction(1),
    endpoints.REGISTER_MANY.name: Fraction(1),
    endpoints.AIR_WAYBILLS.name: Fraction(20),
    # Five calls are one credit. Whether an array of addresses is one call, nobody documents.
    endpoints.REMOTE_AREAS.name: Fraction(1, 5),
    endpoints.DETECT_CARRIER.name: Fraction(1, 5),
}
"""By the endpoint's name: reading, changing and deleting cost nothing that is documented."""


def cost(endpoint: Endpoint, items: int = 1) -> Fraction:
    """Return how many credits asking *endpoint* about *items* can cost at most.

    It may be less: a parcel that is there already, or was before, is registered for nothing.
    """
    return CREDITS_PER_ITEM.get(endpoint.name, Fraction(0)) * items
