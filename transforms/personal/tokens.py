"""Stands for a person without naming one: keyed hashes of names, addresses and numbers."""

import hmac
import re
import unicodedata
from typing import Literal, NamedTuple

Kind = Literal["name", "email", "phone"]
"""What a value says of a person."""

LENGTH = 16  # hex digits: among ten million customers two share a token once in 400,000 accounts
TOKEN = re.compile(rf"pii_[0-9a-f]{{{LENGTH}}}")


class Policy(NamedTuple):
    """What is done with personal data, and the key where it is hashed."""

    name: Literal["keep", "hash", "drop"] = "keep"
    key: bytes = b""

    def __repr__(self) -> str:
        return f"Policy({self.name!r})"

    @property
    def fingerprint(self) -> str:
        """What tells one key from another without showing it; empty where there is none."""
        return keyed(self.key, "the key itself")[:LENGTH] if self.name == "hash" else ""


def keyed(key: bytes, words: str) -> str:
    """Return HMAC-SHA256 of *words*, in hex digits (RFC 2104)."""
    return hmac.digest(key, words.encode("utf-8", "surrogatepass"), "sha256").hex()


def normalised(kind: Kind, said: str) -> str:
    """Return the spelling under which equal persons are equal.

    Case, blanks and compatible forms of letters count in none; of a telephone number only the
    digits count, without the zeros or the plus that lead abroad.
    """
    folded = " ".join(unicodedata.normalize("NFKC", said).casefold().split())
    if kind == "phone" and not TOKEN.fullmatch(folded):
        digits = "".join(filter(str.isdecimal, folded)).lstrip("0")
        return digits or folded
    return folded


def token(key: bytes, kind: Kind, said: str) -> str:
    """Return what stands for *said*, such as pii_3f9c0d4e5a6b7c8d; a token stays itself."""
    if TOKEN.fullmatch(said):
        return said
    return f"pii_{keyed(key, f'{kind}:{normalised(kind, said)}')[:LENGTH]}"
