"""The account by Parcelhouse's own steps, those of `parcelhouse sync`, without the command line.

    python parcelhouse_sync.py BASE_URL KEY FOLDER

What it tells is up to the last parcel being in the file, as with the others, who close theirs;
`whole` is with what they do not do: bringing the marts up to date, and publishing it all for
readers.
"""

import os
import sys

import duckdb
from measuring import measured, tell

from flows.choosing import read_settings
from flows.steps.run import running
from flows.steps.sync import sync


def main() -> None:
    base_url, key, folder = sys.argv[1:]
    os.environ |= {
        "TRACKINGMORE_API_KEY": key,
        "TRACKINGMORE_BASE_URL": base_url,
        "TRACKINGMORE_REQUESTS_PER_SECOND": "0",
        "PARCELHOUSE_HOME": folder,
    }
    with measured() as cost:
        with running(read_settings(), "sync") as run:
            began = cost.so_far()
            sync(run)
            with run.warehouse() as db:
                db.execute("checkpoint")
            stored = cost.so_far()
        whole = cost.so_far()
    with duckdb.connect(f"{folder}/warehouse.duckdb", read_only=True) as db:
        ((parcels,),) = db.execute("select count(*) from core.live_trackings").fetchall()
        ((scans,),) = db.execute("select count(*) from core.live_events").fetchall()
    tell(parcels=parcels, scans=scans, cost=stored, began=began, whole=whole)


if __name__ == "__main__":
    main()
