"""DuckDB and Parquet: where the rows are kept. Has never heard of HTTP.

For whoever reads what is published: `open_published`, `published_lake`, `lake_files`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.readers import lake_files, open_published, published_lake

__all__ = ["lake_files", "open_published", "published_lake"]


def __getattr__(name: str) -> Any:
    """Return what readers use; loaded when asked for, as DuckDB's import takes its time."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from warehouse import readers

    return getattr(readers, name)
