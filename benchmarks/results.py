"""RESULTS.md: a section for each script that measures, and on what machine it was measured."""

import os
import platform
import re
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).parent
FILE = FOLDER / "RESULTS.md"
HEAD = (
    "# What it costs, measured\n\n"
    "Written by `make bench`; each section by the script that it names, which can also be run"
    " alone.\nNo figure here is typed by hand. MB are 10⁶ bytes.\n"
)
TITLES = (
    "Ours beside its peers",
    "Starting",
    "Under the API's rate limit",
    "By the size of the account",
    "What is done now and then",
)


def tell(title: str, script: str, lines: Iterable[str], *, write: bool) -> None:
    """Print a section's lines as they come; with *write*, put it into RESULTS.md in its place."""
    told = [f"## {title}\n", f"`benchmarks/{Path(script).name}`, {circumstances()}\n"]
    print("\n".join(told), flush=True)
    for line in lines:
        print(line, flush=True)
        told.append(line)
    if write:
        FILE.write_text(_replaced(FILE.read_text() if FILE.exists() else HEAD, title, told))


def _replaced(text: str, title: str, lines: list[str]) -> str:
    head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    by_title = {each.partition("\n")[0][3:]: each.strip() for each in sections}
    by_title[title] = "\n".join(lines).strip()
    ordered = [by_title[each] for each in TITLES if each in by_title]
    return "\n\n".join([head.strip(), *ordered]) + "\n"


def circumstances() -> str:
    """Return when and on what this is being measured, in words."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, at {_revision()}: {os.cpu_count()} cores of"
        f" {model[1] if model else platform.machine()},"
        f" {int(memory[1]) * 1024 / 1e9 if memory else 0:.0f} GB,"
        f" {platform.system()} {platform.release()}, Python {platform.python_version()};"
        f" {os.getloadavg()[0]:.1f} processes were busy when it began."
    )


def _revision() -> str:
    """Return the commit that is measured; with a + where files differ from it."""
    commit = _git("rev-parse", "--short", "HEAD") or "no commit"
    return commit + ("+" if _git("status", "--porcelain", "--", "..", f":!{FILE.name}") else "")


def _git(*words: str) -> str:
    said = subprocess.run(["git", *words], cwd=FOLDER, capture_output=True, text=True)
    return said.stdout.strip()


def versions(locks: Iterable[Path], names: Iterable[str]) -> str:
    """Return the versions in which lock files hold some packages."""
    text = "\n".join(lock.read_text() for lock in locks)
    found = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, flags=re.MULTILINE))
    return ", ".join(f"{name} {found[name]}" for name in names)
