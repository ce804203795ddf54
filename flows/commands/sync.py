"""`parcelhouse sync`: as plain steps, or as a flow that a Prefect server records."""

import os
import sys
from datetime import timedelta
from typing import Any

from flows.choosing import chosen_accounts, named_accounts, read_settings
from flows.commandline import sentence_of
from flows.commands.printing import (
    DONE,
    FAILED,
    announce_server,
    exit_status,
    print_json,
    show_ranges,
    show_summary,
)


def sync(*, look_back_days: int, all_accounts: bool, as_json: bool, as_flow: bool) -> int:
    """Run a sync, as a flow where that is asked for or a Prefect server is named.

    Several accounts are read at once; what one of them fails of is told at the end.
    """
    accounts = named_accounts() if all_accounts else chosen_accounts()
    is_flow = as_flow or bool(os.environ.get("PREFECT_API_URL"))
    if is_flow:
        announce_server()
    if len(accounts) > 1:
        return _sync_several(accounts, look_back_days, as_json=as_json, as_flow=is_flow)
    if is_flow:
        said = _sync_as_flow(look_back_days, accounts[0])
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


def _sync_several(
    accounts: tuple[str, ...], look_back_days: int, *, as_json: bool, as_flow: bool
) -> int:
    from threading import Lock

    from flows.display import progress_display
    from flows.steps.ranges import Progress
    from flows.steps.run import running
    from flows.steps.sync import sync as sync_steps
    from flows.steps.together import together
    from flows.summary import summary

    turn = Lock()
    with progress_display(quiet=as_json or as_flow) as watch:

        def one(account: str) -> dict[str, Any]:
            if as_flow:
                return _sync_as_flow(look_back_days, account)

            def note(progress: Progress) -> None:
                watch(progress._replace(scope=f"{account} {progress.scope}"))

            with running(read_settings(account), "sync", turn=turn) as run:
                sync_steps(run, look_back=timedelta(days=look_back_days), watch=note)
            return summary(run)

        found = together(accounts, one)
    return _show_several(found, as_json=as_json)


def _show_several(found: dict[str, dict[str, Any] | Exception], *, as_json: bool) -> int:
    """Print what became of each account; what failed goes before what needs a person."""
    told = [
        {"account": account, "state": "failed", "error": sentence_of(each)}
        if isinstance(each, Exception)
        else each
        for account, each in found.items()
    ]
    if as_json:
        print_json({"accounts": told})
    for each in told:
        if each["state"] == "failed":
            print(f"parcelhouse: account {each['account']}: {each['error']}", file=sys.stderr)
        elif not as_json:
            print(f"account   {each['account']}")
            show_summary(each, as_json=False)
    states = {each["state"] for each in told}
    return FAILED if "failed" in states else max(map(exit_status, told))


def _sync_as_flow(look_back_days: int, account: str) -> dict[str, Any]:
    from flows.sync import sync_trackings

    said: dict[str, Any] = sync_trackings(look_back_days, account)
    return said


def preview_sync(*, all_accounts: bool, as_json: bool) -> int:
    """Say what a sync would read now; two small requests an account, nothing is written."""
    from flows.steps.preview import preview_sync as preview

    accounts = named_accounts() if all_accounts else chosen_accounts()
    ranges = [
        each if len(accounts) == 1 else each._replace(scope=f"{account} {each.scope}")
        for account in accounts
        for each in preview(read_settings(account))
    ]
    show_ranges(ranges, as_json=as_json)
    return DONE
