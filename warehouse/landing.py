"""Raw answers as compressed Parquet, one file an answer, landed before anybody reads them."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from trackingmore_v2.models import Answer
from warehouse.errors import LandingError

SCHEMA = pa.schema(
    [
        ("account", pa.string()),
        ("run_id", pa.string()),
        ("endpoint", pa.string()),
        ("params", pa.string()),
        ("fetched_at", pa.timestamp("us", tz="UTC")),
        ("body", pa.binary()),
    ]
)


def land(root: Path, answer: Answer, *, account: str, run_id: str) -> Path:
    """Write *answer* below *root* and return the file's path relative to it.

    The file appears whole or not at all, and is on the disk when this returns.

    Raises:
        LandingError: it cannot be written; the answer is not to be used then.
    """
    at = answer.fetched_at.astimezone(UTC)
    folder = Path(f"account={account}", f"date={at:%Y-%m-%d}")
    path = folder / f"{at:%Y%m%dT%H%M%S.%f}-{run_id}.parquet"
    row = {
        "account": account,
        "run_id": run_id,
        "endpoint": answer.endpoint,
        "params": json.dumps(answer.params, ensure_ascii=False),
        "fetched_at": answer.fetched_at,
        "body": answer.body,
    }
    land_row(root, path, row)
    return path


def land_row(root: Path, path: Path, row: dict[str, Any]) -> None:
    """Write a row of SCHEMA as *path* below *root*, in the place of what may be there.

    Raises:
        LandingError: it cannot be written; what was there stays.
    """
    temporary = root / path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            # one row: nothing repeats in a column, and nobody looks for one by its values
            pq.write_table(
                pa.Table.from_pylist([row], SCHEMA),
                file,
                compression="zstd",
                use_dictionary=False,
                write_statistics=False,
            )
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(root / path)
    except OSError as error:
        with suppress(OSError):  # where the folder is none, there is no file in it either
            temporary.unlink()
        msg = f"cannot land an answer in {root / path}: {error.strerror or error}"
        raise LandingError(msg) from error


def landed(root: Path, path: Path) -> Answer:
    """Return the answer that was landed as *path*.

    Raises:
        LandingError: the file is missing or torn.
    """
    return landed_by(root, path)[1]


def landed_by(root: Path, path: Path) -> tuple[str, Answer]:
    """Return the run that landed *path*, with the answer.

    Raises:
        LandingError: the file is missing or torn.
    """
    row = landed_row(root, path)
    answer = Answer(row["endpoint"], json.loads(row["params"]), row["fetched_at"], row["body"])
    return row["run_id"], answer


def landed_row(root: Path, path: Path) -> dict[str, Any]:
    """Return the row of SCHEMA that was landed as *path*.

    Raises:
        LandingError: the file is missing or torn.
    """
    try:
        row = pq.read_table(root / path, schema=SCHEMA, partitioning=None).to_pylist()[0]
        json.loads(row["params"])
    except (OSError, pa.ArrowException, IndexError, ValueError, TypeError) as error:
        msg = f"cannot read the landed answer {root / path}: {str(error).splitlines()[0]}"
        raise LandingError(msg) from error
    return dict(row)


def landed_paths(root: Path, account: str) -> list[Path]:
    """Return every landed file of *account*, relative to *root*, oldest first."""
    return [Path(day, name) for day, name in _names(root, account) if name[0] != "."]


def unfinished_paths(root: Path, account: str) -> list[Path]:
    """Return the hidden files of *account*, .<name>.<process>, that `land` has not renamed yet."""
    return [Path(day, name) for day, name in _names(root, account) if name[0] == "."]


def _names(root: Path, account: str) -> Iterator[tuple[str, str]]:
    """Yield folder, relative to *root*, and name of what lies in the landing, in their order."""
    # pathlib's glob takes ten times as long, and there may be hundreds of thousands
    for day in sorted((root / f"account={account}").glob("date=*")):
        folder = f"account={account}/{day.name}"
        yield from ((folder, name) for name in sorted(os.listdir(day)))  # noqa: PTH208
