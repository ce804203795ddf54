"""Hand what a warehouse has loaded to the table store that many warehouses share."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from flows.settings import Settings
from trackingmore_v2.carried import carried
from trackingmore_v2.errors import TrackingMoreError
from transforms.batch import flatten
from transforms.tables import LANDINGS, TRACKINGS
from warehouse.connection import open_read_only
from warehouse.errors import LandingError, LostRaceError
from warehouse.landing import landed
from warehouse.loaded import Deletion, Loaded, deletions, loaded_answers
from warehouse.scale_out import store as stores
from warehouse.scale_out.store import VERSIONS, Store
from warehouse.scale_out.versions import SCHEMA, deletion_rows, version_rows
from warehouse.snapshot import published

PORTION = 20_000  # versions in one commit: all of them are in memory
RACES = 20


class HandedOver(NamedTuple):
    """What one load appended to the table store."""

    answers: int = 0
    versions: int = 0
    deletions: int = 0
    lost: tuple[str, ...] = ()  # landed files that are gone or torn: nobody can hand them over

    def plus(self, more: "HandedOver") -> "HandedOver":
        """Return both together."""
        return HandedOver(
            self.answers + more.answers,
            self.versions + more.versions,
            self.deletions + more.deletions,
            self.lost + more.lost,
        )


class _Source(NamedTuple):
    """A published warehouse, as the store knows it."""

    db: duckdb.DuckDBPyConnection
    landing: Path
    account: str
    ledger: str  # which of all the warehouses that this account may have had

    @property
    def answers(self) -> str:
        """The transaction that counts answers, by ops.landings.sequence."""
        return f"parcelhouse:{self.account}:{self.ledger}:answers"

    @property
    def deletions(self) -> str:
        """The transaction that counts rows of ops.deletions."""
        return f"parcelhouse:{self.account}:{self.ledger}:deletions"


def hand_over(
    settings: Settings, store: Store, *, watch: Callable[[HandedOver], None] = lambda _: None
) -> HandedOver:
    """Append to the store what this account's warehouse has loaded since the last time.

    Reads what is published and the landing; neither the writer's seat nor the API is needed. Each
    portion is committed with the place that it reaches, so nothing is appended twice and nothing
    left out, however often this is killed, repeated or run twice at once.

    Args:
        settings: Whose home and account.
        store: Where to.
        watch: Told after each portion.

    Raises:
        NothingPublishedError: no run has ended yet.
        CannotOpenError: the store cannot be used; what was committed stays.
    """
    done = HandedOver()
    with open_read_only(published(settings.parcelhouse_home)) as db:
        account = settings.parcelhouse_account
        begun = db.execute(
            f"select run_id from {LANDINGS.name} where account = ? and sequence = 1", [account]
        ).fetchall()
        if not begun:
            return done
        source = _Source(db, settings.landing, account, begun[0][0])
        for _ in range(RACES):
            try:
                for portion in _portions(source, store):
                    done = done.plus(portion)
                    watch(done)
            except LostRaceError:  # another load of this account: go on behind it
                continue
            return done
    msg = f"another load of account {account} to {store.url} is under way"
    raise LostRaceError(msg)


def _portions(source: _Source, store: Store) -> Iterator[HandedOver]:
    """Commit portion after portion, then the deletions; yield what each was."""
    delta = stores.table(store, VERSIONS)
    after = stores.reached(store, delta, source.answers)
    todo = [each for each in loaded_answers(source.db, source.account) if each.sequence > after]
    rows: list[pa.Table] = []
    lost: list[str] = []
    for number, answer in enumerate(todo, 1):
        try:
            rows.append(_version_rows(source, answer))
        except (LandingError, TrackingMoreError):
            lost.append(answer.path)
        count = sum(len(each) for each in rows)
        if count >= PORTION or number == len(todo):
            stores.append(store, delta, _joined(rows), {source.answers: answer.sequence})
            yield HandedOver(len(rows), count, 0, tuple(lost))
            rows, lost = [], []
    counted = stores.reached(store, delta, source.deletions)
    gone = _uncounted(deletions(source.db, source.account), counted)
    if gone:
        rows = [_deletion_rows(source, each) for each in gone]
        count = sum(len(each) for each in rows)
        stores.append(store, delta, _joined(rows), {source.deletions: counted + count})
        yield HandedOver(deletions=count)


def _version_rows(source: _Source, answer: Loaded) -> pa.Table:
    """Return the versions in a landed answer, as its warehouse got them."""
    read = landed(source.landing, Path(answer.path))
    found = carried(read)
    batch = flatten(
        found.items, account=source.account, fetched_at=read.fetched_at, run_id=answer.run_id
    )
    silent = batch.trackings.filter(batch.trackings.column("created_at").is_null())
    return version_rows(
        batch,
        is_partial=found.is_partial,
        ledger=source.ledger,
        sequence=answer.sequence,
        months=_months(source, silent.column("tracking_id").to_pylist()),
    )


def _deletion_rows(source: _Source, deletion: Deletion) -> pa.Table:
    return deletion_rows(
        source.account,
        deletion.tracking_ids,
        deleted_at=deletion.deleted_at,
        run_id=deletion.run_id,
        ledger=source.ledger,
        sequence=deletion.after_sequence,
        months=_months(source, deletion.tracking_ids),
    )


def _uncounted(found: Iterable[Deletion], counted: int) -> list[Deletion]:
    """Return the deletions behind the first *counted*; they are in a fixed order."""
    new = []
    for each in found:
        left = each.tracking_ids[counted:]
        counted = max(0, counted - len(each.tracking_ids))
        if left:
            new.append(each._replace(tracking_ids=left))
    return new


def _months(source: _Source, tracking_ids: list[str]) -> dict[str, str]:
    """Return created_month by id, of parcels of which the warehouse knows it."""
    if not tracking_ids:
        return {}
    return dict(
        source.db.execute(
            f"""
            select tracking_id, strftime(created_at, '%Y-%m')
            from {TRACKINGS.name}
            where account = $account and tracking_id in $ids and created_at is not null
            """,
            {"account": source.account, "ids": tracking_ids},
        ).fetchall()
    )


def _joined(rows: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(rows) if rows else SCHEMA.empty_table()
