"""The schedules of deployments/prefect.yaml as deployments that a process of ours serves."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron

HERE = Path(__file__).parent
PLACES = (HERE / "prefect.yaml", HERE.parent / "deployments" / "prefect.yaml")  # wheel, checkout
OF_AN_ACCOUNT = {"reads", "changes"}  # tags of what asks the API; the rest is of the warehouse


def declared() -> list[dict[str, Any]]:
    """Return the entries of prefect.yaml, the one place where schedules are written down.

    Raises:
        FileNotFoundError: neither a wheel nor a checkout.
    """
    import yaml

    path = next((place for place in PLACES if place.exists()), PLACES[-1])
    return list(yaml.safe_load(path.read_text("utf-8"))["deployments"])


def of_each(entries: Sequence[dict[str, Any]], accounts: Sequence[str]) -> list[dict[str, Any]]:
    """Return *entries* with one a piece for each of several accounts: `daily-outlet`.

    Each has its own schedule, its own limit and `account` among its parameters. What concerns
    the warehouse as a whole stays one. With one account, or none named, all stays as it is.
    """
    if len(accounts) < 2:
        return list(entries)
    found = []
    for entry in entries:
        if not OF_AN_ACCOUNT & set(entry["tags"]):
            found.append(entry)
            continue
        found += [
            entry
            | {
                "name": f"{entry['name']}-{account}",
                "description": f"Account {account}: {entry['description']}",
                "tags": [*entry["tags"], f"account:{account}"],
                "parameters": {**entry.get("parameters", {}), "account": account},
            }
            for account in accounts
        ]
    return found


def deployments(accounts: Sequence[str] = ()) -> list[RunnerDeployment]:
    """Return every deployment of *accounts*, with its schedules, limits and parameters."""
    return [_deployment(entry) for entry in of_each(declared(), accounts)]


def flow_of(entry: dict[str, Any]) -> Flow[..., Any]:
    """Return the flow that an entry names as `flows/file.py:function`."""
    file, _, name = entry["entrypoint"].partition(":")
    module = import_module(file.removesuffix(".py").replace("/", "."))
    found: Flow[..., Any] = getattr(module, name)
    return found


def _deployment(entry: dict[str, Any]) -> RunnerDeployment:
    limit = entry["concurrency_limit"]
    made = flow_of(entry).to_deployment(
        name=entry["name"],
        description=entry["description"],
        tags=entry["tags"],
        parameters=entry.get("parameters"),
        concurrency_limit=ConcurrencyLimitConfig(
            limit=limit["limit"], collision_strategy=limit["collision_strategy"]
        ),
        schedules=[
            Cron(
                each["cron"],
                timezone=each["timezone"],
                slug=each["slug"],
                active=each.get("active", True),
            )
            for each in entry.get("schedules", [])
        ],
    )
    assert isinstance(made, RunnerDeployment)  # noqa: S101  (a coroutine only inside a loop)
    return made
