"""How commands speak: lines for a person or one JSON object for a program, and the exit status."""

import json
import os
import sys
from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from flows.summary import sentences

if TYPE_CHECKING:
    from flows.steps.preview import PlannedRange

DONE, FAILED, NEEDS_A_PERSON = 0, 1, 3


def show_summary(said: dict[str, Any], *, as_json: bool) -> None:
    """Print a run's summary."""
    if as_json:
        print_json(said)
    else:
        print("\n".join(sentences(said)))


def exit_status(said: dict[str, Any]) -> int:
    """Return the exit status that a run's summary asks for."""
    return NEEDS_A_PERSON if said["state"] == "attention" else DONE


def print_json(value: object) -> None:
    """Print *value* as the command's one JSON object."""
    print(json.dumps(_plain(value), ensure_ascii=False, allow_nan=False))


def _plain(value: object) -> Any:
    """Return *value* in JSON's own types: an instant as text, a decimal as number, NaN as null."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return _plain(float(value))
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)


def show_ranges(ranges: Sequence["PlannedRange"], *, as_json: bool) -> None:
    """Print what a dry run found."""
    if as_json:
        print_json({"ranges": [each._asdict() for each in ranges]})
        return
    for each in ranges:
        print(
            f"{each.scope}: {each.low} to {each.high}, {each.trackings:,} parcels,"
            f" about {each.windows:,} windows, {each.requests:,} requests,"
            f" {each.minutes:.1f} minutes at the rate limit"
        )
    if not ranges:
        print("nothing is left to read")


def announce_server() -> None:
    """Say what a flow run is waiting for where no server is named."""
    # pyproject.toml says the same, but only where the checkout is the current folder
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")
    if not os.environ.get("PREFECT_API_URL"):
        print("waiting for a temporary Prefect server (20 to 40 s) ...", file=sys.stderr)
