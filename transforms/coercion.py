"""Columns of one type from values of any type: what does not fit is set aside, never lost."""

import re
from collections.abc import Sequence
from types import NoneType
from typing import Any, NamedTuple

_DIGITS = re.compile(r"\s*-?\d{1,10}\s*")


class Coerced(NamedTuple):
    """A column, and the values that did not fit it by their row."""

    column: Sequence[Any]
    odd: dict[int, Any]


def texts(values: Sequence[Any]) -> Coerced:
    """Return *values* as text, unchanged where they are.

    Numbers and booleans are spelt as JSON does, a list of texts is joined by a comma.
    """
    if set(map(type, values)) <= {str, NoneType}:
        return Coerced(values, {})
    return _each(values, _text)


def integers(values: Sequence[Any]) -> Coerced:
    """Return *values* as integers; digits in a string count, the empty string is null."""
    if set(map(type, values)) <= {int, NoneType} and not any(map(_too_large, values)):
        return Coerced(values, {})
    return _each(values, _integer)


def booleans(values: Sequence[Any]) -> Coerced:
    """Return *values* as booleans; PUT answers spell them as strings, the empty one is null."""
    if set(map(type, values)) <= {bool, NoneType}:
        return Coerced(values, {})
    return _each(values, _boolean)


class _OddError(Exception):
    """A value that does not fit."""


def _each(values: Sequence[Any], read: Any) -> Coerced:
    fitting: list[Any] = []
    odd: dict[int, Any] = {}
    for row, value in enumerate(values):
        try:
            fitting.append(None if value is None else read(value))
        except _OddError:
            fitting.append(None)
            odd[row] = value
    return Coerced(fitting, odd)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    raise _OddError


def _integer(value: object) -> int | None:
    if value == "":
        return None
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or _too_large(value):
        raise _OddError
    return value


def _too_large(value: int | None) -> bool:
    return value is not None and not -(2**31) <= value < 2**31


def _boolean(value: object) -> bool | None:
    known = {"true": True, "false": False, "1": True, "0": False, "": None}
    spelt = str(value).lower() if isinstance(value, str | bool | int) else None
    if spelt is None or spelt not in known:
        raise _OddError
    return known[spelt]
