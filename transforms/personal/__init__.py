"""What is done with the persons in payloads: pure functions from sent to stored."""

from transforms.personal.masker import KEEP, Forgotten, Masker
from transforms.personal.texts import MARK
from transforms.personal.tokens import Policy, normalised

__all__ = ["KEEP", "MARK", "Forgotten", "Masker", "Policy", "normalised"]
