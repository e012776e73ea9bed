"""A text with gaps: into each a few words are typed, or chosen from a list.

The stem writes a gap as “…(1)…”, and “…(2, chọn)…” where a list is offered. An option begins with the number of its
gap, “(1) Ban Chấp hành (chấp nhận không dấu)”, and typed words are compared as in a short text. The rule: of n gaps a
right one is worth 1/n, and a wrong one costs nothing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from flask_babel import gettext as _
from markupsafe import escape

from lms.content.expected import gap_of, gaps_in, words_in, words_of
from lms.content.rules import Option, Question
from lms.errors import BadInput
from lms.quizzes.kinds import short_text, typed
from lms.quizzes.kinds.paired import given
from lms.quizzes.kinds.parts import Part
from lms.vietnamese import squeeze

__all__ = ["INPUT", "NAME", "TEMPLATE", "best", "check", "choices", "explain", "gaps", "given", "mark", "read"]

NAME = "Điền chỗ trống"
TEMPLATE = "quizzes/kinds/gap_text.html"
INPUT = "gaps"
MOST_GAPS = 8

_BEFORE_FIELD = re.compile(r"\d=")


@dataclass(frozen=True)
class Gap:
    """A gap with the lines that answer it, without its number, and the words of the stem around it."""

    number: str
    is_list: bool
    options: tuple[Option, ...]
    around: str

    @property
    def right(self) -> Option:
        """The first of the right ones."""
        return next(option for option in self.options if option.is_right)

    def taken_for(self, value: str) -> Option | None:
        """The line that an answer is; None where nobody expected it."""
        if self.is_list:
            return next((option for option in self.options if option.id == value), None)
        return typed.found(self.options, value, short_text.fits)

    def words(self, value: str) -> str:
        """What a person put there."""
        option = self.taken_for(value) if self.is_list else None
        return words_of(option.html) if option else value


def _gaps(stem: str, options: Sequence[Option]) -> list[Gap]:
    lines = [(number, replace(option, html=line)) for option in options for number, line in [gap_of(option.html)]]
    return [
        Gap(
            gap.number,
            gap.is_list,
            tuple(option for number, option in lines if number == gap.number),
            f"{gap.before} … {gap.after}",
        )
        for gap in gaps_in(stem)
    ]


def gaps(question: Question, options: Sequence[Option] | None = None) -> list[Gap]:
    """The gaps in the order of the stem; their lists in the order of `options`, where an attempt shuffles them."""
    return _gaps(question.html, question.options if options is None else options)


def check(options: Sequence[Option], stem: str = "") -> str | None:
    found = _gaps(stem, options)
    numbers = [gap.number for gap in found]
    if not 1 <= len(found) <= MOST_GAPS:
        return f"Lời dẫn cần từ 1 đến {MOST_GAPS} chỗ trống viết như “…(1)…” hoặc “…(2, chọn)…”, đang có {len(found)}."
    if numbers != [str(n) for n in range(1, len(found) + 1)]:
        return "Chỗ trống trong lời dẫn đánh số lần lượt từ 1, mỗi số một lần."
    for option in options:
        if gap_of(option.html)[0] not in numbers:
            return f"Dòng {option.id}) cần bắt đầu bằng số của một chỗ trống trong lời dẫn, ví dụ “(1) …”."
    return next(filter(None, map(_refusal_of_gap, found)), None)


def _refusal_of_gap(gap: Gap) -> str | None:
    if not any(option.is_right for option in gap.options):
        return f"Chỗ trống ({gap.number}) cần ít nhất một dòng mang dấu [x]."
    if not gap.is_list:
        return short_text.refusal_of_words(gap.options)
    if len(gap.options) > 8 or all(option.is_right for option in gap.options):
        return f"Danh sách của chỗ trống ({gap.number}) cần từ 2 đến 8 dòng, trong đó có ít nhất một dòng sai."
    if len({words_of(option.html).casefold() for option in gap.options}) < len(gap.options):
        return f"Danh sách của chỗ trống ({gap.number}) có hai dòng giống nhau."
    return None


def read(question: Question, sent: Sequence[str]) -> tuple[str, ...]:
    """Entries “gap=value” in order; a form without script sends a bare “gap=” before each field instead."""
    known = {gap.number: gap for gap in gaps(question)}
    found: dict[str, str] = {}
    for number, text in _entries(sent):
        value, gap = typed.cleaned(text), known.get(number)
        if not value:
            continue
        if gap is None or number in found or (gap.is_list and gap.taken_for(value) is None):
            raise BadInput(_("Câu trả lời không khớp với câu hỏi. Đồng chí tải lại trang rồi trả lời lại."))
        found[number] = value
    return tuple(f"{number}={found[number]}" for number in sorted(found))


def _entries(sent: Sequence[str]) -> Iterable[tuple[str, str]]:
    if len(sent) % 2 == 0 and all(map(_BEFORE_FIELD.fullmatch, sent[::2])):
        return [(field[0], value) for field, value in zip(sent[::2], sent[1::2], strict=True)]
    return [(number, value) if sign else ("", number) for number, sign, value in (one.partition("=") for one in sent)]


def explain(question: Question, answer: tuple[str, ...]) -> list[Part]:
    """What was put into each gap, and below it the right words unless it was those."""
    chosen, all_of_them = given(answer), gaps(question)
    return [part for gap in all_of_them for part in _parts(gap, chosen.get(gap.number, ""), len(all_of_them))]


def _parts(gap: Gap, value: str, of: int) -> Iterable[Part]:
    option, place = gap.taken_for(value) if value else None, f"({gap.number})"
    if option and option.is_right:
        label = f"{place} {option.html}"
        yield Part(gap.number, label, gap.words(value), True, Fraction(1, of), option.explanation, place)
        return
    if value:
        words = gap.words(value)
        why = option.explanation if option else ""
        yield Part(gap.number, f"{place} {escape(words)}", words, False, Fraction(0), why, place)
    yield Part(gap.right.id, f"{place} {gap.right.html}", "", True, Fraction(0), gap.right.explanation)


def mark(question: Question, answer: tuple[str, ...]) -> Fraction:
    return sum((part.worth for part in explain(question, answer)), Fraction(0))


def choices(question: Question, answer: tuple[str, ...]) -> tuple[str, ...]:
    """The lines that the answer comes down to, and "?" once where some gap holds what nobody expected."""
    chosen = given(answer)
    taken = [gap.taken_for(chosen[gap.number]) for gap in gaps(question) if gap.number in chosen]
    return tuple(sorted({option.id if option else "?" for option in taken}))


def best(question: Question) -> tuple[str, ...]:
    return tuple(
        f"{gap.number}={gap.right.id if gap.is_list else squeeze(words_in(gap.right.html).text)}"
        for gap in gaps(question)
    )
