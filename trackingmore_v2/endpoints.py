"""The v2 API as a list: one line an endpoint; client and sandbox both read from it."""

from enum import StrEnum
from typing import NamedTuple


class Rate(StrEnum):
    """Which of the documented rate limits a call counts against."""

    LIST = "list"  # 1 request a second; what applies wherever nothing else is documented
    REALTIME = "realtime"  # 3 requests a second, the same parcel once in two hours


class Endpoint(NamedTuple):
    """What must be known of an endpoint to call it, and to serve it."""

    name: str
    method: str
    path: str
    batch_limit: int | None = None  # most items in one request
    may_repeat: bool = True  # the same request twice does no harm
    rate: Rate = Rate.LIST


LIST_TRACKINGS = Endpoint("list trackings", "GET", "/trackings/get", batch_limit=2000)
TRACKING = Endpoint("tracking", "GET", "/trackings/{carrier_code}/{tracking_number}")
# Not repeated: the same parcel within two hours is refused, so a second try would hide why the
# first one failed; and if that refusal is a 429, each try would hold the account for minutes.
REALTIME = Endpoint("realtime", "POST", "/trackings/realtime", may_repeat=False, rate=Rate.REALTIME)
STATUS_COUNTS = Endpoint("status counts", "GET", "/trackings/getstatusnumber")
ACCOUNT = Endpoint("account", "GET", "/trackings/getuserinfo")
CARRIERS = Endpoint("carriers", "GET", "/carriers")

ENDPOINTS = (LIST_TRACKINGS, TRACKING, REALTIME, STATUS_COUNTS, ACCOUNT, CARRIERS)
