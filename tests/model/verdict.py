"""How a promise is judged: by its name, so that a test can say which one must break."""


class BrokenError(AssertionError):
    """A promise was not kept."""

    def __init__(self, promise: str, told: str) -> None:
        super().__init__(f"{promise}: {told}")
        self.promise = promise


judged: frozenset[str] | None = None
"""The promises that are looked at; None: all."""


def keep(kept: bool, promise: str, told: str) -> None:
    """Fail with the promise's name unless it was kept."""
    if not kept and (judged is None or promise in judged):
        raise BrokenError(promise, told)
