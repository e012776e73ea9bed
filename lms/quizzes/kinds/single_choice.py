"""One right option: all or nothing."""

from collections.abc import Sequence
from fractions import Fraction

from flask_babel import gettext as _

from lms.content.rules import Option, Question
from lms.errors import BadInput
from lms.quizzes.kinds.parts import Part

NAME = "Một đáp án"
TEMPLATE = "quizzes/kinds/choices.html"
INPUT = "radio"


def check(options: Sequence[Option], stem: str = "") -> str | None:
    right = sum(option.is_right for option in options)
    if not 2 <= len(options) <= 8:
        return f"Câu một đáp án cần từ 2 đến 8 phương án, đang có {len(options)}."
    if right != 1:
        return f"Câu một đáp án cần đúng một dấu [x], đang có {right}."
    return None


def read(question: Question, sent: Sequence[str]) -> tuple[str, ...]:
    if len(sent) > 1 or any(id not in {option.id for option in question.options} for id in sent):
        raise BadInput(_("Câu trả lời không khớp với câu hỏi. Đồng chí tải lại trang rồi chọn lại."))
    return tuple(sent)


def mark(question: Question, answer: tuple[str, ...]) -> Fraction:
    right = {option.id for option in question.options if option.is_right}
    return Fraction(int(set(answer) == right))


def explain(question: Question, answer: tuple[str, ...]) -> list[Part]:
    """The right option chosen is worth the whole point, any other nothing."""
    return [
        Part(
            option.id,
            option.html,
            option.html if option.id in answer else "",
            option.is_right,
            Fraction(int(option.is_right and option.id in answer)),
            option.explanation,
        )
        for option in question.options
    ]


def choices(question: Question, answer: tuple[str, ...]) -> tuple[str, ...]:
    return answer


def best(question: Question) -> tuple[str, ...]:
    return tuple(option.id for option in question.options if option.is_right)
