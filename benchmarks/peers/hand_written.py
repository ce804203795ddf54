"""The account by a script without any framework into DuckDB: the least that a sync costs.

    python hand_written.py BASE_URL KEY FILE [--by arrow-json|pandas]

By `arrow-json` an answer's bytes become nested Arrow in C++, and DuckDB unnests it: no parcel is
ever a Python object. By `pandas` it is what most people would write. Page after page, everything
since the newest updated_at; five pages a transaction, in which a parcel's rows replace those
before. What moves between two pages while it reads is lost, raw answers are not kept, a text that
is no time becomes null without a word. A new file is a first sync, an existing one incremental.
"""

import argparse
from concurrent.futures import ThreadPoolExecutor

import duckdb
import orjson
import paging
import pandas as pd
import pyarrow as pa
import pyarrow.json
from measuring import measured, tell

PAGES = 5  # a transaction
THREADS = 2
FLAT = {
    "id": pa.string(),
    "tracking_number": pa.string(),
    "carrier_code": pa.string(),
    "status": pa.string(),
    "created_at": pa.string(),
    "updated_at": pa.string(),
    "order_create_time": pa.string(),
    "title": pa.string(),
    "order_id": pa.string(),
    "customer_name": pa.string(),
    "customer_email": pa.string(),
    "archived": pa.bool_(),
    "original_country": pa.string(),
    "destination_country": pa.string(),
    "itemTimeLength": pa.int32(),
    "service_code": pa.string(),
    "lastEvent": pa.string(),
    "lastUpdateTime": pa.string(),
}
SCAN = ("Date", "StatusDescription", "Details", "checkpoint_status")
ABOUT = ("weblink", "phone", "carrier_code")
LEGS = ("origin", "destination")
TABLES = """
    create table if not exists parcels (
        id varchar, tracking_number varchar, carrier_code varchar, status varchar,
        created_at timestamptz, updated_at timestamptz, order_create_time varchar, title varchar,
        order_id varchar, customer_name varchar, customer_email varchar, archived boolean,
        original_country varchar, destination_country varchar, item_time_length integer,
        service_code varchar, last_event varchar, last_update_time timestamp,
        origin_weblink varchar, origin_phone varchar, origin_carrier_code varchar,
        destination_weblink varchar, destination_phone varchar, destination_carrier_code varchar
    );
    create table if not exists scans (
        parcel_id varchar, leg varchar, position integer,
        scanned_at timestamp, description varchar, details varchar, checkpoint_status varchar
    );
"""
REPLACE = """
    delete from parcels using new_parcels where parcels.id = new_parcels.id;
    delete from scans using new_parcels where scans.parcel_id = new_parcels.id;
    insert into parcels
    select * replace (
        created_at::timestamptz as created_at,
        updated_at::timestamptz as updated_at,
        try_cast("lastUpdateTime" as timestamp) as "lastUpdateTime"
    ) from new_parcels;
    insert into scans select * replace (try_cast("Date" as timestamp) as "Date") from new_scans;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base_url")
    parser.add_argument("key")
    parser.add_argument("file")
    parser.add_argument("--by", choices=("arrow-json", "pandas"), default="arrow-json")
    asked = parser.parse_args()
    store = _store_arrow if asked.by == "arrow-json" else _store_frames
    with measured() as cost, duckdb.connect(asked.file) as db:
        db.execute(TABLES)
        ((since,),) = db.execute("select max(epoch(updated_at))::bigint from parcels").fetchall()
        some: list[bytes] = []
        for answer in paging.answers(asked.base_url, asked.key, since):
            some.append(answer)
            if len(some) == PAGES:
                store(db, some)
                some = []
        if some:
            store(db, some)
        ((parcels,),) = db.execute("select count(*) from parcels").fetchall()
        ((scans,),) = db.execute("select count(*) from scans").fetchall()
    tell(parcels=parcels, scans=scans, cost=cost.so_far())


def _store_arrow(db: duckdb.DuckDBPyConnection, answers: list[bytes]) -> None:
    """Replace the parcels of *answers*: nested Arrow, unnested by DuckDB."""
    with ThreadPoolExecutor(THREADS) as threads:
        items = pa.chunked_array(list(threads.map(_items, answers)))
    db.register("pages", pa.table({"parcel": items}))
    db.execute("create or replace temp table page as from pages")
    db.unregister("pages")
    flat = ", ".join(f'parcel."{name}"' for name in FLAT)
    about = ", ".join(f"parcel.{leg}_info.{name} as {leg}_{name}" for leg in LEGS for name in ABOUT)
    scan = ", ".join(f'scan."{name}"' for name in SCAN)
    legs = " union all ".join(
        f"""
        select
            parcel.id, '{leg}' as leg,
            generate_subscripts(parcel.{leg}_info.trackinfo, 1) - 1 as position,
            unnest(parcel.{leg}_info.trackinfo) as scan
        from page
        """
        for leg in LEGS
    )
    db.execute(f"create or replace temp view new_parcels as select {flat}, {about} from page")
    db.execute(
        f"""
        create or replace temp view new_scans as
        select id, leg, position, {scan} from ({legs})
        """
    )
    db.execute(f"begin; {REPLACE} commit")


def _items(answer: bytes) -> pa.StructArray:
    scan = pa.struct([(name, pa.string()) for name in SCAN])
    info = pa.struct([*((name, pa.string()) for name in ABOUT), ("trackinfo", pa.list_(scan))])
    item = pa.struct([*FLAT.items(), *((f"{leg}_info", info) for leg in LEGS)])
    schema = pa.schema({"data": pa.struct([("items", pa.list_(item))])})
    table = pyarrow.json.read_json(
        pa.BufferReader(answer),
        read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=len(answer) + 1),
        parse_options=pyarrow.json.ParseOptions(
            explicit_schema=schema, unexpected_field_behavior="ignore"
        ),
    )
    return table["data"].combine_chunks().field("items").flatten()


def _store_frames(db: duckdb.DuckDBPyConnection, answers: list[bytes]) -> None:
    """Replace the parcels of *answers*: dicts, frames, DuckDB."""
    parcels, scans = [], []
    for answer in answers:
        for item in orjson.loads(answer)["data"]["items"]:
            row = {name: item.get(name) for name in FLAT}
            for leg in LEGS:
                info = item[f"{leg}_info"] or {}
                row |= {f"{leg}_{name}": info.get(name) for name in ABOUT}
                scans += [
                    {
                        "parcel_id": item["id"],
                        "leg": leg,
                        "position": position,
                        **{name: scan.get(name) for name in SCAN},
                    }
                    for position, scan in enumerate(info.get("trackinfo") or ())
                ]
            parcels.append(row)
    db.register("new_parcels", pd.DataFrame(parcels))
    db.register("new_scans", pd.DataFrame(scans, columns=["parcel_id", "leg", "position", *SCAN]))
    db.execute(f"begin; {REPLACE} commit")
    db.unregister("new_parcels")
    db.unregister("new_scans")


if __name__ == "__main__":
    main()
