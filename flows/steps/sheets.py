"""Read a CSV or Parquet file as a sheet: rows of texts under the API's own column names."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from flows.errors import UsageError
from transforms.plans import Flaw, Row

FLAWS_SHOWN = 20


def read_sheet(path: Path, *, columns: Sequence[str], needed: Sequence[str]) -> list[Row]:
    """Return the rows of a file, every cell as text; an empty cell and null are "".

    Args:
        path: `*.parquet`, or else CSV with a header, in UTF-8.
        columns: The names that its columns may have.
        needed: Those that it must have.

    Raises:
        UsageError: there is no such file, it cannot be read, or its columns are others.
    """
    try:
        names, rows = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    except FileNotFoundError:
        raise UsageError(f"{path} does not exist") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, csv.Error) as error:  # Arrow's own errors are ValueErrors
        raise UsageError(f"{path} cannot be read: {_first_line(error)}") from None
    for name, times in Counter(names).items():
        if name not in columns:
            known = ", ".join(columns)
            raise UsageError(f"{path} has a column {name!r}; the columns can be {known}")
        if times > 1:
            raise UsageError(f"{path} has {times} columns {name!r}")
    if missing := [name for name in needed if name not in names]:
        raise UsageError(f"{path} has no column {missing[0]!r}")
    sheet: list[Row] = []
    for number, row in enumerate(rows, start=1):
        if len(row) > len(names):
            msg = f"{path} cannot be read: row {number} has {len(row)} cells, the header only"
            raise UsageError(f"{msg} {len(names)}")
        cells = [*map(_text, row), *[""] * (len(names) - len(row))]
        sheet.append(dict(zip(names, cells, strict=True)))
    return sheet


def refuse_flaws(source: str, flaws: Sequence[Flaw], *, skip: bool) -> None:
    """End the command where rows are flawed, unless they are to be skipped.

    Raises:
        UsageError: names every flawed row.
    """
    if not flaws or skip:
        return
    shown = "; ".join(map(str, flaws[:FLAWS_SHOWN]))
    more = f"; and {len(flaws) - FLAWS_SHOWN} more" if len(flaws) > FLAWS_SHOWN else ""
    rows = "row is" if len(flaws) == 1 else "rows are"
    raise UsageError(
        f"{source}: {len(flaws)} {rows} flawed, nothing was sent (--skip-flawed sends the"
        f" others): {shown}{more}"
    )


def _csv(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = [*csv.reader(file, strict=True)] or [[]]
    return [name.strip() for name in header], rows


def _parquet(path: Path) -> tuple[list[str], Iterable[Sequence[Any]]]:
    import pyarrow.parquet as pq

    # not by way of pandas: that makes floats of whole numbers among which one is null
    table = pq.read_table(path)
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return [name.strip() for name in table.column_names], rows


def _text(value: object) -> str:
    if value is None or value != value:  # NaN is not itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
