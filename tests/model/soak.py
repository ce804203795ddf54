"""Let the model run for as long as there is time, in worlds that no suite has seen.

    python -m tests.model.soak            for ten minutes
    python -m tests.model.soak 480        for eight hours
    python -m tests.model.soak --seed 7   again what a seed has shown

One process a core, one seed at a time; a seed that breaks a promise is told with the shortest
story that breaks it, and ends the soak.
"""

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import active_children, get_context
from random import SystemRandom
from typing import NamedTuple

from hypothesis import HealthCheck, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Model

WORLDS = 10  # a seed
SOAK = settings(
    max_examples=WORLDS,
    stateful_step_count=50,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    verbosity=Verbosity.normal,
    suppress_health_check=list(HealthCheck),
)


class Soaked(NamedTuple):
    """What came of one seed."""

    seed: int
    ran: Counter[str]
    broken: str  # empty: every promise was kept


def soak(chosen: int) -> Soaked:
    """Run the worlds of one seed."""
    Model.ran.clear()
    broken = ""

    class Seeded(Model):
        pass

    try:
        run_state_machine_as_test(seed(chosen)(Seeded), settings=SOAK)
    except Exception:
        broken = traceback.format_exc()
    return Soaked(chosen, Model.ran.copy(), broken)


def soaked(seeds: Iterator[int], *, until: float) -> Iterator[Soaked]:
    """Yield what comes of *seeds*, on all cores, none begun after *until* (monotonic seconds)."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        running: set[Future[Soaked]] = {pool.submit(soak, each) for each in islice(seeds, cores)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for each in done:
                yield each.result()
            left = len(done) if time.monotonic() < until else 0
            running |= {pool.submit(soak, each) for each in islice(seeds, left)}


def main() -> int:
    """Soak; return 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description="Let the model run in worlds never seen before.")
    parser.add_argument("minutes", nargs="?", type=float, default=10)
    parser.add_argument("--seed", type=int, help="run the worlds of this seed only")
    told = parser.parse_args()
    dice = SystemRandom()
    seeds = iter(lambda: dice.randrange(10**9), -1) if told.seed is None else iter([told.seed])
    ran: Counter[str] = Counter()
    worlds = 0
    for one in soaked(seeds, until=time.monotonic() + 60 * told.minutes):
        ran += one.ran
        if one.broken:
            print(f"{one.broken}\nseed {one.seed} breaks a promise", flush=True)
            for other in active_children():  # they may have minutes to go
                other.terminate()
            return 1
        worlds += WORLDS
        commands = ", ".join(f"{count:,} {what}" for what, count in sorted(ran.items()))
        print(f"seed {one.seed} kept; {worlds:,} worlds: {commands}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
