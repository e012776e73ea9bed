"""A few sentences that a person marks.

The lines marked [x] are what the text should say, each ending with what it is worth, “(2 điểm)”; the one line marked
[ ] reads “Bài trả lời mẫu (không quá 80 từ)”, and its explanation is the model answer. A marker gives each line from
nothing to all of its points, in halves; the mark is the share of all points. Until then the text waits and earns
nothing. Only the first so many words are read, so that nothing typed is ever refused for being too long.

An answer is the text, and behind it what a person gave each line, “a=1.5”, and what they said to it, “=Nêu thêm số”.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from flask_babel import gettext as _
from markupsafe import escape

from lms.content.expected import words_of
from lms.content.rules import Option, Question
from lms.errors import BadInput
from lms.quizzes.kinds.paired import given
from lms.quizzes.kinds.parts import Part
from lms.vietnamese import count_words, format_number, nfc

__all__ = [
    *("INPUT", "NAME", "TEMPLATE", "best", "check", "choices", "explain", "limit", "mark", "model", "most", "notes"),
    *("longest_text", "points_of", "read", "steps", "waits", "within"),
]

NAME = "Tự luận ngắn"
TEMPLATE = "quizzes/kinds/free_text.html"
INPUT = "textarea"
MOST_NOTES, MOST_POINTS, MOST_WORDS = 8, 5, 300
LONGEST_WORD = 20
"""Characters, on average, that are kept of each of the words that are read; far more than Vietnamese has."""
HALF = Fraction(1, 2)

_WORTH = re.compile(r"\((\d)(,5)? điểm\)\Z")
_MODEL = re.compile(r"Bài trả lời mẫu \(không quá (\d{1,3}) từ\)\Z")
_WORD = re.compile(r"\S+")


def most(note: Option) -> Fraction:
    """What a line is worth in points; nothing where it does not say."""
    match = _WORTH.search(note.html)
    return Fraction(int(match[1])) + (HALF if match[2] else 0) if match else Fraction(0)


def notes(question: Question) -> list[Option]:
    """The lines that earn points."""
    return [option for option in question.options if option.is_right]


def model(question: Question) -> Option:
    return next(option for option in question.options if not option.is_right)


def limit(question: Question) -> int:
    """So many words of a text are read."""
    match = _MODEL.match(model(question).html)
    return int(match[1]) if match else MOST_WORDS


def check(options: Sequence[Option], stem: str = "") -> str | None:
    lines = [option for option in options if option.is_right]
    others = [option for option in options if not option.is_right]
    if not 1 <= len(lines) <= MOST_NOTES:
        return f"Câu tự luận ngắn cần từ 1 đến {MOST_NOTES} ý được điểm mang dấu [x], đang có {len(lines)}."
    for option in lines:
        if not 0 < most(option) <= MOST_POINTS:
            return f"Ý {option.id}) cần kết thúc bằng số điểm, từ 0,5 đến {MOST_POINTS}, ví dụ “(2 điểm)”."
    match = _MODEL.match(others[0].html) if len(others) == 1 else None
    if match is None or not 10 <= int(match[1]) <= MOST_WORDS:
        return (
            "Câu tự luận ngắn cần đúng một dòng mang dấu [ ], viết “Bài trả lời mẫu (không quá 80 từ)” với số từ "
            f"từ 10 đến {MOST_WORDS}; lời giải thích của dòng ấy là bài mẫu."
        )
    return None


def read(question: Question, sent: Sequence[str]) -> tuple[str, ...]:
    """The text with its lines; what comes behind it is not for learners to say."""
    texts = [text for text in map(_cleaned, sent) if text]
    if len(texts) > 1:
        raise BadInput(_("Câu trả lời không khớp với câu hỏi. Đồng chí tải lại trang rồi trả lời lại."))
    longest = longest_text(question)
    if texts and len(texts[0]) > longest:
        raise BadInput(_("Câu trả lời dài hơn %(n)s ký tự. Đồng chí viết gọn lại.", n=longest))
    return tuple(texts)


def longest_text(question: Question) -> int:
    """In characters."""
    return limit(question) * LONGEST_WORD


def _cleaned(text: str) -> str:
    lines = "".join(sign for sign in nfc(text) if sign.isprintable() or sign.isspace()).splitlines()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def within(question: Question, text: str) -> tuple[str, str]:
    """The part of a text that is read, and the rest that is beyond the limit."""
    words = 0
    for match in _WORD.finditer(text):
        words += count_words(match[0])
        if words > limit(question):
            return text[: match.start()].rstrip(), text[match.start() :]
    return text, ""


def waits(answer: tuple[str, ...]) -> bool:
    """Is there a text that nobody has marked?"""
    return len(answer) == 1


def steps(note: Option) -> list[Fraction]:
    """What may be given for a line: halves of a point, from nothing to all."""
    return [HALF * n for n in range(int(most(note) / HALF) + 1)]


def points_of(question: Question, points: Mapping[str, str]) -> list[str] | None:
    """Entries “a=1.5” for every line, as they stand behind a text; None unless each has a value that may be given."""
    found = []
    for note in notes(question):
        value = next((step for step in steps(note) if str(float(step)) == points.get(note.id)), None)
        if value is None:
            return None
        found.append(f"{note.id}={float(value)}")
    return found


def explain(question: Question, answer: tuple[str, ...]) -> list[Part]:
    """The text, what each line got of its points, and the model answer."""
    all_points = sum((most(note) for note in notes(question)), Fraction(0))
    told = dict(given(answer[1:]))
    comment = told.pop("", "")
    got = {id: Fraction(value) for id, value in told.items()}
    text = str(escape(answer[0])) if answer else ""
    parts = [Part("", text, answer[0], False, Fraction(0), "", text)] if answer else []
    for number, note in enumerate(notes(question), 1):
        points = got.get(note.id, Fraction(0))
        shown = _("%(n)s điểm", n=format_number(float(points))) if note.id in got else ""
        is_full = note.id in got and points == most(note)
        worth = points / all_points
        parts.append(Part(note.id, note.html, shown, is_full, worth, note.explanation, _("Ý %(n)s", n=number)))
    if comment:
        parts.append(Part("=", _("Người chấm nhận xét"), comment, False, Fraction(0), "", _("Người chấm nhận xét")))
    one = model(question)
    return [*parts, Part(one.id, one.html, "", True, Fraction(0), one.explanation)]


def mark(question: Question, answer: tuple[str, ...]) -> Fraction:
    return sum((part.worth for part in explain(question, answer)), Fraction(0))


def choices(question: Question, answer: tuple[str, ...]) -> tuple[str, ...]:
    """The lines that got all of their points."""
    full = tuple(part.id for part in explain(question, answer) if part.is_right and part.given)
    return full or (("?",) if answer else ())


def best(question: Question) -> tuple[str, ...]:
    """Words that a person should give every point."""
    return (within(question, words_of(model(question).explanation))[0],)
