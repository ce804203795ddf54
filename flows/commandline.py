"""How a command of `parcelhouse` runs: its common options, its exit status, its errors."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, NoReturn, ParamSpec

import typer

P = ParamSpec("P")

FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Prefect = Annotated[
    bool, typer.Option("--prefect", help="As a flow run; so it is where PREFECT_API_URL is set.")
]


def command(body: Callable[P, int]) -> Callable[P, None]:
    """Turn a body's return value into the exit status, and its errors into one sentence."""

    @wraps(body)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            status = body(*args, **kwargs)
        except BrokenPipeError:
            raise typer.Exit(0) from None  # `| head` has read enough
        except KeyboardInterrupt:
            _fail(
                "interrupted; what was committed stays, the next run goes on from there",
                INTERRUPTED,
            )
        except Exception as error:
            if kwargs.get("debug"):
                raise
            _fail(sentence_of(error), WRONG_USE if _is_wrong_use(error) else FAILED)
        raise typer.Exit(status)

    return run


def _fail(sentence: str, status: int) -> NoReturn:
    print(f"parcelhouse: {sentence}", file=sys.stderr)
    raise typer.Exit(status) from None


def _is_wrong_use(error: Exception) -> bool:
    from flows.errors import UsageError

    return isinstance(error, UsageError)


def sentence_of(error: Exception) -> str:
    """Return what went wrong as one line; ours say it themselves."""
    text = str(error).strip().splitlines()
    first = text[0] if text else "no further word"
    ours = ("flows.", "warehouse.", "trackingmore_v2.", "transforms.")
    if type(error).__module__.startswith(ours):
        return first
    return f"unexpected {type(error).__name__}: {first} (--debug shows where)"
