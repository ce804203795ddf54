"""The same work for several accounts at once, none of which holds the others up."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def together(accounts: Sequence[str], work: Callable[[str], T]) -> dict[str, T | Exception]:
    """Do *work* for each account in a thread of its own; return what came of it, or its error.

    Whoever is interrupted leaves at once: what a thread has committed stays, as it does where a
    process is killed.
    """
    done: SimpleQueue[tuple[str, T | Exception]] = SimpleQueue()

    def one(account: str) -> None:
        try:
            done.put((account, work(account)))
        except Exception as error:
            done.put((account, error))
        except BaseException as error:  # what ends a process ends one account only
            done.put((account, RuntimeError(f"{type(error).__name__}: {error}")))

    for account in accounts:
        Thread(target=one, args=(account,), name=account, daemon=True).start()
    found = dict(done.get() for _ in accounts)
    return {account: found[account] for account in accounts}
