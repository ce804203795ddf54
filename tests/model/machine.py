"""The stateful model: an account that lives and commands that are interrupted, in any order."""

import sys
from collections import Counter
from typing import Any, ClassVar, TypeAlias

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flows.steps.backfill import ChosenRange
from tests.model.account import BOUNDS, DAWN, ORDERS, Account, Manners
from tests.model.held import Held, core
from tests.model.process import CALM, Action, Death, Mishaps
from tests.model.promises import check, the_warehouse_is_the_account
from tests.model.verdict import keep
from tests.model.wire import FAULTS, Fault
from tests.model.world import World

LIVES = ("insert", "update", "update", "delete", "recreate", "tick", "pause", "clock")
BESIDES = (*LIVES, "sync", *("overtake",) * 5)

places = st.integers(0, 40)
few_or_more_than_a_page = st.sampled_from((1, 1, 2, 2, 3, 9))
few = st.sampled_from((1, 1, 2, 4))
moments = st.sampled_from((1, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 10, 12))  # 4, say: before a commit
pauses = st.sampled_from((0, 3, 40))  # since what happened last: some of it has settled


Storm: TypeAlias = dict[int, tuple[Action, ...]]


def actions(kinds: tuple[str, ...]) -> st.SearchStrategy[Action]:
    return st.builds(Action, st.sampled_from(kinds), places, few)


news = actions(("insert", "update", "update"))  # something to lose


def storms(*, min_size: int = 1) -> st.SearchStrategy[Storm]:
    """What happens just before which moment of a command."""
    some = st.lists(actions(BESIDES), min_size=1, max_size=3).map(tuple)
    return st.dictionaries(moments, some, min_size=min_size, max_size=4)


deaths = st.one_of(
    st.builds(Death, st.just("committed"), st.integers(1, 4)),
    st.builds(Death, st.just("committed"), st.integers(1, 9)),
    st.builds(Death, st.just("moment"), moments),
    st.builds(Death, st.just("statement"), st.integers(1, 60)),
)
faults = st.dictionaries(
    st.integers(1, 12),
    st.builds(Fault, st.sampled_from(FAULTS), st.sampled_from((1, 2, 6))),
    min_size=1,
    max_size=3,
)
mishaps = st.one_of(
    st.just(CALM),
    st.builds(Mishaps, storms(), st.just({}), st.none()),
    st.builds(Mishaps, st.just({}), st.just({}), deaths),
    st.builds(Mishaps, storms(), st.just({}), deaths),
    st.builds(Mishaps, storms(), faults, st.none()),
)
groups = st.lists(
    st.tuples(
        st.integers(0, 3000),  # how old
        st.none() | st.integers(0, 3000),  # looked at how long ago
        st.sampled_from((1, 2, 4, 9)),  # how many of that second
    ),
    min_size=1,
    max_size=3,
)


class Model(RuleBasedStateMachine):
    """One account, one warehouse, and the commands between them."""

    ran: ClassVar[Counter[str]] = Counter()
    """What all machines did, for whoever reports."""

    wears: ClassVar[dict[str, Any]] = {}
    """What a world is fixed to have instead of what was drawn."""

    world: World

    @initialize(
        limit=st.integers(5, 7),
        order=st.sampled_from(ORDERS),
        update_bounds=st.sampled_from(BOUNDS),
        created_bounds=st.sampled_from(BOUNDS),
        empty_is_4031=st.booleans(),
        echoes_when_empty=st.booleans(),
        lag=st.sampled_from((1, 5, 30)),
        slowness=st.sampled_from((0, 0.5, 1)),
        overlap=st.sampled_from((0, 0, 0, 20, 900)),
        hours=st.sampled_from((0, 8)),
        groups=groups,
        is_synced=st.sampled_from((True, True, False)),
    )
    def begin(self, **drawn: Any) -> None:
        drawn |= self.wears
        lag, overlap = drawn.pop("lag"), drawn.pop("overlap")
        # whole-second stamps take one second of the lag
        delay = int(drawn.pop("slowness") * (lag - 1))
        groups, is_synced = drawn.pop("groups"), drawn.pop("is_synced")
        account = Account(Manners(**drawn, delay=delay))
        for age, looked, count in groups:
            for number in range(count):
                unstamped = looked is None or number % 5 == 4
                stamp = None if unstamped else DAWN - min(looked, age)
                account.insert(created=DAWN - age, stamp=stamp)
        account.tick(account.manners.delay + 1)
        self.world = World(account, lag=lag, overlap=overlap)
        self.held: Held | None = None
        if is_synced:
            account.tick(lag)
            self.world.sync()

    # --- the account lives

    @rule(place=places, count=few_or_more_than_a_page)
    def insert(self, place: int, count: int) -> None:
        self.world.happen(Action("insert", place, count))

    @rule(place=places, count=few_or_more_than_a_page)
    def change(self, place: int, count: int) -> None:
        self.world.happen(Action("update", place, count))

    @rule(place=places, count=st.integers(1, 3))
    def delete(self, place: int, count: int) -> None:
        self.world.happen(Action("delete", place, count))

    @precondition(lambda self: self.world.account.graves)
    @rule(place=places)
    def create_again(self, place: int) -> None:
        self.world.happen(Action("recreate", place, 1))

    @rule(count=st.sampled_from((1, 3, 6, 31, 120, 1000)))
    def let_seconds_pass(self, count: int) -> None:
        self.world.happen(Action("tick", 0, count))

    @rule(place=st.integers(0, 4))
    def set_the_local_clock(self, place: int) -> None:
        self.world.happen(Action("clock", place))

    # --- commands

    @rule(pause=pauses, storm=storms(min_size=0))
    def sync(self, pause: int, storm: Storm) -> None:
        self.world.account.tick(pause)
        self.world.sync(Mishaps(storm))
        self.held = None

    @rule(news=news, pause=pauses, storm=storms(min_size=0), death=deaths)
    def sync_until_death(self, news: Action, pause: int, storm: Storm, death: Death) -> None:
        self.world.happen(news)
        self.world.account.tick(pause)
        self.world.sync(Mishaps(storm, death=death))
        self.held = None

    @rule(pause=pauses, storm=storms(min_size=0), faults=faults)
    def sync_over_a_bad_line(self, pause: int, storm: Storm, faults: dict[int, Fault]) -> None:
        self.world.account.tick(pause)
        self.world.sync(Mishaps(storm, faults))
        self.held = None

    @rule(
        since=st.integers(0, 3000),
        seconds=st.none() | st.integers(0, 4000),
        mishaps=mishaps,
    )
    def backfill(self, since: int, seconds: int | None, mishaps: Mishaps) -> None:
        until = None
        if seconds is not None:
            until = min(DAWN - since + seconds, self.world.account.second)
        self.world.backfill(ChosenRange(DAWN - since, until), mishaps)
        self.held = None

    @rule(
        pause=pauses,
        moment=st.sampled_from((4, 4, 4, 5, 6)),  # 4: read, not committed yet
        overtaking=st.builds(Action, st.just("overtake"), places, few),
    )
    def backfill_that_a_sync_overtakes(self, pause: int, moment: int, overtaking: Action) -> None:
        self.world.account.tick(pause)
        self.world.backfill(ChosenRange(0, None), Mishaps({moment: (overtaking,)}))
        self.held = None

    @precondition(lambda self: self.world.asked_backfills)
    @rule(mishaps=mishaps)
    def ask_for_the_same_backfill_again(self, mishaps: Mishaps) -> None:
        self.world.backfill(self.world.asked_backfills[-1], mishaps)
        self.held = None

    @rule(force=st.booleans(), mishaps=mishaps)
    def reconcile(self, force: bool, mishaps: Mishaps) -> None:
        self.world.reconcile(mishaps, force=force)
        self.held = None

    # --- what must be true

    @invariant()
    def every_promise_is_kept(self) -> None:
        if self.held is None:
            self.held = Held.of(self.world.db)
        check(self.world, self.held)

    def come_to_rest(self) -> None:
        """One sync of a world at rest makes the warehouse the account; the next writes nothing."""
        world, account = self.world, self.world.account
        account.tick(world.lag + 1)
        account.local_ahead = 0.0
        if account.manners.order in {"random", "ties"}:
            account.manners = account.manners._replace(order="id")
        world.sync()
        self.held = held = Held.of(world.db)
        hidden = [each.id for each in account.parcels.values() if each.returns_unstamped]
        the_warehouse_is_the_account(world, held, hidden=hidden, ghosts=True)
        before = core(world.db)
        world.sync()
        keep(core(world.db) == before, "rest", "a second sync wrote to core")
        self.held = None

    def reconcile_at_rest(self) -> None:
        """What no sync can see, `reconcile --fix` mends; what cancels out in a count, a backfill.

        One kind stays until it changes again: created again without updated_at, over a stored
        row that has one and was never found gone, for a null is older than any stamp.
        """
        world, parcels = self.world, self.world.account.parcels
        live = {key: row for key, row in Held.of(world.db).rows.items() if not row.is_deleted}
        unlike = {
            key
            for key, each in parcels.items()
            if key in live and live[key].hashed != each.latest.hashed
        }
        if unlike or (live.keys() - parcels and parcels.keys() - live):
            world.backfill(ChosenRange(0, None))
        shadowed = {key for key in unlike if live[key].stamp is not None}
        world.reconcile(force=True)
        the_warehouse_is_the_account(world, Held.of(world.db), hidden=shadowed)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return  # it never began, and says why itself
        try:
            if sys.exc_info()[0] is None:
                self.come_to_rest()
                self.every_promise_is_kept()
                self.reconcile_at_rest()
                self.held = None
                self.every_promise_is_kept()
        finally:
            type(self).ran.update(self.world.done)
            self.world.end()
