"""What the environment or `.env` says; read once a run, nothing at import."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.accounts import names_in, own, suffix
from flows.errors import SettingsError
from transforms.personal.tokens import Policy


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = "must be a whole address that begins with http:// or https://"
        raise ValueError(msg)
    return value.rstrip("/")


def _names(value: str) -> str:
    return ",".join(names_in(value))


class Settings(BaseSettings):
    """Every setting, under the name of its environment variable in lower case."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    trackingmore_api_key: SecretStr | None = Field(
        default=None, description="Required, but for the demo. Never shown, never stored."
    )
    trackingmore_base_url: Annotated[str, AfterValidator(_address)] = Field(
        default="https://api.trackingmore.com/v2", description="Where the API is."
    )
    trackingmore_requests_per_second: float = Field(
        default=1.0,
        ge=0,
        allow_inf_nan=False,
        description="On the list; 0 = no throttle, for a sandbox.",
    )
    parcelhouse_account: str = Field(
        default="main",
        pattern=r"^[A-Za-z0-9_.-]+$",
        description="Leads every key; several accounts may share a warehouse.",
    )
    parcelhouse_accounts: Annotated[str, AfterValidator(_names)] = Field(
        default="",
        description="Several accounts of one warehouse, such as `main,outlet`. Any setting may be"
        " told for one of them alone, with its name behind two underscores:"
        " `TRACKINGMORE_API_KEY__OUTLET`.",
    )
    parcelhouse_home: Path = Field(
        default=Path("parcelhouse-data"),
        description="Holds `warehouse.duckdb`, `landing/` and `published/`.",
    )
    parcelhouse_lag_seconds: int = Field(
        default=60,
        ge=0,
        description="How long a change may take to become visible in the list.",
    )
    parcelhouse_overlap_seconds: int = Field(
        default=900, ge=0, description="How far behind its watermark a sync reads again."
    )
    parcelhouse_landing_days: int = Field(
        default=400, ge=0, description="How many days raw answers are kept; 0 = for ever."
    )
    parcelhouse_landing_gb: float = Field(
        default=0.0,
        ge=0,
        description="How large the landing may grow, in 10⁹ bytes; 0 = without limit.",
    )
    parcelhouse_lake: bool = Field(
        default=True, description="Whether Parquet files are published beside the DuckDB file."
    )
    parcelhouse_lake_keep_minutes: float = Field(
        default=60.0,
        ge=0,
        allow_inf_nan=False,
        description="How long readers keep the Parquet files of a version that gave way.",
    )
    parcelhouse_pii: Literal["keep", "hash", "drop"] = Field(
        default="keep",
        description="What is stored of the persons in payloads: as sent, hashed, or nothing.",
    )
    parcelhouse_pii_key: SecretStr | None = Field(
        default=None, description="Required by `hash`: what it is keyed with. Never shown, stored."
    )
    parcelhouse_scale_out_url: str | None = Field(
        default=None,
        description="The table store that `parcelhouse scale-out` appends to: `s3://…`,"
        " `abfss://…`, `gs://…` or a folder; its keys are the object store's own variables.",
    )
    parcelhouse_alert_urls: SecretStr | None = Field(
        default=None,
        description="Whom `parcelhouse alerts` tells: Apprise URLs such as `slack://…` or"
        " `mailto://…`, or plain addresses that take JSON, separated by spaces. Never shown.",
    )
    parcelhouse_alert_after_hours: float = Field(
        default=3.0,
        gt=0,
        allow_inf_nan=False,
        description="How long no sync may have ended well before somebody is told.",
    )
    parcelhouse_api_key_block: str | None = Field(
        default=None,
        description="Name of a Prefect Secret block that holds the key, for flow runs whose"
        " environment does not.",
    )

    _variables: dict[str, str] = PrivateAttr(default_factory=dict)
    _why_no_key: str = PrivateAttr(default="`parcelhouse demo` needs none")
    _twin: str | None = PrivateAttr(default=None)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that PARCELHOUSE_ACCOUNTS names."""
        return names_in(self.parcelhouse_accounts)

    @property
    def api_key(self) -> str:
        """The key, for the one place that sends it.

        Raises:
            SettingsError: it is not set, cannot be used, or is that of another account.
        """
        name, key = self.variable("trackingmore_api_key"), self.trackingmore_api_key
        if key is None or not key.get_secret_value().strip():
            place = "put it into the environment or into .env"
            msg = f"{name} is not set: {place} ({self._why_no_key})"
            raise SettingsError(msg)
        if self._twin is not None:
            msg = f"{name} cannot be used: account {self._twin} is read with the same key"
            raise SettingsError(msg)
        text = key.get_secret_value().strip()
        if not re.fullmatch("[!-~]+", text):
            msg = f"{name} cannot be used: no HTTP header can carry it"
            raise SettingsError(msg)
        return text

    def variable(self, field: str) -> str:
        """Return the name of the variable that a setting is read from, or would be."""
        return self._variables.get(field, field.upper())

    @property
    def has_key(self) -> bool:
        """Whether there is a key, good or not."""
        key = self.trackingmore_api_key
        return key is not None and bool(key.get_secret_value().strip())

    @property
    def personal_policy(self) -> Policy:
        """What is done with personal data.

        Raises:
            SettingsError: it is to be hashed, and there is no key.
        """
        if self.parcelhouse_pii != "hash":
            return Policy(self.parcelhouse_pii)
        key = self.parcelhouse_pii_key
        secret = key.get_secret_value().strip() if key else ""
        if not secret:
            msg = (
                "PARCELHOUSE_PII_KEY is not set, and PARCELHOUSE_PII=hash needs it: a long random"
                " text that you keep (`openssl rand -hex 32` makes one)"
            )
            raise SettingsError(msg)
        return Policy("hash", secret.encode())

    @property
    def alert_urls(self) -> tuple[str, ...]:
        """Whom to alert, for the one place that does."""
        urls = self.parcelhouse_alert_urls
        return tuple(urls.get_secret_value().split()) if urls else ()

    @property
    def landing(self) -> Path:
        """Folder of the raw answers."""
        return self.parcelhouse_home / "landing"


def read_settings(account: str | None = None) -> Settings:
    """Return the settings of one account as they stand now.

    Args:
        account: Which; None: the one that PARCELHOUSE_ACCOUNT picks, or the only one.

    Raises:
        SettingsError: names the variable that cannot be used, never the key; or there are
            several accounts, and nobody says which.
    """
    plain = plain_settings()
    accounts = plain.accounts
    chosen = (account,) if account else chosen_in(plain)
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


def chosen_in(plain: Settings) -> tuple[str, ...]:
    """Return the account that *plain* settings pick, or all that they name."""
    is_picked = "parcelhouse_account" in plain.model_fields_set
    return (plain.parcelhouse_account,) if is_picked or not plain.accounts else plain.accounts


def _of_account(account: str, accounts: tuple[str, ...]) -> Settings:
    """Return the settings of one of *accounts*, or of the only one where they are none."""
    found = own(Settings, account)
    told = plain_settings({**found.values, "parcelhouse_account": account}, found.variables)
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
        told._why_no_key = f"TRACKINGMORE_API_KEY is that of account {keyless[0]}"
    if not told.has_key:
        told._variables["trackingmore_api_key"] = f"TRACKINGMORE_API_KEY{suffix(account)}"
    else:
        told._twin = _twin(told, accounts)
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


def plain_settings(
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
    settings._variables.update(variables)
    return settings
