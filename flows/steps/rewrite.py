"""Brings what is stored in line with the policy for personal data, and with who is forgotten."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from flows.steps.ranges import Progress, Watch
from flows.steps.retention import remove_abandoned
from flows.steps.run import LocalRun
from transforms.personal.masker import Masker
from transforms.tables import TRACKINGS
from warehouse.compact import compact
from warehouse.connection import commit_so_far, transaction
from warehouse.errors import LandingError
from warehouse.landing import landed_paths, landed_row
from warehouse.masked_files import Renamed, mask_archives, mask_landed, surveyed
from warehouse.masking import Rewritten, mask_core
from warehouse.masking_rest import mask_rest

NAMED = 5  # torn files in a notice


@dataclass
class Survey:
    """What of the landing is other than it is to be."""

    files: list[Path] = field(default_factory=list)
    torn: list[Path] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)
    forgotten_ids: set[str] = field(default_factory=set)


class Scope(NamedTuple):
    """Which parcels a rewrite is about; None: all of them."""

    tracking_ids: frozenset[str] | None = None
    needles: tuple[bytes, ...] | None = None
    """What an answer holds that tells of them; None: any answer may."""

    def may_concern(self, body: bytes) -> bool:
        """Return whether an answer may tell of those parcels."""
        return self.needles is None or any(each in body for each in self.needles)


EVERYTHING = Scope()


def survey_landing(
    run: LocalRun, masker: Masker, scope: Scope = EVERYTHING, *, watch: Watch | None = None
) -> Survey:
    """Return what of the landing *masker* changes; nothing is written."""
    found = Survey()
    root = run.settings.landing
    paths = landed_paths(root, run.account)
    for done, path in enumerate(paths, 1):
        try:
            body = landed_row(root, path)["body"]
        except LandingError:
            found.torn.append(path)
            continue
        if scope.may_concern(body):
            each = surveyed(masker, body)
            if each.is_changed:
                found.files.append(path)
            found.renamed += each.renamed
            found.forgotten_ids.update(each.forgotten_ids)
        if watch is not None:
            watch(Progress("survey", done, len(paths) - done, done, None))
    return found


def rewrite(
    run: LocalRun,
    masker: Masker,
    survey: Survey,
    scope: Scope = EVERYTHING,
    *,
    watch: Watch | None = None,
) -> Rewritten:
    """Rewrite core and the other tables, then the landing file by file, then the archives.

    Every part is safe to repeat, and whoever is killed begins again: what is done already is
    found as it is wanted. In the end the warehouse's file is written anew, without the blocks
    that held what was there before. Holds the writer's seat all the while.

    Raises:
        WarehouseError: a file cannot be read or written; the rest is rewritten by the next.
    """
    home, root = run.settings.parcelhouse_home, run.settings.landing
    with run.warehouse() as db:
        remove_abandoned(run, rests=None)
        ids = None if scope.tracking_ids is None else sorted(scope.tracking_ids)
        with transaction(db):
            rename_payloads(db, run.account, survey.renamed)
        with transaction(db):
            done = mask_core(
                db, run.account, masker, tracking_ids=ids, between=partial(commit_so_far, db)
            )
        with transaction(db):
            done = done.plus(Rewritten(others=mask_rest(db, run.account, masker)))
        for count, path in enumerate(survey.files, 1):
            done = done.plus(Rewritten(files=int(mask_landed(root, path, masker))))
            if watch is not None:
                watch(Progress("landing", count, len(survey.files) - count, count, None))
        done = done.plus(mask_archives(home, run.account, masker))
    # a connection that has read none of it: no page of its memory can bring it back
    with run.warehouse() as db:
        compact(db, home, force=True)
    _mention_torn(run, survey.torn)
    return done


def rename_payloads(
    db: duckdb.DuckDBPyConnection, account: str, renamed: Iterable[Renamed]
) -> None:
    """Let parcels be known by what their payloads are once masked: read again, they are no news.

    The caller owns the transaction.
    """
    pairs = dict(renamed)
    db.register(
        "renamed_payloads",
        pa.table(
            {
                "before": pa.array(list(pairs), pa.string()),
                "after": pa.array(list(pairs.values()), pa.string()),
            }
        ),
    )
    db.execute(
        f"""
        update {TRACKINGS.name} set payload_hash = renamed_payloads.after
        from renamed_payloads
        where account = $account and payload_hash = renamed_payloads.before
        """,
        {"account": account},
    )
    db.unregister("renamed_payloads")


def _mention_torn(run: LocalRun, torn: list[Path]) -> None:
    if torn:
        names = ", ".join(str(path) for path in torn[:NAMED])
        more = f" and {len(torn) - NAMED:,} more" if len(torn) > NAMED else ""
        run.notices["torn"] = (
            f"cannot be read, and may hold what should be gone: {names}{more} in"
            f" {run.settings.landing}; remove them by hand"
        )
        run.has_doubts = True
