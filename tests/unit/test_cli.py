"""The command line says what it can do, and turns what happens into an exit status."""

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from flows import cli
from flows.commands import asking
from flows.errors import SettingsError, UsageError
from warehouse.errors import NothingPublishedError

CHECKOUT = Path(__file__).parents[2]
WHOLE: Any = typer.main.get_command(cli.app)


def spoken(group: Any = WHOLE, *before: str) -> Iterator[str]:
    """Yield every command as it is typed, `quarantine list` and its like included."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from spoken(command, *before, name)
        else:
            yield " ".join((*before, name))


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli.app, arguments)


def when_asked(monkeypatch: pytest.MonkeyPatch, answer: Callable[[], int]) -> None:
    monkeypatch.setattr(asking, "status", lambda *, as_json: answer())


def raising(error: BaseException) -> Callable[[], int]:
    def answer() -> int:
        raise error

    return answer


@pytest.mark.parametrize("asked", ["--help", "-h"])
def test_the_help_lists_every_command(asked: str) -> None:
    said = run(asked)
    assert said.exit_code == 0
    listed = set(re.findall(r"^[│|] ([a-z][a-z-]+) ", said.stdout, re.MULTILINE))
    assert set(WHOLE.commands) == listed


def test_without_a_command_it_shows_what_there_is() -> None:
    assert run().exit_code == 2
    assert run().stdout.strip() == run("--help").stdout.strip()


def test_it_says_which_version_is_installed() -> None:
    declared = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    said = run("--version")
    assert (said.exit_code, said.stdout) == (0, f"parcelhouse {declared['version']}\n")


@pytest.mark.parametrize("words", sorted(set(spoken()) - {"sandbox", "serve"}))  # which run on
def test_every_command_can_speak_json_and_show_its_traceback(words: str) -> None:
    said = run(*words.split(), "--help")
    assert said.exit_code == 0
    assert "--json" in said.stdout
    assert "--debug" in said.stdout


@pytest.mark.parametrize("status", [0, 1, 3])
def test_what_a_command_returns_is_the_exit_status(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    when_asked(monkeypatch, lambda: status)
    assert run("status").exit_code == status


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (SettingsError("X is not set"), 1, "X is not set"),
        (NothingPublishedError("nothing yet\nand more"), 1, "nothing yet"),
        (UsageError("that makes no sense"), 2, "that makes no sense"),
        (
            ZeroDivisionError("by zero\nindeed"),
            1,
            "unexpected ZeroDivisionError: by zero (--debug shows where)",
        ),
        (
            KeyError(),
            1,
            "unexpected KeyError: no further word (--debug shows where)",
        ),
        (
            KeyboardInterrupt(),
            130,
            "interrupted; what was committed stays, the next run goes on from there",
        ),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, BaseException) else "",
)
def test_an_error_is_one_sentence_on_stderr(
    error: BaseException, status: int, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    when_asked(monkeypatch, raising(error))
    said = run("status", "--json")
    assert (said.exit_code, said.stdout) == (status, "")
    assert said.stderr == f"parcelhouse: {sentence}\n"


def test_debug_lets_an_error_through(monkeypatch: pytest.MonkeyPatch) -> None:
    error = NothingPublishedError("nothing yet")
    when_asked(monkeypatch, raising(error))
    assert run("status", "--debug").exception is error


def test_debug_is_no_reason_to_show_where_somebody_pressed_ctrl_c(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    when_asked(monkeypatch, raising(KeyboardInterrupt()))
    assert run("status", "--debug").exit_code == 130


def test_the_sandbox_is_asked_for_its_own_options() -> None:
    with pytest.raises((SystemExit, typer.Exit)):
        cli.app(["sandbox", "--trackings", "many"], standalone_mode=False)
