"""The account flattened by hand to Arrow, and merged into DuckDB by dlt: its fastest way.

    python dlt_arrow.py BASE_URL KEY FILE

A new file is a first sync, an existing one an incremental one.
"""

import os
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import dlt
import duckdb
import orjson
import pyarrow as pa
import requests
from measuring import measured, tell

LIMIT = 2000
FLAT = {
    **dict.fromkeys(
        (
            "id",
            "tracking_number",
            "carrier_code",
            "status",
            "created_at",
            "updated_at",
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
        ),
        pa.string(),
    ),
    "archived": pa.bool_(),
    "itemTimeLength": pa.int32(),
}
SCAN = pa.schema(
    {
        "parcel_id": pa.string(),
        "leg": pa.string(),
        "position": pa.int32(),
        "Date": pa.string(),
        "StatusDescription": pa.string(),
        "Details": pa.string(),
        "checkpoint_status": pa.string(),
    }
)


def main() -> None:
    base_url, key, file = sys.argv[1:]
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "DLT_DATA_DIR": f"{file}.dlt",
        # the scans of a page are only known once its parcels have been read
        "EXTRACT__NEXT_ITEM_MODE": "fifo",
        "EXTRACT__WORKERS": "1",
    }
    with measured() as cost:
        pipeline = dlt.pipeline(
            "account",
            destination=dlt.destinations.duckdb(file),
            dataset_name="account",
            pipelines_dir=f"{file}.pipelines",
        )
        pipeline.run(account(base_url, key), loader_file_format="parquet")
    cost_of_it = cost.so_far()
    with duckdb.connect(file, read_only=True) as db:
        ((parcels,),) = db.execute("select count(*) from account.parcels").fetchall()
        ((scans,),) = db.execute("select count(*) from account.scans").fetchall()
    tell(parcels=parcels, scans=scans, cost=cost_of_it)


@dlt.source(name="trackingmore")
def account(base_url: str, key: str) -> Any:
    """Return parcels and scans as Arrow; parcels are read first, scans are what they left."""
    left: list[pa.Table] = []

    @dlt.resource(name="parcels", primary_key="id", write_disposition="merge")
    def parcels(
        updated: Any = dlt.sources.incremental("updated_seconds", initial_value=0),  # noqa: B008
    ) -> Iterator[pa.Table]:
        for items in _pages(base_url, key, updated.start_value):
            left.append(_scans(items))
            yield _parcels(items)

    @dlt.resource(
        name="scans",
        primary_key=("parcel_id", "leg", "position"),
        merge_key="parcel_id",
        write_disposition="merge",
    )
    def scans() -> Iterator[pa.Table]:
        while left:
            yield left.pop(0)

    return parcels, scans


def _pages(base_url: str, key: str, since: int) -> Iterator[list[dict[str, Any]]]:
    page, items = 1, [{}] * LIMIT
    with requests.Session() as session:
        session.headers["Trackingmore-Api-Key"] = key
        while len(items) == LIMIT:
            params = {"page": page, "limit": LIMIT, "update_time_min": since}
            answer = session.get(f"{base_url}/trackings/get", params=params, timeout=60)
            data = orjson.loads(answer.content)["data"]
            items = data["items"] if data else []
            if items:
                yield items
            page += 1


def _parcels(items: list[dict[str, Any]]) -> pa.Table:
    columns = {
        name: pa.array([item.get(name) for item in items], kind) for name, kind in FLAT.items()
    }
    seconds = [int(datetime.fromisoformat(item["updated_at"]).timestamp()) for item in items]
    return pa.table({**columns, "updated_seconds": pa.array(seconds, pa.int64())})


def _scans(items: list[dict[str, Any]]) -> pa.Table:
    columns: dict[str, list[Any]] = {name: [] for name in SCAN.names}
    for item in items:
        for leg in ("origin", "destination"):
            for position, scan in enumerate(item[f"{leg}_info"]["trackinfo"] or ()):
                columns["parcel_id"].append(item["id"])
                columns["leg"].append(leg)
                columns["position"].append(position)
                for name in SCAN.names[3:]:
                    columns[name].append(scan.get(name))
    return pa.table(columns, schema=SCAN)


if __name__ == "__main__":
    main()
