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
# Repeated: a parcel that is there already is refused with 4016 and costs nothing.
REGISTER = Endpoint("register", "POST", "/trackings/post")
REGISTER_MANY = Endpoint("register many", "POST", "/trackings/batch", batch_limit=40)
ANNOTATE = Endpoint("annotate", "PUT", "/trackings/{carrier_code}/{tracking_number}")
ANNOTATE_MANY = Endpoint("annotate many", "POST", "/trackings/updatemore", batch_limit=200)
# Not repeated: once it has worked, the old carrier's tracking is gone and a second try fails.
CORRECT_CARRIER = Endpoint("correct carrier", "POST", "/trackings/update", may_repeat=False)
STOP_UPDATES = Endpoint("stop updates", "POST", "/trackings/notupdate", batch_limit=200)
DELETE = Endpoint("delete", "DELETE", "/trackings/{carrier_code}/{tracking_number}")
DELETE_MANY = Endpoint("delete many", "POST", "/trackings/delete", batch_limit=200)
# Not repeated, the three that cost credits each time they are asked.
REMOTE_AREAS = Endpoint(
    "remote areas", "POST", "/trackings/remote", batch_limit=200, may_repeat=False
)
TRANSIT_TIMES = Endpoint("transit times", "POST", "/trackings/costtime", batch_limit=200)
AIR_WAYBILLS = Endpoint(
    "air waybills", "POST", "/trackings/aircargo", batch_limit=200, may_repeat=False
)
DETECT_CARRIER = Endpoint("detect carrier", "POST", "/carriers/detect", may_repeat=False)
CARRIERS = Endpoint("carriers", "GET", "/carriers")

ENDPOINTS = (
    LIST_TRACKINGS,
    TRACKING,
    REALTIME,
    STATUS_COUNTS,
    ACCOUNT,
    REGISTER,
    REGISTER_MANY,
    ANNOTATE,
    ANNOTATE_MANY,
    CORRECT_CARRIER,
    STOP_UPDATES,
    DELETE,
    DELETE_MANY,
    REMOTE_AREAS,
    TRANSIT_TIMES,
    AIR_WAYBILLS,
    DETECT_CARRIER,
    CARRIERS,
)
