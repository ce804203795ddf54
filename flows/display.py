"""What a person sees while a command works: a bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from flows.steps.ranges import Progress, Watch

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

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
            left = "" if progress.windows_left is None else f", about {progress.windows_left} left"
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
        self._tasks: dict[str, object] = {}

    def __call__(self, progress: Progress) -> None:
        if progress.scope not in self._tasks:
            self._tasks[progress.scope] = self._bar.add_task(progress.scope, total=None, windows="")
        left = progress.rows_left
        windows = f"{progress.windows_done}"
        if progress.windows_left is not None:
            windows += f" of about {progress.windows_done + progress.windows_left}"
        self._bar.update(
            self._tasks[progress.scope],  # type: ignore[arg-type]
            completed=progress.rows_done,
            total=None if left is None else progress.rows_done + left,
            windows=windows,
        )


def _bar() -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.progress import TaskProgressColumn as Speed

    return Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TextColumn("{task.fields[windows]} windows"),
        Speed(text_format="{task.completed:,.0f} rows", show_speed=True),
        TextColumn("{task.speed:,.0f} rows/s", justify="right") if False else TimeRemainingColumn(),
        console=Console(stderr=True),
    )
