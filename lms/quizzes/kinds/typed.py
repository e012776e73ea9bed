"""What kinds share whose answer is typed: one entry, compared with the answers that the author expects.

The options are the expected answers and are not shown before handing in: those that count ([x]), and mistakes that many
make ([ ]), each with its explanation. The first right one that fits is taken, else the first mistake that fits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


def cleaned(text: str) -> str:
    """What was typed in its stored form; whatever it is, it is kept unless it is too long."""
    text = squeeze("".join(filter(_is_text, text)))
    if len(text) > LONGEST:
        raise BadInput(_("Câu trả lời dài hơn %(n)s ký tự. Đồng chí viết gọn lại.", n=LONGEST))
    return text


def read(question: Question, sent: Sequence[str]) -> tuple[str, ...]:
    typed = [text for text in map(cleaned, sent) if text]
    if len(typed) > 1:
        raise BadInput(_("Câu trả lời không khớp với câu hỏi. Đồng chí tải lại trang rồi trả lời lại."))
    return tuple(typed)


def found(options: Sequence[Option], text: str, fits: Fits) -> Option | None:
    """The expected answer that these words are taken for."""
    by_rank = sorted(options, key=lambda option: not option.is_right)
    return next((option for option in by_rank if fits(option, text)), None)


@dataclass(frozen=True)
class Judged:
    """What a kind says of an answer once it can tell whether words fit an expected answer."""

    fits: Fits

    def _taken_for(self, question: Question, answer: tuple[str, ...]) -> Option | None:
        return found(question.options, answer[0], self.fits) if answer else None

    def mark(self, question: Question, answer: tuple[str, ...]) -> Fraction:
        option = self._taken_for(question, answer)
        return Fraction(int(option is not None and option.is_right))

    def choices(self, question: Question, answer: tuple[str, ...]) -> tuple[str, ...]:
        option = self._taken_for(question, answer)
        return (option.id if option else "?",) if answer else ()

    def explain(self, question: Question, answer: tuple[str, ...]) -> list[Part]:
        """What was typed where nobody expected it, then every expected answer."""
        taken_for = self._taken_for(question, answer)
        typed = str(escape(answer[0])) if answer else ""
        unexpected = [Part("", typed, answer[0], False, Fraction(0), "")] if answer and not taken_for else []
        return unexpected + [
            Part(
                option.id,
                option.html,
                answer[0] if option is taken_for else "",
                option.is_right,
                Fraction(int(option is taken_for and option.is_right)),
                option.explanation,
                typed if option is taken_for else "",
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
