"""Answers that count besides the published ones, as organisers write them when they correct a key.

Each is one more option of the question, whose id begins with “+”, so that marking and explaining stay functions of a
question and an answer. It is the whole line for what is typed, “a => Vế phải” for pairs, “b, a, c” for another order.
"""

from collections.abc import Callable, Sequence

from flask_babel import gettext as _
from markupsafe import escape

from lms.content.expected import ARROW, pair_in
from lms.content.rules import Option, Question
from lms.vietnamese import squeeze

SIGN = "+"
MOST, LONGEST = 8, 200

HOW: dict[str, Callable[[], str]] = {
    "numeric": lambda: _("Mỗi dòng một số, viết như trong ngân hàng câu hỏi: “7,5 ± 0,5 triệu đồng”."),
    "short_text": lambda: _("Mỗi dòng một cách viết, ví dụ “Ban Chấp hành (chấp nhận không dấu)”."),
    "gap_text": lambda: _("Mỗi dòng một cách viết, bắt đầu bằng số của chỗ trống tự gõ: “(1) Ban Chấp hành”."),
    "matching": lambda: _("Mỗi dòng một cặp được tính thêm: mã vế trái rồi đúng lời một vế phải, “a => Vế phải”."),
    "ordering": lambda: _("Mỗi dòng một thứ tự được tính thêm, viết bằng mã các dòng: “b, a, c”."),
}
"""The kinds that know further answers, and how one is written."""


def is_further(option: Option) -> bool:
    return option.id.startswith(SIGN)


def published(options: Sequence[Option]) -> list[Option]:
    return [option for option in options if not is_further(option)]


def lines_of(text: str) -> tuple[str, ...]:
    """What was typed, a line each."""
    return tuple(dict.fromkeys(line for line in map(squeeze, text.splitlines()) if line))


def options_of(question: Question, lines: Sequence[str]) -> list[Option]:
    """These lines as options of the question; one that does not read as an answer becomes nothing."""
    found = (_option(question, line, f"{SIGN}{number}") for number, line in enumerate(lines, 1))
    return [option for option in found if option]


def refusal(question: Question, lines: Sequence[str]) -> str | None:
    """Say why these lines cannot count for a question; None means that they can."""
    if not lines:
        return None
    if question.kind not in HOW:
        return _("Câu loại này không nhận thêm đáp án. Đồng chí chọn lại phương án đúng.")
    if len(lines) > MOST or any(len(line) > LONGEST for line in lines):
        return _("Nhiều nhất %(n)s dòng, mỗi dòng không quá %(m)s ký tự.", n=MOST, m=LONGEST)
    for line in lines:
        if not options_of(question, [line]):
            return _("Dòng “%(line)s” không đọc được. %(how)s", line=line, how=HOW[question.kind]())
    return None


def _option(question: Question, line: str, id: str) -> Option | None:
    if question.kind == "matching":
        return _pair(question, line, id)
    if question.kind == "ordering":
        ids = [part.strip().rstrip(")") for part in line.split(",")]
        known = [option.id for option in published(question.options)]
        return Option(id, ", ".join(ids), True, "") if sorted(ids) == sorted(known) else None
    return Option(id, str(escape(line)), True, "") if question.kind in HOW else None


def _pair(question: Question, line: str, id: str) -> Option | None:
    letter, _arrow, words = (part.strip() for part in line.partition("=>"))
    options = published(question.options)
    left = next((pair_in(one.html)[0] for one in options if one.id == letter.rstrip(")")), None)
    right = next((one.html.partition(ARROW)[2] for one in options if pair_in(one.html)[1] == words), None)
    return Option(id, f"{left} {ARROW}{right}", True, "") if left and right else None
