"""The schedules of deployments/prefect.yaml as deployments that a process of ours serves."""

from importlib import import_module
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron

HERE = Path(__file__).parent
PLACES = (HERE / "prefect.yaml", HERE.parent / "deployments" / "prefect.yaml")  # wheel, checkout


def declared() -> list[dict[str, Any]]:
    """Return the entries of prefect.yaml, the one place where schedules are written down.

    Raises:
        FileNotFoundError: neither a wheel nor a checkout.
    """
    import yaml

    path = next((place for place in PLACES if place.exists()), PLACES[-1])
    return list(yaml.safe_load(path.read_text("utf-8"))["deployments"])


def deployments() -> list[RunnerDeployment]:
    """Return every declared deployment, with its schedules, limits and parameters."""
    return [_deployment(entry) for entry in declared()]


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
