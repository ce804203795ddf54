"""Whose settings are read: those of the account that is picked, or of each of several."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from flows.accounts import own, suffix
from flows.errors import SettingsError
from flows.settings import Settings


def chosen_accounts() -> tuple[str, ...]:
    """Return the account that is picked, or all that PARCELHOUSE_ACCOUNTS names.

    Raises:
        SettingsError: as `read_settings` does.
    """
    return _chosen(_plain())


def named_accounts() -> tuple[str, ...]:
    """Return all accounts that PARCELHOUSE_ACCOUNTS names, whichever is picked.

    Raises:
        SettingsError: it names none, or not as it should.
    """
    accounts = _plain().accounts
    if not accounts:
        msg = "PARCELHOUSE_ACCOUNTS is not set: it names the accounts that are meant by all"
        raise SettingsError(msg)
    return accounts


def read_settings(account: str | None = None) -> Settings:
    """Return the settings of one account as they stand now.

    Args:
        account: Which; None: the one that PARCELHOUSE_ACCOUNT picks, or the only one.

    Raises:
        SettingsError: names the variable that cannot be used, never the key; or there are
            several accounts, and nobody says which.
    """
    plain = _plain()
    accounts = plain.accounts
    chosen = (account,) if account else _chosen(plain)
    if len(chosen) > 1:
        msg = (
            f"PARCELHOUSE_ACCOUNTS names {', '.join(accounts)}: say which one, by --account before"
            " the command, by PARCELHOUSE_ACCOUNT or by a flow's parameter account"
        )
        raise SettingsError(msg)
    if accounts and chosen[0] not in accounts:
        msg = f"{chosen[0]} is no account of PARCELHOUSE_ACCOUNTS: {', '.join(accounts)}"
        raise SettingsError(msg)
    return _of_account(chosen[0], accounts)


def read_house_settings() -> Settings:
    """Return the settings for what concerns the warehouse and no account in particular."""
    return read_settings(chosen_accounts()[0])


def _chosen(plain: Settings) -> tuple[str, ...]:
    """Return the account that *plain* settings pick, or all that they name."""
    is_picked = "parcelhouse_account" in plain.model_fields_set
    return (plain.parcelhouse_account,) if is_picked or not plain.accounts else plain.accounts


def _of_account(account: str, accounts: tuple[str, ...]) -> Settings:
    """Return the settings of one of *accounts*, or of the only one where they are none."""
    found = own(Settings, account)
    told = _plain({**found.values, "parcelhouse_account": account}, found.variables)
    if len(accounts) < 2:
        return told
    # a key is one account's: the plain one is that of the first that has none of its own
    keyless = [each for each in accounts if not own(Settings, each).names_key]
    if found.names_key:
        if "trackingmore_api_key" not in found.values:
            told = told.model_copy(update={"trackingmore_api_key": None})
    elif account != keyless[0]:
        nothing = {"trackingmore_api_key": None, "parcelhouse_api_key_block": None}
        told = told.model_copy(update=nothing)
        told.explain(why_no_key=f"TRACKINGMORE_API_KEY is that of account {keyless[0]}")
    if not told.has_key:
        wanted = {"trackingmore_api_key": f"TRACKINGMORE_API_KEY{suffix(account)}"}
        told.explain(variables=wanted)
    else:
        told.explain(twin=_twin(told, accounts))
    return told


def _twin(settings: Settings, accounts: tuple[str, ...]) -> str | None:
    """Return the first of *accounts* before this one that is told the same key and address."""
    for other in accounts[: accounts.index(settings.parcelhouse_account)]:
        try:
            theirs = _of_account(other, accounts)
        except SettingsError:  # their trouble alone
            continue
        if (theirs.trackingmore_api_key, theirs.trackingmore_base_url) == (
            settings.trackingmore_api_key,
            settings.trackingmore_base_url,
        ):
            return other
    return None


def _plain(
    told: Mapping[str, Any] | None = None, variables: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings, *told* being said before all others, under the names *variables*."""
    variables = variables or {}
    try:
        settings = Settings(**(told or {}))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = str(first["loc"][0])
        name = variables.get(field, field.upper())
        msg = f"{name} cannot be used: {first['msg'].removeprefix('Value error, ')}"
        raise SettingsError(msg) from None
    settings.explain(variables=variables)
    return settings
