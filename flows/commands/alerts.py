"""`parcelhouse alerts`: what is wrong, told to whom the settings name."""

from datetime import UTC, datetime
from typing import Any

from flows.commands.printing import DONE, NEEDS_A_PERSON, print_json
from flows.settings import read_settings


def alerts(*, dry_run: bool, as_json: bool) -> int:
    """Look the warehouse over, tell what is new and what is over, and show all of it."""
    from flows.errors import DeliveryError
    from flows.steps.alerts import watch

    settings = read_settings()
    watched = watch(settings, now=datetime.now(UTC), dry_run=dry_run)
    news, delivery = watched.news, watched.delivery
    notices = [f"could not note what was told: {watched.doubt}"] if watched.doubt else []
    if delivery is not None and delivery.missed:
        notices.append(delivery.sentence)
    if not settings.alert_urls:
        notices.append("nobody is told: PARCELHOUSE_ALERT_URLS is not set")
    if as_json:
        said: dict[str, Any] = {
            "new": [each._asdict() for each in news.new],
            "over": [each._asdict() for each in news.over],
            "known": [each._asdict() for each in news.known],
            "places_told": 0 if delivery is None else delivery.reached,
            "notices": notices,
        }
        print_json(said)
    else:
        for word, group in (("new", news.new), ("over", news.over), ("known", news.known)):
            for each in group:
                print(f"{word:5} {each.level:4} {each.sentence}")
        if watched.is_well:
            print("nothing is wrong")
        for notice in notices:
            print(f"note  {notice}")
    if delivery is not None and not delivery.reached:
        msg = f"{delivery.sentence}; what is new stays new"
        raise DeliveryError(msg)
    return DONE if watched.is_well else NEEDS_A_PERSON
