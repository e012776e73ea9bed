"""Several right options, with partial credit.

The rule, as learners are told: the share of right options chosen, less the share of wrong options chosen, never below
zero. Choosing everything gives 1 − 1 = 0, choosing nothing gives 0.
"""

from collections.abc import Sequence
from fractions import Fraction

from flask_babel import gettext as _

from lms.content.rules import Option, Question
from lms.errors import BadInput
from lms.quizzes.kinds.parts import Part

NAME = "Nhiều đáp án"
TEMPLATE = "quizzes/kinds/choices.html"
INPUT = "checkbox"


def check(options: Sequence[Option], stem: str = "") -> str | None:
    right = sum(option.is_right for option in options)
    if not 3 <= len(options) <= 8:
        return f"Câu nhiều đáp án cần từ 3 đến 8 phương án, đang có {len(options)}."
    if right < 2 or right == len(options):
        return "Câu nhiều đáp án cần ít nhất hai dấu [x] và ít nhất một phương án sai."
    return None


def read(question: Question, sent: Sequence[str]) -> tuple[str, ...]:
    if any(id not in {option.id for option in question.options} for id in sent):
        raise BadInput(_("Câu trả lời không khớp với câu hỏi. Đồng chí tải lại trang rồi chọn lại."))
    return tuple(sorted(set(sent)))


def mark(question: Question, answer: tuple[str, ...]) -> Fraction:
    right = {option.id for option in question.options if option.is_right}
    wrong = {option.id for option in question.options if not option.is_right}
    chosen = set(answer)
    return max(Fraction(0), Fraction(len(chosen & right), len(right)) - Fraction(len(chosen & wrong), len(wrong)))


def explain(question: Question, answer: tuple[str, ...]) -> list[Part]:
    """A right option chosen is worth its share of the right ones; a wrong one costs its share of the wrong ones."""
    right = sum(option.is_right for option in question.options)
    shares = {True: Fraction(1, right), False: Fraction(-1, len(question.options) - right)}
    return [
        Part(
            option.id,
            option.html,
            option.html if option.id in answer else "",
            option.is_right,
            shares[option.is_right] if option.id in answer else Fraction(0),
            option.explanation,
        )
        for option in question.options
    ]


def choices(question: Question, answer: tuple[str, ...]) -> tuple[str, ...]:
    return answer


def best(question: Question) -> tuple[str, ...]:
    return tuple(option.id for option in question.options if option.is_right)
