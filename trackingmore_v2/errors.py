"""What a call can fail with: an error of this tree, which knows whether trying again helps.

TrackingMoreError
├── NoAnswerError            nothing came, or not all of it            retryable
├── UnreadableAnswerError    something came, but no API answer         retryable
├── WindowError              a listing that cannot be read completely  retryable
├── WebhookError             a push that is not to be believed
└── ApiError                 TrackingMore read the call and refused it
    ├── AuthenticationError  the key
    ├── InvalidRequestError  the request
    ├── AlreadyExistsError   registered before
    ├── NotFoundError        not registered
    ├── QuotaError           credits, plan, activation
    ├── RateLimitedError     too many requests                         retryable
    └── ServerError          their side                                retryable
"""

from collections.abc import Callable
from typing import Any, ClassVar

from trackingmore_v2.models import Window

SHOWN_CHARS = 80  # of an unreadable body
QUOTED_CHARS = 300  # of a server's own words


class TrackingMoreError(Exception):
    """Base of everything this package raises on purpose; its text is one sentence."""

    retryable: ClassVar[bool] = False  # may the same call succeed later, unchanged?

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        """Rebuild without `__init__`: pickle would hand it the finished sentence."""
        return _revived, (type(self), *self.args), self.__dict__


class NoAnswerError(TrackingMoreError):
    """No name, no connection, no time left, or a body that was cut.

    `was_sent` is False where the request surely never reached the server.
    """

    retryable = True

    def __init__(self, call: str, reason: str, *, was_sent: bool = True) -> None:
        super().__init__(f"TrackingMore gave no answer to {call}: {_plain(reason)}.")
        self.call = call
        self.was_sent = was_sent


class UnreadableAnswerError(TrackingMoreError):
    """HTML, broken JSON, no envelope, or an envelope without what the call promises."""

    retryable = True

    def __init__(
        self,
        call: str,
        flaw: str,
        *,
        text: str,
        status: int = 200,
        content_type: str = "application/json",
    ) -> None:
        begins = f"it begins {_plain(text)[:SHOWN_CHARS]!r}" if text.strip() else "it is empty"
        super().__init__(
            f"TrackingMore's answer to {call} cannot be read ({_plain(flaw)}): "
            f"HTTP {status}, {_plain(content_type) or 'no content type'}, {begins}."
        )
        self.call = call
        self.status = status


class WindowError(TrackingMoreError):
    """A listing that did not hold what it announced, also when asked again."""

    retryable = True

    def __init__(self, window: Window, reason: str) -> None:
        super().__init__(f"The window {window} cannot be read completely: {_plain(reason)}.")
        self.window = window
        self.reason = reason


class WebhookError(TrackingMoreError):
    """A push that TrackingMore has not sent, not lately, or not in a shape that can be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The push is refused: {_plain(reason)}.")
        self.reason = reason


class ApiError(TrackingMoreError):
    """A refusal by meta code; this class itself stands for codes nobody has documented."""

    codes: ClassVar[frozenset[int]] = frozenset()

    def __init__(self, code: int, type: str, *, message: str, call: str) -> None:
        words = ", ".join(filter(None, (_plain(type), _plain(message))))
        super().__init__(f"TrackingMore refused {call}: {f'{code} {words}'.strip()}.")
        self.code = code
        self.type = type
        self.message = message
        self.call = call


class AuthenticationError(ApiError):
    """The key is missing, wrong, deleted, or not allowed to do this."""

    codes = frozenset({401, 403, 4001, 4002})


class InvalidRequestError(ApiError):
    """TrackingMore does not accept this request in this shape, now or later."""

    codes = frozenset({202, 404, 405, 409, 4012, 4013, 4014, 4015, 4020, 4032, 4033})


class AlreadyExistsError(ApiError):
    """The tracking is registered already; to whoever registers, good news."""

    codes = frozenset({4016})


class NotFoundError(ApiError):
    """The tracking is not registered in this account."""

    codes = frozenset({4017, 4031})


class QuotaError(ApiError):
    """Credits, balance or plan do not cover the call."""

    codes = frozenset({402, 4018, 4019, 4021})


class RateLimitedError(ApiError):
    """Too many requests, also after the pauses that TrackingMore asks for."""

    retryable = True
    codes = frozenset({429})


class ServerError(ApiError):
    """TrackingMore failed or is being maintained."""

    retryable = True
    codes = frozenset(range(500, 600))


def refusal(code: int, type: str, *, message: str, call: str) -> ApiError:
    """Return the error whose class *code* stands for."""
    kinds = (kind for kind in ApiError.__subclasses__() if code in kind.codes)
    return next(kinds, ApiError)(code, type, message=message, call=call)


def _plain(words: str) -> str:
    """Return *words* on one line, of bearable length, without a full stop of their own."""
    return " ".join(words.split())[:QUOTED_CHARS].rstrip(". ")


def _revived(kind: type[TrackingMoreError], *args: Any) -> TrackingMoreError:
    return kind.__new__(kind, *args)
