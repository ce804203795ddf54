"""Finds names in carriers' texts: behind the words that announce one."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from transforms.personal.cues import (
    cues,
    eastern_nobody,
    houses,
    nobody,
    particles,
    titles,
)

MOST_WORDS = 4
SHORTEST_SMALL = 3  # letters of a name that begins with a small one
_WORD = re.compile(r"[^\s,;:：；，、。(（)）\[\]【】「」/|!！?？\"<>]+")
_GAP = re.compile(r"[ \t\xa0\u3000]{1,3}")
_EDGE = ".'’`-*"

_HAN = r"\u4e00-\u9fff々"
_VERB = r"[签簽已正将將请請电電联聯在为為派送代由手投]"
_CN_NAME = rf"(?:(?!{_VERB})[{_HAN}·]){{2,4}}"
_CN_WORK = (
    r"(?:[投派配]递?[递送]?员|投遞員|揽投员|派件员|派送员|快递员|业务员|配送员|收件员|揽件员|收派员"
    r"|快递小哥|联系人|签收人|簽收人|收件人|收货人|寄件人)(?:姓名)?"
)
_JP_NAME = rf"[{_HAN}\u30a0-\u30ff]{{1,6}}(?:[ \u3000][{_HAN}\u30a0-\u30ff]{{1,6}})?"
_JP_WORK = (
    r"(?:配達員|集配員|配達担当者?|担当ドライバー|ドライバー|担当者?|署名|サイン|受領者|受取人)"
)
_KR_WORK = (
    r"(?:배달원|배송기사|택배기사|집배원|배송사원|담당사원|배송담당자?|담당자|기사"
    r"|인수자|수령인|수취인|받는\s?분|서명)"
)
_KR_SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공"
    "현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
)
_EAST = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_CN_WORK}(?:是|为|為)?\s*(?:[：:]\s*|[【\[（(]\s*)(?P<name>{_CN_NAME})",
        rf"{_CN_WORK}\s*(?P<name>{_CN_NAME})"
        r"(?=\s*[（(【\[,，、]?\s*(?:联系)?(?:电话|手机|tel)?[：:\s]*(?:\+?\d{7,}|\*\*\*))",
        rf"(?P<name>(?:(?!{_VERB})[{_HAN}]){{1,3}})(?=先生|女士|小姐)",
        rf"(?P<name>{_JP_NAME})[ \u3000]?様",
        rf"{_JP_WORK}\s*[：:]\s*(?P<name>[{_HAN}\u3040-\u30ff]{{2,8}}"
        rf"(?:[ \u3000][{_HAN}\u3040-\u30ff]{{1,8}})?)",
        rf"{_KR_WORK}\s*[:：]\s*(?P<name>[가-힣]{{2,4}})",
        rf"{_KR_WORK}\s*(?P<name>[{_KR_SURNAMES}][가-힣]{{1,2}})"
        r"(?=님|\s*[(（]?\s*(?:연락처|전화|☎|tel)?[:：]?\s*(?:0\d|\*\*\*))",
        rf"(?<![가-힣])(?P<name>[{_KR_SURNAMES}][가-힣]{{2}})(?=\s?님)",
    )
)


class Span(NamedTuple):
    """Where a name stands in a text."""

    start: int
    end: int


def names(text: str) -> Iterator[Span]:
    """Yield where *text* names somebody; spans may overlap."""
    yield from _western(text)
    if text.isascii() or not _is_eastern(text):
        return
    for pattern in _EAST:
        for found in pattern.finditer(text):
            if not found["name"].startswith(eastern_nobody()):
                yield Span(*found.span("name"))


def announces(text: str) -> bool:
    """Return whether *text* ends where the name of who signed would follow."""
    said = text.rstrip()
    for pattern in (cues().by, cues().label):
        for found in pattern.finditer(said):
            if found.end() == len(said):
                return True
    return False


def _is_eastern(text: str) -> bool:
    return any("\u3040" <= letter <= "\u9fff" or "가" <= letter <= "힣" for letter in text)


def _western(text: str) -> Iterator[Span]:
    known = cues()
    shouts = text.isupper()
    for found in known.by.finditer(text):
        yield from _name(text, found.end(), is_sure=True)
    for found in known.label.finditer(text):
        yield from _name(text, found.end(), is_sure=True)
    for found in known.work.finditer(text):
        has_colon = ":" in found[0] or "：" in found[0]
        # in a text of capitals they say nothing: COURIER COLLECTED
        if has_colon or not shouts:
            yield from _name(text, found.end(), is_sure=has_colon)
    for found in known.title.finditer(text):
        if found[0][0].isupper() or not text[found.start()].isalpha():
            yield from _name(text, found.end(), is_sure=False)


def _name(text: str, start: int, *, is_sure: bool) -> Iterator[Span]:
    """Yield the name that begins at *start*, if one does.

    Args:
        text: All of it.
        start: Where it would begin.
        is_sure: Whether it may be written small, as "signed by j smith".
    """
    end, count, is_small = start, 0, False
    for word in _words(text, start):
        bare = word[0].strip(_EDGE)
        folded = bare.casefold()
        if count and folded in houses():
            return  # Hong Kong Post
        if folded in titles() or (folded in particles() and (count or bare[0].isupper())):
            continue  # sig. Bellini, Maria da Silva
        if folded in nobody():
            break
        if not count:
            is_small = bare[0].islower()
        if is_small != bare[0].islower() or (is_small and not is_sure):
            break
        count += 1
        end = word.start() + len(word[0].rstrip("-*"))
        if word[0].endswith(".") and len(bare) > 2:
            end = word.start() + len(word[0].rstrip("."))  # the sentence ends, not an initial
            break
    if end - start >= (SHORTEST_SMALL if is_small else 1):
        yield Span(start, end)


def _words(text: str, start: int) -> Iterator[re.Match[str]]:
    """Yield the words from *start* on that may be parts of a name: letters, blanks between."""
    place = start
    for _ in range(MOST_WORDS):
        word = _WORD.match(text, place)
        if word is None or any(map(str.isdigit, word[0])) or not _begins_with_letter(word[0]):
            return
        yield word
        gap = _GAP.match(text, word.end())
        if gap is None:
            return
        place = gap.end()


def _begins_with_letter(word: str) -> bool:
    return word.strip(_EDGE)[:1].isalpha()
