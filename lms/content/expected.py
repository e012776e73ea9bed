"""What authors write where people type, pair, order or fill in: numbers, words, pairs, places and gaps.

Everything here reads the rendered line or stem. The kinds mark by it, and the exchange writes by it what other programs
read.
"""

import html
import re
from dataclasses import dataclass
from fractions import Fraction

from lms.vietnamese import parse_number, squeeze

ARROW = "=&gt;"
"""Between the two sides of a pair, as it stands in the rendered line."""

WITHOUT_DIACRITICS, WITH_CASE = "(chấp nhận không dấu)", "(đúng chữ hoa)"

MODEL_ANSWER = "Bài trả lời mẫu"
"""Begins the line of a free text whose explanation is the model answer."""

NUMBER = r"[-−+]?\d(?:[\d.,]*\d)?"
_NUMBER = re.compile(rf"(?P<value>{NUMBER})(?:\s*(?:±|\+/-)\s*(?P<within>{NUMBER}))?\s*(?P<unit>[^\d\s±].*)?", re.A)
_PLACED = re.compile(r"([1-8])\.\s+(\S.*)", re.S)
_DOTS = r"(?:…|\.{3,})"
GAP = re.compile(rf"{_DOTS}\s*\((?P<number>\d)(?P<list>\s*,\s*chọn)?\)\s*{_DOTS}")
_OF_GAP = re.compile(r"\((\d)\)\s*(\S.*)", re.S)


def words_of(line: str) -> str:
    """The bare words of a piece of a page."""
    return squeeze(html.unescape(re.sub("<[^>]*>", "", line)))


@dataclass(frozen=True)
class Number:
    """Right is every number that is no further from `value` than `within`. `written` is the value as it was written."""

    value: Fraction
    within: Fraction
    unit: str
    written: str


def fraction_of(text: str) -> Fraction | None:
    """A number as it is written in Vietnamese, dots grouping thousands; None where it is none."""
    try:
        return Fraction(parse_number(text.removeprefix("+"), thousands=True))
    except ValueError:
        return None


def number_in(line: str) -> Number | None:
    """“7,5 ± 0,5 triệu đồng”; None where the line does not read as a number."""
    match = _NUMBER.fullmatch(words_of(line))
    if match is None:
        return None
    value, within = fraction_of(match["value"]), fraction_of(match["within"] or "0")
    if value is None or within is None or within < 0:
        return None
    return Number(value, within, squeeze(match["unit"] or ""), match["value"])


@dataclass(frozen=True)
class Words:
    """Accepted words; whether diacritics may be left out, and whether letter case counts."""

    text: str
    without_diacritics: bool = False
    with_case: bool = False


def words_in(line: str) -> Words:
    """“Ban Chấp hành (chấp nhận không dấu)” or “CĐCS (đúng chữ hoa)”."""
    text = words_of(line)
    if text.endswith(WITHOUT_DIACRITICS):
        return Words(text.removesuffix(WITHOUT_DIACRITICS), without_diacritics=True)
    if text.endswith(WITH_CASE):
        return Words(text.removesuffix(WITH_CASE), with_case=True)
    return Words(text)


def pair_in(line: str) -> tuple[str, str]:
    """The left side as it is shown, and the words of the right one: “Vế trái => Vế phải”."""
    left, _arrow, right = line.partition(ARROW)
    return left.strip(), words_of(right)


def place_in(line: str) -> tuple[int, str]:
    """The right place of a line and the line without it: “2. Bầu đoàn chủ tịch”; place 0 where none is written."""
    match = _PLACED.match(line)
    return (int(match[1]), match[2]) if match else (0, line)


@dataclass(frozen=True)
class Gap:
    """A gap of a stem: “…(1)…” is typed into, “…(2, chọn)…” is chosen from a list. The words beside it tell where."""

    number: str
    is_list: bool
    before: str
    after: str


WORDS_BESIDE = 4


def gaps_in(stem: str) -> list[Gap]:
    """The gaps of a rendered stem in its order."""
    words = words_of(re.sub("<", " <", stem))
    found = list(GAP.finditer(words))
    ends = [0, *(match.end() for match in found)]
    starts = [*(match.start() for match in found), len(words)]
    return [
        Gap(
            match["number"],
            match["list"] is not None,
            " ".join(words[ends[at] : starts[at]].split()[-WORDS_BESIDE:]),
            " ".join(words[ends[at + 1] : starts[at + 1]].split()[:WORDS_BESIDE]),
        )
        for at, match in enumerate(found)
    ]


def gap_of(line: str) -> tuple[str, str]:
    """The number of the gap that a line answers, and the line without it: “(1) Ban Chấp hành”; "" where none is."""
    match = _OF_GAP.match(line)
    return (match[1], match[2]) if match else ("", line)
