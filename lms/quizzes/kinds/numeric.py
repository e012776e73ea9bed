"""A number, with the tolerance and the unit that the author states: all or nothing.

An expected answer reads “7,5”, “7,5 ± 0,5” or “7,5 ± 0,5 triệu đồng”. The learner may write 7,5 or 7.5, group thousands
with dots, and leave out the unit, which stands beside the field. “1.500” may be meant both ways, and either way counts.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from lms.content.expected import NUMBER, fraction_of, number_in
from lms.content.rules import Option, Question
from lms.quizzes.kinds import typed
from lms.quizzes.kinds.typed import INPUT, TEMPLATE, read
from lms.vietnamese import fold, squeeze

__all__ = ["INPUT", "NAME", "TEMPLATE", "best", "check", "choices", "explain", "mark", "mode", "read", "unit"]

NAME = "Điền số"

_TYPED = re.compile(rf"(?P<value>{NUMBER})\s*(?P<unit>[^\d\s.,].*)?", re.A)


def meant(text: str, unit: str) -> set[Fraction]:
    """The numbers that a learner's words may mean; none where they are no number in this unit."""
    match = _TYPED.fullmatch(squeeze(text))
    if match is None or (match["unit"] and fold(match["unit"]) != fold(unit)):
        return set()
    value = match["value"].removeprefix("+")
    readings = {fraction_of(value)}
    if re.fullmatch(r"[-−]?\d+\.\d+", value):
        readings.add(fraction_of(value.replace(".", ",")))
    return {reading for reading in readings if reading is not None}


def _fits(option: Option, text: str) -> bool:
    one = number_in(option.html)
    return one is not None and any(abs(number - one.value) <= one.within for number in meant(text, one.unit))


_judged = typed.Judged(_fits)
mark, explain, choices = _judged.mark, _judged.explain, _judged.choices


def check(options: Sequence[Option], stem: str = "") -> str | None:
    if wrong := typed.refusal(options, "Câu điền số"):
        return wrong
    read_as = [number_in(option.html) for option in options]
    for option, one in zip(options, read_as, strict=True):
        if one is None:
            return f"Đáp án {option.id}) không đọc được thành số; viết như “7,5” hoặc “7,5 ± 0,5 triệu đồng”."
    if len({one.unit for one in read_as if one}) > 1:
        return "Các đáp án của câu điền số cần cùng một đơn vị tính."
    rights = [(one.value, one.within) for option, one in zip(options, read_as, strict=True) if one and option.is_right]
    for option, one in zip(options, read_as, strict=True):
        if one and not option.is_right and any(abs(one.value - value) <= within for value, within in rights):
            return f"Đáp án sai {option.id}) nằm trong khoảng của một đáp án đúng."
    return None


def unit(question: Question) -> str:
    """What stands beside the field."""
    one = number_in(question.options[0].html)
    return one.unit if one else ""


def mode(question: Question) -> str:
    """Which keys a telephone offers: those with a minus sign only where a number may need it."""
    values = [one.value for one in (number_in(option.html) for option in question.options) if one]
    return "text" if any(value < 0 for value in values) else "decimal"


def best(question: Question) -> tuple[str, ...]:
    right = next(option for option in question.options if option.is_right)
    one = number_in(right.html)
    return (one.written,) if one else ()
