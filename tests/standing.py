"""What `scans_hash` promises, told from the stored scans themselves."""

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from transforms.contents import scans_named


def broken_promises(db: duckdb.DuckDBPyConnection) -> list[str]:
    """The parcels whose scans_hash is another than that of their scans, or not null with gaps."""
    parcels = db.sql(
        """
        select account || tracking_id as parcel, scans_hash, scans_in_origin from core.trackings
        where scans_hash is not null order by parcel
        """
    ).to_arrow_table()
    standing = db.sql(
        """
        select events.*, account || tracking_id as parcel
        from core.tracking_events as events
        semi join (from core.trackings where scans_hash is not null) using (account, tracking_id)
        where withdrawn_at is null
        order by parcel, leg desc, position
        """
    ).to_arrow_table()
    names = parcels["parcel"].combine_chunks()
    row = pc.index_in(standing["parcel"], value_set=names).to_numpy()
    named = scans_named(standing, row, len(names))._asdict()
    wanted = pa.table({"parcel": names, **named}).to_pylist()
    told = zip(parcels.to_pylist(), wanted, strict=True)
    gaps = db.execute(
        """
        select distinct account || tracking_id from core.tracking_events
        semi join (from core.trackings where scans_hash is not null) using (account, tracking_id)
        where withdrawn_at is not null
        """
    ).fetchall()
    wrong = [stored["parcel"] for stored, wanted in told if stored != wanted]
    return wrong + [name for (name,) in gaps]
