"""What kinds share whose answer is typed: one entry, compared with the answers that the author expects.

The options are the expected answers and are not shown before handing in: those that count ([x]), and mistakes that many
make ([ ]), each with its explanation. The first right one that fits is taken, else the first mistake that fits.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

from flask_babel import gettext as _
from markupsafe import escape

from lms.content.rules import Option, Question
from lms.errors import BadInput
from lms.quizzes.kinds.parts import Part
from lms.vietnamese import squeeze

LONGEST = 200
TEMPLATE = "quizzes/kinds/typed.html"
INPUT = "text"

Fits = Callable[[Option, str], bool]


def _is_text(sign: str) -> bool:
    return sign.isprintable() or sign.isspace()


def read(question: Question, sent: Sequence[str]) -> tuple[str, ...]:
    """What was typed, in its stored form; whatever it is, it is kept."""
    typed = [text for text in (squeeze("".join(filter(_is_text, one))) for one in sent) if text]
    if len(typed) > 1:
        raise BadInput(_("Câu trả lời không khớp với câu hỏi. Đồng chí tải lại trang rồi trả lời lại."))
    if typed and len(typed[0]) > LONGEST:
        raise BadInput(_("Câu trả lời dài hơn %(n)s ký tự. Đồng chí viết gọn lại.", n=LONGEST))
    return tuple(typed)


def found(question: Question, answer: tuple[str, ...], fits: Fits) -> Option | None:
    """The expected answer that this one is taken for."""
    if not answer:
        return None
    by_rank = sorted(question.options, key=lambda option: not option.is_right)
    return next((option for option in by_rank if fits(option, answer[0])), None)


def worth(option: Option | None) -> Fraction:
    return Fraction(int(option is not None and option.is_right))


def choices(question: Question, answer: tuple[str, ...], fits: Fits) -> tuple[str, ...]:
    option = found(question, answer, fits)
    return (option.id if option else "?",) if answer else ()


def explain(question: Question, answer: tuple[str, ...], fits: Fits) -> list[Part]:
    """What was typed where nobody expected it, then every expected answer."""
    taken_for = found(question, answer, fits)
    unexpected = (
        [Part("", str(escape(answer[0])), answer[0], False, Fraction(0), "")] if answer and not taken_for else []
    )
    return unexpected + [
        Part(
            option.id,
            option.html,
            answer[0] if option is taken_for else "",
            option.is_right,
            worth(option) if option is taken_for else Fraction(0),
            option.explanation,
            str(escape(answer[0])) if option is taken_for else "",
        )
        for option in question.options
    ]


def refusal(options: Sequence[Option], name: str) -> str | None:
    """What is wrong with expected answers of any such kind."""
    if not 1 <= len(options) <= 12:
        return f"{name} cần từ 1 đến 12 đáp án, đang có {len(options)}."
    if not any(option.is_right for option in options):
        return f"{name} cần ít nhất một dấu [x]."
    return None
