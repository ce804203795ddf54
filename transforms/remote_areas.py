"""Answers about remote areas as rows: one an address and courier that charges extra there."""

from datetime import datetime
from typing import Any

import pyarrow as pa

from trackingmore_v2.findings import RemoteAreas
from trackingmore_v2.orders import Address
from transforms.account_tables import REMOTE_AREAS


def remote_area_rows(
    found: RemoteAreas, *, account: str, fetched_at: datetime, run_id: str
) -> pa.Table:
    """Return the rows of `core.remote_areas` for what one request found.

    An address that is not remote has one row without a courier; one that the answer does not
    settle has one whose `is_remote` is null.
    """
    common = {"account": account, "fetched_at": fetched_at, "run_id": run_id}
    rows: dict[tuple[Address, str], dict[str, Any]] = {}
    for area in found.areas:
        if area.address is not None:
            rows[area.address, area.company] = {
                "is_remote": True,
                "far_express_company": area.company,
                "far_country": area.country,
                "far_country_code": area.country_code,
                "far_city_postcode": area.place,
            }
    for address in found.not_remote:
        rows[address, ""] = {"is_remote": False, "far_express_company": ""}
    for address in found.unsettled:
        if not any(address == settled for settled, _ in rows):
            message = "; ".join(map(str, found.errors)) or "the answer does not say"
            rows[address, ""] = {"is_remote": None, "far_express_company": "", "message": message}
    return pa.Table.from_pylist(
        [
            common
            | {
                "country": address.country,
                "postcode": address.postcode,
                "company": address.company or "",
            }
            | said
            for (address, _), said in rows.items()
        ],
        schema=REMOTE_AREAS.schema,
    )
