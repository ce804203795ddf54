"""Loading twice is loading once, the newest version stays, and nothing that was seen is lost."""

import gc
from typing import Any
from weakref import ref

import duckdb
import pytest

from tests.factories import (
    at,
    contents,
    flat,
    leg,
    load,
    parcel,
    parcel_id,
    registered,
    rows,
    scan,
    stamp,
)
from trackingmore_v2.models import Payload
from warehouse.connection import transaction
from warehouse.deletions import mark_deleted
from warehouse.entries import staged
from warehouse.upsert import Merged, merge

PICKED_UP = scan("2026-02-26 18:40", "Picked up", "HALLE")
ARRIVED = scan("2026-02-27 09:15", "Arrived at the sorting centre", "LEIPZIG")
DELIVERED = scan("2026-02-28 11:00", "Delivered", "OSLO")


def version(second: int | None, *scans: Payload, name: str = "parcel", **fields: Any) -> Payload:
    """A parcel as of *second*, its origin leg saying *scans*, newest first."""
    stamped = None if second is None else stamp(second)
    return parcel(name, updated_at=stamped, origin_info=leg(*scans), **fields)


def delete(db: duckdb.DuckDBPyConnection, name: str = "parcel", *, second: int) -> int:
    with transaction(db):
        return mark_deleted(
            db, "main", tracking_ids=[parcel_id(name)], deleted_at=at(second), run_id="reconcile"
        )


def tracking(db: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    (only,) = rows(db, "select * from core.trackings")
    return only


def standing(db: duckdb.DuckDBPyConnection) -> list[str]:
    found = rows(db, "select description from core.live_events order by leg desc, position")
    return [row["description"] for row in found]


def history(db: duckdb.DuckDBPyConnection, what: str = "status") -> list[tuple[Any, ...]]:
    return db.execute(
        f"""
        select {what}, epoch(valid_from - $begin)::int, epoch(valid_to - $begin)::int
        from core.status_history
        order by valid_from
        """,
        {"begin": at(0)},
    ).fetchall()


def failures(db: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    return [
        row
        for check in ("repeated_trackings", "repeated_events", "miscounted_events")
        for row in rows(db, f"select * from checks.{check}")
    ]


# Once and again


def test_an_answer_is_loaded_once(db: duckdb.DuckDBPyConnection) -> None:
    answer = [parcel("a"), registered("b"), parcel("c", carbon=1), None, parcel("d", created_at=1)]
    assert load(db, *answer) == Merged(3, 0, 4, 0, quarantined=2)
    stored = rows(db, "select tracking_id from core.trackings order by tracking_number")
    assert [row["tracking_id"] for row in stored] == [parcel_id(name) for name in "abc"]
    assert len(rows(db, "select * from ops.quarantine")) == 2
    assert [row["field"] for row in rows(db, "select * from ops.unknown_fields order by all")] == [
        "carbon",
        "destination",
    ]


@pytest.mark.parametrize("second", [0, 60], ids=["replayed", "read again later"])
def test_loading_it_again_writes_nothing(db: duckdb.DuckDBPyConnection, second: int) -> None:
    answer = [parcel("a"), registered("b"), parcel("c", carbon=1), None, parcel("d", created_at=1)]
    load(db, *answer)
    before = contents(db)
    with transaction(db):
        assert merge(db, flat(*answer, second=second)) == Merged()
    assert contents(db) == before
    assert load(db, *answer, second=second) == Merged()
    assert contents(db) == before


def test_an_empty_answer_writes_nothing(db: duckdb.DuckDBPyConnection) -> None:
    before = contents(db)
    assert load(db) == Merged()
    assert contents(db) == before


def test_days_that_pass_without_news_write_nothing(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel(itemTimeLength=3, stayTimeLength=2))
    before = contents(db)
    assert load(db, parcel(itemTimeLength=4, stayTimeLength=3), second=60) == Merged()
    assert contents(db) == before


def test_junk_that_is_read_again_keeps_its_place_in_quarantine(
    db: duckdb.DuckDBPyConnection,
) -> None:
    load(db, None, second=1)
    load(db, None, {"id": "x"}, second=2)
    waiting = rows(db, "select payload, fetched_at from ops.quarantine order by fetched_at")
    assert waiting == [
        {"payload": "null", "fetched_at": at(1)},
        {"payload": '{"id":"x"}', "fetched_at": at(2)},
    ]


def test_the_first_example_of_an_unknown_field_stays(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel("a", carbon=1), second=1)
    load(db, parcel("b", carbon=2), second=2)
    (known,) = rows(db, "select tracking_id, example, first_seen_at from ops.unknown_fields")
    assert known == {"tracking_id": parcel_id("a"), "example": "1", "first_seen_at": at(1)}


def test_a_failed_transaction_leaves_nothing(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel("a"))
    before = contents(db)

    def interrupted() -> None:
        with transaction(db):
            merge(db, flat(parcel("a", status="new"), parcel("b"), None, second=60))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert contents(db) == before


# The newest version stays


def test_a_newer_version_replaces_the_row(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(1, ARRIVED, status="transit", title="lamps"), second=10)
    assert load(db, version(2, ARRIVED, status="delivered"), second=20) == Merged(0, 1, 0, 0)
    row = tracking(db)
    assert (row["status"], row["title"], row["updated_at"]) == ("delivered", "", at(2))
    assert (row["fetched_at"], row["first_seen_at"]) == (at(20), at(10))
    assert row["run_id"] == "run at 20"


def test_an_older_version_changes_nothing(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(2, DELIVERED, ARRIVED, status="delivered"), second=20)
    before = contents(db)
    assert load(db, version(1, ARRIVED, status="transit"), second=10) == Merged()
    assert load(db, version(1, ARRIVED, status="transit"), second=30) == Merged()
    assert contents(db) == before


def test_of_one_stamp_the_version_that_was_read_later_stays(
    db: duckdb.DuckDBPyConnection,
) -> None:
    load(db, version(1, title="read second"), second=20)
    assert load(db, version(1, title="read first"), second=10) == Merged()
    assert load(db, version(1, title="read third"), second=30) == Merged(0, 1, 0, 0)
    assert tracking(db)["title"] == "read third"


def test_no_stamp_is_older_than_any_stamp(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(None, title="read first"), second=10)
    assert load(db, version(None, title="read second"), second=20).trackings_updated == 1
    assert load(db, version(-86_400 * 365, title="stamped"), second=5).trackings_updated == 1
    assert load(db, version(None, title="read last"), second=30) == Merged()
    assert tracking(db)["title"] == "stamped"


def test_two_accounts_with_the_same_parcel_do_not_touch_each_other(
    db: duckdb.DuckDBPyConnection,
) -> None:
    load(db, version(1, ARRIVED, title="ours"), None, account="ours", second=10)
    ours = {
        table: rows(db, f"select * from {table} where account = 'ours' order by all")
        for table in ("core.trackings", "core.tracking_events", "core.status_history")
    }
    assert load(db, version(2, DELIVERED, title="theirs"), None, account="theirs", second=20) == (
        Merged(1, 0, 1, 0, quarantined=1)
    )
    load(db, version(3, PICKED_UP, status="exception"), account="theirs", second=30)
    for table, kept in ours.items():
        assert rows(db, f"select * from {table} where account = 'ours' order by all") == kept
    assert len(rows(db, "select * from ops.quarantine")) == 2
    assert failures(db) == []


def test_texts_come_back_exactly_as_sent(db: duckdb.DuckDBPyConnection) -> None:
    sent = [
        "-x",
        " two  blanks ",
        "包裹",
        "Прибыло",
        "🚚👍🏽",
        "a\x00b",
        "\x1f",
        "''",
        "%s",
        "x" * 100_000,
    ]
    load(db, *(version(1, scan(says=text), name=str(n), title=text) for n, text in enumerate(sent)))
    said = rows(
        db,
        """
        select title, description
        from core.trackings
        join core.tracking_events using (account, tracking_id)
        order by tracking_number
        """,
    )
    assert said == [{"title": text, "description": text} for text in sent]


def test_what_no_column_is_for_can_be_asked_as_json(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel(carbon={"kg": 1.5}), registered("plain", destination=None))
    found = rows(db, "select extra->>'$.carbon.kg' as kg from core.trackings order by kg")
    assert found == [{"kg": "1.5"}, {"kg": None}]


# Scans


def test_scans_follow_their_parcel(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(1, ARRIVED, PICKED_UP), second=10)
    merged = load(db, version(2, DELIVERED, ARRIVED, PICKED_UP), second=20)
    assert merged == Merged(0, 1, 1, 0)
    assert standing(db) == ["Picked up", "Arrived at the sorting centre", "Delivered"]
    seen = rows(db, "select description, first_seen_at, run_id from core.live_events order by all")
    assert [(row["first_seen_at"], row["run_id"]) for row in seen] == [
        (at(10), "run at 10"),  # untouched: only the new scan is written
        (at(20), "run at 20"),
        (at(10), "run at 10"),
    ]


def test_a_scan_that_the_carrier_takes_back_keeps_its_row(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(1, DELIVERED, PICKED_UP), second=10)
    assert load(db, version(2, PICKED_UP), second=20) == Merged(0, 1, 0, 1)
    assert standing(db) == ["Picked up"]
    (gone,) = rows(db, "select * from core.tracking_events where withdrawn_at is not null")
    assert (gone["description"], gone["first_seen_at"], gone["withdrawn_at"]) == (
        "Delivered",
        at(10),
        at(20),
    )
    assert load(db, version(3, PICKED_UP, title="again"), second=30).events_withdrawn == 0
    (still,) = rows(db, "select * from core.tracking_events where withdrawn_at is not null")
    assert still == gone


def test_a_scan_that_returns_is_the_same_row(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(1, DELIVERED, PICKED_UP), second=10)
    before = rows(db, "select event_id, first_seen_at from core.live_events order by position")
    load(db, version(2, PICKED_UP), second=20)
    assert load(db, version(3, DELIVERED, PICKED_UP), second=30) == Merged(0, 1, 0, 0)
    assert (
        rows(db, "select event_id, first_seen_at from core.live_events order by position") == before
    )
    assert len(rows(db, "select * from core.tracking_events")) == 2


def test_a_parcel_that_loses_all_its_scans_keeps_their_rows(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(1, DELIVERED, PICKED_UP), second=10)
    assert load(db, parcel(updated_at=stamp(2), origin_info=None), second=20) == Merged(0, 1, 0, 2)
    assert standing(db) == []
    assert len(rows(db, "select * from core.tracking_events")) == 2
    assert failures(db) == []


def test_of_equal_scans_as_many_stand_as_were_said_last(db: duckdb.DuckDBPyConnection) -> None:
    for second, count in ((1, 3), (2, 1), (3, 2)):
        load(db, version(second, *[ARRIVED] * count), second=second)
        assert standing(db) == ["Arrived at the sorting centre"] * count
        assert failures(db) == []
    assert len(rows(db, "select * from core.tracking_events")) == 3


@pytest.mark.parametrize(
    ("changed", "column", "value"),
    [
        (ARRIVED | {"checkpoint_status": "pickup"}, "checkpoint_status", "pickup"),
        (ARRIVED | {"substatus": "pickup001"}, "substatus", "pickup001"),
        (ARRIVED | {"ItemNode": "DestinationArrived"}, "item_node", "DestinationArrived"),
        (ARRIVED | {"ActType": 1}, "extra", '{"ActType":1}'),
    ],
)
def test_what_changes_about_a_scan_changes_in_its_row(
    db: duckdb.DuckDBPyConnection, changed: Payload, column: str, value: str
) -> None:
    load(db, version(1, ARRIVED, PICKED_UP), second=10)
    assert load(db, version(2, changed, PICKED_UP), second=20) == Merged(0, 1, 0, 0)
    first, second = rows(db, "select * from core.tracking_events order by position")
    assert (second[column], second["first_seen_at"], second["run_id"]) == (
        value,
        at(10),
        "run at 20",
    )
    assert first["run_id"] == "run at 10"


def test_a_scan_that_turns_up_below_moves_the_others_up(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(1, DELIVERED, ARRIVED), second=10)
    assert load(db, version(2, DELIVERED, ARRIVED, PICKED_UP), second=20) == Merged(0, 1, 1, 0)
    assert standing(db) == ["Picked up", "Arrived at the sorting centre", "Delivered"]


def test_scans_of_a_version_that_gives_way_are_not_stored(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(2, PICKED_UP), second=20)
    load(db, version(1, DELIVERED), version(1, DELIVERED, name="new"), second=30)
    assert standing(db) == ["Picked up", "Delivered"]
    assert failures(db) == []


def test_one_answer_may_hold_the_new_the_changed_the_known_and_the_old(
    db: duckdb.DuckDBPyConnection,
) -> None:
    load(
        db,
        *(version(5, ARRIVED, PICKED_UP, name=name) for name in ("kept", "old", "new")),
        second=5,
    )
    merged = load(
        db,
        version(5, ARRIVED, PICKED_UP, name="kept"),
        version(4, ARRIVED, name="old"),
        version(6, DELIVERED, ARRIVED, name="new"),
        version(6, PICKED_UP, name="first"),
        second=6,
    )
    assert merged == Merged(1, 1, 2, 1)
    assert failures(db) == []


# States


def test_a_state_ends_when_the_next_is_read(db: duckdb.DuckDBPyConnection) -> None:
    for second, status in ((10, "pending"), (20, "transit"), (30, "delivered")):
        load(db, version(second - 5, status=status), second=second)
    assert history(db) == [("pending", 10, 20), ("transit", 20, 30), ("delivered", 30, None)]
    assert history(db, "epoch(updated_at - $begin)::int") == [
        (5, 10, 20),
        (15, 20, 30),
        (25, 30, None),
    ]


def test_a_version_in_the_same_state_goes_on_with_it(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(1, title="one"), second=10)
    assert load(db, version(2, title="two"), second=20).trackings_updated == 1
    assert history(db) == [("transit", 10, None)]


@pytest.mark.parametrize(
    "other",
    [
        {"status": "exception"},
        {"status": None},
        {"substatus": "exception004"},
        {"substatus": None},
        {"archived": True},
        {"archived": None},
        {"origin_info": leg(ARRIVED)},
    ],
)
def test_each_part_of_a_state_makes_another_state(
    db: duckdb.DuckDBPyConnection, other: dict[str, Any]
) -> None:
    load(db, version(1), second=10)
    load(db, version(2) | other, second=20)
    load(db, version(3) | other, second=30)
    assert [(begin, end) for _, begin, end in history(db)] == [(10, 20), (20, None)]


def test_an_old_version_is_no_state(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(2, status="delivered"), second=20)
    load(db, version(1, status="transit"), second=30)
    assert history(db) == [("delivered", 20, None)]


def test_a_state_never_ends_before_it_begins(db: duckdb.DuckDBPyConnection) -> None:
    """A newer version may have been read before the one that is stored."""
    load(db, version(1, status="transit"), second=20)
    load(db, version(2, status="delivered"), second=10)
    ended = "valid_from < valid_to and valid_to = lead(valid_from) over (order by valid_from)"
    assert rows(db, f"select status, {ended} as is_past from core.status_history order by all") == [
        {"status": "delivered", "is_past": None},
        {"status": "transit", "is_past": True},
    ]


# Gone and back


def test_a_deleted_parcel_keeps_what_it_says(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(1, ARRIVED), second=10)
    before = tracking(db)
    assert delete(db, second=20) == 1
    assert tracking(db) == before | {"deleted_at": at(20)}
    assert standing(db) == ["Arrived at the sorting centre"]
    assert rows(db, "select * from core.live_trackings") == []
    assert history(db, "is_deleted") == [(False, 10, 20), (True, 20, None)]
    assert delete(db, second=30) == 0


@pytest.mark.parametrize("second", [-86_400, 1, 5], ids=["older", "the same", "newer"])
def test_a_deleted_parcel_that_is_read_again_is_back(
    db: duckdb.DuckDBPyConnection, second: int
) -> None:
    load(db, version(1, ARRIVED), second=10)
    delete(db, second=20)
    assert load(db, version(second, ARRIVED), second=30) == Merged(0, 1, 0, 0)
    row = tracking(db)
    assert (row["deleted_at"], row["first_seen_at"]) == (None, at(10))
    assert history(db, "is_deleted") == [(False, 10, 20), (True, 20, 30), (False, 30, None)]
    assert standing(db) == ["Arrived at the sorting centre"]


def test_a_newer_version_read_before_it_was_gone_does_not_bring_it_back(
    db: duckdb.DuckDBPyConnection,
) -> None:
    load(db, version(1, ARRIVED), second=10)
    delete(db, second=20)
    load(db, version(2, DELIVERED, ARRIVED, status="delivered"), second=15)
    row = tracking(db)
    assert (row["deleted_at"], row["status"]) == (at(20), "delivered")
    assert [gone for gone, _, end in history(db, "is_deleted") if end is None] == [True]
    load(db, version(2, DELIVERED, ARRIVED, status="delivered"), second=25)
    assert tracking(db)["deleted_at"] is None


def test_the_same_version_read_before_it_was_gone_changes_nothing(
    db: duckdb.DuckDBPyConnection,
) -> None:
    load(db, version(1, ARRIVED), second=10)
    delete(db, second=20)
    before = contents(db)
    load(db, version(1, ARRIVED), second=15)
    load(db, version(1, ARRIVED), second=20)
    assert contents(db) == before


# The checks


def test_a_parcel_that_is_there_twice_is_found(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel("a"), parcel("b"))
    db.execute(
        f"insert into core.trackings from core.trackings where tracking_id = '{parcel_id('b')}'"
    )
    assert rows(db, "select * from checks.repeated_trackings") == [
        {"account": "main", "tracking_id": parcel_id("b"), "row_count": 2}
    ]


def test_a_scan_that_is_there_twice_is_found(db: duckdb.DuckDBPyConnection) -> None:
    load(db, version(1, ARRIVED, PICKED_UP))
    db.execute("insert into core.tracking_events from core.tracking_events where position = 2")
    (found,) = rows(db, "select * from checks.repeated_events")
    assert (found["tracking_id"], found["row_count"]) == (parcel_id("parcel"), 2)


@pytest.mark.parametrize(
    ("damage", "standing_count"),
    [
        ("delete from core.tracking_events where position = 2", 1),
        ("delete from core.tracking_events", 0),
        ("update core.tracking_events set withdrawn_at = now() where position = 1", 1),
        ("insert into core.tracking_events from core.tracking_events where position = 1", 3),
    ],
)
def test_a_scan_too_few_or_too_many_is_found(
    db: duckdb.DuckDBPyConnection, damage: str, standing_count: int
) -> None:
    load(db, version(1, ARRIVED, PICKED_UP))
    assert failures(db) == []
    db.execute(damage)
    assert rows(db, "select * from checks.miscounted_events") == [
        {
            "account": "main",
            "tracking_id": parcel_id("parcel"),
            "event_count": 2,
            "standing_count": standing_count,
        }
    ]


# What it takes


class Counted:
    """A connection, and how many statements it was asked for."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self.statements = 0
        self._db = db

    def __getattr__(self, name: str) -> Any:
        self.statements += name in {"execute", "sql"}
        return getattr(self._db, name)


@pytest.mark.parametrize("changed", [1, 40])
def test_a_merge_takes_as_many_statements_for_one_parcel_as_for_many(
    db: duckdb.DuckDBPyConnection, changed: int
) -> None:
    names = [f"parcel {number}" for number in range(100)]
    load(db, *(version(1, PICKED_UP, name=name) for name in names))
    batch = flat(*(version(2, ARRIVED, PICKED_UP, name=name) for name in names[:changed]), second=3)
    counted: Any = Counted(db)
    with transaction(db):
        merged = merge(counted, batch)
    assert merged == Merged(trackings_updated=changed, events_inserted=changed)
    assert counted.statements == 9
    assert failures(db) == []


def test_of_an_answer_only_the_scans_of_whoever_is_newer_are_touched(
    db: duckdb.DuckDBPyConnection,
) -> None:
    load(db, version(5, PICKED_UP, name="stays"), version(5, PICKED_UP, name="changes"))
    newer = version(6, ARRIVED, PICKED_UP, name="changes")
    merged = load(db, version(4, ARRIVED, name="stays"), newer, second=7)
    assert merged == Merged(trackings_updated=1, events_inserted=1)
    found = db.execute("select tracking_id, count(*) from core.live_events group by all").fetchall()
    assert dict(found) == {parcel_id("stays"): 1, parcel_id("changes"): 2}


def test_accounts_that_hold_the_same_parcel_keep_their_own_scans(
    db: duckdb.DuckDBPyConnection,
) -> None:
    for account in ("main", "other"):
        load(db, version(1, PICKED_UP), account=account)
    merged = load(db, version(2, ARRIVED), second=3, account="other")
    assert merged == Merged(trackings_updated=1, events_inserted=1, events_withdrawn=1)
    found = rows(db, "select account, description, withdrawn_at from core.tracking_events")
    assert sorted((each["account"], each["description"]) for each in found) == [
        ("main", PICKED_UP["StatusDescription"]),
        ("other", ARRIVED["StatusDescription"]),
        ("other", PICKED_UP["StatusDescription"]),
    ]
    assert [each["account"] for each in found if each["withdrawn_at"] is not None] == ["other"]
    assert failures(db) == []


def test_what_was_merged_is_let_go_before_its_transaction_ends(
    db: duckdb.DuckDBPyConnection,
) -> None:
    batch = flat(version(10, PICKED_UP), version(10, ARRIVED, name="other"))
    held = [ref(batch.trackings), ref(batch.events)]
    with transaction(db):
        merge(db, batch)
        del batch
        gc.collect()
        assert [each() for each in held] == [None, None]
    assert len(rows(db, "select * from core.tracking_events")) == 2


def test_what_ends_a_transaction_is_the_error_that_is_seen(db: duckdb.DuckDBPyConnection) -> None:
    batch = flat(version(10, PICKED_UP))
    with (
        pytest.raises(duckdb.Error, match="no more memory"),
        transaction(db),
        staged(db, staged_trackings=batch.trackings),
    ):
        db.execute("select error('no more memory') from staged_trackings")
    assert load(db, version(10, PICKED_UP)) == Merged(1, 0, 1)
