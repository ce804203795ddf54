"""Writes docs/reference from the code, or with --check says what is out of date."""

import sys
from pathlib import Path

import click
import typer
from pydantic.fields import FieldInfo

from flows.cli import app
from flows.settings import Settings
from trackingmore_v2.endpoints import ENDPOINTS
from transforms.tables import TABLES
from warehouse.catalog import macros, views

REFERENCE = Path(__file__).parent / "reference"


def main() -> int:
    """Write every page; with --check write nothing, and return 1 if a page would change."""
    check = "--check" in sys.argv[1:]
    stale = []
    for name, text in pages().items():
        path = REFERENCE / name
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
    if check and stale:
        print(f"out of date: {', '.join(stale)}; `make docs` writes them anew", file=sys.stderr)
        return 1
    return 0


def pages() -> dict[str, str]:
    """Return the reference pages by file name."""
    return {
        "tables.md": _tables(),
        "macros.md": _macros(),
        "commands.md": _commands(),
        "settings.md": _settings(),
        "endpoints.md": _endpoints(),
    }


def _tables() -> str:
    lines = ["# Tables and views", "", "Generated from `transforms/tables.py` and `warehouse/sql`."]
    for table in sorted(TABLES, key=lambda each: each.name):
        lines += ["", f"## {table.name}", "", table.sentence, ""]
        lines += [f"Key: {', '.join(f'`{name}`' for name in table.key)}.", ""]
        lines += ["| column | type | |", "|---|---|---|"]
        lines += [
            f"| `{column.name}` | {column.type} | {_cell(column.sentence)} |"
            for column in table.columns
        ]
    for view in sorted(views()):
        kind = "table, kept equal to its view" if view.is_materialised else "view"
        lines += ["", f"## {view.name} ({kind})", "", view.sentence]
        if view.columns:
            lines += ["", "| column | |", "|---|---|"]
            lines += [f"| `{name}` | {_cell(sentence)} |" for name, sentence in view.columns]
    return "\n".join(lines) + "\n"


def _macros() -> str:
    lines = [
        "# Macros",
        "",
        "Generated from `warehouse/sql/macros`. They are in the warehouse's file and in the"
        " published one, and are called by their plain names: a table macro stands where a table"
        " does, and is told by name what it reads, as in `from km_at('marts.deliveries')`.",
    ]
    for macro in sorted(macros()):
        kind = "table macro" if macro.is_table else "macro"
        lines += ["", f"## {macro.name} ({kind})", "", f"`{macro.name}({macro.arguments})`"]
        for paragraph in macro.sentence.splitlines():
            lines += ["", paragraph]
    return "\n".join(lines) + "\n"


def _commands() -> str:
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    lines = ["# Commands", "", "Generated from `flows/cli`."]
    lines += ["", "Before a command, as in `parcelhouse --account NAME …`:", ""]
    lines += _parameters(group)
    lines += [
        "",
        "Exit status: 0 done · 1 failed, one sentence on stderr · 2 wrong use · 3 done, but"
        " something needs a person.",
    ]
    for name, command in sorted(_flat(group, "parcelhouse")):
        lines += ["", f"## `{name}`", "", (command.help or "").strip(), ""]
        lines += _parameters(command)
    return "\n".join(lines) + "\n"


def _parameters(command: click.Command) -> list[str]:
    lines = []
    for parameter in command.params:
        if parameter.name == "help":
            continue
        shown = (
            " / ".join(parameter.opts)
            if parameter.param_type_name == "option"
            else (parameter.metavar or (parameter.name or "").upper())
        )
        lines.append(f"- `{shown}` {getattr(parameter, 'help', None) or ''}".rstrip())
    return lines


def _flat(command: click.Command, prefix: str) -> list[tuple[str, click.Command]]:
    commands = getattr(command, "commands", None)
    if commands is None:
        return [(prefix, command)]
    found = []
    for name, each in commands.items():
        found += _flat(each, f"{prefix} {name}")
    return found


def _settings() -> str:
    lines = [
        "# Settings",
        "",
        "Generated from `flows/settings.py`. From the environment or a file `.env` in the folder"
        " where the command runs; the environment wins.",
        "",
        "| name | default | |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{name.upper()}` | {_default(field)} | {_cell(field.description or '')} |")
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    return "–" if field.default in (None, "") else f"`{field.default}`"


def _endpoints() -> str:
    lines = [
        "# Endpoints of the API",
        "",
        "Generated from `trackingmore_v2/endpoints.py`.",
        "",
        "| endpoint | | most items | repeated by itself | rate |",
        "|---|---|---|---|---|",
    ]
    for each in ENDPOINTS:
        repeat = "yes" if each.may_repeat else "no"
        lines.append(
            f"| `{each.method} {each.path}` | {each.name} | {each.batch_limit or '–'} | {repeat}"
            f" | {each.rate} |"
        )
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
