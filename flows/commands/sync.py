"""`parcelhouse sync`: as plain steps, or as a flow that a Prefect server records."""

import os
from datetime import timedelta
from typing import Any

from flows.commands.printing import (
    DONE,
    announce_server,
    exit_status,
    show_ranges,
    show_summary,
)
from flows.settings import read_settings


def sync(*, look_back_days: int, as_json: bool, as_flow: bool) -> int:
    """Run a sync, as a flow where that is asked for or a Prefect server is named."""
    if as_flow or os.environ.get("PREFECT_API_URL"):
        said = _sync_as_flow(look_back_days)
    else:
        said = _sync(look_back_days, quiet=as_json)
    show_summary(said, as_json=as_json)
    return exit_status(said)


def _sync(look_back_days: int, *, quiet: bool) -> dict[str, Any]:
    from flows.display import progress_display
    from flows.steps.run import running
    from flows.steps.sync import sync as sync_steps
    from flows.summary import summary

    with progress_display(quiet=quiet) as watch, running(read_settings(), "sync") as run:
        sync_steps(run, look_back=timedelta(days=look_back_days), watch=watch)
    return summary(run)


def _sync_as_flow(look_back_days: int) -> dict[str, Any]:
    announce_server()
    from flows.sync import sync_trackings

    said: dict[str, Any] = sync_trackings(look_back_days)
    return said


def preview_sync(*, as_json: bool) -> int:
    """Say what a sync would read now; two small requests, nothing is written."""
    from flows.steps.preview import preview_sync as preview

    show_ranges(preview(read_settings()), as_json=as_json)
    return DONE
