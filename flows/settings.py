"""Every setting there is, with its bounds and what it is when nobody says anything."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PrivateAttr, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.accounts import names_in
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

    def explain(
        self,
        *,
        variables: Mapping[str, str] | None = None,
        why_no_key: str | None = None,
        twin: str | None = None,
    ) -> None:
        """Note what sentences about these settings are to say; what is not told stays as it is.

        Args:
            variables: Where the name of a setting's variable is not its own, by setting.
            why_no_key: What is said beside a key that is missing.
            twin: The account that is read with the same key already.
        """
        self._variables.update(variables or {})
        self._why_no_key = why_no_key or self._why_no_key
        self._twin = twin or self._twin

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
