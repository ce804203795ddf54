"""Who opens a warehouse that is kept open, and how often."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from warehouse import kept_open
from warehouse.connection import open_for_writing

LONG = 600.0  # seconds: nothing is closed by the clock


def note_openings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the owners of openings from now on; what is open stays so until it is closed."""
    owners: list[str] = []

    @contextmanager
    def noted(home: Path, owner: str) -> Iterator[duckdb.DuckDBPyConnection]:
        owners.append(owner)
        with open_for_writing(home, owner) as db:
            yield db

    monkeypatch.setattr(kept_open, "open_for_writing", noted)
    for patience in ("LINGER_SECONDS", "SITTING_SECONDS"):
        monkeypatch.setattr(kept_open, patience, LONG)
    return owners
