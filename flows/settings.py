"""What the environment or `.env` says; read once a run, nothing at import."""

import re
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    SettingsConfigDict,
)

from flows.errors import SettingsError


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = "must be a whole address that begins with http:// or https://"
        raise ValueError(msg)
    return value.rstrip("/")


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

    @property
    def api_key(self) -> str:
        """The key, for the one place that sends it.

        Raises:
            SettingsError: it is not set.
        """
        key = self.trackingmore_api_key
        if key is None or not key.get_secret_value().strip():
            msg = (
                "TRACKINGMORE_API_KEY is not set: put it into the environment or into .env"
                " (`parcelhouse demo` needs none)"
            )
            raise SettingsError(msg)
        text = key.get_secret_value().strip()
        if not re.fullmatch("[!-~]+", text):
            msg = "TRACKINGMORE_API_KEY cannot be used: no HTTP header can carry it"
            raise SettingsError(msg)
        return text

    @property
    def has_key(self) -> bool:
        """Whether there is a key, good or not."""
        key = self.trackingmore_api_key
        return key is not None and bool(key.get_secret_value().strip())

    @property
    def alert_urls(self) -> tuple[str, ...]:
        """Whom to alert, for the one place that does."""
        urls = self.parcelhouse_alert_urls
        return tuple(urls.get_secret_value().split()) if urls else ()

    @property
    def landing(self) -> Path:
        """Folder of the raw answers."""
        return self.parcelhouse_home / "landing"


class Setting(NamedTuple):
    """One setting as it stands."""

    name: str  # of its environment variable
    value: str  # of a secret only whether it is set
    origin: str  # environment | .env | default


def origins(settings: Settings) -> list[Setting]:
    """Return each of *settings* and where it comes from; secrets are not shown."""
    places = {"environment": EnvSettingsSource(Settings), ".env": DotEnvSettingsSource(Settings)}
    found = {place: source() for place, source in places.items()}
    return [
        Setting(
            name.upper(),
            _shown(getattr(settings, name)),
            next((place for place, values in found.items() if name in values), "default"),
        )
        for name in Settings.model_fields
    ]


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, SecretStr):
        return "set" if value.get_secret_value().strip() else "not set"
    return str(value)


def read_settings() -> Settings:
    """Return the settings as they stand now.

    Raises:
        SettingsError: names the variable that cannot be used, never the key.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = str(first["loc"][0]).upper()
        msg = f"{name} cannot be used: {first['msg'].removeprefix('Value error, ')}"
        raise SettingsError(msg) from None
