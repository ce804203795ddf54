"""What the commands do: settings in, steps run, answers printed; the exit status comes back."""

import json
import os
import sys
from typing import Any

from flows.settings import read_settings

DONE, NEEDS_A_PERSON = 0, 3


def sync(*, as_json: bool, as_flow: bool) -> int:
    """Run a sync, as a flow where that is asked for or a Prefect server is named."""
    said = _sync_as_flow() if as_flow or os.environ.get("PREFECT_API_URL") else _sync(as_json)
    show_summary(said, as_json=as_json)
    return NEEDS_A_PERSON if said["state"] == "attention" else DONE


def _sync(quiet: bool) -> dict[str, Any]:
    from flows.display import progress_display
    from flows.steps.run import running
    from flows.steps.sync import sync as sync_steps
    from flows.summary import summary

    with running(read_settings(), "sync") as run:
        with progress_display(quiet=quiet) as watch:
            sync_steps(run, watch=watch)
        return summary(run)


def _sync_as_flow() -> dict[str, Any]:
    if not os.environ.get("PREFECT_API_URL"):
        print("waiting for a temporary Prefect server (20 to 40 s) ...", file=sys.stderr)
    from flows.sync import sync_trackings

    said: dict[str, Any] = sync_trackings()
    return said


def preview_sync(*, as_json: bool) -> int:
    """Say what a sync would read now; two small requests, nothing is written."""
    from flows.steps.preview import preview_sync as preview

    ranges = preview(read_settings())
    if as_json:
        _print_json({"ranges": [each._asdict() for each in ranges]})
        return DONE
    for each in ranges:
        print(
            f"{each.scope}: {each.low} to {each.high}, {each.trackings:,} parcels,"
            f" about {each.requests:,} requests, {each.minutes:.1f} minutes"
        )
    return DONE


def status(*, as_json: bool) -> int:
    """Show how far the published warehouse is."""
    from flows.status import status as read_status
    from flows.status import status_lines

    said = read_status(read_settings())
    if as_json:
        _print_json(said)
    else:
        print("\n".join(status_lines(said)))
    return DONE


def sql(query: str, *, as_json: bool) -> int:
    """Run one query on what is published and print its rows."""
    from flows.query import ask, show
    from warehouse.connection import open_read_only
    from warehouse.publish import published

    with open_read_only(published(read_settings().parcelhouse_home)) as db:
        if as_json:
            _print_json(ask(db, query))
        else:
            show(db, query)
    return DONE


def show_summary(said: dict[str, Any], *, as_json: bool) -> None:
    """Print a run's summary."""
    from flows.summary import sentences

    if as_json:
        _print_json(said)
    else:
        print("\n".join(sentences(said)))


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str))
