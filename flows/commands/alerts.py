"""`parcelhouse alerts`: what is wrong, told to whom the settings name."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flows.choosing import chosen_accounts, read_settings
from flows.commands.printing import DONE, NEEDS_A_PERSON, print_json

if TYPE_CHECKING:
    from flows.steps.alerts import Watched


def alerts(*, dry_run: bool, as_json: bool) -> int:
    """Look each account over, tell what is new and what is over, and show all of it."""
    from flows.errors import DeliveryError
    from flows.steps.alerts import watch

    found: dict[str, tuple[Watched, list[str]]] = {}
    for account in chosen_accounts():
        settings = read_settings(account)
        watched = watch(settings, now=datetime.now(UTC), dry_run=dry_run)
        found[account] = watched, _notices(watched, is_told=bool(settings.alert_urls))
    if as_json:
        said = [{"account": account} | _plain(*each) for account, each in found.items()]
        print_json(_plain(*next(iter(found.values()))) if len(said) == 1 else {"accounts": said})
    for account, (watched, notices) in found.items() if not as_json else ():
        if len(found) > 1:
            print(f"account {account}")
        _show(watched, notices)
    for watched, _ in found.values():
        if watched.delivery is not None and not watched.delivery.reached:
            msg = f"{watched.delivery.sentence}; what is new stays new"
            raise DeliveryError(msg)
    return DONE if all(watched.is_well for watched, _ in found.values()) else NEEDS_A_PERSON


def _notices(watched: "Watched", *, is_told: bool) -> list[str]:
    notices = [f"could not note what was told: {watched.doubt}"] if watched.doubt else []
    if watched.delivery is not None and watched.delivery.missed:
        notices.append(watched.delivery.sentence)
    if not is_told:
        notices.append("nobody is told: PARCELHOUSE_ALERT_URLS is not set")
    return notices


def _plain(watched: "Watched", notices: list[str]) -> dict[str, Any]:
    news, delivery = watched.news, watched.delivery
    return {
        "new": [each._asdict() for each in news.new],
        "over": [each._asdict() for each in news.over],
        "known": [each._asdict() for each in news.known],
        "places_told": 0 if delivery is None else delivery.reached,
        "notices": notices,
    }


def _show(watched: "Watched", notices: list[str]) -> None:
    news = watched.news
    for word, group in (("new", news.new), ("over", news.over), ("known", news.known)):
        for each in group:
            print(f"{word:5} {each.level:4} {each.sentence}")
    if watched.is_well:
        print("nothing is wrong")
    for notice in notices:
        print(f"note  {notice}")
