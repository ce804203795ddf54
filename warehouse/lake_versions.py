"""The folders of the lake's versions: where each lies, and when it is removed."""

import os
import shutil
import time
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from warehouse.manifest import version_name

LAKE = "lake"  # within the published folder


def final_place(folder: Path, version: int) -> Path:
    """Return where the files of a version lie in the published *folder*."""
    return folder / LAKE / version_name(version)


def hidden_place(folder: Path, version: int) -> Path:
    """Return where they are written."""
    return folder / LAKE / f".{version_name(version)}"


def ahead_place(folder: Path) -> Path:
    """Return where files are written ahead of a version, until one is published."""
    return folder / LAKE / ".ahead"


def put_in_place(hidden: Path) -> None:
    """Give a hidden folder its name; its age begins now.

    Raises:
        OSError: the file system does not let it.
    """
    os.utime(hidden)
    hidden.rename(hidden.with_name(hidden.name.removeprefix(".")))


def newest_version(folder: Path) -> int:
    """Return the greatest number of a version that is there; 0: none."""
    return max((number for number, _ in _versions(folder)), default=0)


def remove_unfinished(folder: Path, newest: int) -> None:
    """Remove what killed runs left: hidden folders, and versions that no manifest ever named."""
    for path in (folder / LAKE).glob(".v*"):
        shutil.rmtree(path)
    for number, path in _versions(folder):
        if number > newest:
            _remove(path)


def remove_ahead(folder: Path) -> None:
    """Remove what anybody has written ahead: a version has taken over what it can use.

    Raises:
        OSError: the file system does not let it.
    """
    swept = folder / LAKE / ".v-ahead"  # a name that nobody writes to, and that is removed anyway
    with suppress(FileNotFoundError):
        ahead_place(folder).rename(swept)
        shutil.rmtree(swept)


def remove_old(folder: Path, *, keep: timedelta, but: int = 2) -> None:
    """Remove versions that gave way longer than *keep* ago; never the last *but*."""
    found = _versions(folder)
    for (_, path), (_, successor) in list(pairwise(found))[: max(0, len(found) - but)]:
        if time.time() - successor.stat().st_mtime >= keep.total_seconds():
            _remove(path)


def _versions(folder: Path) -> list[tuple[int, Path]]:
    """Return number and folder of each version that is there, oldest first."""
    found = [(path.name.removeprefix("v"), path) for path in (folder / LAKE).glob("v*")]
    return sorted((int(number), path) for number, path in found if number.isdecimal())


def _remove(path: Path) -> None:
    """Remove a version; whoever is killed meanwhile leaves only what is hidden."""
    hidden = path.with_name(f".{path.name}")
    path.rename(hidden)
    shutil.rmtree(hidden)
