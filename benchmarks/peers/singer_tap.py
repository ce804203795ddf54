"""The account as a tap of the Singer SDK: `trackings` and `events`, both following `updated_at`.

Reads the list twice: a child stream of the SDK costs a message, a metric and a flush a parcel.
"""

from collections.abc import Iterable
from typing import Any

from singer_sdk import RESTStream, Tap
from singer_sdk.pagination import BasePageNumberPaginator
from singer_sdk.typing import (
    BooleanType,
    DateTimeType,
    IntegerType,
    ObjectType,
    PropertiesList,
    Property,
    StringType,
)

LIMIT = 2000
TEXTS = (
    "id",
    "tracking_number",
    "carrier_code",
    "status",
    "order_create_time",
    "title",
    "order_id",
    "customer_name",
    "customer_email",
    "original_country",
    "destination_country",
    "service_code",
    "lastEvent",
    "lastUpdateTime",
)
ABOUT = ("weblink", "phone", "carrier_code")
LEGS = ("origin_info", "destination_info")


class Pages(BasePageNumberPaginator):
    """As many pages as the answers announce."""

    def has_more(self, response: Any) -> bool:
        """Return whether another page is to be asked for."""
        data = response.json()["data"]
        return bool(data) and data["page"] * data["limit"] < int(data["total"])


class Trackings(RESTStream):
    """One record a parcel, without its scans."""

    name = "trackings"
    path = "/trackings/get"
    records_jsonpath = "$.data.items[*]"
    primary_keys = ("id",)
    replication_key = "updated_at"
    is_sorted = True
    schema = PropertiesList(
        *(Property(name, StringType) for name in TEXTS),
        Property("created_at", DateTimeType),
        Property("updated_at", DateTimeType),
        Property("archived", BooleanType),
        Property("itemTimeLength", IntegerType),
        *(
            Property(leg, ObjectType(*(Property(name, StringType) for name in ABOUT)))
            for leg in LEGS
        ),
    ).to_dict()

    @property
    def url_base(self) -> str:
        """Where the API is."""
        return str(self.config["base_url"])

    @property
    def http_headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Trackingmore-Api-Key": self.config["key"]}

    def get_new_paginator(self) -> Pages:
        """Return what pages through one sync."""
        return Pages(1)

    def get_url_params(self, context: Any, next_page_token: int | None) -> dict[str, int]:
        """Return what one page is asked for."""
        since = self.get_starting_timestamp(context)
        return {
            "page": next_page_token or 1,
            "limit": LIMIT,
            "update_time_min": int(since.timestamp()) if since else 0,
        }

    def post_process(self, row: dict[str, Any], context: Any = None) -> dict[str, Any]:  # noqa: ARG002
        """Leave the scans out."""
        return row | {leg: {name: row[leg].get(name) for name in ABOUT} for leg in LEGS}


class Events(Trackings):
    """One record a scan."""

    name = "events"
    primary_keys = ("tracking_id", "leg", "position")
    schema = PropertiesList(
        Property("tracking_id", StringType),
        Property("leg", StringType),
        Property("position", IntegerType),
        Property("Date", StringType),
        Property("StatusDescription", StringType),
        Property("Details", StringType),
        Property("checkpoint_status", StringType),
        Property("updated_at", DateTimeType),
    ).to_dict()

    def parse_response(self, response: Any) -> Iterable[dict[str, Any]]:
        """Yield a page's scans."""
        data = response.json()["data"]
        for item in data["items"] if data else ():
            for leg in LEGS:
                for position, scan in enumerate(item[leg]["trackinfo"] or ()):
                    yield {
                        "tracking_id": item["id"],
                        "leg": leg,
                        "position": position,
                        "updated_at": item["updated_at"],
                        **scan,
                    }

    def post_process(self, row: dict[str, Any], context: Any = None) -> dict[str, Any]:  # noqa: ARG002
        """Leave it as it is."""
        return row


class TrackingMore(Tap):
    """Both streams of one account."""

    name = "tap-trackingmore"
    config_jsonschema = PropertiesList(
        Property("base_url", StringType, required=True),
        Property("key", StringType, required=True, secret=True),
    ).to_dict()

    def discover_streams(self) -> list[RESTStream]:
        """Return what there is."""
        return [Trackings(self), Events(self)]


if __name__ == "__main__":
    TrackingMore.cli()
