"""What a flow run wrote, told as Prefect assets.

A server of one's own keeps them as events (`prefect.asset.materialization.succeeded`); Prefect
Cloud draws the lineage, from the account to the tables.
"""

from typing import Any

from prefect.assets import Asset, materialize
from prefect.cache_policies import NO_CACHE

# the figures of a run's summary that tell what became of a table
FIGURES = {
    "core/trackings": ("trackings_inserted", "trackings_updated", "trackings_unchanged"),
    "core/tracking_events": ("events_inserted", "events_withdrawn"),
}


def tell_lineage(said: dict[str, Any]) -> None:
    """Tell which tables a run has written, with its figures; of one that wrote nothing, nothing.

    Args:
        said: The run's summary.
    """
    wrote = {
        Asset(key=f"parcelhouse://{said['account']}/{table}"): {name: said[name] for name in names}
        for table, names in FIGURES.items()
        if any(said[name] for name in names if not name.endswith("_unchanged"))
    }
    if not wrote:
        return

    @materialize(
        *wrote,
        asset_deps=[Asset(key=f"trackingmore://{said['account']}/trackings")],
        name="tell-lineage",
        cache_policy=NO_CACHE,
    )
    def tell() -> None:
        for asset, figures in wrote.items():
            asset.add_metadata({"run_id": said["run_id"], **figures})

    tell()
