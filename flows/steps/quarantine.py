"""Read again what nobody could read: the parser may have been repaired since."""

import json
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple

import duckdb

from flows.errors import UsageError
from flows.settings import Settings
from flows.steps.run import LocalRun
from flows.steps.tally import Tally
from trackingmore_v2 import endpoints
from transforms.batch import flatten
from warehouse import quarantine
from warehouse.connection import open_read_only, transaction
from warehouse.errors import IncompatibleError
from warehouse.overlay import overlay
from warehouse.quarantine import Waiting
from warehouse.snapshot import published
from warehouse.upsert import merge


class Retry(NamedTuple):
    """What became of the payloads that waited."""

    released: int
    waiting: int


def waiting_payloads(settings: Settings) -> list[Waiting]:
    """Return what waits by what is published, oldest first.

    Raises:
        NothingPublishedError: no run has ended yet.
    """
    with open_read_only(published(settings.parcelhouse_home)) as db:
        return quarantine.waiting(db, settings.parcelhouse_account)


def waiting_payload(settings: Settings, beginning: str) -> Waiting:
    """Return the one payload that waits and whose id begins with *beginning*.

    Raises:
        UsageError: there is none, or more than one.
        NothingPublishedError: no run has ended yet.
    """
    found = [
        each for each in waiting_payloads(settings) if each.quarantine_id.startswith(beginning)
    ]
    if len(found) != 1:
        how_many = f"{len(found)} payloads wait" if found else "no payload waits"
        msg = f"{how_many} under an id that begins with {beginning!r}"
        raise UsageError(msg)
    return found[0]


def retry(run: LocalRun) -> Retry:
    """Flatten every waiting payload again, and merge those that can be read now.

    They count as read when and by whom they were: a newer version that came since stays. What
    still cannot be read waits on, with the reason of today. All of it happens, or nothing.

    (A payload also stops waiting by itself once its parcel is read well in a later answer.)

    Raises:
        IncompatibleError: what is read and what is not cannot be told apart.
    """
    with run.warehouse() as db, transaction(db):
        waiting = quarantine.waiting(db, run.account)
        by_answer = groupby(waiting, key=lambda each: (each.fetched_at, each.run_id))
        for _, group in by_answer:
            _read_again(run, db, list(group))
        left = len(quarantine.waiting(db, run.account))
    run.tally.quarantined = left
    return Retry(len(waiting) - left, left)


def _read_again(run: LocalRun, db: duckdb.DuckDBPyConnection, group: list[Waiting]) -> None:
    """Merge what can be read of one answer's payloads; say of the others why not."""
    first = group[0]
    batch = flatten(
        [json.loads(each.payload) for each in group],
        account=run.account,
        fetched_at=first.fetched_at,
        run_id=first.run_id,
    )
    reasons = dict(
        zip(
            batch.quarantine.column("quarantine_id").to_pylist(),
            batch.quarantine.column("reason").to_pylist(),
            strict=True,
        )
    )
    merged = overlay(db, batch) if first.endpoint == endpoints.REALTIME.name else merge(db, batch)
    released = [each.quarantine_id for each in group if each.quarantine_id not in reasons]
    if len(released) + batch.rejected != len(group):
        msg = f"run {first.run_id} named quarantined payloads otherwise: `parcelhouse replay`"
        raise IncompatibleError(msg)
    quarantine.release(db, run.account, released, at=datetime.now(UTC))
    for quarantine_id, reason in reasons.items():
        quarantine.give_reason(db, run.account, quarantine_id, reason)
    changed = merged.trackings_inserted + merged.trackings_updated
    run.tally.add(
        Tally(
            rows_read=batch.payloads,
            trackings_inserted=merged.trackings_inserted,
            trackings_updated=merged.trackings_updated,
            trackings_unchanged=len(released) - changed,
            events_inserted=merged.events_inserted,
            events_withdrawn=merged.events_withdrawn,
        )
    )
