"""What a run reports when it ends, the same on the terminal, as JSON and as an artifact."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.steps.run import LocalRun


def summary(run: "LocalRun") -> dict[str, Any]:
    """Return the run's row of ops.runs as plain values, with its notices."""
    return {
        "run_id": run.run_id,
        "command": run.command,
        "account": run.account,
        "state": "attention" if run.needs_attention else "done",
        **asdict(run.tally),
        **run.costs(),
        "notices": list(run.notices.values()),
    }


def sentences(said: dict[str, Any]) -> list[str]:
    """Return a run's summary as lines for a person."""
    trackings = (
        f"{said['trackings_inserted']:,} new, {said['trackings_updated']:,} updated,"
        f" {said['trackings_unchanged']:,} read again unchanged"
    )
    events = f"{said['events_inserted']:,} new, {said['events_withdrawn']:,} withdrawn"
    retries = f" ({said['retries']} repeated)" if said["retries"] else ""
    lines = [
        f"parcels   {trackings}",
        f"scans     {events}",
        f"requests  {said['requests']:,}{retries}, {said['bytes_received'] / 1e6:,.1f} MB,"
        f" {said['waited_seconds']:,.1f} s waited for the rate limit",
        f"windows   {said['windows']:,}, {said['unproven_windows']:,} of them unproven",
    ]
    if said["quarantined"]:
        payloads = "payload waits" if said["quarantined"] == 1 else "payloads wait"
        lines.append(f"unreadable  {said['quarantined']:,} {payloads} in ops.quarantine")
    return lines + [f"note      {notice}" for notice in said["notices"]]
