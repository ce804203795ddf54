"""The draws of the sandbox: what happens follows from the seed and from what it happens to."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Choice = TypeVar("Choice")


def chance(seed: int, subject: int, question: int = 0) -> Random:
    """Return the dice for one *question* about one *subject*: the same at every call."""
    return Random(dice_seed(seed, subject, question))


def dice_seed(seed: int, subject: int, question: int = 0) -> int:
    """Return what to seed dice with that are used again and again."""
    return ((abs(seed) << 40) + (subject << 8)) | question


def one_of(dice: Random, choices: Sequence[Choice]) -> Choice:
    """Return one of *choices*; several times as fast as `dice.choice`, which pages need."""
    return choices[int(dice.random() * len(choices))]


def scatter(seed: int, subject: int, turn: int, below: int) -> int:
    """Return a number from 0 to *below* - 1 without rolling dice, where millions are needed."""
    mixed = (seed * 0x9E3779B1 + subject * 0x85EBCA77 + turn * 0xC2B2AE3D) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    return ((mixed ^ (mixed >> 13)) * below) >> 32
