"""The status in Prometheus' text exposition format, for a scraper's textfile or a probe.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Gauge(NamedTuple):
    """One metric and its samples: labels besides the account, and a value; None is left out."""

    name: str
    help: str
    samples: list[tuple[dict[str, str], float | None]]


def exposition(*statuses: dict[str, Any]) -> str:
    """Return statuses that were read with their checks as text; a metric leads with its account.

    What is not known has no sample: an absent metric can be alerted on, a wrong zero cannot.
    """
    lines: list[str] = []
    accounts = [said["account"] for said in statuses]
    for same in zip(*map(_gauges, statuses), strict=True):  # one metric of each account
        gauge = same[0]
        samples = [
            f"parcelhouse_{gauge.name}{_labels({'account': account} | labels)} {value}"
            for account, each in zip(accounts, same, strict=True)
            for labels, value in each.samples
            if value is not None
        ]
        if samples:
            lines.append(f"# HELP parcelhouse_{gauge.name} {gauge.help}")
            lines.append(f"# TYPE parcelhouse_{gauge.name} gauge")
            lines += samples
    return "\n".join(lines) + "\n"


def _gauges(said: dict[str, Any]) -> Iterable[Gauge]:
    def plain(name: str, help_: str, key: str) -> Gauge:
        return Gauge(name, help_, [({}, said[key])])

    yield plain("seconds_since_sync", "Seconds since a sync last ended well.", "seconds_since_sync")
    yield Gauge(
        "lag_seconds",
        "Seconds between the watermark and now.",
        [({"scope": scope}, each["lag_seconds"]) for scope, each in said["watermarks"].items()],
    )
    yield plain("parcels", "Parcels in the warehouse, deleted ones included.", "trackings")
    yield plain("parcels_deleted", "Parcels that are gone from the account.", "trackings_deleted")
    yield plain("scans", "Scans in the warehouse, withdrawn ones included.", "events")
    yield plain("quarantined_payloads", "Payloads that wait in quarantine.", "quarantined")
    yield plain("unproven_windows", "Windows that may have missed parcels.", "unproven_windows")
    yield Gauge(
        "check_rows",
        "Rows that a check of checks.* finds and that should not be there.",
        [
            ({"check": each["check"], "level": each["level"]}, each["rows"])
            for each in said["checks"]
        ],
    )
    yield plain("checks_failed", "Checks of checks.* that find something.", "failed_checks")
    yield plain("credits_left", "Credits at the last reading.", "credits_left")
    yield plain("credits_days_left", "Days until the credits end at their pace.", "days_left")
    yield Gauge(
        "last_run_ok",
        "1: the last run of the command ended well; 0: it failed.",
        [
            ({"command": command}, int(state != "failed"))
            for command, state in said["last_states"].items()
        ],
    )


def _labels(labels: dict[str, str]) -> str:
    quoted = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{quoted}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
