"""Where each setting comes from, for a person who wonders."""

from typing import NamedTuple

from pydantic import SecretStr

from flows.accounts import given
from flows.settings import Settings


class Setting(NamedTuple):
    """One setting as it stands."""

    name: str  # of its environment variable
    value: str  # of a secret only whether it is set
    origin: str  # environment | .env | default


def origins(settings: Settings) -> list[Setting]:
    """Return each of *settings* and where it comes from; secrets are not shown."""
    found = given(Settings)
    return [
        Setting(
            settings.variable(name),
            _shown(getattr(settings, name)),
            next(
                (
                    place
                    for place, values in found.items()
                    if settings.variable(name).lower() in values
                ),
                "default",
            ),
        )
        for name in Settings.model_fields
    ]


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, SecretStr):
        return "set" if value.get_secret_value().strip() else "not set"
    return str(value)
