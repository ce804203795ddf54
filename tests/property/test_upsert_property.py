"""Whatever arrives in whatever order, the warehouse ends in the state of the newest version."""

from collections.abc import Iterator
from itertools import count, pairwise
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import at, flat, leg, load, parcel, parcel_id, rows, scan, stamp, warehouse
from tests.standing import broken_promises
from trackingmore_v2.models import Payload
from transforms.tables import TRACKINGS
from warehouse.connection import transaction
from warehouse.deletions import mark_deleted

NAMES = ("a", "b", "c", "d")
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ACCOUNTS = (f"account {number}" for number in count())
Rows = dict[tuple[float, str], dict[str, Any]]
"""Rows by when they were read and by their parcel."""


class Answer(NamedTuple):
    """One answer: when it was read, and the parcels in it."""

    second: int
    parcels: dict[str, Payload]


class Deletion(NamedTuple):
    """Some parcels found gone."""

    second: float
    names: frozenset[str]


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse() as db:
        yield db


SCANS = st.sampled_from(
    [
        scan("2026-02-26 18:40", "Picked up", "HALLE"),
        scan("2026-02-26 18:40", "Picked up", "HALLE", checkpoint_status="transit"),
        scan("2026-02-27 09:15", "Arrived", None),
        scan("2026-02-27 09:15", "Departed", ""),
    ]
)
LEGS = st.sampled_from([None, [], {}, dict.fromkeys(leg())]) | st.lists(SCANS, max_size=4).map(
    lambda scans: leg(*scans)
)
CONTENT = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["transit", "delivered"]),
        "archived": st.sampled_from([False, True, None]),
        "origin_info": LEGS,
        "destination_info": LEGS,
    }
)


@st.composite
def histories(draw: st.DrawFn, *, orderly: bool) -> list[Answer]:
    """Answers in the order of reading; *orderly*: what is read later is stamped no earlier.

    No two versions of a parcel say the same, as their titles differ: a version that was read
    again after another one is told apart.
    """
    answers = []
    last = dict.fromkeys(NAMES, -1)
    for number in range(draw(st.integers(1, 4))):
        parcels = {}
        for name in sorted(draw(st.sets(st.sampled_from(NAMES), min_size=1))):
            second = draw(st.integers(last[name] if orderly else -1, 3))
            last[name] = second
            updated_at = stamp(second) if second >= 0 else None
            title = f"answer {number}"
            parcels[name] = parcel(name, updated_at=updated_at, title=title, **draw(CONTENT))
        answers.append(Answer(number, parcels))
    return answers


def newest(answers: list[Answer], name: str) -> Answer:
    """The answer with the greatest (updated_at, fetched_at) of a parcel."""
    said = [answer for answer in answers if name in answer.parcels]
    return max(said, key=lambda each: (each.parcels[name]["updated_at"] or "", each.second))


def expected_scans(name: str, payload: Payload) -> list[tuple[Any, ...]]:
    """What a payload's arrays say, oldest first."""
    return sorted(
        (
            parcel_id(name),
            field.removesuffix("_info"),
            position,
            said["Date"],
            said["StatusDescription"],
            str(said["Details"]),
            str(said.get("checkpoint_status")),
        )
        for field in ("origin_info", "destination_info")
        for position, said in enumerate(
            reversed((payload[field] or {}).get("trackinfo") or []), start=1
        )
    )


def standing_scans(db: duckdb.DuckDBPyConnection, account: str) -> list[tuple[Any, ...]]:
    found = db.execute(
        """
        select
            tracking_id, leg, position, event_time_raw, description, details, checkpoint_status
        from core.live_events
        where account = ?
        """,
        [account],
    ).fetchall()
    return sorted((*row[:5], str(row[5]), str(row[6])) for row in found)


def expect_newest(
    db: duckdb.DuckDBPyConnection, account: str, arrived: list[Answer], said: Rows
) -> None:
    """Rows and standing scans are those of each parcel's newest version, to the last column."""
    stored = {
        row["tracking_id"]: row
        for row in rows(db, "select * from core.trackings where account = ?", [account])
    }
    wanted = {}
    scans = []
    for name in {name for answer in arrived for name in answer.parcels}:
        answer = newest(arrived, name)
        wanted[parcel_id(name)] = said[answer.second, parcel_id(name)]
        scans += expected_scans(name, answer.parcels[name])
    for row in stored.values():
        assert row.pop("first_seen_at") <= row["fetched_at"]
        for name in TRACKINGS.aside:
            row.pop(name)
    assert broken_promises(db) == []
    assert stored == wanted
    assert standing_scans(db, account) == sorted(scans)


def rows_alone(answers: list[Answer], account: str) -> Rows:
    """What each version would be in a warehouse that never saw another."""
    return {
        (answer.second, row["tracking_id"]): {
            name: row[name] for name in row if name not in {"first_seen_at", *TRACKINGS.aside}
        }
        for answer in answers
        for row in flat(
            *answer.parcels.values(), second=answer.second, account=account
        ).trackings.to_pylist()
    }


def expect_sound(db: duckdb.DuckDBPyConnection, account: str) -> None:
    """Checks find nothing; the states of a parcel follow one another, and the last is its row's."""
    for check in ("repeated_trackings", "repeated_events", "miscounted_events"):
        assert rows(db, f"select * from checks.{check} where account = ?", [account]) == []
    state = ("status", "substatus", "archived", "event_count", "is_deleted")
    states: dict[str, list[dict[str, Any]]] = {}
    for row in rows(
        db,
        "select * from core.status_history where account = ? order by tracking_id, valid_from",
        [account],
    ):
        states.setdefault(row["tracking_id"], []).append(row)
    for row in rows(
        db,
        "select *, deleted_at is not null as is_deleted from core.trackings where account = ?",
        [account],
    ):
        *past, now = states.pop(row["tracking_id"])
        assert now["valid_to"] is None
        assert [now[name] for name in state] == [row[name] for name in state]
        for one, following in pairwise([*past, now]):
            assert one["valid_from"] < one["valid_to"] == following["valid_from"]
            assert [one[name] for name in state] != [following[name] for name in state]
    assert states == {}


def scans_ever(db: duckdb.DuckDBPyConnection, account: str) -> dict[Any, Any]:
    query = "select event_id, first_seen_at from core.tracking_events where account = ?"
    return dict(db.execute(query, [account]).fetchall())


@settings(UNHURRIED, max_examples=10)
@given(histories(orderly=False).flatmap(st.permutations))
def test_the_newest_version_wins_in_any_order_of_arrival(
    db: duckdb.DuckDBPyConnection, answers: list[Answer]
) -> None:
    account = next(ACCOUNTS)
    said = rows_alone(answers, account)
    before: dict[Any, Any] = {}
    for number, answer in enumerate(answers, start=1):
        load(db, *answer.parcels.values(), second=answer.second, account=account)
        expect_newest(db, account, answers[:number], said)
        expect_sound(db, account)
        after = scans_ever(db, account)
        assert before.keys() <= after.keys()
        assert all(after[event] <= seen for event, seen in before.items())
        before = after


@settings(UNHURRIED, max_examples=4)
@given(st.data(), histories(orderly=False))
def test_what_was_loaded_once_is_loaded(
    db: duckdb.DuckDBPyConnection, data: st.DataObject, answers: list[Answer]
) -> None:
    account = next(ACCOUNTS)
    for answer in data.draw(st.permutations(answers)):
        load(db, *answer.parcels.values(), second=answer.second, account=account)
    tables = ("core.trackings", "core.tracking_events", "core.status_history")

    def stored() -> list[Any]:
        query = "select rowid, * from {} where account = ? order by rowid"
        return [rows(db, query.format(table), [account]) for table in tables]

    once = stored()
    for answer in data.draw(st.permutations(answers)):
        load(db, *answer.parcels.values(), second=answer.second, account=account)
    assert stored() == once


@settings(UNHURRIED, max_examples=8)
@given(st.data(), histories(orderly=True))
def test_a_deletion_is_a_state_like_any_other(
    db: duckdb.DuckDBPyConnection, data: st.DataObject, answers: list[Answer]
) -> None:
    """In any order of arrival; what is read behind a deletion that was found is back."""
    account = next(ACCOUNTS)
    gone = st.builds(
        Deletion, st.sampled_from([0.5, 1.5, 2.5]), st.frozensets(st.sampled_from(NAMES))
    )
    deletions = data.draw(
        st.lists(gone, min_size=1, max_size=2, unique_by=lambda each: each.second)
    )
    steps: list[Answer | Deletion] = [*answers, *deletions]
    for step in data.draw(st.permutations(steps)):
        if isinstance(step, Answer):
            load(db, *step.parcels.values(), second=step.second, account=account)
            read = [parcel_id(name) for name in step.parcels]
            for row in rows(db, "select * from core.trackings where account = ?", [account]):
                if row["tracking_id"] in read and row["deleted_at"] is not None:
                    assert row["deleted_at"] > at(step.second)
        else:
            with transaction(db):
                mark_deleted(
                    db,
                    account,
                    tracking_ids=[parcel_id(name) for name in sorted(step.names)],
                    deleted_at=at(step.second),
                    run_id="reconcile",
                )
        expect_sound(db, account)
