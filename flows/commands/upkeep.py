"""`parcelhouse fill | replay | quarantine | compact | publish`: what needs no API."""

from datetime import datetime
from pathlib import Path
from typing import Any

from flows.choosing import chosen_accounts, read_house_settings, read_settings
from flows.commands.printing import DONE, NEEDS_A_PERSON, exit_status, print_json, show_summary


def fill(table: str, file: Path, *, replace: bool, as_json: bool) -> int:
    """Add the rows of a sheet to a table that is the user's."""
    from flows.steps.fill import fill as fill_table
    from flows.steps.fill import your_table
    from flows.steps.run import local_run
    from flows.summary import summary

    filled = your_table(table)
    with local_run(read_settings(), "fill") as run:
        rows = fill_table(run, filled, file, replace=replace)
    said = summary(run)
    if as_json:
        print_json(said | {"table": table, "rows": rows})
    else:
        print(f"{table}: {rows:,} rows {'in place of what was there' if replace else 'added'}")
    return exit_status(said)


def replay(since: datetime | None, *, as_json: bool) -> int:
    """Rebuild core from the landing, and show how it differs from what it was."""
    from flows.display import progress_display
    from flows.steps.replay import replay as replay_steps
    from flows.steps.run import local_run
    from flows.summary import summary

    with progress_display(quiet=as_json) as watch, local_run(read_settings(), "replay") as run:
        done = replay_steps(run, since=since, watch=watch)
    said = summary(run)
    if as_json:
        differences = [each._asdict() for each in done.differences]
        print_json(said | done._asdict() | {"differences": differences})
        return exit_status(said)
    print(f"replayed   {done.answers:,} answers, {said['rows_read']:,} payloads in them")
    for each in done.differences:
        print(
            f"{each.table}: {each.only_before:,} rows only before, {each.only_after:,} only now,"
            f" {each.differing:,} differ"
            if each.is_any
            else f"{each.table}: the same as before"
        )
    if said["quarantined"]:
        print(f"unreadable {said['quarantined']:,} payloads wait in ops.quarantine")
    for notice in said["notices"]:
        print(f"note       {notice}")
    return exit_status(said)


def quarantine_list(*, as_json: bool) -> int:
    """List the payloads that wait in quarantine."""
    from flows.steps.quarantine import waiting_payloads

    accounts = chosen_accounts()
    names = ("quarantine_id", "tracking_id", "reason", "fetched_at")
    rows: list[dict[str, Any]] = [
        ({"account": account} if len(accounts) > 1 else {})
        | {name: getattr(each, name) for name in names}
        for account in accounts
        for each in waiting_payloads(read_settings(account))
    ]
    if as_json:
        print_json({"waiting": rows})
    else:
        for row in rows:
            if "account" in row:
                print(f"{row['account']}:", end=" ")
            print(
                f"{row['quarantine_id']}  {row['fetched_at']:%Y-%m-%d %H:%M}Z "
                f" {row['tracking_id'] or 'no id':<32}  {row['reason']}"
            )
        print(f"{len(rows):,} payloads wait" if rows else "nothing waits")
    return NEEDS_A_PERSON if rows else DONE


def quarantine_show(quarantine_id: str, *, as_json: bool) -> int:
    """Print one payload that waits, and why it does; the beginning of its id is enough."""
    import json

    from flows.steps.quarantine import waiting_payload

    found = waiting_payload(read_settings(), quarantine_id)
    payload = json.loads(found.payload)
    if as_json:
        print_json(found._asdict() | {"payload": payload})
    else:
        print(f"{found.quarantine_id}, read {found.fetched_at:%Y-%m-%d %H:%M:%S}Z: {found.reason}")
        print(json.dumps(payload, ensure_ascii=False, indent=2))
    return NEEDS_A_PERSON


def quarantine_retry(*, as_json: bool) -> int:
    """Read again what waits in quarantine."""
    from flows.steps.quarantine import retry
    from flows.steps.run import local_run
    from flows.summary import summary

    with local_run(read_settings(), "quarantine retry") as run:
        done = retry(run)
    said = summary(run)
    if as_json:
        print_json(said | done._asdict())
    else:
        print(f"released   {done.released:,} payloads could be read, {done.waiting:,} wait on")
        show_summary(said, as_json=False)
    return exit_status(said)


def compact(*, force: bool, as_json: bool) -> int:
    """Write the warehouse's file anew where much of it is free."""
    from flows.errors import UsageError
    from warehouse.compact import WORTHWHILE_SHARE
    from warehouse.compact import compact as compact_file
    from warehouse.connection import FILE, open_for_writing

    home = read_house_settings().parcelhouse_home
    if not (home / FILE).exists():
        msg = f"there is no warehouse in {home}: run `parcelhouse sync` first"
        raise UsageError(msg)
    with open_for_writing(home, "compact") as db:
        done = compact_file(db, home, force=force)
    if as_json:
        print_json(done._asdict())
    elif done.is_done:
        print(f"compacted  {done.bytes_before / 1e6:,.1f} MB to {done.bytes_after / 1e6:,.1f} MB")
    else:
        print(
            f"left as it is: {done.free_share:.0%} of {done.bytes_before / 1e6:,.1f} MB are free,"
            f" and {WORTHWHILE_SHARE:.0%} would be worth it (--force does it anyway)"
        )
    return DONE


def publish(*, as_json: bool) -> int:
    """Bring the marts up to date, publish the warehouse, and show the version that came of it."""
    from flows.steps.run import local_run
    from flows.summary import summary

    with local_run(read_settings(), "publish") as run:
        pass
    said = summary(run)
    done = run.published
    assert done is not None  # noqa: S101  (a run that does not publish raises)
    if as_json:
        print_json(said | done._asdict())
        return exit_status(said)
    place, when = done.path.parent, f"{done.as_of:%Y-%m-%d %H:%M:%S}Z"
    print(f"version    {done.version}, as of {when}, in {place}")
    if run.settings.parcelhouse_lake:
        print(
            f"lake       {done.rows:,} rows in {done.files_written + done.files_kept:,} files:"
            f" {done.files_written:,} written ({done.bytes_written / 1e6:,.1f} MB),"
            f" {done.files_kept:,} kept ({done.bytes_kept / 1e6:,.1f} MB)"
        )
    return exit_status(said)
