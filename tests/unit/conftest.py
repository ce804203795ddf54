"""An empty warehouse in memory; to make a new one takes longer than most tests."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.factories import empty, warehouse


@pytest.fixture(scope="module")
def made() -> Iterator[duckdb.DuckDBPyConnection]:
    """One for all tests of a module, with whatever they have left in it."""
    with warehouse() as db:
        yield db


@pytest.fixture
def db(made: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The module's, empty."""
    return empty(made)
