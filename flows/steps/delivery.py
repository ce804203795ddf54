"""A message to people, by webhook, e-mail, chat or whatever else an Apprise URL names."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from apprise import Apprise

WEB = {"http": "json", "https": "jsons"}
"""What a plain address stands for: the message is POSTed to it as JSON."""


class Message(NamedTuple):
    """What is to be said."""

    title: str
    body: str
    kind: Literal["success", "warning", "failure"]


class Delivery(NamedTuple):
    """How many places a message reached, and which it did not: never with their secrets."""

    reached: int
    missed: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Which places were not reached."""
        return f"of PARCELHOUSE_ALERT_URLS, {', '.join(self.missed)} could not be reached"


def deliver(urls: Sequence[str], message: Message) -> Delivery:
    """Send *message* to each of *urls*; one that fails keeps it from none of the others."""
    reached, missed = 0, []
    for number, url in enumerate(urls, start=1):
        with _quiet():
            target = _target(url)
            sent = bool(target) and target.notify(
                title=message.title, body=message.body, notify_type=message.kind
            )
        if sent:
            reached += 1
        else:
            scheme = url.partition("://")[0] if "://" in url else "no scheme"
            missed.append(f"number {number} ({scheme})")
    return Delivery(reached, tuple(missed))


def apprise_url(url: str) -> str:
    """Return *url* as Apprise understands it."""
    from apprise import Apprise

    scheme, separator, rest = url.partition("://")
    # some services' own addresses begin with https:// too, and are known to Apprise
    with _quiet():
        is_known = bool(Apprise.instantiate(url))
    if is_known or not separator or scheme.lower() not in WEB:
        return url
    return f"{WEB[scheme.lower()]}://{rest}"


def _target(url: str) -> "Apprise":
    from apprise import Apprise, AppriseAsset

    target = Apprise(asset=AppriseAsset(app_id="Parcelhouse", app_desc="", app_url=""))
    target.add(apprise_url(url))
    return target


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Apprise from writing on stderr what the delivery says better."""
    logger = logging.getLogger("apprise")
    before = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about modules that its plugins import
            yield
    finally:
        logger.disabled = before
