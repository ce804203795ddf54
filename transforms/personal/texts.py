"""Masks persons in free text: e-mail addresses, telephone numbers, names that are announced.

The mark is the same whatever the policy, so that a scan's words, and with them its name, are the
same under `hash` and `drop`, and hundreds of couriers leave one text to be read, not hundreds.
"""

import re
from functools import lru_cache

from transforms.personal.cues import SHORTEST_WORD, words_of_trade
from transforms.personal.names import Span, announces, names

MARK = "***"
FEWEST_DIGITS = 7  # of a telephone number that is known

_EMAIL = re.compile(r"[^\s@<>,;:()\[\]\"'*]+@[^\s@<>,;:()\[\]\"'*]+\.[^\W\d_]{2,}")
_LABEL = (
    r"(?:tel(?:[eé]f(?:on[oe]?|oon)?|ephone)?|telem[oó]vel|phone|mob(?:ile|il)?|cell|handy|gsm"
    r"|call|fono|celular|komórk\w*|телефон|тел|моб|тлф|контакт|联系电话|电话|電話|手机|手機"
    r"|联系方式|聯繫方式|전화번호|전화|연락처|휴대폰|携帯|☎|📞)"
)
_PHONE = re.compile(
    # labelled: whatever number follows
    rf"(?<![^\W\d_]){_LABEL}\.?\s*(?:no\.?|nr\.?|n[º°]\.?|number|numer|nummer|номер|号码|番号)?"
    r"\s*[:：.]?\s*(?P<labelled>\+?\(?\d[\d ().\-/\xa0]{4,17}\d)"
    # with the code of a country
    r"|(?<![\w+])(?P<abroad>\+\s?\d[\d ().\-\xa0]{6,17}\d)(?!\w)"
    # spelt as countries spell theirs
    r"|(?<![\w.\-])(?P<usual>"
    r"1[3-9]\d{9}"  # China, mobile
    r"|01[016-9][ -]?\d{3,4}[ -]?\d{4}"  # Korea, mobile
    r"|0\d{1,3}-\d{2,4}-\d{4}"  # Japan
    r"|\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}"  # North America
    r"|8[ -]?\(?\d{3}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}"  # Russia
    r"|0\d{2}[ -]?\d{3}[ -]\d{2}[ -]\d{2}"  # Ukraine
    r"|0\d(?:[ .]\d{2}){4}"  # France
    r"|0\d{2,4}[ /]\d{5,8}"  # Germany
    r"|06[ -]?\d{8}"  # the Netherlands
    r"|\d{3} \d{3} \d{3,4}"  # Poland, Spain, Italy
    r"|\(\d{2}\) ?9?\d{4}-\d{4}"  # Brazil
    r")(?![\w\-])",
    re.IGNORECASE,
)


@lru_cache(maxsize=65_536)
def masked(text: str) -> str:
    """Return what a carrier said without the persons in it; doing it twice changes nothing."""
    while (once := _mask_names(_mask_contacts(text))) != text:
        text = once  # fewer letters each time: it ends
    return text


@lru_cache(maxsize=16_384)
def without_contacts(text: str) -> str:
    """Return a merchant's note without e-mail addresses and telephone numbers."""
    while (once := _mask_contacts(text)) != text:
        text = once
    return text


def without_emails(text: str) -> str:
    """Return *text* without e-mail addresses: what else looks like a number may be one."""
    return _EMAIL.sub(MARK, text) if "@" in text else text


@lru_cache(maxsize=65_536)
def masked_pair(description: str | None, details: str | None) -> tuple[str | None, str | None]:
    """Return a scan's two texts without the persons; the first may announce who is the second."""
    first = None if description is None else masked(description)
    second = None if details is None else masked(details)
    if first and second and announces(first):
        told = masked(f"{first.rstrip()} {second}")
        if told.endswith(MARK):
            second = MARK
    return first, second


@lru_cache(maxsize=16_384)
def known(persons: tuple[str, ...], numbers: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return what finds persons whose names and telephone numbers are known; None: nobody is.

    A name of several words is found whole, in either order and with an initial; one of a single
    word where it stands alone and is no word of the trade.
    """
    forms = [_bounded(form) for person in persons for form in _forms(person)]
    for number in numbers:
        digits = [each for each in number if each.isdecimal()][-9:]
        if len(digits) >= FEWEST_DIGITS:
            spelt = r"[\s().\-]{0,2}".join(digits)
            forms.append(_bounded(r"\+?(?:\d[\s().\-]{0,2}){0,5}" + spelt))
    if not forms:
        return None
    forms.sort(key=len, reverse=True)
    return re.compile("|".join(forms), re.IGNORECASE)


def without(text: str, pattern: re.Pattern[str] | None) -> str:
    """Return *text* with what *pattern* finds replaced by the mark."""
    return text if pattern is None else pattern.sub(MARK, text)


def _bounded(form: str) -> str:
    """Return *form* where no other word goes on; scripts without blanks have no such borders."""
    return form if form[0] >= "\u3040" else rf"(?<![^\W_]){form}(?![^\W_])"


def _forms(person: str) -> list[str]:
    words = [re.escape(word) for word in re.findall(r"[^\W\d_][\w'’.-]*", person)]
    bare = [word.replace("\\.", "").replace(".", "") for word in words]
    if not words or MARK in person:
        return []
    if len(words) == 1:
        is_name = len(words[0]) >= (2 if not words[0][0].isascii() else SHORTEST_WORD)
        return words if is_name and words[0].casefold() not in words_of_trade() else []
    gap = r"[\s,.]{1,3}"
    first, last = bare[0], bare[-1]
    return [
        gap.join(words),
        gap.join(reversed(words)),
        rf"{first}{gap}{last}",
        rf"{last}{gap}{first}",
        rf"{first[0]}{gap}{last}",
        rf"{last}{gap}{first[0]}\.?",
    ]


def _mask_contacts(text: str) -> str:
    return _PHONE.sub(_without_number, without_emails(text))


def _without_number(found: re.Match[str]) -> str:
    number = next(said for said in found.groups() if said is not None)
    return found[0].replace(number, MARK)


def _mask_names(text: str) -> str:
    spans: list[Span] = []
    for span in sorted(names(text)):
        if spans and span.start <= spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, span.end))
        else:
            spans.append(span)
    for start, end in reversed(spans):
        text = f"{text[:start]}{MARK}{text[end:]}"
    return text
