"""Columns of Arrow, as the arrays that they are."""

from typing import Any

import pyarrow as pa


def whole(column: pa.ChunkedArray) -> Any:
    """Return a column as one array; where it is one already, that is not copied."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
