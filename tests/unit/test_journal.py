"""The journal says of each parcel what was done last, and what nobody knows the end of."""

from fractions import Fraction

import duckdb
import pytest

from tests.factories import at, rows
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.outcomes import State
from warehouse import journal
from warehouse.journal import Entry, Settled

ONE, TWO = TrackingRef("dhl", "1"), TrackingRef("usps", "1")


def enter(
    db: duckdb.DuckDBPyConnection,
    *refs: TrackingRef,
    action: str = "register",
    second: float = 0,
    account: str = "main",
    **request: str,
) -> list[Entry]:
    run_id = f"run at {second}"
    entries = [journal.entry(run_id, action, ref, request) for ref in refs]
    journal.enter(db, account, entries, sent_at=at(second), run_id=run_id)
    return entries


def settle(db: duckdb.DuckDBPyConnection, *ended: Settled, account: str = "main") -> None:
    journal.settle(db, account, ended, answered_at=at(60))


def ended(entry: Entry, state: State = State.DONE) -> Settled:
    return Settled(entry.action_id, state, None, "", Fraction(0))


def test_an_entry_is_sent_until_it_is_settled(db: duckdb.DuckDBPyConnection) -> None:
    one, two = enter(db, ONE, TWO, title="A lamp")
    settle(db, Settled(one.action_id, State.REFUSED, 4015, "No such carrier", Fraction(1, 5)))
    kept = rows(db, "select * exclude (account, action_id) from ops.api_actions order by all")
    common = {"action": "register", "tracking_number": "1", "request": '{"title":"A lamp"}'}
    assert kept == [
        {
            **common,
            "carrier_code": "dhl",
            "outcome": "refused",
            "code": 4015,
            "message": "No such carrier",
            "credits": 0.2,
            "sent_at": at(0),
            "answered_at": at(60),
            "run_id": "run at 0",
        },
        {
            **common,
            "carrier_code": "usps",
            "outcome": "sent",
            "code": None,
            "message": None,
            "credits": 0.0,
            "sent_at": at(0),
            "answered_at": None,
            "run_id": "run at 0",
        },
    ]
    assert two.outcome == journal.SENT


def test_the_last_entry_of_a_parcel_counts(db: duckdb.DuckDBPyConnection) -> None:
    (first,) = enter(db, ONE, title="A")
    (last,) = enter(db, ONE, second=5, title="B")
    enter(db, TWO, second=1)
    enter(db, ONE, second=9, action="purge")
    enter(db, ONE, second=9, account="theirs")
    settle(db, ended(first), ended(last))
    found = journal.latest(db, "main", ("register",))
    assert found.keys() == {ONE, TWO}
    assert found[ONE] == last._replace(outcome="done")
    assert found[ONE].request == '{"title":"B"}'
    assert found[TWO].outcome == "sent"
    assert journal.latest(db, "main", ("register", "purge"))[ONE].action == "purge"
    assert journal.latest(db, "main", ("annotate",)) == {}


def test_an_entry_is_known_by_run_action_parcel_and_request(db: duckdb.DuckDBPyConnection) -> None:
    entries = [
        *enter(db, ONE, TWO),
        *enter(db, ONE, second=1),
        *enter(db, ONE, action="purge"),
        *enter(db, ONE, title="A"),
    ]
    assert len({each.action_id for each in entries}) == 5
    settle(db, ended(entries[0]), account="theirs")
    assert rows(db, "from ops.api_actions where outcome <> 'sent'") == []
    settle(db, ended(entries[0]))
    assert len(rows(db, "from ops.api_actions where outcome = 'done'")) == 1


def test_nothing_to_settle_changes_nothing(db: duckdb.DuckDBPyConnection) -> None:
    enter(db, ONE)
    settle(db)
    journal.enter(db, "main", [], sent_at=at(0), run_id="run")
    assert rows(db, "select outcome from ops.api_actions") == [{"outcome": "sent"}]


@pytest.mark.parametrize("state", State)
def test_what_was_answered_lately_is_told(db: duckdb.DuckDBPyConnection, state: State) -> None:
    (old,) = enter(db, ONE, action="air-cargo", second=9)
    (new,) = enter(db, TWO, action="air-cargo", second=10)
    enter(db, TrackingRef("", "adrift"), action="air-cargo", second=11)
    settle(db, ended(old, state), ended(new, state))
    told = journal.answered_since(db, "main", "air-cargo", at(10))
    assert told == ({TWO} if state in (State.DONE, State.ALREADY, State.MISSING) else set())
    assert journal.answered_since(db, "main", "register", at(0)) == set()
    assert journal.answered_since(db, "theirs", "air-cargo", at(0)) == set()
