"""`parcelhouse backfill | reconcile | repair`: what mends a warehouse by hand."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flows.choosing import read_settings
from flows.commands.printing import (
    DONE,
    NEEDS_A_PERSON,
    announce_server,
    exit_status,
    print_json,
    show_ranges,
    show_summary,
)


def backfill(
    since: datetime, until: datetime | None, *, dry_run: bool, as_flow: bool, as_json: bool
) -> int:
    """Read a chosen range of created_at; what an unfinished one has proven is not read again."""
    from flows.steps.backfill import chosen_range
    from flows.steps.preview import preview_backfill

    asked = chosen_range(since, until)
    if dry_run:
        show_ranges(preview_backfill(read_settings(), asked), as_json=as_json)
        return DONE
    if as_flow or os.environ.get("PREFECT_API_URL"):
        announce_server()
        from flows.backfill import backfill_trackings

        said: dict[str, Any] = backfill_trackings(since, until)
    else:
        from flows.display import progress_display
        from flows.steps.backfill import backfill as backfill_steps
        from flows.steps.run import running
        from flows.summary import summary

        with (
            progress_display(quiet=as_json) as watch,
            running(read_settings(), "backfill") as run,
        ):
            backfill_steps(run, asked, watch=watch)
        said = summary(run)
    show_summary(said, as_json=as_json)
    return exit_status(said)


def reconcile(*, fix: bool, force: bool, as_json: bool) -> int:
    """Compare counts with the API and, if asked, mend what differs."""
    from flows.steps.reconcile import reconcile as reconcile_steps
    from flows.steps.run import running
    from flows.summary import summary

    with running(read_settings(), "reconcile") as run:
        found = reconcile_steps(run, fix=fix, force=force)
    said = summary(run)
    differences = [
        {
            "low": each.window.low,
            "high": each.window.high,
            "api_count": each.api_count,
            "warehouse_count": each.warehouse_count,
        }
        for each in found.differences
    ]
    if as_json:
        print_json(
            said
            | {
                "agrees": found.agrees,
                "api_count": found.api_count,
                "warehouse_count": found.warehouse_count,
                "deleted": found.deleted,
                "differences": differences,
            }
        )
    else:
        print(f"API        {found.api_count:,} parcels, warehouse {found.warehouse_count:,}")
        for each in differences:
            low, high = (datetime.fromtimestamp(each[end], UTC) for end in ("low", "high"))
            print(
                f"differs    created {low:%Y-%m-%d %H:%M:%S} to {high:%Y-%m-%d %H:%M:%S} UTC:"
                f" API {each['api_count']:,}, warehouse {each['warehouse_count']:,}"
            )
        if fix:
            print(f"deleted    {found.deleted:,} parcels marked as gone from the account")
        show_summary(said, as_json=False)
    return exit_status(said) if found.agrees else NEEDS_A_PERSON


def repair(words: Sequence[str], *, live: bool, as_json: bool) -> int:
    """Read single parcels again."""
    from flows.steps.repair import parse_refs
    from flows.steps.repair import repair as repair_steps
    from flows.steps.run import running
    from flows.summary import summary

    refs = parse_refs(words)
    with running(read_settings(), "repair") as run:
        outcome = repair_steps(run, refs, live=live)
    said = summary(run)
    if as_json:
        print_json(said | asdict(outcome))
    else:
        for ref in outcome.not_registered:
            print(f"missing    {ref} is not registered in this account")
        for ref, why in outcome.refused.items():
            print(f"refused    {ref}: {why}")
        if outcome.refused and live:
            print("note       TrackingMore asks a carrier for the same parcel once in two hours")
        show_summary(said, as_json=False)
    return NEEDS_A_PERSON if outcome.not_registered or outcome.refused else exit_status(said)
