"""Rewrites the landing and the archives as the policy for personal data wants them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from trackingmore_v2.envelope import parse
from trackingmore_v2.models import Answer
from transforms.batch import payload_hashes
from transforms.identity import canonical
from transforms.personal.masker import Masker
from transforms.personal.texts import MARK
from transforms.tables import TRACKING_EVENTS, TRACKINGS
from warehouse.archive import FOLDER
from warehouse.errors import CannotOpenError
from warehouse.landing import land_row, landed_row
from warehouse.masking import Rewritten, masked_rows

UNREADABLE = MARK.encode()
"""What is landed of an answer that cannot be read: it names nobody, and cannot be read either."""

HASHES = ("payload_hash", "scans_hash")


class Renamed(NamedTuple):
    """What the hash of a payload was, and what it is once it is masked."""

    before: str
    after: str


class Surveyed(NamedTuple):
    """What masking would change of one landed answer."""

    is_changed: bool
    renamed: list[Renamed]
    forgotten_ids: list[str]  # of payloads whose parcel or customer is forgotten


def masked_answer(masker: Masker, answer: Answer) -> Answer:
    """Return an answer as it is landed; *answer* itself where nothing of it changes."""
    if masker.is_idle:
        return answer
    body = masked_body(masker, answer.body)
    return answer if body is answer.body else answer._replace(body=body)


def masked_body(masker: Masker, body: bytes) -> bytes:
    """Return an answer's body as it is landed; *body* itself where nothing of it changes."""
    try:
        said = parse(body)
    except (ValueError, RecursionError):
        return body if masker.policy.name == "keep" else UNREADABLE
    stored = masker.envelope(said)
    return body if stored == said else _spelt(stored)


def surveyed(masker: Masker, body: bytes) -> Surveyed:
    """Return what masking changes of an answer that is landed."""
    try:
        said = parse(body)
    except (ValueError, RecursionError):
        return Surveyed(masked_body(masker, body) is not body, [], [])
    changed, forgotten = [], []
    for item in _items(said):
        stored = masker.item(item)
        if stored != item:
            changed.append((item, stored))
        if masker.forgotten and masker.forgotten.covers(item):
            forgotten.append(str(item.get("id")))
    before, after = (
        (payload_hashes(items) for items in zip(*changed, strict=True)) if changed else ({}, {})
    )
    renamed = [Renamed(before[each], after[each]) for each in before.keys() & after.keys()]
    return Surveyed(bool(changed) or masker.envelope(said) != said, renamed, forgotten)


def mask_landed(root: Path, path: Path, masker: Masker) -> bool:
    """Rewrite one landed answer, whole or not at all; return whether it was other than wanted.

    Raises:
        LandingError: it cannot be read or written.
    """
    row = landed_row(root, path)
    body = masked_body(masker, row["body"])
    params = _spelt(masker.item(orjson.loads(row["params"]))).decode()
    if body is row["body"] and orjson.loads(params) == orjson.loads(row["params"]):
        return False
    land_row(root, path, row | {"body": body, "params": params})
    return True


def mask_archives(home: Path, account: str, masker: Masker) -> Rewritten:
    """Rewrite the archives of what was purged.

    Raises:
        CannotOpenError: a file cannot be read or written.
    """
    done = Rewritten()
    for folder in sorted((home / FOLDER).glob("*")):
        names = [
            f"{table.name.partition('.')[2]}.parquet" for table in (TRACKINGS, TRACKING_EVENTS)
        ]
        trackings_path, events_path = (folder / name for name in names)
        try:
            for leftover in folder.glob(".*"):
                leftover.unlink()
            trackings, events = (
                pq.read_table(path, partitioning=None) for path in (trackings_path, events_path)
            )
            done = done.plus(
                _mask_archive(account, masker, (trackings_path, trackings), (events_path, events))
            )
        except (OSError, pa.ArrowException) as error:
            said = str(error).splitlines()[0]
            raise CannotOpenError(f"cannot rewrite the archive {folder}: {said}") from error
    return done


def _mask_archive(
    account: str,
    masker: Masker,
    trackings: tuple[Path, pa.Table],
    events: tuple[Path, pa.Table],
) -> Rewritten:
    parcels, scans = (
        [row | {"row": place} for place, row in enumerate(table.to_pylist())]
        for _, table in (trackings, events)
    )
    ours = [row for row in parcels if row["account"] == account]
    found = masked_rows(masker, ours, [row for row in scans if row["account"] == account])
    if not found:
        return Rewritten()
    # hashes of what was said before would still tell who guesses a name that it is the right one
    new_rows = {
        row["row"]: row | (masked.tracking or {}) | dict.fromkeys(HASHES) for row, masked in found
    }
    new_scans = {each["row"]: each for _, masked in found for each in masked.events}
    merged = {each["row"] for _, masked in found for each in masked.merged}
    # first the scans: a row that still names somebody is what brings a killed rewrite back here
    _replace(
        events, [new_scans.get(each["row"], each) for each in scans if each["row"] not in merged]
    )
    _replace(trackings, [new_rows.get(each["row"], each) for each in parcels])
    return Rewritten(files=2)


def _replace(file: tuple[Path, pa.Table], rows: Sequence[dict[str, Any]]) -> None:
    path, table = file
    temporary = path.with_name(f".{path.name}")
    with temporary.open("wb") as out:
        pq.write_table(pa.Table.from_pylist(list(rows), table.schema), out, compression="zstd")
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(path)


def _items(said: Any) -> list[dict[str, Any]]:
    data = said.get("data") if isinstance(said, dict) else None
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        data = data["items"]
    several = data if isinstance(data, list) else [data]
    return [each for each in several if isinstance(each, dict)]


def _spelt(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits
        return canonical(value)
