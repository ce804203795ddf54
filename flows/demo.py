"""The whole way without an account: a sandbox is synced, lives on, is synced again, is asked."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import indent
from typing import Any

from flows.commands.printing import print_json
from flows.query import ask, show
from flows.summary import sentences
from trackingmore_v2.sandbox import Sandbox
from warehouse.connection import FILE, open_read_only
from warehouse.manifest import FOLDER
from warehouse.snapshot import published

HOME = Path("demo-data")
LIVES_ON = timedelta(days=7)
LAG = timedelta(minutes=2)

QUESTIONS = {
    "How long do parcels take, by carrier? Those still on the way count as not yet arrived:": """\
select
    carrier_code,
    parcel_count,
    round(open_share, 2) as open_share,
    round(p50_days, 1) as p50_days,
    round(p90_days, 1) as p90_days,
    round(p90_at_least_days, 1) as p90_at_least_days
from marts.lane_performance
where grain = 'carrier'
order by parcel_count desc
limit 8""",
    "Which parcels need help? On the way, and silent for longer than is usual there:": """\
select
    carrier_code,
    tracking_number,
    lane,
    last_milestone,
    round(silence_days, 1) as silence_days,
    round(silence_limit_days, 1) as usual_limit_days
from marts.in_transit
where is_stalled and first_scan_at is not null
order by silence_days, tracking_number
limit 5""",
    "What happened between the two syncs?": """\
select
    before.status as was,
    after.status as became,
    count(*) as parcels
from core.status_history as before
join core.status_history as after
    on after.account = before.account
    and after.tracking_id = before.tracking_id
    and after.valid_from = before.valid_to
where before.status <> after.status
group by all
order by parcels desc
limit 8""",
}


def demo(*, trackings: int, seed: int, as_json: bool) -> int:
    """Sync a sandbox account, let it live on, sync again, and print three answers.

    Everything is written to `demo-data`; what an earlier demo left there is replaced.
    """
    say = _silent if as_json else _say
    _clear(HOME)
    (HOME / "prefect").mkdir(parents=True, exist_ok=True)
    began = datetime.now(UTC).replace(microsecond=0) - LIVES_ON - LAG
    account = Sandbox(trackings, seed=seed, now=began)
    with account.serving() as address, _environment(address, account.api_key):
        say(
            f"An account of {trackings:,} parcels is served at {address};"
            f" its clock starts {LIVES_ON.days} days back, so that it can live on."
        )
        say("Waiting for a temporary Prefect server, which records the two syncs as flow runs ...")
        from flows.sync import sync_trackings

        first = sync_trackings()
        say("\nFirst sync: the account's whole life.", *_figures(first))
        account.advance(LIVES_ON)
        say(f"\nThe account lives on for {LIVES_ON.days} days: parcels move, arrive, go missing.")
        account.advance(LAG)
        second = sync_trackings()
        say("Second sync: what changed.", *_figures(second))
    answers = {}
    with open_read_only(published(HOME)) as db:
        for question, query in QUESTIONS.items():
            answers[question] = ask(db, query)["rows"]
            if not as_json:
                say(f"\n{question}\n", indent(query, "    "))
                show(db, query)
    report = _report(HOME / "report.html")
    if as_json:
        said = {"first_sync": first, "second_sync": second, "answers": answers}
        print_json(said | {"report": str(report)})
    say(
        "\nAsk it yourself:",
        f'  PARCELHOUSE_HOME={HOME} .venv/bin/parcelhouse sql "from core.trackings limit 5"',
        f"or open {HOME / FOLDER / FILE} with any DuckDB client.",
        f"The report for everybody else: {report}, to be opened in a browser.",
    )
    return 0


def _report(path: Path) -> Path:
    """Write the report of what is published."""
    from reports.report import write

    with open_read_only(published(HOME)) as db:
        return write(db, path, account="main").path


def serve_sandbox(arguments: Sequence[str]) -> int:
    """Serve a sandbox account as the command line says; returns the exit status."""
    from trackingmore_v2.sandbox.__main__ import main

    return main(arguments)


def _clear(home: Path) -> None:
    """Remove an earlier demo's warehouse; what else lies there is not ours."""
    for path in (home / "landing", home / FOLDER):
        shutil.rmtree(path, ignore_errors=True)
    for path in home.glob(f"{FILE}*"):
        path.unlink()


@contextmanager
def _environment(address: str, key: str) -> Iterator[None]:
    """Point the settings and Prefect at the demo's own account and folder."""
    ours = {
        "TRACKINGMORE_API_KEY": key,
        "TRACKINGMORE_BASE_URL": address,
        "TRACKINGMORE_REQUESTS_PER_SECOND": "0",
        "TRACKINGMORE_API_KEY__MAIN": key,  # whatever `.env` tells of an account of that name
        "TRACKINGMORE_BASE_URL__MAIN": address,
        "TRACKINGMORE_REQUESTS_PER_SECOND__MAIN": "0",
        "PARCELHOUSE_ACCOUNT": "main",
        "PARCELHOUSE_ACCOUNTS": "",
        "PARCELHOUSE_HOME": str(HOME),
        "PREFECT_HOME": str((HOME / "prefect").resolve()),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    before = {name: os.environ.get(name) for name in (*ours, "PREFECT_API_URL")}
    os.environ.update(ours)
    os.environ.pop("PREFECT_API_URL", None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _figures(said: dict[str, Any]) -> list[str]:
    """Return a run's summary without its notes: that the clocks differ is meant here."""
    return sentences(said | {"notices": []})


def _say(*lines: Any) -> None:
    print(*lines, sep="\n", file=sys.stdout, flush=True)


def _silent(*_lines: Any) -> None:
    pass
