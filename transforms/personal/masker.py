"""Applies the policy, and what is to be forgotten, to payloads, answers and single texts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from transforms.personal import texts
from transforms.personal.fields import (
    LEG_NAMES,
    LEG_PLAIN,
    NOTES,
    NUMBERS,
    PERSONS,
    PLAIN,
    SAID,
    is_harmless,
)
from transforms.personal.texts import MARK
from transforms.personal.tokens import TOKEN, Kind, Policy, keyed, normalised, token

Payload = dict[str, Any]
DEEPEST = 200  # levels; what is nested deeper is withheld


@dataclass(frozen=True)
class Forgotten:
    """Who is to be forgotten: parcels by id and name, customers by what a salt makes of them."""

    salt: bytes = b""
    ids: frozenset[str] = frozenset()
    refs: frozenset[tuple[str, str]] = frozenset()
    marks: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.ids or self.refs or self.marks)

    def mark(self, kind: Kind, said: str) -> str:
        """Return by what a customer is known again, without a word of theirs."""
        return keyed(self.salt, f"{kind}:{normalised(kind, said)}")

    def covers(self, item: Mapping[str, Any]) -> bool:
        """Return whether a payload is of a parcel or customer to be forgotten."""
        if item.get("id") in self.ids if isinstance(item.get("id"), str) else False:
            return True
        ref = (item.get("carrier_code"), item.get("tracking_number"))
        if all(isinstance(each, str) for each in ref) and ref in self.refs:
            return True
        return bool(self.marks) and any(
            self.mark(kind, said) in self.marks for kind, said in persons(item)
        )


class _Reading(NamedTuple):
    """How one payload is masked."""

    policy: Policy
    known: Any = None  # pattern of the persons that the payload names


@dataclass(frozen=True)
class Masker:
    """What is done to whatever is about to be stored. Applying it twice changes nothing."""

    policy: Policy = field(default_factory=Policy)
    forgotten: Forgotten = field(default_factory=Forgotten)

    @property
    def is_idle(self) -> bool:
        """Whether everything is kept as it was sent."""
        return self.policy.name == "keep" and not self.forgotten

    def policy_of(self, item: Any) -> Policy:
        """Return what is done with one payload: whoever is forgotten is dropped."""
        if self.forgotten and isinstance(item, dict) and self.forgotten.covers(item):
            return Policy("drop")
        return self.policy

    def item(self, item: Any) -> Any:
        """Return a payload as it is stored; *item* itself where it stays as it is."""
        policy = self.policy_of(item)
        if policy.name == "keep":
            return item
        return _walk(item, _Reading(policy, _known_in(item)), "", "", 0)

    def envelope(self, answer: Any) -> Any:
        """Return an answer, parsed, with each of its payloads as it is stored."""
        if not isinstance(answer, dict):
            return self.item(answer)
        return {
            name: self._data(value) if name == "data" else self.item(value)
            for name, value in answer.items()
        }

    def request(self, request: Payload, **ref: str) -> Payload:
        """Return what was asked for a parcel, as it is journalled."""
        masked: Payload = self.item(ref | request)
        return {name: masked[name] for name in request}

    def words(self, text: str) -> str:
        """Return a sentence of the API's or of an error as it is shown and stored."""
        return text if self.policy.name == "keep" else texts.masked(text)

    def body_shown(self, text: str) -> str:
        """Return what an error may show of an answer's beginning."""
        if self.policy.name == "keep":
            return text
        return MARK if text.lstrip("\ufeff \r\n\t")[:1] in {"{", "["} else texts.masked(text)

    def _data(self, data: Any) -> Any:
        if isinstance(data, list):
            return [self.item(each) for each in data]
        if not isinstance(data, dict) or not isinstance(data.get("items"), list):
            return self.item(data)
        rest = self.item({name: value for name, value in data.items() if name != "items"})
        items = [self.item(each) for each in data["items"]]
        return {name: items if name == "items" else rest[name] for name in data}


KEEP = Masker()


def persons(item: Mapping[str, Any]) -> Iterator[tuple[Kind, str]]:
    """Yield who a payload names in its fields, each address of several by itself."""
    for name, kind in PERSONS.items():
        for said in _leaves(item.get(name)):
            for one in said.split(",") if kind == "email" else [said]:
                if one.strip() and one.strip() != MARK:
                    yield kind, one.strip()


def person(policy: Policy, kind: Kind, value: Any) -> Any:
    """Return what stands for a value that names a person; what is blank stays."""
    if policy.name == "keep" or not any(said.strip() for said in _leaves(value)):
        return value
    if policy.name == "drop":
        return None
    return _tokens(policy.key, kind, value)


def _tokens(key: bytes, kind: Kind, value: Any) -> Any:
    if isinstance(value, list):
        return [_tokens(key, kind, each) for each in value]
    if isinstance(value, dict):
        return {name: _tokens(key, kind, each) for name, each in value.items()}
    if value is None or isinstance(value, bool):
        return value
    said = str(value)
    parts = said.split(",") if kind == "email" else [said]
    return ",".join(token(key, kind, each.strip()) if each.strip() else each for each in parts)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def known_persons(pairs: Iterator[tuple[Kind, str]], told: str) -> Any:
    """Return what finds persons in texts, where any of them could be in *told*; else None."""
    folded = told.casefold()
    digits = "".join(filter(str.isdecimal, told))
    people, numbers = [], []
    for kind, said in pairs:
        if TOKEN.fullmatch(said):
            continue
        if kind == "name" and said.split()[-1].strip(".,").casefold() in folded:
            people.append(said)
        elif kind == "phone" and (normalised("phone", said)[-9:] or MARK) in digits:
            numbers.append(said)
    return texts.known(tuple(people), tuple(numbers)) if people or numbers else None


def _known_in(item: Any) -> Any:
    if not isinstance(item, dict) or not any(item.get(name) for name in PERSONS):
        return None
    return known_persons(persons(item), "\n".join(_leaves(item)))


def _walk(value: Any, how: _Reading, name: str, within: str, depth: int) -> Any:
    """Return *value* as it is stored.

    Args:
        value: Anything that JSON carries.
        how: The policy, and who is known.
        name: The field that it is in; of an array, the array's.
        within: The field around that one.
        depth: How deep it is nested.
    """
    if depth > DEEPEST:
        return MARK
    if name in PERSONS:
        return person(how.policy, PERSONS[name], value)
    if isinstance(value, dict):
        walked = {
            key: _walk(each, how, key, within if name == "trackinfo" else name, depth + 1)
            for key, each in value.items()
        }
        if "StatusDescription" in value and "Details" in value:
            _finish_scan(walked)
        return walked
    if isinstance(value, list):
        return [_walk(each, how, name, within, depth + 1) for each in value]
    return _leaf(value, how, name, within)


def _finish_scan(scan: Payload) -> None:
    first, second = scan["StatusDescription"], scan["Details"]
    if isinstance(first, str) and isinstance(second, str):
        scan["StatusDescription"], scan["Details"] = texts.masked_pair(first, second)


def _leaf(value: Any, how: _Reading, name: str, within: str) -> Any:
    if value is None:
        return None
    is_plain = name in PLAIN or (name in LEG_PLAIN and within in LEG_NAMES)
    if not isinstance(value, str):
        return value if is_plain or is_harmless(value) else MARK
    if name in SAID:
        return texts.masked(texts.without(value, how.known))
    if name in NOTES:
        return texts.without_contacts(texts.without(value, how.known))
    if name in NUMBERS:
        return texts.without_emails(texts.without(value, how.known))
    if is_plain:
        return texts.without_emails(value)
    return value if is_harmless(value) else MARK
