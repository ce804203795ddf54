"""Whatever the API sends, an answer is read: no payload is lost, and none makes it fail."""

import copy
from collections.abc import Iterator
from itertools import count
from operator import itemgetter
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import (
    aged,
    flat,
    json_values,
    leg,
    load,
    parcel,
    read_nothing,
    registered,
    rows,
    scan,
    stamp,
    texts,
    warehouse,
)
from transforms import batch as batching
from transforms.batch import Batch
from transforms.identity import canonical
from transforms.tables import QUARANTINE, TRACKING_EVENTS, TRACKINGS, UNKNOWN_FIELDS
from warehouse.upsert import Merged

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ACCOUNTS = (f"account {number}" for number in count())


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with warehouse() as db:
        yield db


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside *value*, itself included."""
    found = [path]
    if isinstance(value, dict):
        for name in value:
            found += paths(value[name], (*path, name))
    if isinstance(value, list):
        for position, each in enumerate(value):
            found += paths(each, (*path, position))
    return found


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, False, 0, -1, 2**31, 10**30, 0.5, 1e300, "", "--5", "9" * 5000, [], {}, [[]]),
        *("0000-00-00 00:00", "0001-01-01T00:00:00+08:00", "2026-03-01T08:00+08", "true", "null"),
        *([{}], [None], ["a", "b"], {"trackinfo": {}}, {"trackinfo": [None]}, leg(scan())),
    ]
)
STAMPS = st.sampled_from([None, stamp(0), stamp(1), stamp(1, hours=0), "", "2026-03-01 08:00"])


@st.composite
def mutants(draw: st.DrawFn) -> Any:
    """A real shape of a payload, of which a few values were replaced, removed or added."""
    name = draw(st.sampled_from(["a", "b", "c"]))
    make = draw(st.sampled_from([parcel, registered, aged]))
    payload = copy.deepcopy(make(name, updated_at=draw(STAMPS)))
    for _ in range(draw(st.integers(0, 3))):
        way = draw(st.sampled_from(paths(payload)))
        value = copy.deepcopy(draw(ODD | json_values()))
        if not way:
            return value
        *above, last = way
        holder = payload
        for step in above:
            holder = holder[step]
        match draw(st.sampled_from(["replace", "remove", "add", "repeat"])):
            case "replace":
                holder[last] = value
            case "remove":
                del holder[last]
            case "add" if isinstance(holder, dict):
                holder[draw(texts(max_size=4))] = value
            case _ if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[last]))
        if not isinstance(payload, dict):
            return payload
    return payload


def expect_every_payload(batch: Batch, items: list[Any]) -> None:
    """Each item is in a row, in quarantine, or gave way to another of its parcel."""
    waiting = set(batch.quarantine.column("payload").to_pylist())
    readable = [item for item in items if canonical(item).decode() not in waiting]
    stored = batch.trackings.column("tracking_id").to_pylist()
    assert set(stored) == {item["id"] for item in readable}
    repeated = len(readable) - len(stored)
    assert batch.payloads == len(items)
    assert batch.payloads == len(stored) + batch.rejected + repeated
    assert len(set(stored)) == len(stored)
    assert all(batch.quarantine.column("reason").to_pylist())
    events = batch.events.column("tracking_id").to_pylist()
    counts = zip(stored, batch.trackings.column("event_count").to_pylist(), strict=True)
    assert {each: events.count(each) for each in stored} == dict(counts)
    assert set(events) <= set(stored)


@settings(UNHURRIED, max_examples=25)
@given(st.lists(json_values(), max_size=4))
def test_any_json_is_read_or_waits_in_quarantine(items: list[Any]) -> None:
    expect_every_payload(flat(*items), items)


@settings(UNHURRIED, max_examples=30)
@given(st.lists(mutants(), max_size=5))
def test_no_payload_is_lost_and_none_spoils_the_answer(items: list[Any]) -> None:
    batch = flat(*items)
    assert batch.trackings.schema == TRACKINGS.schema
    assert batch.events.schema == TRACKING_EVENTS.schema
    assert batch.quarantine.schema == QUARANTINE.schema
    assert batch.unknown_fields.schema == UNKNOWN_FIELDS.schema
    expect_every_payload(batch, items)


@settings(UNHURRIED, max_examples=40)
@given(st.lists(mutants(), min_size=1, max_size=5))
def test_read_as_columns_is_read_value_by_value(items: list[Any]) -> None:
    """Two ways lead to the rows; which one a payload takes must not show."""
    as_columns = flat(*items)
    with patch.object(batching, "read", read_nothing):
        by_value = flat(*items)
    assert as_columns == by_value


@settings(UNHURRIED, max_examples=10)
@given(st.lists(mutants(), min_size=1, max_size=4))
def test_a_payload_reads_the_same_whatever_stands_beside_it(items: list[Any]) -> None:
    """Columns are read as a whole; nobody's oddity may colour another's row."""
    together = {row["tracking_id"]: row for row in flat(*items).trackings.to_pylist()}
    alone = [row for item in items for row in flat(item).trackings.to_pylist()]
    for row in together.values():
        assert row in alone


@settings(UNHURRIED, max_examples=12)
@given(st.lists(mutants() | json_values(), max_size=5))
def test_whatever_was_read_can_be_stored_and_is_stored_once(
    db: duckdb.DuckDBPyConnection, items: list[Any]
) -> None:
    account = next(ACCOUNTS)
    merged = load(db, *items, account=account)
    batch = flat(*items, account=account)
    assert merged.trackings_inserted == batch.trackings.num_rows
    assert merged.events_inserted == batch.events.num_rows
    for part, table in zip(
        batch[:4], (TRACKINGS, TRACKING_EVENTS, QUARANTINE, UNKNOWN_FIELDS), strict=True
    ):
        query = f"select * from {table.name} where account = ?"
        by_key = itemgetter(*table.key)
        assert sorted(rows(db, query, [account]), key=by_key) == sorted(
            part.to_pylist(), key=by_key
        )
    # a parcel twice in an answer: the version that gave way is offered again, and refused
    assert load(db, *items, account=account, second=-1) == Merged()
    for check in ("repeated_trackings", "repeated_events", "miscounted_events"):
        assert rows(db, f"select * from checks.{check} where account = ?", [account]) == []


@settings(UNHURRIED, max_examples=8)
@given(st.lists(st.tuples(texts(), texts(), st.none() | texts()), min_size=1, max_size=6))
def test_any_text_is_stored_exactly_as_sent(
    db: duckdb.DuckDBPyConnection, said: list[tuple[str, str, str | None]]
) -> None:
    account = next(ACCOUNTS)
    load(
        db,
        *(
            parcel(str(number), title=title, origin_info=leg(scan(title, says, where)))
            for number, (title, says, where) in enumerate(said)
        ),
        account=account,
    )
    stored = db.execute(
        """
        select event_time_raw, description, details
        from core.trackings
        join core.tracking_events using (account, tracking_id)
        where account = ? and title = event_time_raw
        order by tracking_number
        """,
        [account],
    ).fetchall()
    assert stored == said
