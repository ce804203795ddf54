"""The account by dlt's rest_api source into DuckDB, as its documentation shows it.

    python dlt_rest_api.py BASE_URL KEY FILE

Merges on the API's id, follows `updated_at`, asks for as many rows a page as the API gives. A new
file is a first sync, an existing one an incremental one.
"""

import os
import sys
from datetime import datetime
from typing import Any

import dlt
import duckdb
from dlt.sources.rest_api import rest_api_source
from measuring import measured, tell

SCANS = ("trackings__origin_info__trackinfo", "trackings__destination_info__trackinfo")


def main() -> None:
    base_url, key, file = sys.argv[1:]
    os.environ |= {
        # What dlt recommends for DuckDB; its own default is several times slower.
        "NORMALIZE__DATA_WRITER__FILE_FORMAT": "parquet",
        "NORMALIZE__WORKERS": "2",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "DLT_DATA_DIR": f"{file}.dlt",
    }
    with measured() as cost:
        pipeline = dlt.pipeline(
            "drift",
            destination=dlt.destinations.duckdb(file),
            dataset_name="account",
            pipelines_dir=f"{file}.pipelines",
        )
        pipeline.run(account(base_url, key), loader_file_format="parquet")
    cost_of_it = cost.so_far()
    with duckdb.connect(file, read_only=True) as db:
        counted = [
            db.execute(f"select count(*) from account.{table}").fetchall()[0][0]
            for table in ("trackings", *SCANS)
        ]
    tell(parcels=counted[0], scans=sum(counted[1:]), cost=cost_of_it)


def account(base_url: str, key: str) -> Any:
    """Return the list of trackings as a source: one resource, its scans in child tables."""
    return rest_api_source(
        {
            "client": {
                "base_url": f"{base_url}/",
                "headers": {"Trackingmore-Api-Key": key},
                "paginator": {
                    "type": "page_number",
                    "base_page": 1,
                    "page_param": "page",
                    "total_path": None,
                    "stop_after_empty_page": True,
                },
            },
            "resources": [
                {
                    "name": "trackings",
                    "primary_key": "id",
                    "write_disposition": "merge",
                    # the API writes an unset order time as 0 or as ""; unless it is told, dlt ends
                    # with an error on the second
                    "columns": {
                        "updated_at": {"data_type": "timestamp"},
                        "order_create_time": {"data_type": "text"},
                    },
                    "endpoint": {
                        "path": "trackings/get",
                        "data_selector": "data.items",
                        "params": {
                            "limit": 2000,
                            "update_time_min": "{incremental.start_value}",
                        },
                        "incremental": {
                            "cursor_path": "updated_at",
                            "initial_value": "1970-01-01T00:00:00+00:00",
                            "convert": unix_seconds,
                            "on_cursor_value_missing": "include",
                        },
                    },
                }
            ],
        },
        name="trackingmore",
    )


def unix_seconds(stamp: str) -> int:
    """Return a stamp as the API's filters take it."""
    return int(datetime.fromisoformat(stamp).timestamp())


if __name__ == "__main__":
    main()
