"""Answers that are typed, paired or put in order, out of what a file says: the lines that our questions want.

Every `take_…` keeps the draft or says why it stays out. What our marking does not know is named as a loss.
"""

import re
from collections.abc import Sequence
from decimal import Context, Decimal, InvalidOperation
from fractions import Fraction
from hashlib import sha256
from typing import NamedTuple

from lms import vietnamese
from lms.content.exchange.items import Choice, Draft, Reading, shown
from lms.content.exchange.markdown import escape, words
from lms.content.expected import WITH_CASE, WITHOUT_DIACRITICS, number_in

LONGEST_UNIT = 40
MOST_DIGITS = 30

_NUMBER = re.compile(r"[+−-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_EXACT = Context(prec=200)
_UNIT = re.compile(r"(?:%|[^\W\d_])\S*(?: \S+){0,2}\Z")
_STAR = re.compile(r"(?<!\\)\*")

NUMBER_CURE = "Viết con số bằng chữ số, dấu chấm hoặc phẩy cho phần thập phân."
PARTLY = "điểm một phần cho đáp án gần đúng"


class Given(NamedTuple):
    """An answer as a file says it: plain words, its share of the mark in percent, one line of our Markdown why."""

    text: str
    weight: float
    why: str = ""
    within: str = "0"


def decimal_of(text: str) -> Decimal | None:
    """A number as programs write it, also with a decimal comma; None where it is none or out of all proportion."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text.replace("−", "-").replace(",", "."))
    except InvalidOperation:
        return None
    return number if abs(number.adjusted()) < MOST_DIGITS and len(number.as_tuple().digits) <= MOST_DIGITS else None


def written(number: Decimal) -> str:
    """As Vietnamese write it, without groups of thousands: “1822,5”."""
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return (text if text.strip("-0") else "0").replace(".", ",")


def as_programs_write(number: Fraction) -> str:
    """“7.5”: what `decimal_of` reads again."""
    exact = _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))
    return written(exact).replace(",", ".")


# --- Numbers ----------------------------------------------------------------------------------------------------------


def take_numbers(reading: Reading, draft: Draft, found: Sequence[Given], unit: str = "") -> None:
    """Whole marks make right answers, all others mistakes that are explained; one that no number misses is refused."""
    draft.kind = "numeric"
    unit = vietnamese.squeeze(unit)
    if len(unit) > LONGEST_UNIT or (unit and (unit[0].isdigit() or unit[0] in "±.,")):
        draft.lose(f"đơn vị “{shown(unit)}”")
        unit = ""
    ranges: list[tuple[Decimal, Decimal]] = []
    for one in sorted(found, key=lambda one: one.weight < 100):
        if one.text.strip() == "*":
            if one.weight > 0:
                message = "Câu trả lời bằng số mà số nào cũng được tính là đúng (*)."
                reading.refuse(draft.line, message, "Viết con số đúng vào đáp án.", draft.cell)
                return
            if one.why:
                draft.lose("lời phản hồi cho mọi câu trả lời khác")
            continue
        value, within = decimal_of(one.text), decimal_of(one.within or "0")
        if value is None or within is None or within < 0:
            told = f"{one.text} ± {one.within}" if value is not None else one.text
            reading.refuse(draft.line, f"Đáp án “{shown(told)}” không đọc được thành số.", NUMBER_CURE, draft.cell)
            return
        line = written(value) + (f" ± {written(within)}" if within else "") + (f" {escape(unit)}" if unit else "")
        if one.weight >= 100:
            ranges.append((value - within, value + within))
        elif any(least <= value <= most for least, most in ranges):
            partly = "được một phần điểm" if one.weight > 0 else "nằm trong khoảng của đáp án đúng"
            draft.lose(f"đáp án {line} ({partly})")
            continue
        elif one.weight > 0:
            draft.lose(PARTLY)
        draft.options.append(Choice(line, one.weight >= 100, one.why))
    reading.take(draft)


# --- Words ------------------------------------------------------------------------------------------------------------


def take_words(reading: Reading, draft: Draft, found: Sequence[Given], *, with_case: bool = False) -> None:
    """The first of several that mean the same counts; one that also stands there without diacritics says so."""
    draft.kind = "short_text"
    draft.options = word_choices(draft, found, with_case=with_case)
    if found and not draft.options:
        message = "Câu trả lời ngắn không còn đáp án nào dùng được: mọi đáp án đều có dấu *."
        reading.refuse(draft.line, message, "Viết đủ chữ cho từng đáp án được tính.", draft.cell)
        return
    reading.take(draft)


def word_choices(draft: Draft, found: Sequence[Given], *, with_case: bool) -> list[Choice]:
    """The lines that expect these words."""
    kept: dict[str, Given] = {}
    for one in found:
        if one.text.strip() == "*" and one.weight <= 0:
            if one.why:
                draft.lose("lời phản hồi cho mọi câu trả lời khác")
            continue
        if _STAR.search(one.text):
            draft.lose(f"đáp án có dấu * thay cho chữ bất kỳ (“{shown(one.text)}”)")
            continue
        text = vietnamese.squeeze(vietnamese.nfc(one.text.replace("\\*", "*")))
        if 0 < one.weight < 100:
            draft.lose(PARTLY)
        plain = vietnamese.fold_tone_position(text).strip(" .,;:!?…\"'“”‘’")
        kept.setdefault(plain if with_case else plain.casefold(), one._replace(text=text))
    bare = {} if with_case else _bare(kept)
    choices = []
    for key, one in kept.items():
        if key not in bare.values():
            note = f" {WITH_CASE}" if with_case else f" {WITHOUT_DIACRITICS}" if key in bare else ""
            choices.append(Choice(escape(one.text) + note, one.weight >= 100, one.why))
    return choices


def _bare(kept: dict[str, Given]) -> dict[str, str]:
    """Answers with diacritics, and where the same one stands without any and counts as much."""
    found: dict[str, str] = {}
    for key, one in kept.items():
        bare = vietnamese.fold(key)
        if bare != key and bare in kept and kept[bare].weight == one.weight and bare not in found.values():
            found[key] = bare
    return found


# --- As people type it ------------------------------------------------------------------------------------------------


def is_number(text: str) -> bool:
    """“7,5 ± 0,5 triệu đồng” is one with its unit; “30/4/1975” and “50/2024/QH15” are words."""
    number = number_in(text)
    return number is not None and (not number.unit or _UNIT.match(number.unit) is not None)


def take_typed(reading: Reading, draft: Draft, rights: Sequence[str], mistakes: Sequence[tuple[str, str]] = ()) -> None:
    """Answers as authors of Markdown would write them, too: numbers where all of them are, otherwise words."""
    draft.kind = draft.kind or ("numeric" if all(map(is_number, rights)) else "short_text")
    draft.options = [Choice(escape(text), True) for text in rights]
    draft.options += [Choice(escape(text), False, why) for text, why in mistakes]
    reading.take(draft)


# --- Pairs and orders -------------------------------------------------------------------------------------------------


def take_pairs(reading: Reading, draft: Draft, pairs: Sequence[tuple[str, str]], whys: Sequence[str] = ()) -> None:
    """Left and right sides in our Markdown; a right side without a left one is there to mislead, and is lost."""
    draft.kind = "matching"
    for (left, right), why in zip(pairs, whys or [""] * len(pairs), strict=True):
        if not left and right:
            draft.lose(f"vế phải gây nhiễu “{shown(words(right))}”")
        elif left or right:
            draft.options.append(Choice(f"{left} => {right}" if right else left, True, why))
    reading.take(draft)


def take_order(reading: Reading, draft: Draft, lines: Sequence[str], whys: Sequence[str] = ()) -> None:
    """Lines in their right order, in our Markdown. They are written down in another, which the words alone decide."""
    draft.kind = "ordering"
    placed = [
        Choice(f"{place}. {line}", True, why)
        for place, (line, why) in enumerate(zip(lines, whys or [""] * len(lines), strict=True), 1)
    ]
    mixed = sorted(placed, key=lambda one: sha256(one.text.encode()).hexdigest())
    draft.options = mixed if mixed != placed else mixed[::-1]
    reading.take(draft)
