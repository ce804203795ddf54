"""What one sync costs its process and those that it starts; in the standard library alone."""

import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

SAMPLE_SECONDS = 0.05
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


class Cost:
    """Seconds by the clock and of the processors so far, and the most memory so far.

    `since_start` counts from the beginning of the process: interpreter and imports as well.
    Memory is what is resident of the process and its descendants together, in 10⁶ bytes; pages
    that forked processes share count for each of them.
    """

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._began, self._cpu = time.perf_counter(), _cpu_seconds()

    def so_far(self) -> dict[str, float]:
        """Return the cost up to now, rounded."""
        self.look()
        return {
            "seconds": round(time.perf_counter() - self._began, 3),
            "since_start": round(_seconds_of_life(), 2),
            "cpu_seconds": round(_cpu_seconds() - self._cpu, 3),
            "peak_mb": round(max(self.peak_mb, _own_peak_mb()), 1),
        }

    def look(self) -> None:
        """Take note of what is resident now."""
        self.peak_mb = max(self.peak_mb, _resident_mb(os.getpid()))


@contextmanager
def measured() -> Iterator[Cost]:
    """Yield the cost of the block, which grows as long as it lasts."""
    cost, done = Cost(), Event()

    def watch() -> None:
        while not done.wait(SAMPLE_SECONDS):
            cost.look()

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield cost
    finally:
        done.set()
        thread.join()


def tell(*, parcels: int, scans: int, cost: dict[str, float], **more: Any) -> None:
    """Print the one line for whoever has started this."""
    print(json.dumps({"parcels": parcels, "scans": scans, **cost, **more}), flush=True)


def _seconds_of_life() -> float:
    """Return how long the process has existed, to the hundredth."""
    of_process = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    began = int(of_process[19]) / os.sysconf("SC_CLK_TCK")  # field 22, after the machine's start
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began


def _cpu_seconds() -> float:
    """Return what the process and its descendants that have ended took."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _own_peak_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def _resident_mb(process: int) -> float:
    resident = 0.0
    with suppress(OSError, ValueError):  # it has just ended
        folder = Path(f"/proc/{process}")
        resident = int((folder / "statm").read_text().split()[1]) * PAGE_MB
        for task in (folder / "task").iterdir():
            children = (task / "children").read_text().split()
            resident += sum(_resident_mb(int(child)) for child in children)
    return resident
