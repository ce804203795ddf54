"""Several accounts in one environment: their names, and what is told of one of them alone."""

import re
from typing import NamedTuple

from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource

from flows.errors import SettingsError

NAME = re.compile(r"[A-Za-z0-9_.-]+")
# of the warehouse, which the accounts share, or of no account in particular
SHARED = ("parcelhouse_account", "parcelhouse_accounts", "parcelhouse_home")


def suffix(account: str) -> str:
    """Return what stands behind a setting's name where it is for *account* alone: __MY_SHOP."""
    return "__" + re.sub("[^A-Z0-9]", "_", account.upper())


def names_in(value: str) -> tuple[str, ...]:
    """Return the accounts that PARCELHOUSE_ACCOUNTS names, separated by commas.

    Raises:
        ValueError: a name cannot be one, or the settings of two could not be told apart.
    """
    names = tuple(name for part in value.split(",") if (name := part.strip()))
    met: dict[str, str] = {}
    for name in names:
        if not NAME.fullmatch(name):
            msg = f"{name!r} is no name for an account: letters, digits, _ . and - make one"
            raise ValueError(msg)
        ending = suffix(name)
        if ending in met:
            msg = f"{met[ending]} and {name} would both be set by …{ending}"
            raise ValueError(msg)
        met[ending] = name
    return names


class Own(NamedTuple):
    """What is told for one account alone: values and their variables, by setting."""

    values: dict[str, str]
    variables: dict[str, str]

    @property
    def names_key(self) -> bool:
        """Whether there is a key of its own, or a place where one is."""
        return bool({"trackingmore_api_key", "parcelhouse_api_key_block"} & self.values.keys())


def own(kind: type[BaseSettings], account: str) -> Own:
    """Return what the environment and `.env` tell for *account* alone.

    Raises:
        SettingsError: a setting is told that all accounts share.
    """
    ending = suffix(account)
    told = {name: it for place in reversed(given(kind).values()) for name, it in place.items()}
    variables = {
        field: name.upper()
        for field in kind.model_fields
        if (name := f"{field}{ending}".lower()) in told
    }
    for field in SHARED:
        if field in variables:
            msg = f"{variables[field]} cannot be used: {field.upper()} is for all accounts"
            raise SettingsError(msg)
    return Own({field: told[name.lower()] for field, name in variables.items()}, variables)


def given(kind: type[BaseSettings]) -> dict[str, dict[str, str]]:
    """Return every variable by where it is told, what goes before first; names in lower case."""
    places = {"environment": EnvSettingsSource(kind), ".env": DotEnvSettingsSource(kind)}
    return {
        place: {name: it for name, it in source.env_vars.items() if it is not None}
        for place, source in places.items()
    }
