"""Ours beside its peers: a first sync, then one after 1 % has changed, of the same account.

    python benchmarks/compare.py [--sizes 20000,100000] [--repeats 3] [--peers NAME,...] [--write]

Per repeat the peers take turns, so that what else the machine does hits them alike; who takes over
a minute is asked once. Rows are compared with the account's own counts after each sync.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from contenders import CONTENDERS, PARCELHOUSE, Contender
from harness import KEY, FastAccount, fast_account
from results import tell, versions

CHANGED = 0.01
QUICK_SECONDS = 60
PATIENCE_SECONDS = 1800
PHASES = ("first sync", f"after {CHANGED:.0%} changed")
HEAD = (
    "| | seconds (least to most) | beside the fastest by hand | beside ours"
    " | with start-up, beside by hand | CPU s | peak MB | requests | rows |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---|"
)
NOTES = """\
Seconds are of the sync alone, from opening the store to its file being written (what is left in a
log is checkpointed); imports are not counted (of the Singer pair they are: it is two processes
that are started anew). With start-up they are, and the interpreter's own beginning. CPU is with
all child processes, memory what is resident of all of them at once. `rows`: whether parcels and
scans are as many as the account has. The account answers in 7 ms, so that who asks is measured.

What each of them does is not the same. The two by hand page through the list and keep nothing but
rows; what moves between two pages while they read is lost, as with dlt, PyAirbyte and Singer, which
page in the same way. Parcelhouse proves each window, lands every answer, keeps history and
quarantine; its second row is with what the others do not do: marts brought up to date, file and
lake published. Its landing and rows alone are what it must make of the answers in any case, with
every column, the key of each scan and the hashes, paged and replaced like those by hand: its bound.
"""


class Sync(NamedTuple):
    """One sync of one contender, as it told it; `error` instead where it failed."""

    said: dict[str, Any]
    requests: int = 0
    rows_right: bool = False
    error: str = ""


Runs = dict[tuple[str, str], list[Sync]]  # by contender and phase


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="20000,100000")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peers", default=",".join(each.name for each in CONTENDERS))
    parser.add_argument("--write", action="store_true", help="into RESULTS.md")
    asked = parser.parse_args()
    names = set(asked.peers.split(","))
    contenders = [each for each in CONTENDERS if each.name in names]
    if unknown := names - {each.name for each in contenders}:
        parser.error(f"no peer is called {', '.join(sorted(unknown))}")
    sizes = [int(size) for size in asked.sizes.split(",")]
    lines = _lines(contenders, sizes, asked.repeats)
    tell("Ours beside its peers", __file__, lines, write=asked.write)


def _lines(contenders: list[Contender], sizes: list[int], repeats: int) -> Iterator[str]:
    yield NOTES
    for size in sizes:
        with fast_account(size) as account:
            before = account.said()
            yield f"### {size:,} parcels, {before['scans']:,} scans\n"
            runs = _runs(account, contenders, repeats)
            for phase in PHASES:
                yield f"{phase[0].upper()}{phase[1:]}, medians of up to {repeats}:\n"
                yield HEAD
                yield from _table(runs, contenders, phase)
                yield ""
    for each in contenders:
        yield f"- {each.title}: {versions(each.locks, each.packages)}"


def _runs(account: FastAccount, contenders: list[Contender], repeats: int) -> Runs:
    runs: Runs = {}
    for number in range(repeats):
        for each in contenders:
            earlier = runs.get((each.name, PHASES[0]))
            if number and earlier and _is_done_with(earlier[0]):
                continue
            with tempfile.TemporaryDirectory() as folder:
                account.restore()
                for phase in PHASES:
                    if phase != PHASES[0]:
                        account.change(CHANGED)
                    sync = _sync(each, account, Path(folder) / "store.duckdb")
                    runs.setdefault((each.name, phase), []).append(sync)
                    outcome = sync.error or f"{sync.said['seconds']} s"
                    print(f"{number + 1}. {each.name}, {phase}: {outcome}", file=sys.stderr)
                    if sync.error:
                        break
    return runs


def _is_done_with(first: Sync) -> bool:
    return bool(first.error) or first.said["seconds"] > QUICK_SECONDS


def _sync(contender: Contender, account: FastAccount, store: Path) -> Sync:
    if not contender.is_installed:
        return Sync({}, error="not installed")
    before = account.said()
    try:
        done = subprocess.run(
            contender.command(account.address, KEY, store),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Sync({}, error=f"not done after {PATIENCE_SECONDS} s")
    try:
        said = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        complaint = done.stderr.strip().splitlines() or ["no word"]
        return Sync({}, error=f"ended with {done.returncode}: {complaint[-1][:100]}")
    now = account.said()
    are_right = (said["parcels"], said["scans"]) == (now["parcels"], now["scans"])
    return Sync(said, now["requests"] - before["requests"], are_right)


def _table(runs: Runs, contenders: list[Contender], phase: str) -> Iterator[str]:
    """Yield a row a contender; ours has a second one, with all that a run does."""
    good = {
        each.name: [sync for sync in runs.get((each.name, phase), []) if not sync.error]
        for each in contenders
    }
    seconds = {name: _median(syncs, "seconds") for name, syncs in good.items() if syncs}
    bounds = [each.name for each in contenders if each.is_bound and each.name in seconds]
    least = min((seconds[name] for name in bounds), default=None)
    started = min((_median(good[name], "since_start") for name in bounds), default=None)
    ours = seconds.get(PARCELHOUSE.name)
    for each in contenders:
        if not good[each.name]:
            tried = runs.get((each.name, phase)) or [Sync({}, error="no first sync")]
            yield f"| {each.title} | {tried[0].error.replace('|', '/')} | | | | | | | |"
            continue
        yield _row(each.title, good[each.name], least, ours, started)
        if each is PARCELHOUSE:
            whole = [sync._replace(said=sync.said["whole"]) for sync in good[each.name]]
            yield _row(f"{each.title}, marts and published", whole, least, ours, started)


def _row(
    title: str,
    syncs: list[Sync],
    least: float | None,
    ours: float | None,
    started: float | None,
) -> str:
    """Return a line; *least*, *ours* and *started* are the seconds that it is set beside."""
    seconds = [sync.said["seconds"] for sync in syncs]
    middle = median(seconds)
    since_start = _median(syncs, "since_start")
    ratios = [
        _ratio(figure / beside) if beside else ""
        for figure, beside in ((middle, least), (middle, ours), (since_start, started))
    ]
    wrong = sum(not sync.rows_right for sync in syncs)
    return (
        f"| {title} | {middle:.2f} ({min(seconds):.2f} to {max(seconds):.2f}) | {ratios[0]}"
        f" | {ratios[1]} | {since_start:.2f}, {ratios[2]}"
        f" | {_median(syncs, 'cpu_seconds'):.2f} | {_median(syncs, 'peak_mb'):,.0f}"
        f" | {median(sync.requests for sync in syncs):,.0f}"
        f" | {f'wrong in {wrong} of {len(syncs)}' if wrong else 'right'} |"
    )


def _ratio(ratio: float) -> str:
    return f"{ratio:.1f} ×" if ratio >= 1 else f"{ratio:.2f} ×"


def _median(syncs: list[Sync], what: str) -> float:
    return median(sync.said[what] for sync in syncs)


if __name__ == "__main__":
    main()
