"""Persons are kept, hashed or dropped by policy, wherever a run writes anything."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pytest

from flows.errors import RefusedError, SettingsError
from flows.settings import Settings
from flows.steps.apply_policy import apply_policy, plan_policy
from flows.steps.backlog import Note, Store
from flows.steps.forget import forget, plan_forgetting
from flows.steps.load import load_windows
from flows.steps.quarantine import retry
from flows.steps.ranges import Steps
from flows.steps.read import LandedWindow
from flows.steps.repair import repair
from flows.steps.replay import replay
from flows.steps.run import Run, local_run, running
from flows.steps.sync import sync
from reports.report import write
from tests.factories import leg, parcel, parcel_id, scan
from tests.planted import (
    BROKEN,
    EMAIL,
    NAME,
    PHONE,
    PLAIN,
    PLANTED,
    SECOND,
    TELLING,
    found_in,
    planted_account,
    renew,
    telling,
)
from tests.truth import Mirror
from trackingmore_v2.models import TrackingRef
from trackingmore_v2.sandbox import Sandbox
from trackingmore_v2.windows import Frontier
from warehouse import kept_open
from warehouse.connection import transaction
from warehouse.errors import SeatTakenError
from warehouse.masking import Rewritten
from warehouse.readers import open_published, published_lake

KEYED = {"parcelhouse_pii": "hash", "parcelhouse_pii_key": "a key of ours"}
DROPPED = {"parcelhouse_pii": "drop"}
TOKEN = re.compile("pii_[0-9a-f]{16}")


@pytest.fixture
def account() -> Sandbox:
    return planted_account()


def with_policy(ours: Mirror, **told: Any) -> Mirror:
    """Let the mirror go on under other settings."""
    secret = {"parcelhouse_pii_key": None} | told
    values = ours.settings.model_dump() | secret
    ours.settings = Settings(_env_file=None, **values)
    return ours


def applied(ours: Mirror) -> Rewritten:
    with local_run(ours.settings, "personal-data apply", is_rewriting=True) as run:
        return apply_policy(run, plan_policy(run))


def forgotten(ours: Mirror, *refs: TrackingRef, **customers: list[str]) -> Rewritten:
    with local_run(ours.settings, "forget", is_rewriting=True) as run:
        return forget(run, plan_forgetting(run, refs, customers))  # type: ignore[arg-type]


def landed(ours: Mirror) -> list[Path]:
    return sorted(ours.settings.landing.rglob("*.parquet"))


@contextmanager
def taken(home: Path, owner: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, at which somebody else keeps sitting."""
    raise SeatTakenError(f"forget is writing, and {owner} has waited")
    yield


def replayed(ours: Mirror) -> list[str]:
    """The tables that a replay makes otherwise."""
    with local_run(ours.settings, "replay") as run:
        return [each.table for each in replay(run).differences if each.is_any]


def ref(name: str) -> TrackingRef:
    return TrackingRef("dhl", str(parcel(name)["tracking_number"]))


def scans(ours: Mirror, name: str) -> list[tuple[Any, ...]]:
    """Every scan of a parcel that ever was, under its id."""
    return ours.query(
        "select event_id, repetition, description, details, first_seen_at, withdrawn_at"
        f" from core.tracking_events where tracking_id = '{parcel_id(name)}' order by position, 1"
    )


def home(ours: Mirror) -> Path:
    return ours.settings.parcelhouse_home


def test_what_is_planted_is_found_where_everything_is_kept(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account)
    ours.sync()
    assert {word for _, word in found_in(home(ours))} == set(PLANTED)
    assert {path.split("/")[0] for path, _ in found_in(home(ours))} >= {"landing", "published"}


@pytest.mark.parametrize("policy", [KEYED, DROPPED])
def test_nothing_on_the_disk_names_anybody_under_a_policy(
    policy: dict[str, str], account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account, **policy)
    ours.sync()
    assert found_in(home(ours)) == []
    assert ours.query("select count(*) from core.trackings") == [(3,)]
    assert ours.query("select count(*) from ops.quarantine where released_at is null") == [(1,)]
    before = ours.tables()
    renew(account)
    ours.live_on()
    run = ours.sync()
    assert run.tally.trackings_inserted == run.tally.events_inserted == 0
    assert run.tally.events_withdrawn == 0
    assert [row[1] for row in ours.tables()["tracking_events"]] == [
        row[1] for row in before["tracking_events"]
    ]
    with running(ours.settings, "repair") as mending:
        repair(mending, [ref(TELLING)])
        repair(mending, [ref(SECOND)], live=True)
    with local_run(ours.settings, "quarantine retry") as again:
        assert retry(again) == (0, 2)
    assert replayed(ours) == []
    assert found_in(home(ours)) == []


def test_lake_and_report_forget_whom_the_policy_drops(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account, parcelhouse_lake=True)
    ours.sync()
    published = home(ours) / "published"
    in_the_lake = [path for path, _ in found_in(published) if path.startswith("lake/")]
    assert in_the_lake
    with_policy(ours, **DROPPED)
    applied(ours)
    lake = published_lake(home(ours))
    with open_published(home(ours)) as db:
        write(db, published / "report.html", account=ours.settings.parcelhouse_account)
        assert db.execute("select max(version) from ops.publications").fetchall() == [
            (lake.version,)
        ]
    assert len(lake.files("core.tracking_events")) > 0
    assert (published / "report.html").stat().st_size > 10_000
    assert found_in(home(ours)) == []


def test_a_customer_has_one_token_and_a_dropped_one_none(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account, **KEYED)
    ours.sync()
    ((name, email, phone, count),) = ours.query(
        "select customer_name, customer_email, customer_phone, count(*) from core.trackings"
        " where customer_name is not null group by all"
    )
    assert count == 2
    assert all(TOKEN.fullmatch(each) for each in (name, email, phone))
    assert len({name, email, phone}) == 3
    ((description, details),) = ours.query(
        "select description, details from core.tracking_events"
        f" where tracking_id = '{parcel_id(TELLING)}' and position = 4"
    )
    assert (description, details) == ("Delivered, signed by ***", "OSLO")


def test_hashing_without_a_key_is_refused_before_anything_is_read(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account, parcelhouse_pii="hash")
    with pytest.raises(SettingsError, match="PARCELHOUSE_PII_KEY is not set"):
        ours.sync()
    assert account.request_count == 0


@pytest.mark.parametrize("policy", [KEYED, DROPPED])
def test_a_changed_policy_is_refused_until_it_is_applied_to_what_is_stored(
    policy: dict[str, str], account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account)
    ours.sync()
    before = scans(ours, TELLING)
    asked = account.request_count
    with_policy(ours, **policy)
    with pytest.raises(RefusedError, match=r"kept by keep.*personal-data apply"):
        ours.sync()
    assert account.request_count == asked
    done = applied(ours)
    assert (done.trackings, done.events) == (2, 3)
    assert done.files >= 1
    assert found_in(home(ours)) == []
    # the scans are what they were, under their masked words
    after = scans(ours, TELLING)
    assert [row[1] for row in after] == [row[1] for row in before]
    assert [row[4:] for row in after] == [row[4:] for row in before]
    assert sum(new[0] != old[0] for new, old in zip(after, before, strict=True)) == 3
    # read again, nothing has changed
    renew(account)
    ours.live_on()
    tally = ours.sync().tally
    assert (tally.trackings_inserted, tally.events_inserted, tally.events_withdrawn) == (0, 0, 0)
    assert scans(ours, TELLING) == after
    assert replayed(ours) == []
    assert found_in(home(ours)) == []
    assert applied(ours) == Rewritten()


def test_a_payload_read_again_after_the_change_is_known_word_for_word(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account)
    ours.sync()
    with_policy(ours, **KEYED)
    applied(ours)
    with running(ours.settings, "repair") as run:
        repair(run, [ref(TELLING), ref(SECOND)])
    assert run.tally.trackings_updated == 0
    assert run.tally.trackings_unchanged == 2


def test_names_come_back_with_what_is_read_once_they_are_to_be_kept(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account, **DROPPED)
    ours.sync()
    seen = [row[4] for row in scans(ours, TELLING)]
    with_policy(ours)
    ours.settings = ours.settings.model_copy(update={"parcelhouse_pii": "keep"})
    with pytest.raises(RefusedError, match="PARCELHOUSE_PII is keep"):
        ours.sync()
    assert applied(ours) == Rewritten()
    assert found_in(home(ours)) == []
    renew(account)
    ours.live_on()
    tally = ours.sync().tally
    assert (tally.trackings_updated, tally.events_inserted, tally.events_withdrawn) == (3, 0, 0)
    kept = scans(ours, TELLING)
    assert kept[-1][2] == "Delivered, signed by Xanthippe Oldcastle"
    assert [row[4] for row in kept] == seen
    assert ours.query("select count(*) from core.trackings where customer_name is not null") == [
        (2,)
    ]


def test_another_key_is_refused_until_it_is_said_to_be_meant(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account, **KEYED)
    ours.sync()
    names = "select distinct customer_name from core.trackings where customer_name is not null"
    tokens = ours.query(names)
    with_policy(ours, **(KEYED | {"parcelhouse_pii_key": "another"}))
    with pytest.raises(RefusedError, match="PARCELHOUSE_PII_KEY is not the one"):
        ours.sync()
    applied(ours)
    renew(account)
    ours.live_on()
    tally = ours.sync().tally
    assert (tally.events_inserted, tally.events_withdrawn) == (0, 0)
    assert len(tokens) == len(ours.query(names)) == 1
    assert tokens != ours.query(names)


def test_a_scan_stays_itself_when_its_recipient_is_known_later(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    anonymous = dict.fromkeys(("customer_name", "customer_email", "customer_phone"))
    account.put(telling(**anonymous))
    ours = mirror(account, **DROPPED)
    ours.sync()
    before = scans(ours, TELLING)
    assert before[1][2] == "Handed in for QUILLFEATHER ZEBULON"
    account.put(telling())
    renew(account)
    ours.live_on()
    tally = ours.sync().tally
    assert (tally.trackings_updated, tally.events_inserted, tally.events_withdrawn) == (3, 0, 0)
    after = scans(ours, TELLING)
    assert after[1][2] == "Handed in for ***"
    assert [row[4:] for row in after] == [row[4:] for row in before]


def test_scans_that_differ_in_a_name_alone_are_told_apart_by_their_count(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    two = leg(
        scan("2026-02-28 12:00", "Signed by Ann Berg", "OSLO"),
        scan("2026-02-28 12:00", "Signed by Bo Dahl", "OSLO"),
    )
    account.put(telling(origin_info=two))
    ours = mirror(account)
    ours.sync()
    with_policy(ours, **DROPPED)
    applied(ours)
    told = [(row[1], row[2]) for row in scans(ours, TELLING)]
    assert told == [(1, "Signed by ***"), (2, "Signed by ***")]
    assert replayed(ours) == []


def test_a_scan_taken_back_for_one_that_differs_in_a_name_becomes_that_one(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    account.put(telling(origin_info=leg(scan("2026-02-28 12:00", "Signed by Ann Berg", "OSLO"))))
    ours = mirror(account)
    ours.sync()
    first_seen = scans(ours, TELLING)[0][4]
    account.put(telling(origin_info=leg(scan("2026-02-28 12:00", "Signed by Bo Dahl", "OSLO"))))
    renew(account)
    ours.live_on()
    ours.sync()
    assert len(scans(ours, TELLING)) == 2
    with_policy(ours, **DROPPED)
    applied(ours)
    ((_, _, description, _, seen, withdrawn),) = scans(ours, TELLING)
    assert (description, seen, withdrawn) == ("Signed by ***", first_seen, None)
    before = scans(ours, TELLING)
    replayed(ours)
    assert scans(ours, TELLING) == before


@pytest.mark.parametrize("whom", ["email", "name", "phone"])
def test_a_forgotten_customer_is_nowhere_and_does_not_come_back(
    whom: str, account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account)
    ours.sync()
    said = {"email": EMAIL.upper(), "name": f" {NAME.lower()} ", "phone": "0049 (151) 70441988"}
    done = forgotten(ours, **{whom: [said[whom]]})
    assert (done.trackings, done.events) == (2, 3)
    left = {word for _, word in found_in(home(ours))}
    assert left == {"Balthasar", "Nachtigall"}  # somebody else's
    assert ours.query("select count(*) from marts.shipments") == [(3,)]
    account.put(telling("third"))
    renew(account)
    ours.live_on()
    tally = ours.sync().tally
    assert (tally.trackings_inserted, tally.events_inserted) == (1, 4)
    assert tally.events_withdrawn == 0
    assert replayed(ours) == []
    assert {word for _, word in found_in(home(ours))} == {"Balthasar", "Nachtigall"}


def test_a_forgotten_parcel_is_nowhere_and_others_stay_as_they_are(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account)
    ours.sync()
    forgotten(ours, ref(TELLING), ref(BROKEN))
    assert {word for _, word in found_in(home(ours))} <= {
        "Zebulon",
        "Quillfeather",
        "quillfeather.example",
        "70441988",
        "Xanthippe",
        "Oldcastle",
        "Wilhelmina",
    }
    assert ours.query(
        "select customer_name, count(*) from core.trackings group by all order by all"
    ) == [(NAME, 1), (None, 2)]
    forgotten(ours, ref(SECOND))
    assert found_in(home(ours)) == []
    renew(account)
    ours.live_on()
    assert ours.sync().tally.events_withdrawn == 0
    assert replayed(ours) == []
    assert found_in(home(ours)) == []
    entries = ours.query(
        "select kind, count(*), count(finished_at) from ops.forgotten group by all"
    )
    assert entries == [("parcel", 3, 3)]


def test_a_customer_is_found_by_name_among_tokens(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account, **KEYED)
    ours.sync()
    assert forgotten(ours, email=[EMAIL], phone=[PHONE]).trackings == 2
    assert ours.query("select count(*) from core.trackings where customer_name > ''") == [(0,)]
    renew(account)
    ours.live_on()
    ours.sync()
    assert ours.query("select count(*) from core.trackings where customer_name > ''") == [(0,)]
    assert ours.query(
        f"select count(*) from core.trackings where tracking_id = '{parcel_id(PLAIN)}'"
    ) == [(1,)]


@pytest.mark.parametrize("policy", [KEYED, DROPPED])
def test_what_a_run_reads_while_the_policy_changes_is_neither_landed_nor_loaded(
    policy: dict[str, str], account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account)
    ours.sync()
    before = ours.settings

    def overtaken() -> None:
        with running(before, "repair") as run:
            with_policy(ours, **policy)
            applied(ours)
            repair(run, [ref(TELLING)])

    with pytest.raises(RefusedError, match="PARCELHOUSE_PII is keep"):
        overtaken()
    assert found_in(home(ours)) == []


@pytest.mark.parametrize("change", ["policy", "forgotten"])
def test_windows_that_wait_to_be_stored_name_nobody_either(
    mirror: Callable[..., Mirror], change: str
) -> None:
    """What is landed meanwhile is landed as was wanted when the run began."""
    account = planted_account(max_limit=2)
    ours = mirror(account)
    ours.sync()
    renew(account)
    ours.live_on()
    before, read, windows = ours.settings, Steps().read, list[LandedWindow]()

    def reading(run: Run, scope: str, frontier: Frontier) -> LandedWindow:
        if len(windows) == 1:
            if change == "policy":
                applied(with_policy(ours, **DROPPED))
            else:
                forgotten(ours, ref(TELLING), ref(SECOND), ref(BROKEN))
        windows.append(read(run, scope, frontier))
        return windows[-1]

    class Waiting:
        windows: ClassVar[list[LandedWindow]] = []

        def put(self, window: LandedWindow) -> None:
            self.windows.append(window)

        def settle(self) -> None:
            raise AssertionError("for a first sync")

    @contextmanager
    def late(run: Run, note: Note) -> Iterator[Store]:
        """Store nothing before all is read, which is as late as can be."""
        waiting = Waiting()
        try:
            yield waiting
        finally:
            with run.warehouse() as db:
                for window in waiting.windows:
                    with transaction(db):
                        tally = load_windows(db, run, [window])
                    note(tally, [window])

    refused = pytest.raises(RefusedError) if change == "policy" else nullcontext()
    with refused, running(before, "sync") as run:
        sync(run, steps=Steps(reading, late))
    assert len(windows) > 2
    assert found_in(home(ours)) == []


def test_what_was_read_and_never_stored_names_nobody_who_was_forgotten_meanwhile(
    mirror: Callable[..., Mirror],
) -> None:
    account = planted_account(max_limit=2)
    ours = mirror(account)
    ours.sync()
    renew(account)
    ours.live_on()
    windows = list[LandedWindow]()

    def reading(run: Run, scope: str, frontier: Frontier) -> LandedWindow:
        if windows:
            forgotten(ours, ref(TELLING), ref(SECOND), ref(BROKEN))
            Steps().read(run, scope, frontier)
            raise KeyboardInterrupt
        windows.append(Steps().read(run, scope, frontier))
        return windows[-1]

    with pytest.raises(KeyboardInterrupt), running(ours.settings, "sync") as run:
        sync(run, steps=Steps(reading))
    assert found_in(home(ours)) == []


def test_what_was_read_while_somebody_kept_the_seat_to_the_end_is_not_kept(
    mirror: Callable[..., Mirror], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sits there may be forgetting somebody, and does not look at what comes later."""
    account = planted_account()
    ours = mirror(account)
    ours.sync()
    renew(account)
    ours.live_on()
    before = set(landed(ours))

    def reading(run: Run, scope: str, frontier: Frontier) -> LandedWindow:
        Steps().read(run, scope, frontier)
        assert set(landed(ours)) > before
        run.kept_open.close()
        monkeypatch.setattr(kept_open, "open_for_writing", taken)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), running(ours.settings, "sync") as run:
        sync(run, steps=Steps(reading))
    assert set(landed(ours)) == before


@pytest.mark.parametrize("whom", ["parcels", "customer"])
def test_what_was_stored_since_the_plan_was_made_is_forgotten_too(
    whom: str, account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account)
    ours.sync()
    refs = [ref(TELLING), ref(SECOND), ref(BROKEN)] if whom == "parcels" else []
    with local_run(ours.settings, "forget", is_rewriting=True) as run:
        plan = plan_forgetting(run, refs, {} if refs else {"email": [EMAIL]})
        if whom == "customer":
            account.put(telling("third"))
        renew(account)
        ours.live_on()
        ours.sync()
        forget(run, plan)
    left = {word for _, word in found_in(home(ours))}
    assert left == (set() if refs else {"Balthasar", "Nachtigall"})  # somebody else's
    assert replayed(ours) == []


def test_who_is_forgotten_while_a_run_reads_stays_forgotten(
    account: Sandbox, mirror: Callable[..., Mirror]
) -> None:
    ours = mirror(account)
    ours.sync()
    with running(ours.settings, "repair") as run:
        forgotten(ours, ref(TELLING), ref(SECOND), ref(BROKEN))
        repair(run, [ref(TELLING), ref(SECOND)])
    assert run.tally.events_withdrawn == 0
    assert found_in(home(ours)) == []
