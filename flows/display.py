"""What a person sees while a command works: a bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from flows.steps.ranges import Progress, Watch

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

LINE_EVERY_SECONDS = 5.0


@contextmanager
def progress_display(*, quiet: bool) -> Iterator[Watch]:
    """Yield who shows progress on stderr; *quiet* shows nothing."""
    if quiet:
        yield lambda _progress: None
    elif sys.stderr.isatty():
        with _bar() as bar:
            yield _BarWatch(bar)
    else:
        yield _LineWatch()


class _LineWatch:
    """A line now and then, for logs."""

    def __init__(self) -> None:
        self._began = self._last = monotonic()

    def __call__(self, progress: Progress) -> None:
        now = monotonic()
        if progress.windows_left == 0 or now - self._last >= LINE_EVERY_SECONDS:
            self._last = now
            rate = progress.rows_done / max(now - self._began, 1e-9)
            left = f", about {progress.windows_left} left" if progress.windows_left else ""
            print(
                f"{progress.scope}: {progress.windows_done} windows read{left},"
                f" {progress.rows_done:,} rows, {rate:,.0f} rows/s",
                file=sys.stderr,
                flush=True,
            )


class _BarWatch:
    """One bar a cursor."""

    def __init__(self, bar: "Bar") -> None:
        self._bar = bar
        self._began = monotonic()
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, progress: Progress) -> None:
        if progress.scope not in self._tasks:
            self._tasks[progress.scope] = self._bar.add_task(
                progress.scope, total=None, windows="", rate=0.0
            )
        left = progress.rows_left
        windows = f"{progress.windows_done}"
        if progress.windows_left is not None:
            windows += f" of about {progress.windows_done + progress.windows_left}"
        self._bar.update(
            self._tasks[progress.scope],
            completed=progress.rows_done,
            total=None if left is None else progress.rows_done + left,
            windows=windows,
            rate=progress.rows_done / max(monotonic() - self._began, 1e-9),
        )


def _bar() -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TextColumn("{task.fields[windows]} windows, {task.completed:,} rows"),
        TextColumn("{task.fields[rate]:,.0f} rows/s"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
