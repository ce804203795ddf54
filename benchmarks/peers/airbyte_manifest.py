"""The account by PyAirbyte: a declarative manifest, as its builder writes them, into DuckDB.

    python airbyte_manifest.py BASE_URL KEY FILE

Airbyte leaves nested lists as JSON in a column; the table of scans is made by the SQL that whoever
needs them has to add. A new file is a first sync, an existing one an incremental one.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ |= {"DO_NOT_TRACK": "1", "AIRBYTE_OFFLINE_MODE": "1"}

import airbyte
import sqlalchemy
from airbyte._executors.declarative import (
    ConcurrentDeclarativeSource,
    DeclarativeExecutor,
)
from airbyte.caches import DuckDBCache
from airbyte_cdk.models import AirbyteStateMessageSerializer
from measuring import measured, tell

LIMIT = 2000
TEXT = {"type": ["null", "string"]}
TIME = {**TEXT, "format": "date-time"}
LEG = {
    "type": ["null", "object"],
    "properties": {
        "weblink": TEXT,
        "phone": TEXT,
        "carrier_code": TEXT,
        "trackinfo": {"type": ["null", "array"]},
    },
}
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
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "additionalProperties": True,
    "properties": {
        **dict.fromkeys(TEXTS, TEXT),
        "created_at": TIME,
        "updated_at": TIME,
        "archived": {"type": ["null", "boolean"]},
        "itemTimeLength": {"type": ["null", "integer"]},
        "origin_info": LEG,
        "destination_info": LEG,
    },
}
SCANS = """
    create table if not exists account.scans (
        parcel_id varchar, leg varchar, position bigint,
        scanned_at varchar, description varchar, details varchar, checkpoint_status varchar
    );
    create temp table changed as
    select id, origin_info::json as origin, destination_info::json as destination
    from account.trackings
    where _airbyte_extracted_at >= timestamp '{since}';
    delete from account.scans using changed where scans.parcel_id = changed.id;
    insert into account.scans
    select
        id, leg, position,
        scan ->> 'Date', scan ->> 'StatusDescription', scan ->> 'Details',
        scan ->> 'checkpoint_status'
    from (
        select id, leg, unnest(scans) as scan, generate_subscripts(scans, 1) - 1 as position
        from (
            select id, 'origin' as leg, (origin -> 'trackinfo')::json[] as scans from changed
            union all
            select id, 'destination', (destination -> 'trackinfo')::json[] from changed
        )
    )
"""


def main() -> None:
    base_url, key, file = sys.argv[1:]
    DeclarativeExecutor.execute = _remember_state(DeclarativeExecutor.execute)
    DeclarativeExecutor._build_declarative_source = _build_with_state
    with measured() as cost:
        since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        cache = DuckDBCache(
            db_path=Path(file), schema_name="account", cache_dir=Path(f"{file}.cache")
        )
        source = airbyte.get_source(
            "source-trackingmore",
            source_manifest=manifest(base_url, key),
            config={},
            install_if_missing=False,
        )
        source.select_all_streams()
        source.read(cache=cache, write_strategy="merge")
        with cache.get_sql_engine().begin() as db:
            for statement in SCANS.format(since=since).split(";"):
                db.execute(sqlalchemy.text(statement.replace(":", "\\:")))
            counts = "select count(*) from account.trackings", "select count(*) from account.scans"
            parcels, scans = (db.execute(sqlalchemy.text(each)).scalar_one() for each in counts)
    tell(parcels=parcels, scans=scans, cost=cost.so_far())


def manifest(base_url: str, key: str) -> dict[str, Any]:
    """Return the list of trackings as a source: pages, and a cursor on `updated_at`."""

    def parameter(name: str) -> dict[str, str]:
        return {"type": "RequestOption", "field_name": name, "inject_into": "request_parameter"}

    return {
        "version": "6.44.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["trackings"]},
        "streams": [
            {
                "type": "DeclarativeStream",
                "name": "trackings",
                "primary_key": ["id"],
                "retriever": {
                    "type": "SimpleRetriever",
                    "requester": {
                        "type": "HttpRequester",
                        "url_base": base_url,
                        "path": "/trackings/get",
                        "http_method": "GET",
                        "request_headers": {"Trackingmore-Api-Key": key},
                    },
                    "record_selector": {
                        "type": "RecordSelector",
                        "extractor": {"type": "DpathExtractor", "field_path": ["data", "items"]},
                    },
                    "paginator": {
                        "type": "DefaultPaginator",
                        "page_token_option": parameter("page"),
                        "page_size_option": parameter("limit"),
                        "pagination_strategy": {
                            "type": "PageIncrement",
                            "page_size": LIMIT,
                            "start_from_page": 1,
                            "inject_on_first_request": True,
                        },
                    },
                },
                "incremental_sync": {
                    "type": "DatetimeBasedCursor",
                    "cursor_field": "updated_at",
                    "datetime_format": "%s",
                    "cursor_datetime_formats": ["%Y-%m-%dT%H:%M:%S%z", "%s"],
                    "cursor_granularity": "PT1S",
                    "step": "P3650D",
                    "start_datetime": {
                        "type": "MinMaxDatetime",
                        "datetime": "2020-01-01T00:00:00+00:00",
                        "datetime_format": "%Y-%m-%dT%H:%M:%S%z",
                    },
                    "start_time_option": parameter("update_time_min"),
                    "end_time_option": parameter("update_time_max"),
                },
                "schema_loader": {"type": "InlineSchemaLoader", "schema": SCHEMA},
            }
        ],
        "spec": {
            "type": "Spec",
            "connection_specification": {
                "type": "object",
                "properties": {},
                "additionalProperties": True,
            },
        },
    }


# PyAirbyte 0.71 saves the state of a declarative source and passes it on, but builds the source
# without it: every sync would be a first one. With these two it is used.


def _remember_state(execute: Any) -> Any:
    def remembering(self: Any, args: list[str], **more: Any) -> Iterator[str]:
        self.state_file = args[args.index("--state") + 1] if "--state" in args else None
        yield from execute(self, args, **more)

    return remembering


def _build_with_state(self: Any, config: dict[str, Any] | None = None) -> Any:
    state = None
    if file := getattr(self, "state_file", None):
        saved = json.loads(Path(file).read_text())
        state = [AirbyteStateMessageSerializer.load(each) for each in saved]
    return ConcurrentDeclarativeSource(
        config={**self._config_dict, **(config or {})},
        source_config=self._manifest_dict,
        state=state,
    )


if __name__ == "__main__":
    main()
