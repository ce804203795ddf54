"""What must be true after every step, whatever happened; each promise has a name."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.model.held import Held, WindowRow
from tests.model.verdict import keep
from trackingmore_v2.models import Cursor, Payload

if TYPE_CHECKING:
    from tests.model.world import World

SCANNED = ("Date", "StatusDescription", "Details", "checkpoint_status", "substatus", "ItemNode")


def check(world: "World", held: Held) -> None:
    """Hold every promise against the warehouse and the account as they are now."""
    nothing_behind_the_watermarks_is_lost_or_old(world, held)
    the_watermark_ends_the_proven_prefix(world, held)
    proven_windows_had_settled(world, held)
    no_proven_window_of_a_backfill_is_read_twice(held)
    scans_stand_as_the_arrays_do(world, held)
    no_scan_is_forgotten(world, held)
    history_is_one_chain(held)
    nobody_is_marked_who_was_never_gone(world, held)


def nothing_behind_the_watermarks_is_lost_or_old(world: "World", held: Held) -> None:
    created_mark = world.marks.get(Cursor.CREATED_AT, -1)
    update_mark = world.marks.get(Cursor.UPDATE_TIME)
    for each in world.account.parcels.values():
        latest = each.latest
        if latest.stamp is None:
            due = each.created <= created_mark and not each.returns_unstamped
        elif update_mark is None:  # the first sync's anchor holds once created_at is read so far
            due = latest.stamp <= (world.anchor or -1) and each.created <= created_mark
        else:
            due = latest.stamp <= update_mark
        if due:
            row = held.rows.get(each.id)
            told = f"{each.number} of {each.created}, stamped {latest.stamp}"
            marks = f"the watermarks are {world.marks}"
            keep(row is not None, "lost", f"{told}, is not stored; {marks}")
            if row is None:
                continue
            keep(not row.is_deleted, "buried", f"{told}, is marked as deleted; {marks}")
            keep(
                row.hashed == latest.hashed,
                "stale",
                f"{told}, is stored as of {row.stamp}; {marks}",
            )


def the_watermark_ends_the_proven_prefix(world: "World", held: Held) -> None:
    begins = {Cursor.CREATED_AT: -1, Cursor.UPDATE_TIME: world.anchor}
    for scope, begin in begins.items():
        mark = world.marks.get(scope)
        if begin is None or (mark is None and scope is Cursor.UPDATE_TIME):
            keep(mark is None, "prefix", f"{scope} is at {mark} without a first sync")
            continue
        reached = prefix(begin, [w for w in held.windows if w.scope == scope and w.proven])
        keep(
            reached == (begin if mark is None else mark),
            "prefix",
            f"{scope} is at {mark}, proven windows reach from {begin} to {reached}",
        )


def prefix(reached: int, windows: Iterable[WindowRow]) -> int:
    """Return how far *windows* lead on from *reached* without a gap, by trying them all."""
    left = list(windows)
    while leading := [w for w in left if w.low <= reached + 1 and w.high > reached]:
        reached = max(w.high for w in leading)
    return reached


def proven_windows_had_settled(world: "World", held: Held) -> None:
    for window in held.windows:
        keep(window.low <= window.high, "ledger", f"{window} is upside down")
        settled = int(window.fetched_at) - world.lag
        keep(window.high <= settled, "settled", f"{window} was read before it had settled")


def no_proven_window_of_a_backfill_is_read_twice(held: Held) -> None:
    for scope, since, until, is_finished in held.backfills:
        proven = sorted(w for w in held.windows if w.scope == scope and w.proven)
        for one, two in pairwise(proven):
            keep(one.high < two.low, "once", f"{scope} read {one} and {two}")
        for window in proven:
            inside = since <= window.low and window.high <= until
            keep(inside, "once", f"{scope} of {since}..{until} read {window}")
        if is_finished:
            reached = prefix(since - 1, proven)
            keep(reached == until, "ledger", f"{scope} is finished at {reached} of {until}")


def scans_stand_as_the_arrays_do(world: "World", held: Held) -> None:
    orphans = held.words.keys() - held.rows.keys()
    keep(not orphans, "scans", f"{orphans} have scans and no row")
    for tracking_id, row in held.rows.items():
        payload = world.account.ever.get(tracking_id, {}).get(row.hashed)
        keep(payload is not None, "scans", f"{tracking_id} is stored as it never was")
        if payload is None:
            continue
        told, stands = list(said_scans(payload)), held.scans.get(tracking_id, [])
        keep(stands == told, "scans", f"{tracking_id} has {stands}, its payload {told}")
        expected = (payload["status"], payload["archived"], len(told))
        keep(
            (row.status, row.archived, row.event_count) == expected,
            "scans",
            f"{tracking_id} is {row}, its payload says {expected}",
        )


def said_scans(payload: Payload) -> Iterator[tuple[Any, ...]]:
    """Yield a payload's scans word for word, as the warehouse orders them."""
    for leg in ("origin", "destination"):
        newest_first = (payload.get(f"{leg}_info") or {}).get("trackinfo") or []
        for place, scan in enumerate(reversed(newest_first), start=1):
            yield (leg, place, *(scan.get(name) for name in SCANNED))


def no_scan_is_forgotten(world: "World", held: Held) -> None:
    """What a carrier takes back stays, as taken back."""
    for tracking_id, hashes in world.stored.items():
        there = held.words.get(tracking_id, Counter())
        for hashed in hashes:
            payload = world.account.ever[tracking_id][hashed]
            said = Counter((scan[0], *scan[2:5]) for scan in said_scans(payload))
            keep(said <= there, "forgotten", f"{tracking_id} said {said - there} once")


def history_is_one_chain(held: Held) -> None:
    keep(
        held.history.keys() == held.rows.keys(),
        "history",
        f"one of {held.history.keys() ^ held.rows.keys()} has no history, or no row",
    )
    for tracking_id, states in held.history.items():
        for one, two in pairwise(states):
            keep(one.valid_to == two.valid_from, "history", f"{tracking_id}: {one} then {two}")
            keep(one[:5] != two[:5], "history", f"{tracking_id} is twice {one}")
        last, row = states[-1], held.rows[tracking_id]
        keep(last.valid_to is None, "history", f"{tracking_id} has no present: {last}")
        now = (row.status, row.substatus, row.archived, row.event_count, row.is_deleted)
        keep(last[:5] == now, "history", f"{tracking_id} is {now}, its history says {last}")
        for state in states:
            lasts = state.valid_to is None or state.valid_from < state.valid_to
            keep(lasts, "history", f"{tracking_id}: {state} ends before it begins")


def nobody_is_marked_who_was_never_gone(world: "World", held: Held) -> None:
    for tracking_id, row in held.rows.items():
        if row.is_deleted:
            gone = tracking_id in world.account.ever_deleted
            keep(gone, "buried", f"{tracking_id} is marked as deleted and never was")


def the_warehouse_is_the_account(
    world: "World", held: Held, *, hidden: Iterable[str] = (), ghosts: bool = False
) -> None:
    """Hold the whole account against the warehouse, once the world rests.

    Args:
        world: The account.
        held: The warehouse.
        hidden: Parcels that no sync can see.
        ghosts: Whether parcels that are gone may still be held as live.
    """
    parcels = world.account.parcels
    excused = set(hidden)
    for each in parcels.values():
        if each.id in excused:
            continue
        row = held.rows.get(each.id)
        told = f"{each.number} of {each.created}, stamped {each.latest.stamp}"
        keep(row is not None, "rest", f"{told}, is not stored")
        if row is None:
            continue
        keep(not row.is_deleted, "rest", f"{told}, is marked as deleted")
        keep(row.hashed == each.latest.hashed, "rest", f"{told}, is stored as of {row.stamp}")
    for tracking_id, row in held.rows.items():
        if not row.is_deleted and tracking_id not in parcels:
            known = tracking_id in world.account.ever_deleted
            keep(ghosts and known, "rest", f"{tracking_id} is live in the warehouse only")
