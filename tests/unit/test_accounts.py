"""Several accounts in one environment: each is told its own, and a bad one is named."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from flows.accounts import names_in, suffix
from flows.choosing import chosen_accounts, named_accounts, read_house_settings, read_settings
from flows.dress import flow_settings
from flows.errors import SettingsError
from flows.origins import origins
from flows.serve import without_secrets
from flows.settings import Settings

MAIN_KEY, OUTLET_KEY = "tm-live-4f9d2c81b7e60a35", "tm-live-9b1e60a354f9d2c8"


@pytest.fixture(autouse=True)
def _two_accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARCELHOUSE_ACCOUNTS", "main, outlet")
    monkeypatch.setenv("TRACKINGMORE_API_KEY", MAIN_KEY)
    monkeypatch.setenv("TRACKINGMORE_API_KEY__OUTLET", OUTLET_KEY)


def test_each_account_is_told_its_own_and_shares_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRACKINGMORE_BASE_URL__OUTLET", "https://api.example/v2/")
    monkeypatch.setenv("TRACKINGMORE_REQUESTS_PER_SECOND__OUTLET", "3")
    monkeypatch.setenv("PARCELHOUSE_OVERLAP_SECONDS", "60")
    main, outlet = read_settings("main"), read_settings("outlet")
    assert (main.parcelhouse_account, outlet.parcelhouse_account) == ("main", "outlet")
    assert (main.api_key, outlet.api_key) == (MAIN_KEY, OUTLET_KEY)
    assert main.trackingmore_base_url == "https://api.trackingmore.com/v2"
    assert outlet.trackingmore_base_url == "https://api.example/v2"
    assert (main.trackingmore_requests_per_second, outlet.trackingmore_requests_per_second) == (
        1,
        3,
    )
    assert main.parcelhouse_overlap_seconds == outlet.parcelhouse_overlap_seconds == 60
    assert main.parcelhouse_home == outlet.parcelhouse_home


NO_NUMBERS = {
    "trackingmore_base_url": "http://127.0.0.1:7/v2",
    "parcelhouse_lake": "false",
    "parcelhouse_pii": "drop",
}


def test_every_setting_may_be_told_for_one_account_but_what_they_share() -> None:
    shared = {"parcelhouse_account", "parcelhouse_accounts", "parcelhouse_home"}
    for field in Settings.model_fields:
        name = f"{field.upper()}__OUTLET"
        with pytest.MonkeyPatch.context() as told:
            told.setenv(name, NO_NUMBERS.get(field, "7"))
            said = refusal() or ""
        assert said.startswith(name) == (field in shared)


def refusal() -> str | None:
    try:
        read_settings("outlet")
    except SettingsError as error:
        return str(error)
    return None


def test_what_is_told_for_one_account_goes_before_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("PARCELHOUSE_LAG_SECONDS__OUTLET=5\nPARCELHOUSE_LAG_SECONDS=6\n")
    monkeypatch.setenv("PARCELHOUSE_LAG_SECONDS", "7")
    assert read_settings("outlet").parcelhouse_lag_seconds == 5
    assert read_settings("main").parcelhouse_lag_seconds == 7
    monkeypatch.setenv("PARCELHOUSE_LAG_SECONDS__OUTLET", "8")
    assert read_settings("outlet").parcelhouse_lag_seconds == 8
    found = {each.name: (each.value, each.origin) for each in origins(read_settings("outlet"))}
    assert found["PARCELHOUSE_LAG_SECONDS__OUTLET"] == ("8", "environment")
    assert found["TRACKINGMORE_API_KEY__OUTLET"] == ("set", "environment")
    assert "TRACKINGMORE_API_KEY" not in found


def test_one_account_is_picked_or_all_are_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen_accounts() == named_accounts() == ("main", "outlet")
    with pytest.raises(SettingsError, match="names main, outlet: say which one"):
        read_settings()
    assert read_house_settings().parcelhouse_home == Path("parcelhouse-data")
    monkeypatch.setenv("PARCELHOUSE_ACCOUNT", "outlet")
    assert chosen_accounts() == ("outlet",)
    assert named_accounts() == ("main", "outlet")
    assert read_settings().api_key == OUTLET_KEY
    monkeypatch.setenv("PARCELHOUSE_ACCOUNT", "nobody")
    with pytest.raises(SettingsError, match="nobody is no account of PARCELHOUSE_ACCOUNTS"):
        read_settings()


def test_without_a_list_there_is_one_account_and_its_own_settings_count_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PARCELHOUSE_ACCOUNTS")
    assert chosen_accounts() == ("main",)
    assert read_settings().api_key == MAIN_KEY
    monkeypatch.setenv("PARCELHOUSE_ACCOUNT", "outlet")
    assert read_settings().api_key == OUTLET_KEY
    with pytest.raises(SettingsError, match="PARCELHOUSE_ACCOUNTS is not set"):
        named_accounts()


def test_an_account_without_a_key_is_never_read_with_another_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TRACKINGMORE_API_KEY__OUTLET")
    assert read_settings("main").api_key == MAIN_KEY
    outlet = read_settings("outlet")
    assert not outlet.has_key
    with pytest.raises(SettingsError) as refused:
        _ = outlet.api_key
    assert str(refused.value).startswith("TRACKINGMORE_API_KEY__OUTLET is not set: ")
    assert "TRACKINGMORE_API_KEY is that of account main" in str(refused.value)


def test_two_accounts_do_not_share_a_key_and_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKINGMORE_API_KEY__OUTLET", MAIN_KEY)
    assert read_settings("main").api_key == MAIN_KEY
    with pytest.raises(SettingsError) as refused:
        _ = read_settings("outlet").api_key
    assert str(refused.value) == (
        "TRACKINGMORE_API_KEY__OUTLET cannot be used: account main is read with the same key"
    )
    # where another server is asked, it is another key
    monkeypatch.setenv("TRACKINGMORE_BASE_URL__OUTLET", "http://127.0.0.1:8787/v2")
    assert read_settings("outlet").api_key == MAIN_KEY


def test_a_block_of_its_own_goes_before_a_key_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRACKINGMORE_API_KEY__OUTLET")
    monkeypatch.setenv("PARCELHOUSE_API_KEY_BLOCK__OUTLET", "outlet-key")
    outlet = read_settings("outlet")
    assert (outlet.has_key, outlet.parcelhouse_api_key_block) == (False, "outlet-key")
    assert flow_settings("main").trackingmore_api_key == SecretStr(MAIN_KEY)


def test_another_account_s_bad_setting_is_its_own_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARCELHOUSE_LAG_SECONDS__MAIN", "soon")
    assert read_settings("outlet").api_key == OUTLET_KEY
    with pytest.raises(SettingsError, match=r"^PARCELHOUSE_LAG_SECONDS__MAIN cannot be used: "):
        read_settings("main")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("main,two words", "'two words' is no name for an account"),
        ("main,a/b", "'a/b' is no name for an account"),
        ("my-shop,my.shop", "my-shop and my.shop would both be set by …__MY_SHOP"),
        ("main,Main", "main and Main would both be set by …__MAIN"),
        ("main,main", "main and main would both be set by …__MAIN"),
    ],
)
def test_names_that_cannot_be_told_apart_are_refused(
    told: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARCELHOUSE_ACCOUNTS", told)
    with pytest.raises(SettingsError) as refused:
        chosen_accounts()
    assert str(refused.value).startswith(f"PARCELHOUSE_ACCOUNTS cannot be used: {said}")


def test_prefect_s_server_inherits_nobody_s_key() -> None:
    told = {
        "TRACKINGMORE_API_KEY": MAIN_KEY,
        "TRACKINGMORE_API_KEY__OUTLET": OUTLET_KEY,
        "PARCELHOUSE_ALERT_URLS__OUTLET": "slack://token",
        "PARCELHOUSE_ACCOUNTS": "main,outlet",
    }
    assert without_secrets(told) == {"PARCELHOUSE_ACCOUNTS": "main,outlet"}


def test_a_list_may_be_untidy() -> None:
    assert names_in(" main ,, my-shop.de,") == ("main", "my-shop.de")
    assert names_in("") == ()
    assert suffix("my-shop.de") == "__MY_SHOP_DE"
