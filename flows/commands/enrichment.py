"""`parcelhouse remote-areas | transit-benchmark | air-cargo | quota`: what they do."""

from pathlib import Path
from typing import TYPE_CHECKING

from flows.choosing import read_settings
from flows.commands.account import change
from flows.commands.printing import exit_status, print_json
from flows.words import counted

if TYPE_CHECKING:
    from flows.steps.plan import Plan
    from flows.steps.run import Run
    from trackingmore_v2.orders import Lane

SHOWN = 10


def remote_areas(
    file: Path | None,
    *,
    dry_run: bool,
    skip_flawed: bool,
    max_credits: float | None,
    as_json: bool,
) -> int:
    """Ask for which couriers destinations are remote."""
    from flows.steps.actions import apply
    from flows.steps.remote_areas import plan_remote_areas

    def plan(run: "Run") -> "Plan":
        return plan_remote_areas(run, file, skip_flawed=skip_flawed, max_credits=max_credits)

    return change("remote-areas", plan, apply, dry_run=dry_run, as_json=as_json)


def air_cargo(
    file: Path | None,
    *,
    dry_run: bool,
    skip_flawed: bool,
    max_credits: float | None,
    as_json: bool,
) -> int:
    """Ask where air waybills are."""
    from flows.steps.actions import apply
    from flows.steps.air_cargo import plan_air_cargo

    def plan(run: "Run") -> "Plan":
        return plan_air_cargo(run, file, skip_flawed=skip_flawed, max_credits=max_credits)

    return change("air-cargo", plan, apply, dry_run=dry_run, as_json=as_json)


def transit_benchmark(*, dry_run: bool, as_json: bool) -> int:
    """Ask how long parcels of all customers take on the lanes the warehouse knows."""
    from flows.steps.run import running
    from flows.steps.transit_benchmark import lanes_due, read_benchmarks
    from flows.summary import summary

    with running(read_settings(), "transit-benchmark") as run:
        lanes = lanes_due(run)
        if not as_json:
            _show_lanes(lanes)
        told, missing = (0, []) if dry_run else read_benchmarks(run, lanes)
    said = summary(run)
    if as_json:
        print_json(
            said
            | {
                "lanes": [list(lane.payload().values()) for lane in lanes],
                "told": told,
                "unknown": len(missing),
            }
        )
        return exit_status(said)
    if dry_run:
        print("dry run   nothing was sent")
    else:
        unknown = f"; TrackingMore knows nothing of {len(missing):,}" if missing else ""
        print(f"done      {told:,} told{unknown}")
    return exit_status(said)


def _show_lanes(lanes: "list[Lane]") -> None:
    print(f"plan      transit-benchmark: {counted(len(lanes), 'lane')}, no credits")
    for lane in lanes[:SHOWN]:
        print(f"          {lane.carrier_code} {lane.original} -> {lane.destination}")
    if len(lanes) > SHOWN:
        print(f"          … and {len(lanes) - SHOWN:,} more")


def quota(*, dry_run: bool, as_json: bool) -> int:
    """Read how many credits are left, and say how long they last."""
    from flows.steps.quota import quota as quota_steps
    from flows.steps.run import running
    from flows.summary import summary

    if dry_run:
        plan = {"requests": 1, "credits": 0}
        if as_json:
            print_json({"plan": plan, "done": None})
        else:
            print("plan      quota: 1 request, no credits\ndry run   nothing was sent")
        return 0
    with running(read_settings(), "quota") as run:
        row, lasting = quota_steps(run)
    said = summary(run)
    if as_json:
        print_json(
            said
            | {
                "credits_left": row["credits_left"],
                "money": row["money"],
                "credits_per_day": lasting.credits_per_day if lasting else None,
                "days_left": lasting.days_left if lasting else None,
            }
        )
        return exit_status(said)
    if row["credits_left"] is not None:
        print(f"credits   {row['credits_left']:,} left")
    if lasting is None:
        print("pace      unknown: it takes two readings a day apart")
    elif lasting.days_left is None:
        print("pace      no credit was spent lately")
    else:
        print(
            f"pace      {lasting.credits_per_day:,.1f} a day, so they last"
            f" {counted(int(lasting.days_left), 'day')}"
        )
    for notice in said["notices"]:
        print(f"note      {notice}")
    return exit_status(said)
