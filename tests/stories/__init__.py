"""What each view returns of which rows, told as data: one module a schema or a theme."""

from importlib import import_module
from pkgutil import iter_modules

from tests.stories.story import Story


def all_stories() -> list[Story]:
    """Every story of every module here that has some."""
    modules = [import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__)]
    return [story for module in modules for story in getattr(module, "STORIES", [])]
