"""Which accounts a command is about, where it may be about several."""

from flows.errors import SettingsError
from flows.settings import Settings, chosen_in, plain_settings, read_settings


def chosen_accounts() -> tuple[str, ...]:
    """Return the account that is picked, or all that PARCELHOUSE_ACCOUNTS names.

    Raises:
        SettingsError: as `read_settings` does.
    """
    return chosen_in(plain_settings())


def named_accounts() -> tuple[str, ...]:
    """Return all accounts that PARCELHOUSE_ACCOUNTS names, whichever is picked.

    Raises:
        SettingsError: it names none, or not as it should.
    """
    accounts = plain_settings().accounts
    if not accounts:
        msg = "PARCELHOUSE_ACCOUNTS is not set: it names the accounts that are meant by all"
        raise SettingsError(msg)
    return accounts


def read_house_settings() -> Settings:
    """Return the settings for what concerns the warehouse and no account in particular."""
    return read_settings(chosen_accounts()[0])
