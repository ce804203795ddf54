"""Read one window and land what came; nothing is stored yet."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flows.steps.run import Run
from trackingmore_v2.models import Window
from trackingmore_v2.windows import Frontier, read


@dataclass(frozen=True)
class LandedWindow:
    """A window as it lies in the landing. Plain values: may be handed from task to task."""

    scope: str
    paths: tuple[Path, ...]  # landed answers, oldest first
    covers: Window | None  # None: the range ended before anything in it had settled
    proven: bool
    total: int
    rows: int  # payloads in the answers
    began_at: datetime  # its first answer, by the server's clock
    fetched_at: datetime  # its last answer
    rest: Frontier | None = field(repr=False)


def read_window(run: Run, scope: str, frontier: Frontier) -> LandedWindow:
    """Read the next window of *frontier*, whole, and land every answer it took.

    May be repeated: what a failed attempt has landed is true, and is loaded with the next.

    Raises:
        TrackingMoreError: the window could not be read; nothing is lost, nothing is covered.
        ValueError: the frontier has nothing left.
    """
    run.landed_paths.clear()
    began_at: datetime | None = None
    rows = 0
    for step in read(run.client.page, frontier, lag=run.settings.parcelhouse_lag_seconds):
        began_at = began_at or step.page.answer.fetched_at
        rows += len(step.page.items)
        if step.covers is not None or step.rest is None:
            run.flatten_ahead(run.landed_paths[-1], step.page)
            return LandedWindow(
                scope,
                tuple(run.landed_paths),
                step.covers,
                step.proven,
                step.total,
                rows,
                began_at,
                step.page.answer.fetched_at,
                step.rest,
            )
        del step  # and its page, before the next one comes
    msg = f"nothing is left to read of {frontier.left}"
    raise ValueError(msg)
