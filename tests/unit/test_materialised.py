"""The tables of marts are what their definitions say, whatever happened, for what changed."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import (
    at,
    leg,
    load,
    parcel,
    parcel_id,
    rows,
    scan,
    stamp,
)
from tests.memory import LITTLE_CACHED, cached, store_much
from trackingmore_v2.models import Payload
from trackingmore_v2.sandbox import Sandbox
from transforms import countries
from warehouse import catalog
from warehouse import materialised as materialising
from warehouse.connection import commit_so_far, open_for_writing, transaction
from warehouse.declarations import MATERIALISED, views
from warehouse.deletions import mark_deleted
from warehouse.materialised import Refreshed, materialised, rebuild, refresh

NOW = datetime(2026, 3, 6, 15, tzinfo=UTC)
ACCOUNTS = (f"account {number}" for number in count())
PARCELS, VERSIONS = 12, 3


@pytest.fixture(scope="module")
def lives() -> list[list[Payload]]:
    """What the parcels say of an account that most happens to: by version, days apart."""
    account = Sandbox(400, now=NOW)
    said = []
    for _ in range(VERSIONS):
        said.append({item["id"]: item for item in account.items()})
        account.advance(timedelta(days=4))
    stay = set.intersection(*(set(version) for version in said))
    liveliest = sorted(stay, key=lambda each: -len({str(version[each]) for version in said}))
    return [[version[each] for each in liveliest[:PARCELS]] for version in said]


def refreshed(db: duckdb.DuckDBPyConnection) -> Refreshed:
    with transaction(db):
        return refresh(db)


def held(db: duckdb.DuckDBPyConnection, account: str = "main") -> dict[str, list[Any]]:
    """The rows of the tables, in a fixed order."""
    return {
        name: db.execute(f"from {name} where account = ? order by all", [account]).fetchall()
        for name in MATERIALISED
    }


def places(db: duckdb.DuckDBPyConnection) -> set[tuple[str, str, int]]:
    """Which row of which table and parcel is where in the file."""
    return {
        (name, tracking_id, place)
        for name in MATERIALISED
        for tracking_id, place in db.execute(f"select tracking_id, rowid from {name}").fetchall()
    }


def assert_as_defined(db: duckdb.DuckDBPyConnection, account: str = "main") -> None:
    """Fail unless the tables hold what their definitions do, and what they would if made anew."""
    found = held(db, account)
    for view in materialised():
        defined = f"from {view.definition} where account = ? order by all"
        assert found[view.name] == db.execute(defined, [account]).fetchall()
    with transaction(db):
        rebuild(db, account)
    assert held(db, account) == found


# Always equal


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["load", "load", "delete", "refresh", "override"]),
        st.sets(st.integers(0, PARCELS - 1), min_size=1, max_size=PARCELS),
        st.integers(0, VERSIONS - 1),
    ),
    min_size=2,
    max_size=6,
)


@settings(
    deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=CHANGES)
def test_the_tables_are_their_definitions_whatever_was_loaded(
    made: duckdb.DuckDBPyConnection,
    lives: list[list[Payload]],
    changes: list[tuple[str, set[int], int]],
) -> None:
    account = next(ACCOUNTS)
    load(made, *lives[0][::2], second=0, account=account)
    assert refreshed(made) == Refreshed(0, [account])
    changes = [*changes, ("refresh", set(), 0)]
    for second, (change, which, version) in enumerate(changes, 1):
        items = [each for place, each in enumerate(lives[version]) if place in which]
        match change:
            case "load":
                load(made, *items, second=second, account=account)
            case "delete":
                with transaction(made):
                    mark_deleted(
                        made,
                        account,
                        tracking_ids=[each["id"] for each in items],
                        deleted_at=at(second),
                        run_id=f"run at {second}",
                    )
            case "override":
                made.execute(
                    """
                    insert into core.text_overrides by name
                    select $account as account, said, 'exception' as milestone
                    from core.event_texts where account = $account order by said limit 1
                    """,
                    {"account": account},
                )
            case _:
                refreshed(made)
    ((parcels, shipments),) = made.execute(
        """
        select
            (select count(*) from core.trackings where account = $account),
            (select count(*) from marts.shipments where account = $account)
        """,
        {"account": account},
    ).fetchall()
    assert shipments == parcels
    assert_as_defined(made, account)


def test_the_life_of_an_account_is_in_the_tables(
    db: duckdb.DuckDBPyConnection, lives: list[list[Payload]]
) -> None:
    """The sequences above are of something."""
    changed = 0
    for second, items in enumerate(lives):
        load(db, *items, second=second)
        changed += refreshed(db).parcels
    assert changed >= PARCELS
    ((outcomes, timed),) = db.execute(
        "select count(distinct outcome), count(transit_days) from marts.shipments"
    ).fetchall()
    assert outcomes >= 2
    assert timed >= 1
    assert len(held(db)["marts.gaps"]) > 2 * PARCELS
    assert_as_defined(db)


# Only what changed


def test_where_nothing_changed_nothing_is_written(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel("a"), parcel("b"))
    assert refreshed(db) == Refreshed(0, ["main"])
    before = places(db)
    assert len(before) == 2 * (1 + 2 + 2)
    load(db, parcel("a"), parcel("b"), second=9)
    assert refreshed(db) == Refreshed(0, [])
    assert places(db) == before


def test_an_empty_warehouse_has_empty_tables(db: duckdb.DuckDBPyConnection) -> None:
    assert refreshed(db) == Refreshed(0, [])
    assert held(db) == {name: [] for name in MATERIALISED}


def test_only_the_rows_of_changed_parcels_are_made_again(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel("a"), parcel("b"), parcel("c"))
    refreshed(db)
    kept = {each for each in places(db) if each[1] != parcel_id("b")}
    assert kept < places(db)
    news = leg(scan("2026-02-28 11:00", "Delivered", "OSLO"), scan())
    load(db, parcel("b", status="delivered", origin_info=news, updated_at=stamp(9)), second=9)
    assert refreshed(db) == Refreshed(1, [])
    assert kept == {each for each in places(db) if each[1] != parcel_id("b")}
    assert rows(
        db, "select tracking_id, outcome from marts.shipments order by outcome limit 1"
    ) == [{"tracking_id": parcel_id("b"), "outcome": "delivered"}]


def test_a_text_that_was_never_heard_is_read_whichever_run_wrote_it(
    db: duckdb.DuckDBPyConnection,
) -> None:
    """A run that is killed leaves its texts unread, and its scans to the next one's refresh."""
    load(db, parcel("a"))
    refreshed(db)
    lost = leg(scan("2026-02-28 11:00", "Delivered to the neighbour"), scan())
    load(db, parcel("a", origin_info=lost, updated_at=stamp(1)), second=1)
    load(db, parcel("a", origin_info=lost, updated_at=stamp(2), title="new"), second=2)
    assert refreshed(db) == Refreshed(1, [])
    assert rows(db, "select last_milestone, run_id from marts.shipments") == [
        {"last_milestone": "delivered", "run_id": "run at 2"}
    ]


def test_a_deleted_parcel_stays_and_says_so(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel("a"), parcel("b"))
    refreshed(db)
    gone = {"tracking_ids": [parcel_id("a")], "deleted_at": at(5), "run_id": "a purge"}
    with transaction(db):
        mark_deleted(db, "main", **gone)
    assert refreshed(db) == Refreshed(1, [])
    told = "select is_deleted, event_count from marts.shipments order by is_deleted"
    assert rows(db, told) == [
        {"is_deleted": False, "event_count": 2},
        {"is_deleted": True, "event_count": 2},
    ]
    load(db, parcel("a"), second=9)
    assert refreshed(db) == Refreshed(1, [])
    assert rows(db, told)[1]["is_deleted"] is False


def test_a_parcel_that_core_no_longer_has_leaves_the_tables(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel("a"), parcel("b"))
    refreshed(db)
    db.execute("delete from core.trackings where tracking_id = ?", [parcel_id("a")])
    assert refreshed(db) == Refreshed(1, [])
    assert {tracking_id for _, tracking_id, _ in places(db)} == {parcel_id("b")}


@pytest.mark.parametrize(
    ("name", "lane"), [("Germany", "FR>NO"), ("Norway", "DE>FR")], ids=["origin", "destination"]
)
def test_a_country_that_is_said_to_be_another_reaches_its_parcels(
    db: duckdb.DuckDBPyConnection, name: str, lane: str
) -> None:
    load(db, parcel("a"), parcel("b", original_country="Japan", destination_country="Chile"))
    load(db, parcel("a"), account="theirs")
    refreshed(db)
    db.execute(
        "update core.country_names set iso2 = 'FR' where account = 'main' and name = ?", [name]
    )
    assert refreshed(db) == Refreshed(1, [])
    assert rows(db, "select account, lane from marts.shipments order by all") == sorted(
        [
            {"account": "main", "lane": lane},
            {"account": "main", "lane": "JP>CL"},
            {"account": "theirs", "lane": "DE>NO"},
        ],
        key=lambda row: (row["account"], row["lane"]),
    )
    assert refreshed(db) == Refreshed(0, [])
    assert_as_defined(db)


# What holds for every parcel


def override(db: duckdb.DuckDBPyConnection, milestone: str = "delivered") -> None:
    db.execute(
        "insert into core.text_overrides by name"
        f" select 'main' as account, 'Picked up' as said, '{milestone}' as milestone"
    )


@pytest.mark.parametrize(
    "change",
    [
        "insert into core.text_overrides (account, said, milestone)"
        " values ('main', 'Picked up', 'delivered')",
        "insert into ops.runs (account, run_id, command, started_at)"
        " values ('main', 'x', 'replay', now())",
        "delete from build.fingerprints where account = 'main'",
    ],
    ids=["an override", "a replay", "nobody knows"],
)
def test_what_every_row_hangs_on_makes_all_of_the_account_anew(
    db: duckdb.DuckDBPyConnection, change: str
) -> None:
    load(db, parcel("a"))
    load(db, parcel("a"), account="theirs")
    assert refreshed(db) == Refreshed(0, ["main", "theirs"])
    db.execute(change)
    assert refreshed(db) == Refreshed(0, ["main"])
    assert refreshed(db) == Refreshed(0, [])


def test_a_changed_override_is_another_one(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel("a"))
    seen = []
    for milestone in ("in_transit", "returned"):
        db.execute("delete from core.text_overrides")
        override(db, milestone)
        assert refreshed(db) == Refreshed(0, ["main"])
        seen += rows(db, "select outcome from marts.shipments")
    assert seen == [{"outcome": "open"}, {"outcome": "returned"}]
    assert_as_defined(db)


def test_another_run_than_a_replay_is_no_reason(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel("a"))
    refreshed(db)
    db.execute("insert into ops.runs (account, run_id, command) values ('main', 'x', 'sync')")
    assert refreshed(db) == Refreshed(0, [])


def test_another_edition_of_the_vocabulary_makes_everything_anew(
    db: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(db, parcel("a"))
    load(db, parcel("a"), account="theirs")
    refreshed(db)
    monkeypatch.setattr(countries, "edition", lambda: "another")
    assert refreshed(db) == Refreshed(0, ["main", "theirs"])
    assert refreshed(db) == Refreshed(0, [])


def test_another_definition_makes_everything_anew(db: duckdb.DuckDBPyConnection) -> None:
    load(db, parcel("a"))
    refreshed(db)
    db.execute("update ops.catalog set fingerprint = 'another'")
    assert refreshed(db) == Refreshed(0, ["main"])
    assert refreshed(db) == Refreshed(0, [])


# The file


def test_each_definition_comes_behind_those_it_reads() -> None:
    assert sorted(view.name for view in materialised()) == sorted(MATERIALISED)
    assert [view.name for view in materialised()] == [
        "marts.events",
        "marts.shipments",
        "marts.gaps",
    ]
    assert {view.name for view in views() if view.definition != view.name} == set(MATERIALISED)


def test_nothing_is_left_behind_that_has_the_name_of_a_table(
    db: duckdb.DuckDBPyConnection,
) -> None:
    for second in (0, 1):
        load(db, parcel("a", updated_at=stamp(second), title=str(second)), second=second)
        refreshed(db)
    temporary = rows(
        db,
        """
        select table_name as name from duckdb_tables() where temporary
        union all
        select view_name as name from duckdb_views() where temporary and not internal
        """,
    )
    names = {view.name.rpartition(".")[2] for view in views()} | {"changed", "trackings"}
    assert names.isdisjoint(each["name"] for each in temporary)


def test_a_refresh_that_ends_between_portions_is_completed_by_the_next(
    db: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materialising, "AT_ONCE", 6)  # two parcels, and two scans of each
    load(db, *(parcel(name) for name in "abcde"))
    portions: list[None] = []

    def between() -> None:
        commit_so_far(db)
        portions.append(None)
        if len(portions) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), transaction(db):
        refresh(db, between=between)
    made = {row[1] for row in held(db)["marts.shipments"]}
    assert len(made) == 4, "the words, and two portions of two"
    assert refreshed(db) == Refreshed(1, [])
    assert_as_defined(db)
    assert len(held(db)["marts.shipments"]) == 5


def test_where_little_memory_does_not_do_the_marts_are_made_in_more(
    db: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(db, *(parcel(name) for name in "abcde"))
    monkeypatch.setattr(materialising, "FOR_MARTS", "4MB")
    assert materialising.refresh_in_portions(db)
    assert_as_defined(db)
    assert len(held(db)["marts.shipments"]) == 5


def test_portions_are_committed_several_together_and_when_there_is_no_time(
    db: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materialising, "AT_ONCE", 3)  # one parcel and its two scans
    monkeypatch.setattr(materialising, "COMMITTED_TOGETHER", 2)
    done, committed = list[int](), list[int]()
    make_again, commit = materialising._make_again, materialising.commit_so_far

    def made(db: duckdb.DuckDBPyConnection) -> None:
        make_again(db)
        done.append(len(done) + 1)

    def noted(db: duckdb.DuckDBPyConnection) -> None:
        commit(db)
        committed.append(len(done))

    monkeypatch.setattr(materialising, "_make_again", made)
    monkeypatch.setattr(materialising, "commit_so_far", noted)
    load(db, *(parcel(name) for name in "abcdefgh"))
    assert not materialising.refresh_in_portions(db, has_time=lambda: len(done) < 5)
    assert (len(done), committed) == (5, [1, 3, 5]), "the words count as the first"
    assert len(held(db)["marts.shipments"]) == 5
    assert materialising.refresh_in_portions(db)
    assert (len(done), committed[3:]) == (8, [7])
    assert_as_defined(db)


def test_marts_are_made_with_nothing_cached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even what was read since: the look for what changed reads all parcels."""
    before, found, read_words = list[int](), list[int](), materialising._read_words
    make_again = materialising._make_again

    def read(db: duckdb.DuckDBPyConnection) -> None:
        read_words(db)
        db.execute("select max(words) from much").fetchall()
        before.append(cached(db))

    def made(db: duckdb.DuckDBPyConnection) -> None:
        found.append(cached(db))
        make_again(db)

    monkeypatch.setattr(materialising, "_read_words", read)
    monkeypatch.setattr(materialising, "_make_again", made)
    with open_for_writing(tmp_path, "the test") as db:
        with transaction(db):
            catalog.ensure(db)
        load(db, parcel("a"))
        store_much(db)
        assert materialising.refresh_in_portions(db)
    assert len(found) == 1
    assert found[0] < LITTLE_CACHED < before[0]
