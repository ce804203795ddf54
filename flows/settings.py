"""What the environment or `.env` says; read once a run, nothing at import."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.errors import SettingsError


def _address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        msg = "must begin with http:// or https://"
        raise ValueError(msg)
    return value.rstrip("/")


class Settings(BaseSettings):
    """Every setting, under the name of its environment variable in lower case."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    trackingmore_api_key: SecretStr | None = None
    trackingmore_base_url: Annotated[str, AfterValidator(_address)] = (
        "https://api.trackingmore.com/v2"
    )
    trackingmore_requests_per_second: float = Field(default=1.0, ge=0)
    parcelhouse_account: str = Field(default="main", pattern=r"^[A-Za-z0-9_.-]+$")
    parcelhouse_home: Path = Path("parcelhouse-data")
    parcelhouse_lag_seconds: int = Field(default=60, ge=0)
    parcelhouse_overlap_seconds: int = Field(default=900, ge=0)

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
        return key.get_secret_value().strip()

    @property
    def landing(self) -> Path:
        """Folder of the raw answers."""
        return self.parcelhouse_home / "landing"


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
