"""Settings come from the environment or `.env`; a bad one is named, the key is never shown."""

import pickle
from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.choosing import read_settings
from flows.errors import SettingsError
from flows.settings import Settings

KEY = "tm-live-4f9d2c81b7e60a35"


@pytest.fixture(autouse=True)
def _nobody_set_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_nothing_but_the_key_has_to_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKINGMORE_API_KEY", KEY)
    settings = read_settings()
    assert settings.api_key == KEY
    assert settings.trackingmore_base_url == "https://api.trackingmore.com/v2"
    assert settings.trackingmore_requests_per_second == 1.0
    assert settings.parcelhouse_account == "main"
    assert settings.parcelhouse_home == Path("parcelhouse-data")
    assert settings.landing == Path("parcelhouse-data/landing")
    assert settings.parcelhouse_lag_seconds == 60
    assert settings.parcelhouse_overlap_seconds == 900


@pytest.mark.parametrize("value", [None, "", " ", "\t"])
def test_without_a_key_everything_but_the_key_can_be_read(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is not None:
        monkeypatch.setenv("TRACKINGMORE_API_KEY", value)
    settings = read_settings()
    assert settings.parcelhouse_account == "main"
    with pytest.raises(SettingsError, match="TRACKINGMORE_API_KEY is not set"):
        _ = settings.api_key


def test_space_around_the_key_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKINGMORE_API_KEY", f" {KEY}\n")
    assert read_settings().api_key == KEY


def test_the_environment_goes_before_dotenv(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(
        f"TRACKINGMORE_API_KEY={KEY}\nPARCELHOUSE_ACCOUNT=filed\nSOMEBODY_ELSES=1\n"
    )
    assert (read_settings().api_key, read_settings().parcelhouse_account) == (KEY, "filed")
    monkeypatch.setenv("PARCELHOUSE_ACCOUNT", "said")
    assert (read_settings().api_key, read_settings().parcelhouse_account) == (KEY, "said")


def test_settings_are_read_when_asked_for_and_stay_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = read_settings()
    monkeypatch.setenv("PARCELHOUSE_ACCOUNT", "later")
    assert before.parcelhouse_account == "main"
    assert read_settings().parcelhouse_account == "later"
    with pytest.raises(ValidationError, match="frozen"):
        before.parcelhouse_account = "other"  # type: ignore[misc]


def test_an_address_needs_no_slash_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKINGMORE_BASE_URL", "http://127.0.0.1:8787/v2/")
    assert read_settings().trackingmore_base_url == "http://127.0.0.1:8787/v2"


def test_no_throttle_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKINGMORE_REQUESTS_PER_SECOND", "0")
    assert read_settings().trackingmore_requests_per_second == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRACKINGMORE_BASE_URL", "api.trackingmore.com/v2"),
        ("TRACKINGMORE_BASE_URL", "http://"),
        ("TRACKINGMORE_BASE_URL", "https:///v2"),
        ("TRACKINGMORE_BASE_URL", ""),
        ("TRACKINGMORE_REQUESTS_PER_SECOND", "-1"),
        ("TRACKINGMORE_REQUESTS_PER_SECOND", "inf"),
        ("TRACKINGMORE_REQUESTS_PER_SECOND", "nan"),
        ("TRACKINGMORE_REQUESTS_PER_SECOND", "fast"),
        ("PARCELHOUSE_ACCOUNT", ""),
        ("PARCELHOUSE_ACCOUNT", "a/b"),
        ("PARCELHOUSE_ACCOUNT", "two words"),
        ("PARCELHOUSE_LAG_SECONDS", "-1"),
        ("PARCELHOUSE_LAG_SECONDS", "1.5"),
        ("PARCELHOUSE_OVERLAP_SECONDS", "an hour"),
        ("PARCELHOUSE_OVERLAP_SECONDS", ""),
    ],
)
def test_a_value_that_cannot_be_used_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKINGMORE_API_KEY", KEY)
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        read_settings()
    sentence = str(refused.value)
    assert sentence.startswith(f"{name} cannot be used: ")
    assert "\n" not in sentence
    assert KEY not in sentence


@pytest.mark.parametrize("value", ["two words", "schlüssel-0123456789", "tm\x7f0123456789"])
def test_a_key_that_no_header_can_carry_is_refused_unseen(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKINGMORE_API_KEY", value)
    with pytest.raises(SettingsError, match="TRACKINGMORE_API_KEY cannot be used") as refused:
        _ = read_settings().api_key
    assert value not in str(refused.value)
    assert refused.value.__cause__ is None


def test_the_key_shows_in_no_picture_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKINGMORE_API_KEY", KEY)
    settings = read_settings()
    pictures = (repr(settings), str(settings), settings.model_dump_json(), f"{settings!r:.9999}")
    assert all(KEY not in picture for picture in pictures)
    assert pickle.loads(pickle.dumps(settings)) == settings
